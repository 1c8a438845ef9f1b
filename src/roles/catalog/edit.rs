//! Row by row: a catalog is built so, and takes so what a plan will do. Each edit costs no more than the rows of the
//! role that it is about.

use super::{Catalog, CatalogDatabase, CatalogMembership, CatalogPrivilege, CatalogRole, CatalogSetting};
use crate::roles::{MembershipOptions, Oid, Privilege, RoleName, canonical_setting_name};

impl Catalog {
    /// A role more. Two names of bytes that are no UTF-8 can arrive as the same text: the first one has it.
    pub(crate) fn add_role(&mut self, role: CatalogRole) {
        let place = self.roles.len();
        self.role_by_oid.insert(role.oid, place);
        self.role_by_name.entry(role.name.clone()).or_insert(place);
        self.roles.push(role);
    }

    /// The role, to be changed in all but its name and OID.
    pub(crate) fn role_mut(&mut self, oid: Oid) -> Option<&mut CatalogRole> {
        let place = *self.role_by_oid.get(&oid)?;
        self.roles.get_mut(place)
    }

    /// Gives a role another name.
    pub(crate) fn rename_role(&mut self, oid: Oid, to: RoleName) {
        let Some(place) = self.role_by_oid.get(&oid).copied() else { return };
        let Some(role) = self.roles.get_mut(place) else { return };
        let from = std::mem::replace(&mut role.name, to.clone());
        if self.role_by_name.get(&from) == Some(&place) {
            self.role_by_name.remove(&from);
        }
        self.role_by_name.insert(to, place);
    }

    /// Takes a role away. What refers to it does so in vain.
    pub(crate) fn remove_role(&mut self, oid: Oid) {
        let Some(place) = self.role_by_oid.remove(&oid) else { return };
        if let Some(role) = self.roles.get(place)
            && self.role_by_name.get(&role.name) == Some(&place)
        {
            self.role_by_name.remove(&role.name);
        }
    }

    /// A membership more.
    pub(crate) fn add_membership(&mut self, membership: CatalogMembership) {
        let place = self.memberships.len();
        self.memberships_by_member.entry(membership.member).or_default().push(place);
        self.memberships_by_group.entry(membership.group).or_default().push(place);
        self.memberships.push(Some(membership));
    }

    /// What is left of the memberships of a member in a group: each row has the options that come back, or goes.
    pub(crate) fn edit_memberships(
        &mut self,
        member: Oid,
        mut edit: impl FnMut(&CatalogMembership) -> Option<MembershipOptions>,
    ) {
        for place in self.memberships_by_member.get(&member).into_iter().flatten() {
            let Some(slot) = self.memberships.get_mut(*place) else { continue };
            *slot = slot.take().and_then(|mut row| {
                row.options = edit(&row)?;
                Some(row)
            });
        }
    }

    /// A setting more.
    pub(crate) fn add_setting(&mut self, setting: CatalogSetting) {
        self.settings_by_role.entry(setting.role).or_default().push(self.settings.len());
        self.settings.push(Some(setting));
    }

    /// Takes a setting of a role away, however its name is spelt.
    pub(crate) fn remove_setting(&mut self, role: Oid, database: Option<Oid>, name: &str) {
        let name = canonical_setting_name(name);
        for place in self.settings_by_role.get(&role).into_iter().flatten() {
            if let Some(slot) = self.settings.get_mut(*place)
                && slot.as_ref().is_some_and(|setting| {
                    setting.database == database && canonical_setting_name(&setting.name) == name
                })
            {
                *slot = None;
            }
        }
    }

    /// A database more, with the entries of its ACL.
    pub(crate) fn add_database(&mut self, mut database: CatalogDatabase) {
        let place = self.databases.len();
        for privilege in std::mem::take(&mut database.acl) {
            self.add_privilege(database.oid, privilege);
        }
        self.database_by_oid.insert(database.oid, place);
        self.database_by_name.entry(database.name.clone()).or_insert(place);
        self.databases_by_owner.entry(database.owner).or_default().push(place);
        self.databases.push(database);
    }

    /// An entry of a database's ACL more.
    pub(crate) fn add_privilege(&mut self, database: Oid, privilege: CatalogPrivilege) {
        self.privileges_by_grantee.entry(privilege.grantee).or_default().push(self.privileges.len());
        self.privileges.push(Some((database, privilege)));
    }

    /// What is left of a grantee's entries for a privilege on a database: each has the grant option that comes back,
    /// or goes.
    pub(crate) fn edit_privileges(
        &mut self,
        database: Oid,
        grantee: Oid,
        privilege: Privilege,
        mut edit: impl FnMut(&CatalogPrivilege) -> Option<bool>,
    ) {
        for place in self.privileges_by_grantee.get(&grantee).into_iter().flatten() {
            let Some(slot) = self.privileges.get_mut(*place) else { continue };
            *slot = slot.take().and_then(|(on, mut entry)| {
                if on == database && entry.privilege == privilege {
                    entry.grant_option = edit(&entry)?;
                }
                Some((on, entry))
            });
        }
    }
}
