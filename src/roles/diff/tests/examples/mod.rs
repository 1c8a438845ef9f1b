//! One example a rule, a file a concern.

mod attributes;
mod members;
mod memberships;
mod privileges;

use std::collections::{BTreeMap, BTreeSet};

use super::arbitrary::name;
use crate::roles::{
    Change, DatabaseName, Desired, GrantsMode, HeldMembership, HeldPrivilege, MemberRule, MembershipOptions,
    Oid, PasswordChange, Privilege, Role, RoleAttributes, RoleName, RoleOption, Server, Settings, ValidUntil,
    diff, foreign_members, member_pattern_error, parse_privileges,
};

fn server(version: u32) -> Server {
    Server { version, user: name("me"), superuser: false }
}

fn superuser(version: u32) -> Server {
    Server { superuser: true, ..server(version) }
}

fn role() -> Role {
    Role {
        oid: Oid(500),
        name: name("bob"),
        attributes: RoleAttributes { login: true, ..RoleAttributes::default() },
        comment: None,
        settings: Settings::new(),
        database_settings: BTreeMap::new(),
        memberships: Vec::new(),
        members: Vec::new(),
        privileges: Vec::new(),
        owned_databases: Default::default(),
    }
}

/// What `role` is.
fn desired() -> Desired {
    Desired {
        name: name("bob"),
        attributes: role().attributes,
        comment: None,
        settings: Settings::new(),
        database_settings: BTreeMap::new(),
        memberships: BTreeMap::new(),
        looks_after_limits: true,
        rds_iam: Some(false),
        privileges: BTreeMap::new(),
        grants_mode: GrantsMode::Authoritative,
        member_rule: MemberRule::Any,
        password: PasswordChange::Keep,
    }
}

/// Options by the letters a, i, s.
fn options(letters: &str) -> MembershipOptions {
    MembershipOptions {
        admin: letters.contains('a'),
        inherit: letters.contains('i'),
        set: letters.contains('s'),
    }
}

fn held(other: &str, grantor: &str, letters: &str) -> HeldMembership {
    let grantor_oid = match grantor {
        "rdsadmin" => Oid::BOOTSTRAP_SUPERUSER,
        "me" => Oid(100),
        _ => Oid(102),
    };
    HeldMembership {
        other: name(other),
        other_oid: Oid(200),
        grantor: (grantor != "gone").then(|| name(grantor)),
        grantor_oid,
        options: options(letters),
    }
}

fn database(text: &str) -> DatabaseName {
    DatabaseName::new(text).unwrap()
}

fn privilege(database_name: &str, text: &str, grantor: &str) -> HeldPrivilege {
    let (privileges, grant_option) = Privilege::parse(text).unwrap();
    HeldPrivilege {
        database: database(database_name),
        privilege: privileges[0],
        grant_option,
        grantor: Some(name(grantor)),
    }
}

fn described(actual: &Role, desired: &Desired, server: &Server) -> Vec<String> {
    diff(Some(actual), desired, server).changes.iter().map(Change::describe).collect()
}
