//! Memberships, privileges on databases, and where a setting is kept.

use super::Foresight;
use crate::roles::{
    CatalogMembership, CatalogPrivilege, DatabaseName, MembershipOptions, Oid, Privilege, PrivilegeSet,
    RoleName,
};

impl Foresight {
    /// As whom the server records what we grant. (From 16 on it may be a role that we have ADMIN through, too; that makes
    /// no difference to what is there.)
    fn own_grantor(&self) -> Oid {
        match self.user {
            Some(user) if !self.server.superuser => user,
            _ => Oid::BOOTSTRAP_SUPERUSER,
        }
    }

    pub(super) fn grant_membership(
        &mut self,
        group: &RoleName,
        member: &RoleName,
        options: MembershipOptions,
        keeps_admin: bool,
    ) {
        let Some(member) = self.catalog.role_oid(member) else { return };
        match self.catalog.role_oid(group) {
            Some(group) => self.add_own_grant(group, member, options, keeps_admin),
            None => self.waiting.entry(group.clone()).or_default().push((member, options)),
        }
    }

    /// From 16 on our own row gets just these options; up to 15 the one row may get ADMIN, and nothing is taken.
    pub(super) fn add_own_grant(
        &mut self,
        group: Oid,
        member: Oid,
        options: MembershipOptions,
        keeps_admin: bool,
    ) {
        let grantor = self.own_grantor();
        let by_rows = self.server.has_membership_options();
        let mut found = false;
        self.catalog.edit_memberships(member, |row| {
            let same = row.group == group && (!by_rows || row.grantor == grantor);
            found |= same;
            Some(match (same, by_rows) {
                (false, _) => row.options,
                (true, true) => {
                    let kept = keeps_admin && row.options.admin;
                    MembershipOptions { admin: options.admin || kept, ..options }
                }
                (true, false) => {
                    MembershipOptions { admin: row.options.admin || options.admin, ..row.options }
                }
            })
        });
        if !found {
            let inherits = self.catalog.row(member).is_some_and(|role| role.attributes.inherit);
            let options = if by_rows {
                options
            } else {
                MembershipOptions { admin: options.admin, inherit: inherits, set: true }
            };
            self.catalog.add_membership(CatalogMembership { group, member, grantor, options });
        }
    }

    pub(super) fn revoke_membership(
        &mut self,
        group: &RoleName,
        member: &RoleName,
        grantor: Option<&RoleName>,
        admin_only: bool,
    ) {
        let Some(member) = self.catalog.role_oid(member) else { return };
        let Some(group) = self.catalog.role_oid(group) else {
            if let Some(waiting) = self.waiting.get_mut(group) {
                waiting.retain(|(waits, _)| *waits != member);
            }
            return;
        };
        let grantor = match grantor {
            Some(name) => match self.catalog.role_oid(name) {
                Some(oid) => oid,
                None => return,
            },
            None => self.own_grantor(),
        };
        let by_rows = self.server.has_membership_options();
        self.catalog.edit_memberships(member, |row| {
            let reached = row.group == group && (!by_rows || row.grantor == grantor);
            match (reached, admin_only) {
                (false, _) => Some(row.options),
                (true, true) => Some(MembershipOptions { admin: false, ..row.options }),
                (true, false) => None,
            }
        });
    }

    pub(super) fn grant_privileges(
        &mut self,
        database: &DatabaseName,
        grantee: &RoleName,
        privileges: &PrivilegeSet,
    ) {
        let Some(grantee) = self.catalog.role_oid(grantee) else { return };
        let Some(database) = self.catalog.database(database) else { return };
        let (database, owner) = (database.oid, database.owner);
        let grantor = self.user.filter(|_| !self.server.superuser).unwrap_or(owner);
        for (privilege, grant_option) in privileges {
            let mut found = false;
            self.catalog.edit_privileges(database, grantee, *privilege, |entry| {
                let same = entry.grantor == grantor;
                found |= same;
                Some(entry.grant_option || (same && *grant_option))
            });
            if !found {
                let (privilege, grant_option) = (*privilege, *grant_option);
                let entry = CatalogPrivilege { grantee, grantor, privilege, grant_option };
                self.catalog.add_privilege(database, entry);
            }
        }
    }

    pub(super) fn revoke_privileges(
        &mut self,
        database: &DatabaseName,
        grantee: &RoleName,
        privileges: &[Privilege],
        grant_option_only: bool,
        grantor: Option<&RoleName>,
    ) {
        let Some(grantee) = self.catalog.role_oid(grantee) else { return };
        let Some(database) = self.catalog.database(database).map(|row| row.oid) else { return };
        let grantor = match grantor {
            Some(name) => self.catalog.role_oid(name),
            None => self.user,
        };
        for privilege in privileges {
            self.catalog.edit_privileges(database, grantee, *privilege, |entry| {
                match (Some(entry.grantor) == grantor, grant_option_only) {
                    (false, _) => Some(entry.grant_option),
                    (true, true) => Some(false),
                    (true, false) => None,
                }
            });
        }
    }

    /// The role and the database of a setting, where both are there.
    pub(super) fn place_of_setting(
        &self,
        role: &RoleName,
        database: Option<&DatabaseName>,
    ) -> Option<(Oid, Option<Oid>)> {
        let role = self.catalog.role_oid(role)?;
        match database {
            None => Some((role, None)),
            Some(name) => Some((role, Some(self.catalog.database(name)?.oid))),
        }
    }
}
