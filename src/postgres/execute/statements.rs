//! The SQL text of a change. Pure.

use std::collections::HashMap;

use super::standing::Standing;
use crate::postgres::quote::{identifier, literal};
use crate::roles::{
    Change, DatabaseName, MembershipOptions, Privilege, PrivilegeSet, RoleAttributes, RoleName, RoleOption,
};

/// What decides how a change is written.
#[derive(Debug, Clone)]
pub(crate) struct Dialect {
    /// Such as 15.
    pub(crate) major_version: u32,
    /// The role that statements run as.
    pub(crate) user: RoleName,
    /// How we stand to the grantors that changes name.
    pub(crate) standings: HashMap<RoleName, Standing>,
}

impl Dialect {
    pub(crate) fn standing(&self, role: &RoleName) -> Standing {
        self.standings.get(role).copied().unwrap_or_default()
    }
}

/// The statements of a change, each to be sent by itself. A password is not among them: it is set last and
/// apart, and only where the statement that stands here for it was accepted.
pub(crate) fn statements(change: &Change, dialect: &Dialect) -> Vec<String> {
    match change {
        Change::Create { name, attributes } => vec![create(name, attributes)],
        Change::Rename { from, to } => {
            vec![format!("ALTER ROLE {} RENAME TO {}", role(from), role(to))]
        }
        Change::Alter { name, options } => {
            let options: Vec<String> = options.iter().map(option).collect();
            vec![format!("ALTER ROLE {} {}", role(name), options.join(" "))]
        }
        // A statement that fails is logged with its text. So before the one with the verifier comes one without, that
        // needs the same rights and waits for the same lock.
        Change::SetPassword { name } | Change::ClearPassword { name } => {
            vec![format!("ALTER ROLE {} PASSWORD NULL", role(name))]
        }
        Change::Comment { name, text } => {
            let text = text.as_ref().map_or("NULL".to_owned(), |text| literal(text));
            vec![format!("COMMENT ON ROLE {} IS {text}", role(name))]
        }
        Change::GrantMembership { group, member, options } => {
            let options = membership_options(*options, dialect.major_version);
            vec![format!("GRANT {} TO {}{options}", role(group), role(member))]
        }
        Change::RevokeAdminOption { group, member, grantor } => {
            revoke_membership("ADMIN OPTION FOR ", group, member, grantor.as_ref(), dialect)
        }
        Change::RevokeMembership { group, member, grantor } => {
            revoke_membership("", group, member, grantor.as_ref(), dialect)
        }
        Change::GrantPrivileges { database, grantee, privileges } => grant(database, grantee, privileges),
        Change::RevokePrivileges { database, grantee, privileges, grant_option_only, grantor } => {
            let option = if *grant_option_only { "GRANT OPTION FOR " } else { "" };
            let revoke = format!(
                "REVOKE {option}{} ON DATABASE {} FROM {}",
                words(privileges.iter()),
                identifier(database.as_str()),
                role(grantee)
            );
            match grantor {
                Some(grantor) => as_other(grantor, vec![revoke], dialect),
                None => vec![revoke],
            }
        }
        Change::SetSetting { role: of, database, name, value } => {
            set_setting(&of_role(of, database.as_ref()), name, value)
        }
        Change::ResetSetting { role: of, database, name } => {
            vec![format!("{} RESET {}", of_role(of, database.as_ref()), setting(name))]
        }
    }
}

/// The statement that sets a password, with a verifier: a secret.
pub(super) fn set_password(name: &RoleName, verifier: &str) -> String {
    format!("ALTER ROLE {} PASSWORD {}", role(name), literal(verifier))
}

/// `statements` as another role: a REVOKE on an object reaches only what its own grantor granted. Back again by
/// name, not by RESET or NONE: what we run as need not be what we logged in as.
///
/// Where we cannot be that role, as ourselves: that reaches the grants of an owner whose privileges we have. What is
/// there afterwards decides.
pub(crate) fn as_other(other: &RoleName, statements: Vec<String>, dialect: &Dialect) -> Vec<String> {
    let Standing { may_set_role, may_join, .. } = dialect.standing(other);
    if *other == dialect.user || !(may_set_role || may_join) {
        return statements;
    }
    let mut all = vec![format!("SET LOCAL ROLE {}", role(other))];
    all.extend(statements);
    all.push(format!("SET LOCAL ROLE {}", role(&dialect.user)));
    if may_set_role { all } else { as_member(other, all, dialect) }
}

/// `statements` while we are a member of a role, which we are for nobody else: it is undone before it is committed.
pub(crate) fn as_member(of: &RoleName, statements: Vec<String>, dialect: &Dialect) -> Vec<String> {
    let options = if dialect.major_version >= 16 { " WITH INHERIT TRUE, SET TRUE" } else { "" };
    let mut all = vec![format!("GRANT {} TO {}{options}", role(of), role(&dialect.user))];
    all.extend(statements);
    all.push(format!("REVOKE {} FROM {}", role(of), role(&dialect.user)));
    all
}

fn role(name: &RoleName) -> String {
    identifier(name.as_str())
}

fn create(name: &RoleName, attributes: &RoleAttributes) -> String {
    let default = RoleAttributes::default();
    let mut text = format!("CREATE ROLE {}", role(name));
    let mut add = |differs: bool, wanted: RoleOption| {
        if differs {
            text.push(' ');
            text.push_str(&option(&wanted));
        }
    };
    let RoleAttributes {
        login,
        inherit,
        create_database,
        create_role,
        superuser,
        replication,
        bypass_row_level_security,
        connection_limit,
        valid_until,
    } = attributes;
    add(*login != default.login, RoleOption::Login(*login));
    add(*inherit != default.inherit, RoleOption::Inherit(*inherit));
    add(*create_database != default.create_database, RoleOption::CreateDatabase(*create_database));
    add(*create_role != default.create_role, RoleOption::CreateRole(*create_role));
    add(*superuser != default.superuser, RoleOption::Superuser(*superuser));
    add(*replication != default.replication, RoleOption::Replication(*replication));
    add(
        *bypass_row_level_security != default.bypass_row_level_security,
        RoleOption::BypassRowLevelSecurity(*bypass_row_level_security),
    );
    add(*connection_limit != default.connection_limit, RoleOption::ConnectionLimit(*connection_limit));
    add(*valid_until != default.valid_until, RoleOption::ValidUntil(valid_until.clone()));
    text
}

fn option(option: &RoleOption) -> String {
    let flag = |word: &str, on: bool| format!("{}{word}", if on { "" } else { "NO" });
    match option {
        RoleOption::Login(on) => flag("LOGIN", *on),
        RoleOption::Inherit(on) => flag("INHERIT", *on),
        RoleOption::CreateDatabase(on) => flag("CREATEDB", *on),
        RoleOption::CreateRole(on) => flag("CREATEROLE", *on),
        RoleOption::Superuser(on) => flag("SUPERUSER", *on),
        RoleOption::Replication(on) => flag("REPLICATION", *on),
        RoleOption::BypassRowLevelSecurity(on) => flag("BYPASSRLS", *on),
        RoleOption::ConnectionLimit(limit) => format!("CONNECTION LIMIT {limit}"),
        RoleOption::ValidUntil(until) => format!("VALID UNTIL {}", literal(&until.to_string())),
    }
}

/// From 16 on every option is written: what is left out is not the default but what an earlier grant said, or
/// what the member's INHERIT says at that moment.
fn membership_options(options: MembershipOptions, major_version: u32) -> String {
    let word = |on: bool| if on { "TRUE" } else { "FALSE" };
    if major_version >= 16 {
        let MembershipOptions { admin, inherit, set } = options;
        format!(" WITH ADMIN {}, INHERIT {}, SET {}", word(admin), word(inherit), word(set))
    } else if options.admin {
        " WITH ADMIN OPTION".to_owned()
    } else {
        String::new()
    }
}

/// From 16 on a membership is there once a grantor. `GRANTED BY` needs that grantor's rights; without them a
/// plain REVOKE is tried, which on RDS may act for `rdsadmin`, and what is there afterwards decides.
fn revoke_membership(
    what: &str,
    group: &RoleName,
    member: &RoleName,
    grantor: Option<&RoleName>,
    dialect: &Dialect,
) -> Vec<String> {
    let plain = format!("REVOKE {what}{} FROM {}", role(group), role(member));
    let Some(grantor) = grantor.filter(|_| dialect.major_version >= 16) else { return vec![plain] };
    let granted_by = format!("{plain} GRANTED BY {}", role(grantor));
    match dialect.standing(grantor) {
        Standing { has_privileges: true, .. } => vec![granted_by],
        Standing { may_join: true, .. } => as_member(grantor, vec![granted_by], dialect),
        _ => vec![plain],
    }
}

fn grant(database: &DatabaseName, grantee: &RoleName, privileges: &PrivilegeSet) -> Vec<String> {
    [(false, ""), (true, " WITH GRANT OPTION")]
        .into_iter()
        .filter_map(|(wanted, suffix)| {
            let mut these = privileges.iter().filter(|(_, option)| **option == wanted).peekable();
            these.peek()?;
            Some(format!(
                "GRANT {} ON DATABASE {} TO {}{suffix}",
                words(these.map(|(privilege, _)| privilege)),
                identifier(database.as_str()),
                role(grantee)
            ))
        })
        .collect()
}

fn words<'a>(privileges: impl Iterator<Item = &'a Privilege>) -> String {
    let words: Vec<&str> = privileges.map(|privilege| privilege.as_str()).collect();
    words.join(", ")
}

fn of_role(name: &RoleName, database: Option<&DatabaseName>) -> String {
    match database {
        None => format!("ALTER ROLE {}", role(name)),
        Some(database) => {
            format!("ALTER ROLE {} IN DATABASE {}", role(name), identifier(database.as_str()))
        }
    }
}

/// The name of a setting; one of an extension or of somebody's own has a dot in it.
fn setting(name: &str) -> String {
    let parts: Vec<String> = name.split('.').map(identifier).collect();
    parts.join(".")
}

/// The settings whose value is a list of names, each of which the server quotes as it stores them: all of
/// PostgreSQL's with GUC_LIST_QUOTE that a role can have. Extensions may define none. As one literal, `a, b` would
/// become the one name "a, b".
const LISTS_OF_NAMES: [&str; 4] =
    ["search_path", "temp_tablespaces", "session_preload_libraries", "local_preload_libraries"];

fn set_setting(of_role: &str, name: &str, value: &str) -> Vec<String> {
    let Some(list) = LISTS_OF_NAMES.into_iter().find(|list| list.eq_ignore_ascii_case(name)) else {
        return vec![format!("{of_role} SET {} TO {}", setting(name), literal(value))];
    };
    // In this transaction only, the setting is taken as it is written, and stored from there. Nothing is looked up
    // by name before the transaction's own search_path is back.
    let mut all = vec![
        format!("SELECT pg_catalog.set_config({}, {}, true)", literal(list), literal(value)),
        format!("{of_role} SET {} FROM CURRENT", setting(list)),
    ];
    if list == "search_path" {
        all.push("SET LOCAL search_path = pg_catalog, pg_temp".to_owned());
    }
    all
}
