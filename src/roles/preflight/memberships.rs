//! Memberships: who may grant and revoke which, as AddRoleMems and DelRoleMems have it. Up to 15 CREATEROLE is enough, and
//! nothing hangs on anything. From 16 on it takes ADMIN OPTION, each row is its grantor's, and no row may hang in the air.

use std::collections::BTreeSet;

use super::judge::Case;
use super::obstacle::{Reason, Right};
use crate::roles::reach::Reach;
use crate::roles::{CatalogMembership, CatalogRole, MembershipOptions, Oid, RoleName};

impl Case<'_> {
    pub(super) fn grant_membership(&mut self, group: &CatalogRole, member: Oid, options: MembershipOptions) {
        if is_database_owners(&group.name) {
            self.found_for_certain(Reason::NoRight(Right::Members { of: group.name.clone() }));
            return;
        }
        if let Some(path) = self.catalog.path_to(group.oid, member) {
            let stays = !path.iter().any(|role| (self.may_change)(*role));
            let path = path.into_iter().map(|role| self.name(role)).collect();
            self.push(Reason::Circle { path }, self.change.clone(), stays);
            return;
        }
        if self.is_superuser() || !self.may_grant(group) || !self.is_by_admin() {
            return;
        }
        let recorded = self.foresight.is_planned(group.oid) || self.reach().may_be_grantor_of(group.oid);
        if !recorded {
            self.lacks(Right::InheritedAdmin { on: group.name.clone() });
        } else if options.admin && self.is_granted_back(group.oid, member) {
            self.found(Reason::GrantedBack);
        }
    }

    pub(super) fn revoke_membership(
        &mut self,
        group: &CatalogRole,
        member: Oid,
        grantor: Option<&RoleName>,
        admin_only: bool,
    ) {
        if !self.is_by_admin() {
            if !self.is_superuser() {
                self.may_grant(group);
            }
            return;
        }
        if !self.is_superuser() && self.is_superusers(group) {
            return;
        }
        let grantor = match grantor {
            None if self.is_superuser() => Oid::BOOTSTRAP_SUPERUSER,
            None => self.me(),
            Some(name) => match self.catalog.role_oid(name) {
                Some(oid) => oid,
                None => return,
            },
        };
        if !self.is_superuser() {
            if grantor != self.me() {
                let begun_with = self.begun_with();
                // As the statement was written: by the grantor's right, or as its member for a moment, or as oneself.
                let (acts, plain) = if begun_with.has_privileges_of(grantor) {
                    (self.reach().has_privileges_of(grantor), false)
                } else if self.may_join(begun_with, grantor) {
                    (self.may_join(self.reach(), grantor), false)
                } else {
                    (false, true)
                };
                if !acts {
                    self.found(Reason::CannotRevoke { grantor: self.name(grantor) });
                    if plain && self.is_admin_of(group.oid) && self.reach().may_be_grantor_of(group.oid) {
                        self.is_in_vain();
                    }
                    return;
                }
            }
            // As the grantor one has the grantor's ADMIN OPTION.
            let by_grantor = self.catalog.groups_of(grantor).any(|row| is_admin_row(row, group.oid));
            if !by_grantor && !self.may_grant(group) {
                return;
            }
            // A GRANT with ADMIN FALSE leaves what was granted on with a grantor that may not grant.
            if !by_grantor && grantor == self.me() && !self.reach().may_be_grantor_of(group.oid) {
                self.lacks(Right::InheritedAdmin { on: group.name.clone() });
                return;
            }
        }
        let to = self.granted_on(group.oid, member, grantor, admin_only);
        if !to.is_empty() {
            self.found(Reason::GrantedOn { to });
        }
    }

    /// Whether who applies may grant and revoke a group at all.
    fn may_grant(&mut self, group: &CatalogRole) -> bool {
        if self.is_superusers(group) {
            return false;
        }
        if self.is_admin_of(group.oid) {
            return true;
        }
        if !self.is_by_admin() {
            // Up to 14 everybody has ADMIN OPTION on itself, in a session of its own.
            let is_own = group.oid == self.me() && self.foresight.server().version < 150_000;
            let may = is_own || self.has_create_role();
            if !may {
                self.lacks(Right::CreateRole);
            }
            return may;
        }
        let itself = group.oid == self.me();
        self.lacks(if itself { Right::NotItself } else { Right::Admin { on: group.name.clone() } });
        false
    }

    /// Whether who applies, who comes to that, can make itself a member of another role for a moment. As the execution
    /// asks the server.
    pub(super) fn may_join(&self, reach: &Reach, role: Oid) -> bool {
        let by_admin = self.is_by_admin();
        let may_grant = if by_admin { reach.may_be_grantor_of(role) } else { self.has_create_role() };
        may_grant && reach.may_join(self.catalog, role, by_admin)
    }

    /// Whether the grantor would have its ADMIN OPTION only from the member that is to get it.
    fn is_granted_back(&self, group: Oid, member: Oid) -> bool {
        let rows: Vec<_> = self.catalog.members_of(group).collect();
        if member == Oid::BOOTSTRAP_SUPERUSER {
            return true;
        }
        let of_member =
            (0..rows.len()).filter(|place| rows.get(*place).is_some_and(|row| row.member == member));
        let mut gone = BTreeSet::new();
        for place in of_member.collect::<Vec<_>>() {
            take_with_dependents(&rows, place, &mut gone);
        }
        let keeps = |grantor: Oid| {
            rows.iter()
                .enumerate()
                .any(|(place, row)| row.member == grantor && row.options.admin && !gone.contains(&place))
        };
        // It is the grantor itself where that has ADMIN OPTION, else one of the roles that it inherits.
        if self.foresight.is_planned(group) || self.reach().is_direct_admin_of(self.catalog, group) {
            return !keeps(self.me());
        }
        !self.reach().inherited().any(keeps)
    }

    /// To whom a member has granted the group on, by an ADMIN OPTION that it has by no other row than the one that goes.
    fn granted_on(&self, group: Oid, member: Oid, grantor: Oid, admin_only: bool) -> Vec<RoleName> {
        let goes = |row: &&CatalogMembership| row.group == group && row.grantor == grantor;
        let admin_goes = self.catalog.groups_of(member).any(|row| goes(&row) && row.options.admin);
        let mut others = self.catalog.groups_of(member).filter(|row| !goes(row));
        if !admin_goes || others.any(|row| is_admin_row(row, group)) {
            return Vec::new();
        }
        // What the member granted to itself goes with a whole row of its own only.
        let depends = |row: &&CatalogMembership| {
            row.grantor == member && (admin_only || row.member != member || !goes(row))
        };
        let to = self.catalog.members_of(group).filter(depends).map(|row| self.name(row.member));
        to.collect::<BTreeSet<_>>().into_iter().collect()
    }
}

/// Its one member is the owner of the current database (14+; before, a role of that name cannot be).
fn is_database_owners(group: &RoleName) -> bool {
    group.as_str() == "pg_database_owner"
}

fn is_admin_row(row: &CatalogMembership, group: Oid) -> bool {
    row.group == group && row.options.admin
}

/// Takes a row away, and what its member has granted by it, unless it has ADMIN OPTION by another row.
fn take_with_dependents(rows: &[&CatalogMembership], place: usize, gone: &mut BTreeSet<usize>) {
    let Some(row) = rows.get(place) else { return };
    if !gone.insert(place) || !row.options.admin {
        return;
    }
    let still = rows.iter().enumerate().any(|(other, candidate)| {
        candidate.member == row.member && candidate.options.admin && !gone.contains(&other)
    });
    if still {
        return;
    }
    for dependent in
        (0..rows.len()).filter(|other| rows.get(*other).is_some_and(|other| other.grantor == row.member))
    {
        take_with_dependents(rows, dependent, gone);
    }
}
