//! Privileges on databases: who may grant and revoke which, as select_best_grantor and aclupdate have it. They are the
//! owner's to grant, of those who have the owner's privileges, and of those who have them WITH GRANT OPTION.

use std::collections::BTreeSet;

use super::judge::Case;
use super::obstacle::{Reason, Right};
use crate::roles::reach::Reach;
use crate::roles::{CatalogDatabase, CatalogPrivilege, DatabaseName, Oid, Privilege, PrivilegeSet, RoleName};

impl Case<'_> {
    pub(super) fn grant_privileges(
        &mut self,
        database: &DatabaseName,
        grantee: &RoleName,
        privileges: &PrivilegeSet,
    ) {
        let Some(on) = self.catalog.database(database) else { return };
        // Who has the owner's privileges grants as the owner.
        if self.is_superuser() || self.reach().has_privileges_of(on.owner) {
            return;
        }
        let missing: Vec<_> =
            privileges.keys().copied().filter(|privilege| self.grantors(on, *privilege).is_empty()).collect();
        if !missing.is_empty() {
            let owner = self.catalog.role_name(on.owner).cloned();
            self.lacks(Right::GrantOption { database: database.clone(), owner, privileges: missing });
            return;
        }
        let Some(grantee) = self.catalog.role_oid(grantee) else { return };
        let granted_back =
            privileges.iter().filter(|(_, grant_option)| **grant_option).any(|(privilege, _)| {
                let grantors = self.grantors(on, *privilege);
                grantors.iter().all(|grantor| self.has_option_from(on, *privilege, *grantor, grantee))
            });
        if granted_back {
            self.found(Reason::GrantedBack);
        }
    }

    pub(super) fn revoke_privileges(
        &mut self,
        database: &DatabaseName,
        grantee: &RoleName,
        privileges: &[Privilege],
        grantor: Option<&RoleName>,
    ) {
        let Some(on) = self.catalog.database(database) else { return };
        let grantor = match grantor {
            None => self.me(),
            Some(name) => match self.catalog.role_oid(name) {
                Some(oid) => oid,
                None => return,
            },
        };
        if !self.is_superuser() && grantor != self.me() {
            let acts = self.reach().may_set_role(grantor) || self.acts_for(grantor);
            if !acts {
                self.found(Reason::CannotRevoke { grantor: self.name(grantor) });
                return;
            }
        }
        let Some(grantee) = self.catalog.role_oid(grantee) else { return };
        let to: BTreeSet<_> = privileges
            .iter()
            .flat_map(|privilege| self.option_used(on, *privilege, grantee, grantor))
            .collect();
        if !to.is_empty() {
            self.found(Reason::GrantedOn { to: to.into_iter().collect() });
        }
    }

    /// As whom who applies can grant a privilege: as itself or as a role that it inherits.
    fn grantors(&self, on: &CatalogDatabase, privilege: Privilege) -> Vec<Oid> {
        let may = |role: &Oid| {
            self.catalog
                .privileges_to(*role)
                .any(|(database, entry)| *database == on.oid && may_grant_on(entry, privilege))
        };
        self.reach().inherited().filter(may).collect()
    }

    /// Whether a grantor would be left without the option if another role lost it, and with it all that this one has
    /// granted on (`check_circularity`).
    fn has_option_from(&self, on: &CatalogDatabase, privilege: Privilege, grantor: Oid, from: Oid) -> bool {
        let mut entries: Vec<&CatalogPrivilege> =
            self.catalog.privileges_on(on.oid).filter(|entry| may_grant_on(entry, privilege)).collect();
        let mut lost = vec![from];
        while let Some(role) = lost.pop() {
            // Of all grantors: the option is taken away altogether.
            entries.retain(|entry| entry.grantee != role);
            let hanging: BTreeSet<Oid> =
                entries.iter().filter(|entry| entry.grantor == role).map(|entry| entry.grantee).collect();
            entries.retain(|entry| entry.grantor != role);
            lost.extend(hanging.into_iter().filter(|oid| !entries.iter().any(|entry| entry.grantee == *oid)));
        }
        !entries.iter().any(|entry| entry.grantee == grantor)
    }

    /// To whom a grantee has granted a privilege on, by an option that it has by nothing else than the entry that goes.
    fn option_used(
        &self,
        on: &CatalogDatabase,
        privilege: Privilege,
        grantee: Oid,
        grantor: Oid,
    ) -> Vec<RoleName> {
        let of_grantee = |role: Oid| {
            self.catalog
                .privileges_to(role)
                .filter(|(database, entry)| *database == on.oid && may_grant_on(entry, privilege))
                .map(|(_, entry)| entry)
        };
        let goes = of_grantee(grantee).any(|entry| entry.grantor == grantor);
        if !goes || grantee == on.owner {
            return Vec::new();
        }
        let reach = Reach::new(self.catalog, grantee);
        let still = reach.has_privileges_of(on.owner)
            || reach
                .inherited()
                .any(|role| of_grantee(role).any(|entry| role != grantee || entry.grantor != grantor));
        if still {
            return Vec::new();
        }
        let depends = |entry: &&CatalogPrivilege| entry.grantor == grantee && entry.privilege == privilege;
        let to = self.catalog.privileges_on(on.oid).filter(depends);
        to.map(|entry| self.name(entry.grantee)).collect()
    }
}

fn may_grant_on(entry: &CatalogPrivilege, privilege: Privilege) -> bool {
    entry.privilege == privilege && entry.grant_option
}
