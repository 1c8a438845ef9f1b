//! The catalog of a cluster at one moment: rows joined by OID on this side.

use super::{DatabaseName, MembershipOptions, Oid, Privilege, Role, RoleAttributes, RoleName};

/// A row of `pg_roles` with its comment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CatalogRole {
    /// OID.
    pub oid: Oid,
    /// Name.
    pub name: RoleName,
    /// Attributes.
    pub attributes: RoleAttributes,
    /// COMMENT ON ROLE.
    pub comment: Option<String>,
}

/// A row of `pg_auth_members`.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs)] // columns of the row
pub struct CatalogMembership {
    pub group: Oid,
    pub member: Oid,
    pub grantor: Oid,
    pub options: MembershipOptions,
}

/// One setting of a row of `pg_db_role_setting`, for all databases where `database` is 0.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs)] // columns of the row
pub struct CatalogSetting {
    pub role: Oid,
    pub database: Option<Oid>,
    pub name: String,
    pub value: String,
}

/// One privilege of one entry of a database's ACL (a NULL ACL exploded as `acldefault`). Grantee 0 is PUBLIC.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs)] // columns of the row
pub struct CatalogPrivilege {
    pub grantee: Oid,
    pub grantor: Oid,
    pub privilege: Privilege,
    pub grant_option: bool,
}

/// A row of `pg_database`.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs)] // columns of the row
pub struct CatalogDatabase {
    pub oid: Oid,
    pub name: DatabaseName,
    pub owner: Oid,
    pub allows_connections: bool,
    pub acl: Vec<CatalogPrivilege>,
}

/// All that was read at one moment. After a read of some roles only, it holds those and what they refer to.
#[derive(Debug, Clone, Default)]
pub struct Catalog {}

impl Catalog {
    /// The catalog of these rows. What refers to an OID that no row has is left out, but for grantors.
    pub fn new(
        _roles: Vec<CatalogRole>,
        _memberships: Vec<CatalogMembership>,
        _settings: Vec<CatalogSetting>,
        _databases: Vec<CatalogDatabase>,
    ) -> Self {
        Self {}
    }

    /// The role of that name.
    pub fn role(&self, _name: &RoleName) -> Option<Role> {
        None
    }

    /// The role of that OID.
    pub fn role_by_oid(&self, _oid: Oid) -> Option<Role> {
        None
    }

    /// The OID of the role of that name.
    pub fn role_oid(&self, _name: &RoleName) -> Option<Oid> {
        None
    }

    /// The database of that name.
    pub fn database(&self, _name: &DatabaseName) -> Option<&CatalogDatabase> {
        None
    }
}
