//! Who applies, and what stands in their way: asked of each step before it is laid over the catalog.

use super::obstacle::{Obstacle, Reason, Right, add};
use crate::roles::foresight::Foresight;
use crate::roles::reach::Reach;
use crate::roles::{Catalog, CatalogRole, Change, Oid, RoleAttributes, RoleName};

/// The role that applies, and what it may do as far as the catalog tells.
#[derive(Debug, Clone)]
pub struct Judge {
    me: Oid,
    /// What it was allowed by itself in the beginning. Changes of its own attributes are in the catalog.
    attributes: RoleAttributes,
    reach: Reach,
    /// Whether something was granted since the reach was looked at.
    stale: bool,
}

/// One step, and all there is to judge it by.
pub(super) struct Case<'a> {
    pub(super) judge: &'a Judge,
    pub(super) foresight: &'a Foresight,
    pub(super) catalog: &'a Catalog,
    pub(super) change: &'a Change,
    /// Whether another resource of the run may still change this role.
    pub(super) may_change: &'a dyn Fn(Oid) -> bool,
    found: Vec<Obstacle>,
}

impl Judge {
    /// Judges for the role that the foresight is of; `None`: it is not there.
    pub fn new(foresight: &Foresight) -> Option<Self> {
        let me = foresight.user_oid()?;
        let catalog = foresight.catalog();
        let attributes = catalog.row(me)?.attributes.clone();
        Some(Self { me, attributes, reach: Reach::new(catalog, me), stale: false })
    }

    /// Adds what stands in the way of a step that is to be laid next. `may_change` says of a role whether another
    /// resource of the run may still change it.
    pub fn look(
        &mut self,
        foresight: &Foresight,
        change: &Change,
        may_change: &dyn Fn(Oid) -> bool,
        found: &mut Vec<Obstacle>,
    ) {
        let mut obstacles = self.obstacles(foresight, change, may_change);
        // What was granted in between may have cleared it away.
        if self.stale && !obstacles.is_empty() {
            self.reach = Reach::new(foresight.catalog(), self.me);
            self.stale = false;
            obstacles = self.obstacles(foresight, change, may_change);
        }
        self.stale |= matches!(change, Change::GrantMembership { .. } | Change::Create { .. });
        for obstacle in obstacles {
            add(found, obstacle);
        }
    }

    fn obstacles(
        &self,
        foresight: &Foresight,
        change: &Change,
        may_change: &dyn Fn(Oid) -> bool,
    ) -> Vec<Obstacle> {
        let catalog = foresight.catalog();
        let may_change = &|role| !foresight.is_planned(role) && may_change(role);
        let mut case = Case { judge: self, foresight, catalog, change, may_change, found: Vec::new() };
        match change {
            Change::Create { attributes, .. } => case.create(attributes),
            Change::Rename { from, .. } => case.of_role(from, Case::rename),
            Change::Alter { name, options } => case.of_role(name, |case, role| case.alter(role, options)),
            Change::SetPassword { name } | Change::ClearPassword { name } => {
                case.of_role(name, Case::password);
            }
            Change::Comment { name, .. } => case.of_role(name, Case::comment),
            Change::SetSetting { role, .. } | Change::ResetSetting { role, .. } => {
                case.of_role(role, Case::setting);
            }
            Change::GrantMembership { group, member, options } => {
                case.of_membership(group, member, |case, group, member| {
                    case.grant_membership(group, member, *options);
                });
            }
            Change::RevokeAdminOption { group, member, grantor } => {
                case.of_membership(group, member, |case, group, member| {
                    case.revoke_membership(group, member, grantor.as_ref(), true);
                });
            }
            Change::RevokeMembership { group, member, grantor } => {
                case.of_membership(group, member, |case, group, member| {
                    case.revoke_membership(group, member, grantor.as_ref(), false);
                });
            }
            Change::GrantPrivileges { database, grantee, privileges } => {
                case.grant_privileges(database, grantee, privileges);
            }
            Change::RevokePrivileges { database, grantee, privileges, grantor, .. } => {
                case.revoke_privileges(database, grantee, privileges, grantor.as_ref());
            }
        }
        case.found
    }
}

impl<'a> Case<'a> {
    fn of_role(&mut self, name: &RoleName, look: impl FnOnce(&mut Self, &CatalogRole)) {
        let catalog = self.catalog;
        if let Some(role) = catalog.role_oid(name).and_then(|oid| catalog.row(oid)) {
            look(self, role);
        }
    }

    /// A group that is not there yet will be made by somebody, and nobody knows who may grant it then.
    fn of_membership(
        &mut self,
        group: &RoleName,
        member: &RoleName,
        look: impl FnOnce(&mut Self, &'a CatalogRole, Oid),
    ) {
        let catalog = self.catalog;
        let group = catalog.role_oid(group).and_then(|oid| catalog.row(oid));
        if let (Some(group), Some(member)) = (group, catalog.role_oid(member)) {
            look(self, group, member);
        }
    }

    pub(super) fn me(&self) -> Oid {
        self.judge.me
    }

    pub(super) fn reach(&self) -> &'a Reach {
        &self.judge.reach
    }

    /// From 16 on CREATEROLE is for roles that one has ADMIN OPTION on, and memberships have grantors.
    pub(super) fn is_by_admin(&self) -> bool {
        self.foresight.server().has_membership_options()
    }

    pub(super) fn is_superuser(&self) -> bool {
        self.foresight.server().superuser || self.has(|attributes| attributes.superuser)
    }

    /// Whether who applies has an attribute, at the beginning of the run or now: which of its resources comes first is
    /// not always known.
    pub(super) fn has(&self, attribute: impl Fn(&RoleAttributes) -> bool) -> bool {
        let now = self.catalog.row(self.me()).map(|row| &row.attributes);
        attribute(&self.judge.attributes) || now.is_some_and(attribute)
    }

    pub(super) fn has_create_role(&self) -> bool {
        self.is_superuser() || self.has(|attributes| attributes.create_role)
    }

    /// `is_admin_of_role`. Who makes a role has ADMIN OPTION on it, on RDS too in one way or the other.
    pub(super) fn is_admin_of(&self, role: Oid) -> bool {
        self.is_superuser() || self.foresight.is_planned(role) || self.reach().is_admin_of(role)
    }

    pub(super) fn name(&self, role: Oid) -> RoleName {
        let unknown = || RoleName::from_catalog(role.0.to_string());
        self.catalog.role_name(role).cloned().unwrap_or_else(unknown)
    }

    /// The catalog decides it, but not on RDS for members of `rds_superuser`, who may do there what others may not.
    pub(super) fn found(&mut self, reason: Reason) {
        self.push(reason, self.change.clone(), self.foresight.rights_are_known());
    }

    /// It is so on RDS too.
    pub(super) fn found_for_certain(&mut self, reason: Reason) {
        self.push(reason, self.change.clone(), true);
    }

    pub(super) fn push(&mut self, reason: Reason, change: Change, certain: bool) {
        add(&mut self.found, Obstacle { reason, change: Some(change), certain });
    }

    pub(super) fn lacks(&mut self, right: Right) {
        self.found(Reason::NoRight(right));
    }
}
