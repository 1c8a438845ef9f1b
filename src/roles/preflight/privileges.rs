//! Privileges on databases: who may grant and revoke which, as select_best_grantor and aclupdate have it. They are the
//! owner's to grant, of those who have the owner's privileges, and of those who have them WITH GRANT OPTION.

use std::collections::BTreeSet;

use super::judge::Case;
use super::obstacle::{Reason, Right};
use crate::roles::catalog::PUBLIC;
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
        if self.is_superuser() {
            return;
        }
        let Some(grantee) = self.catalog.role_oid(grantee) else { return };
        let mut missing = Vec::new();
        // One statement without and one with grant option; what the grantor of one cannot grant is sent again alone.
        for wanted in [false, true] {
            let these = privileges.iter().filter(|(_, grant_option)| **grant_option == wanted);
            let mut left: Vec<_> = these.map(|(privilege, _)| *privilege).collect();
            while let Some((grantor, granted)) = self.grantor(on, &left, grantee) {
                let back = |privilege: &Privilege| self.has_option_from(on, *privilege, grantor, grantee);
                if wanted && granted.iter().any(back) {
                    self.found(Reason::GrantedBack);
                    return;
                }
                left.retain(|privilege| !granted.contains(privilege));
            }
            missing.extend(left);
        }
        if !missing.is_empty() {
            missing.sort();
            let owner = self.catalog.role_name(on.owner).cloned();
            self.lacks(Right::GrantOption { database: database.clone(), owner, privileges: missing });
            if self.has_any_privilege(on) {
                self.is_in_vain();
            }
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
        let Some(grantee) = self.catalog.role_oid(grantee) else { return };
        if !self.is_superuser() && grantor != self.me() {
            let begun_with = self.begun_with();
            // As the statement was written: as the grantor, as its member for a moment, or as oneself, for whom the server
            // looks for a grantor as it does for a GRANT.
            let (acts, plain) = if begun_with.may_set_role(grantor) {
                (self.reach().may_set_role(grantor), false)
            } else if self.may_join(begun_with, grantor) {
                (self.may_join(self.reach(), grantor), false)
            } else {
                (self.grantor(on, privileges, grantee).is_some_and(|(found, _)| found == grantor), true)
            };
            if !acts {
                self.found(Reason::CannotRevoke { grantor: self.name(grantor) });
                if plain && self.has_any_privilege(on) {
                    self.is_in_vain();
                }
                return;
            }
        }
        let to: BTreeSet<_> = privileges
            .iter()
            .flat_map(|privilege| self.option_used(on, *privilege, grantee, grantor))
            .collect();
        if !to.is_empty() {
            self.found(Reason::GrantedOn { to: to.into_iter().collect() });
        }
    }

    /// As whom who applies grants and revokes privileges, and which of them (`select_best_grantor`): the first role that it
    /// inherits with all options, or else with the most.
    fn grantor(
        &self,
        on: &CatalogDatabase,
        privileges: &[Privilege],
        grantee: Oid,
    ) -> Option<(Oid, Vec<Privilege>)> {
        let mut best: Option<(Oid, Vec<Privilege>)> = None;
        // What a statement in vain has laid for the grantee is not there when it is sent again.
        for role in self.reach().inherited().filter(|role| !self.again || *role != grantee) {
            let may = |privilege: &&Privilege| {
                let mut entries = self.catalog.privileges_to(role);
                role == on.owner
                    || entries
                        .any(|(database, entry)| *database == on.oid && may_grant_on(entry, **privilege))
            };
            let granted: Vec<_> = privileges.iter().filter(may).copied().collect();
            if granted.len() > best.as_ref().map_or(0, |(_, most)| most.len()) {
                best = Some((role, granted));
            }
        }
        best
    }

    /// Whether who applies has anything on a database: else GRANT and REVOKE are refused, and do not only warn.
    fn has_any_privilege(&self, on: &CatalogDatabase) -> bool {
        let has = |role: Oid| self.catalog.privileges_to(role).any(|(database, _)| *database == on.oid);
        has(PUBLIC) || self.reach().inherited().any(|role| role == on.owner || has(role))
    }

    /// Whether a grantor would be left without the option if another role lost it, and with it all that this one has
    /// granted on (`check_circularity`). The owner never is.
    fn has_option_from(&self, on: &CatalogDatabase, privilege: Privilege, grantor: Oid, from: Oid) -> bool {
        let grantors = Reach::new(self.catalog, grantor);
        if grantors.has_privileges_of(on.owner) {
            return false;
        }
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
        !entries.iter().any(|entry| grantors.has_privileges_of(entry.grantee))
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
