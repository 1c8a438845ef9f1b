//! Privileges on databases.

use std::collections::BTreeMap;

use super::{DatabaseName, RoleName};

/// A privilege that a database has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Privilege {
    /// CONNECT.
    Connect,
    /// CREATE: make schemas, publications and trusted extensions.
    Create,
    /// TEMPORARY: make temporary tables.
    Temporary,
}

/// Whether a privilege may be granted on.
pub type GrantOption = bool;

/// Privileges on one database, each with its grant option.
pub type PrivilegeSet = BTreeMap<Privilege, GrantOption>;

/// Why a text is no database privilege.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PrivilegeError {
    /// A privilege, but of other objects: the kind of object that has it (`tables`, `schemas`, ...).
    OfOtherObjects(&'static str),
    /// No privilege at all.
    Unknown,
}

/// One entry of a database's ACL for a role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeldPrivilege {
    /// On which database.
    pub database: DatabaseName,
    /// What.
    pub privilege: Privilege,
    /// May be granted on.
    pub grant_option: GrantOption,
    /// By whom; `None` where that role is gone.
    pub grantor: Option<RoleName>,
}
