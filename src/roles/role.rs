//! A role as it is.

use std::collections::BTreeMap;

use super::{DatabaseName, HeldMembership, HeldPrivilege, Oid, RoleAttributes, RoleName, Settings};

/// All that the catalog says of one role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Role {
    /// Its OID.
    pub oid: Oid,
    /// Its name.
    pub name: RoleName,
    /// What it is allowed by itself.
    pub attributes: RoleAttributes,
    /// COMMENT ON ROLE.
    pub comment: Option<String>,
    /// ALTER ROLE SET.
    pub settings: Settings,
    /// ALTER ROLE IN DATABASE SET.
    pub database_settings: BTreeMap<DatabaseName, Settings>,
    /// The groups that it belongs to, a row a grantor, `rds_iam` among them.
    pub memberships: Vec<HeldMembership>,
    /// The roles that belong to it, a row a grantor.
    pub members: Vec<HeldMembership>,
    /// What databases' ACLs say of it, less the entries of databases that it owns.
    pub privileges: Vec<HeldPrivilege>,
    /// Databases that it owns: there it has every privilege without an entry that could be wanted or surplus.
    pub owned_databases: Vec<DatabaseName>,
}
