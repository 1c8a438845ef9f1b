//! The catalog of a cluster at one moment: rows joined by OID on this side.

use std::collections::{BTreeMap, BTreeSet, HashMap};

mod edit;
mod graph;

pub(in crate::roles) use graph::PUBLIC;

use super::{
    DatabaseName, HeldMembership, HeldPrivilege, MembershipOptions, Oid, Privilege, Role, RoleAttributes,
    RoleName, Settings,
};

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

/// A row of `pg_database`. In a catalog the ACL's entries are kept apart, by their grantees.
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
///
/// The rows stay where they came, with indexes beside them: a whole `Role` is put together when it is asked for,
/// at the cost of its own rows only. A row that an edit takes away leaves its place empty; a role's place is empty
/// where `role_by_oid` does not lead to it.
#[derive(Debug, Clone, Default)]
pub struct Catalog {
    roles: Vec<CatalogRole>,
    memberships: Vec<Option<CatalogMembership>>,
    settings: Vec<Option<CatalogSetting>>,
    databases: Vec<CatalogDatabase>,
    /// The entries of all databases' ACLs.
    privileges: Vec<Option<(Oid, CatalogPrivilege)>>,
    role_by_name: HashMap<RoleName, usize>,
    role_by_oid: HashMap<Oid, usize>,
    memberships_by_member: HashMap<Oid, Vec<usize>>,
    memberships_by_group: HashMap<Oid, Vec<usize>>,
    settings_by_role: HashMap<Oid, Vec<usize>>,
    database_by_name: HashMap<DatabaseName, usize>,
    database_by_oid: HashMap<Oid, usize>,
    databases_by_owner: HashMap<Oid, Vec<usize>>,
    privileges_by_grantee: HashMap<Oid, Vec<usize>>,
}

impl Catalog {
    /// The catalog of these rows. What refers to an OID that no row has is left out, but for grantors.
    pub fn new(
        roles: Vec<CatalogRole>,
        memberships: Vec<CatalogMembership>,
        settings: Vec<CatalogSetting>,
        databases: Vec<CatalogDatabase>,
    ) -> Self {
        let mut catalog = Self::default();
        for database in databases {
            catalog.add_database(database);
        }
        for role in roles {
            catalog.add_role(role);
        }
        for membership in memberships {
            catalog.add_membership(membership);
        }
        for setting in settings {
            catalog.add_setting(setting);
        }
        catalog
    }

    /// The role of that name.
    pub fn role(&self, name: &RoleName) -> Option<Role> {
        self.role_oid(name).and_then(|oid| self.role_by_oid(oid))
    }

    /// The role of that OID.
    pub fn role_by_oid(&self, oid: Oid) -> Option<Role> {
        let row = self.row(oid)?;
        let (settings, database_settings) = self.settings_of(oid);
        Some(Role {
            oid,
            name: row.name.clone(),
            attributes: row.attributes.clone(),
            comment: row.comment.clone(),
            settings,
            database_settings,
            memberships: self.held(&self.memberships_by_member, oid, |membership| membership.group),
            members: self.held(&self.memberships_by_group, oid, |membership| membership.member),
            privileges: self.privileges_of(oid),
            owned_databases: self.owned_databases(oid),
        })
    }

    /// The OID of the role of that name.
    pub fn role_oid(&self, name: &RoleName) -> Option<Oid> {
        Some(self.roles.get(*self.role_by_name.get(name)?)?.oid)
    }

    /// The name of the role of that OID.
    pub fn role_name(&self, oid: Oid) -> Option<&RoleName> {
        self.row(oid).map(|row| &row.name)
    }

    /// Every role's own row, in the order they came. A whole role is `role_by_oid`.
    pub fn roles(&self) -> impl Iterator<Item = &CatalogRole> {
        let is_there = |(place, role): &(usize, &CatalogRole)| self.role_by_oid.get(&role.oid) == Some(place);
        self.roles.iter().enumerate().filter(is_there).map(|(_, role)| role)
    }

    /// The database of that name.
    pub fn database(&self, name: &DatabaseName) -> Option<&CatalogDatabase> {
        self.databases.get(*self.database_by_name.get(name)?)
    }

    /// The database of that OID.
    pub fn database_by_oid(&self, oid: Oid) -> Option<&CatalogDatabase> {
        self.databases.get(*self.database_by_oid.get(&oid)?)
    }

    /// Every database, in the order they came.
    pub fn databases(&self) -> impl Iterator<Item = &CatalogDatabase> {
        self.databases.iter()
    }

    /// Every membership, in the order they came.
    pub(crate) fn memberships(&self) -> impl Iterator<Item = &CatalogMembership> {
        self.memberships.iter().flatten()
    }

    /// Every entry of every database's ACL, each with its database.
    pub(crate) fn privileges(&self) -> impl Iterator<Item = &(Oid, CatalogPrivilege)> {
        self.privileges.iter().flatten()
    }

    pub(crate) fn row(&self, oid: Oid) -> Option<&CatalogRole> {
        self.roles.get(*self.role_by_oid.get(&oid)?)
    }

    fn memberships_of<'a>(
        &'a self,
        index: &'a HashMap<Oid, Vec<usize>>,
        oid: Oid,
    ) -> impl Iterator<Item = &'a CatalogMembership> {
        index.get(&oid).into_iter().flatten().filter_map(|place| self.memberships.get(*place)?.as_ref())
    }

    /// The rows of a member, one a group and grantor.
    pub(crate) fn groups_of(&self, member: Oid) -> impl Iterator<Item = &CatalogMembership> {
        self.memberships_of(&self.memberships_by_member, member)
    }

    /// The rows of a group, one a member and grantor.
    pub(crate) fn members_of(&self, group: Oid) -> impl Iterator<Item = &CatalogMembership> {
        self.memberships_of(&self.memberships_by_group, group)
    }

    fn held(
        &self,
        index: &HashMap<Oid, Vec<usize>>,
        oid: Oid,
        other_end: fn(&CatalogMembership) -> Oid,
    ) -> Vec<HeldMembership> {
        let mut held: Vec<_> = self
            .memberships_of(index, oid)
            .filter_map(|membership| {
                let other_oid = other_end(membership);
                Some(HeldMembership {
                    other: self.role_name(other_oid)?.clone(),
                    other_oid,
                    grantor: self.role_name(membership.grantor).cloned(),
                    grantor_oid: membership.grantor,
                    options: membership.options,
                })
            })
            .collect();
        held.sort_by(|a, b| (&a.other, a.grantor_oid).cmp(&(&b.other, b.grantor_oid)));
        held
    }

    pub(crate) fn settings_of(&self, oid: Oid) -> (Settings, BTreeMap<DatabaseName, Settings>) {
        let mut everywhere = Settings::new();
        let mut by_database = BTreeMap::<DatabaseName, Settings>::new();
        let places = self.settings_by_role.get(&oid).into_iter().flatten();
        for setting in places.filter_map(|place| self.settings.get(*place)?.as_ref()) {
            let settings = match setting.database {
                None => &mut everywhere,
                Some(database) => match self.database_by_oid(database) {
                    Some(database) => by_database.entry(database.name.clone()).or_default(),
                    None => continue,
                },
            };
            settings.insert(setting.name.clone(), setting.value.clone());
        }
        (everywhere, by_database)
    }

    fn privileges_of(&self, oid: Oid) -> Vec<HeldPrivilege> {
        let mut held: Vec<_> = self
            .privileges_to(oid)
            .filter_map(|(database, privilege)| {
                let database = self.database_by_oid(*database)?;
                (database.owner != oid).then(|| HeldPrivilege {
                    database: database.name.clone(),
                    privilege: privilege.privilege,
                    grant_option: privilege.grant_option,
                    grantor: self.role_name(privilege.grantor).cloned(),
                })
            })
            .collect();
        held.sort_by(|a, b| {
            (&a.database, a.privilege, &a.grantor).cmp(&(&b.database, b.privilege, &b.grantor))
        });
        held
    }

    /// The entries of a database's ACL, all looked through.
    pub(crate) fn privileges_on(&self, database: Oid) -> impl Iterator<Item = &CatalogPrivilege> {
        self.privileges.iter().flatten().filter(move |(on, _)| *on == database).map(|(_, entry)| entry)
    }

    /// The entries for a grantee, each with its database.
    pub(crate) fn privileges_to(&self, grantee: Oid) -> impl Iterator<Item = &(Oid, CatalogPrivilege)> {
        let places = self.privileges_by_grantee.get(&grantee).into_iter().flatten();
        places.filter_map(|place| self.privileges.get(*place)?.as_ref())
    }

    fn owned_databases(&self, oid: Oid) -> BTreeMap<DatabaseName, BTreeSet<Privilege>> {
        let places = self.databases_by_owner.get(&oid).into_iter().flatten();
        let owned = places.filter_map(|place| self.databases.get(*place));
        let held = |row: &CatalogDatabase| {
            let entries = self.privileges_to(oid).filter(|(database, _)| *database == row.oid);
            entries.map(|(_, entry)| entry.privilege).collect()
        };
        owned.map(|row| (row.name.clone(), held(row))).collect()
    }
}

#[cfg(test)]
mod tests;
