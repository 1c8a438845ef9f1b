//! The catalog of a cluster at one moment: rows joined by OID on this side.

use std::collections::{BTreeMap, HashMap, HashSet};

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
///
/// The rows stay as they came, with indexes beside them: a whole `Role` is put together when it is asked for,
/// at the cost of its own rows only.
#[derive(Debug, Clone, Default)]
pub struct Catalog {
    roles: Vec<CatalogRole>,
    memberships: Vec<CatalogMembership>,
    settings: Vec<CatalogSetting>,
    databases: Vec<CatalogDatabase>,
    role_by_name: HashMap<RoleName, usize>,
    role_by_oid: HashMap<Oid, usize>,
    memberships_by_member: HashMap<Oid, Vec<usize>>,
    memberships_by_group: HashMap<Oid, Vec<usize>>,
    settings_by_role: HashMap<Oid, Vec<usize>>,
    database_by_name: HashMap<DatabaseName, usize>,
    database_by_oid: HashMap<Oid, usize>,
    databases_by_owner: HashMap<Oid, Vec<usize>>,
    /// By grantee: the database's place, and the entry's place in its ACL.
    privileges_by_grantee: HashMap<Oid, Vec<(usize, usize)>>,
}

impl Catalog {
    /// The catalog of these rows. What refers to an OID that no row has is left out, but for grantors.
    pub fn new(
        roles: Vec<CatalogRole>,
        memberships: Vec<CatalogMembership>,
        settings: Vec<CatalogSetting>,
        databases: Vec<CatalogDatabase>,
    ) -> Self {
        let mut catalog = Self { roles, memberships, settings, databases, ..Self::default() };
        for (place, role) in catalog.roles.iter().enumerate() {
            catalog.role_by_oid.insert(role.oid, place);
            // Two names of bytes that are no UTF-8 can arrive as the same text: the first one has it.
            catalog.role_by_name.entry(role.name.clone()).or_insert(place);
        }
        for (place, membership) in catalog.memberships.iter().enumerate() {
            catalog.memberships_by_member.entry(membership.member).or_default().push(place);
            catalog.memberships_by_group.entry(membership.group).or_default().push(place);
        }
        for (place, setting) in catalog.settings.iter().enumerate() {
            catalog.settings_by_role.entry(setting.role).or_default().push(place);
        }
        for (place, database) in catalog.databases.iter().enumerate() {
            catalog.database_by_oid.insert(database.oid, place);
            catalog.database_by_name.entry(database.name.clone()).or_insert(place);
            catalog.databases_by_owner.entry(database.owner).or_default().push(place);
            for (entry, privilege) in database.acl.iter().enumerate() {
                catalog.privileges_by_grantee.entry(privilege.grantee).or_default().push((place, entry));
            }
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
        self.roles.iter()
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

    /// Whether a role belongs to a group as `+group` in pg_hba.conf means it: itself, directly or through
    /// others, each membership counting whatever its options, and superusers belonging to no more than they
    /// were granted.
    pub fn is_member_of(&self, member: &RoleName, group: &RoleName) -> bool {
        let (Some(member), Some(group)) = (self.role_oid(member), self.role_oid(group)) else {
            return false;
        };
        let mut seen = HashSet::from([member]);
        let mut ahead = vec![member];
        while let Some(oid) = ahead.pop() {
            if oid == group {
                return true;
            }
            for membership in self.memberships_of(&self.memberships_by_member, oid) {
                if seen.insert(membership.group) {
                    ahead.push(membership.group);
                }
            }
        }
        false
    }

    fn row(&self, oid: Oid) -> Option<&CatalogRole> {
        self.roles.get(*self.role_by_oid.get(&oid)?)
    }

    fn memberships_of<'a>(
        &'a self,
        index: &'a HashMap<Oid, Vec<usize>>,
        oid: Oid,
    ) -> impl Iterator<Item = &'a CatalogMembership> {
        index.get(&oid).into_iter().flatten().filter_map(|place| self.memberships.get(*place))
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

    fn settings_of(&self, oid: Oid) -> (Settings, BTreeMap<DatabaseName, Settings>) {
        let mut everywhere = Settings::new();
        let mut by_database = BTreeMap::<DatabaseName, Settings>::new();
        let places = self.settings_by_role.get(&oid).into_iter().flatten();
        for setting in places.filter_map(|place| self.settings.get(*place)) {
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
        let places = self.privileges_by_grantee.get(&oid).into_iter().flatten();
        let mut held: Vec<_> = places
            .filter_map(|(place, entry)| {
                let database = self.databases.get(*place)?;
                let privilege = database.acl.get(*entry)?;
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

    fn owned_databases(&self, oid: Oid) -> Vec<DatabaseName> {
        let places = self.databases_by_owner.get(&oid).into_iter().flatten();
        let mut owned: Vec<_> =
            places.filter_map(|place| self.databases.get(*place)).map(|row| row.name.clone()).collect();
        owned.sort();
        owned
    }
}

#[cfg(test)]
mod tests;
