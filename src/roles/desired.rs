//! A role as it should be.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    DatabaseName, MembershipOptions, Privilege, PrivilegeSet, RoleAttributes, RoleName, Server, Settings,
};

/// Which grants are looked after.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GrantsMode {
    /// All: what is not wanted is revoked.
    Authoritative,
    /// Only what is wanted, and what was wanted when this was last applied (that is revoked when it no longer
    /// is).
    Additive {
        /// Groups formerly wanted.
        former_groups: BTreeSet<RoleName>,
        /// Privileges formerly wanted.
        former_privileges: BTreeMap<DatabaseName, BTreeSet<Privilege>>,
    },
}

/// Which direct members a group may have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MemberRule {
    /// Not looked at.
    Any,
    /// Those that one of these names or globs matches.
    Only(BTreeSet<String>),
}

/// What is to happen to the password. The password itself travels beside this, as a secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PasswordChange {
    /// Nothing.
    Keep,
    /// Set the one that travels beside.
    Set,
    /// PASSWORD NULL.
    Clear,
}

/// What a configuration asks of one role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Desired {
    /// Its name. Where the role is there under another name, it is renamed.
    pub name: RoleName,
    /// What it is allowed by itself.
    pub attributes: RoleAttributes,
    /// Whether CONNECTION LIMIT and VALID UNTIL are looked after. They limit logins, and a group has none.
    pub looks_after_limits: bool,
    /// COMMENT ON ROLE.
    pub comment: Option<String>,
    /// ALTER ROLE SET; authoritative.
    pub settings: Settings,
    /// ALTER ROLE IN DATABASE SET; authoritative.
    pub database_settings: BTreeMap<DatabaseName, Settings>,
    /// The groups it belongs to, without `rds_iam` except where that is wanted with ADMIN.
    pub memberships: BTreeMap<RoleName, MembershipOptions>,
    /// Whether it is a direct member of `rds_iam`; `None` (a group) leaves such a membership alone. Looked
    /// after in both modes.
    pub rds_iam: Option<bool>,
    /// Privileges on databases.
    pub privileges: BTreeMap<DatabaseName, PrivilegeSet>,
    /// Which memberships and privileges are looked after.
    pub grants_mode: GrantsMode,
    /// Which members it may have.
    pub member_rule: MemberRule,
    /// What is to happen to the password.
    pub password: PasswordChange,
}

impl Desired {
    /// The first membership whose options the server cannot have: up to 15 INHERIT is the member's own, and SET is
    /// always there.
    pub fn impossible_membership(&self, server: &Server) -> Option<&RoleName> {
        if server.has_membership_options() {
            return None;
        }
        let impossible =
            |options: &MembershipOptions| options.inherit != self.attributes.inherit || !options.set;
        self.memberships.iter().find(|(_, options)| impossible(options)).map(|(group, _)| group)
    }
}
