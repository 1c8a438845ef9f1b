//! A role as it is.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    DatabaseName, HeldMembership, HeldPrivilege, MembershipOptions, Oid, Privilege, PrivilegeSet,
    RoleAttributes, RoleName, Server, Settings,
};

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
    /// Databases that it owns, each with the privileges that it has there. No entry says of them that they are wanted or
    /// surplus, and it may grant all of them; but it may have been deprived of them as everybody else.
    pub owned_databases: BTreeMap<DatabaseName, BTreeSet<Privilege>>,
}

impl Role {
    /// Whether it was granted that group itself, by anyone and with whatever options.
    pub fn is_direct_member(&self, group: &RoleName) -> bool {
        self.memberships.iter().any(|row| row.other == *group)
    }

    /// The groups it belongs to and how, all grantors taken together: what a state shows, and what the diff
    /// compares with what is wanted.
    ///
    /// `named` is what was last written (empty for an import). Two things count only by it: a row that looks
    /// like the creator's implicit membership shows where ADMIN is named, and `rds_iam` shows where it is
    /// named or held with ADMIN (a group, whose `rds_iam` nobody looks after, leaves that out by itself).
    pub fn effective_memberships(
        &self,
        named: &BTreeMap<RoleName, MembershipOptions>,
        server: &Server,
    ) -> BTreeMap<RoleName, MembershipOptions> {
        let mut effective = BTreeMap::<RoleName, MembershipOptions>::new();
        for row in &self.memberships {
            let named = named.get(&row.other);
            if row.is_implicit(server) && !named.is_some_and(|options| options.admin) {
                continue;
            }
            let mut options = row.options;
            if !server.has_membership_options() {
                options.inherit = self.attributes.inherit;
                options.set = true;
            }
            effective.entry(row.other.clone()).and_modify(|all| *all = all.or(options)).or_insert(options);
        }
        effective.retain(|group, options| !group.is_rds_iam() || options.admin || named.contains_key(group));
        effective
    }

    /// Its privileges on databases, all grantors taken together: what a state shows.
    ///
    /// `named` is what was last written (empty for an import): what it holds as a database's owner shows only
    /// so far as it is named there.
    pub fn effective_privileges(
        &self,
        named: &BTreeMap<DatabaseName, PrivilegeSet>,
    ) -> BTreeMap<DatabaseName, PrivilegeSet> {
        let mut effective = BTreeMap::<DatabaseName, PrivilegeSet>::new();
        for entry in &self.privileges {
            let privileges = effective.entry(entry.database.clone()).or_default();
            *privileges.entry(entry.privilege).or_insert(false) |= entry.grant_option;
        }
        for (database, held) in &self.owned_databases {
            let mut privileges = named.get(database).cloned().unwrap_or_default();
            privileges.retain(|privilege, _| held.contains(privilege));
            effective.insert(database.clone(), privileges);
        }
        effective.retain(|_, privileges| !privileges.is_empty());
        effective
    }
}
