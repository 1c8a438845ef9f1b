//! Who applies, and what stands in their way: asked of each step before it is laid over the catalog.

use std::sync::Arc;

use super::obstacle::{Obstacle, Reason, Right, add};
use crate::roles::foresight::Foresight;
use crate::roles::reach::Reach;
use crate::roles::{Catalog, CatalogRole, Change, Oid, RoleAttributes, RoleName, RoleOption};

/// The role that applies, and what it may do as far as the catalog tells.
#[derive(Debug, Clone)]
pub struct Judge {
    me: Oid,
    /// What it was allowed by itself in the beginning. Changes of its own attributes are in the catalog.
    attributes: RoleAttributes,
    reach: Arc<Reach>,
    /// What it came to before the first step of this role, where that was something else: how the statements are written is
    /// settled by then.
    begun_with: Option<Arc<Reach>>,
    /// Whether a step since the reach was looked at may have given it more.
    gained: bool,
    /// Whether a step since the reach was looked at has taken something from it.
    lost: bool,
    /// How many steps of this role were looked at.
    steps: usize,
    /// Those that the server takes without effect, as far as one sees. They are sent again after all others.
    in_vain: Vec<Change>,
}

/// One step, and all there is to judge it by.
pub(super) struct Case<'a> {
    pub(super) judge: &'a Judge,
    pub(super) foresight: &'a Foresight,
    pub(super) catalog: &'a Catalog,
    pub(super) change: &'a Change,
    /// Whether another resource of the run may still change this role.
    pub(super) may_change: &'a dyn Fn(Oid) -> bool,
    /// Whether it was laid already, and is sent again.
    pub(super) again: bool,
    found: Verdict,
}

/// What stands in the way of a step.
#[derive(Default)]
struct Verdict {
    obstacles: Vec<Obstacle>,
    /// Whether the server takes the statement all the same, and does nothing.
    in_vain: bool,
}

impl Judge {
    /// Judges for the role that the foresight is of; `None`: it is not there.
    pub fn new(foresight: &Foresight) -> Option<Self> {
        let me = foresight.user_oid()?;
        let catalog = foresight.catalog();
        let attributes = catalog.row(me)?.attributes.clone();
        let reach = Arc::new(Reach::new(catalog, me));
        let (gained, lost, steps) = (false, false, 0);
        Some(Self { me, attributes, reach, begun_with: None, gained, lost, steps, in_vain: Vec::new() })
    }

    /// Adds what stands in the way of a step that is to be laid next. `may_change` says of a role whether another
    /// resource of the run may still change it. After the last step of a role comes [`Judge::end`].
    pub fn look(
        &mut self,
        foresight: &Foresight,
        change: &Change,
        may_change: &dyn Fn(Oid) -> bool,
        found: &mut Vec<Obstacle>,
    ) {
        if self.lost {
            self.look_around(foresight);
        }
        let mut verdict = self.verdict(foresight, change, may_change, false);
        // What was granted in between may have cleared it away.
        if self.gained && !verdict.obstacles.is_empty() {
            self.look_around(foresight);
            verdict = self.verdict(foresight, change, may_change, false);
        }
        self.gained |= gives(change);
        // What the server refuses takes nothing.
        let is_refused = verdict.obstacles.iter().any(|obstacle| obstacle.certain);
        self.lost |= !is_refused && self.takes(foresight, change);
        self.steps += 1;
        if verdict.in_vain {
            self.in_vain.push(change.clone());
        }
        for obstacle in verdict.obstacles {
            add(found, obstacle);
        }
    }

    /// Takes back what was found of those steps of a role that the server takes without effect at first, and with it when
    /// they are sent again after all others.
    pub fn end(
        &mut self,
        foresight: &Foresight,
        may_change: &dyn Fn(Oid) -> bool,
        found: &mut Vec<Obstacle>,
    ) {
        let in_vain = std::mem::take(&mut self.in_vain);
        self.steps = 0;
        if !in_vain.is_empty() && (self.gained || self.lost) {
            self.look_around(foresight);
            for change in in_vain {
                if self.verdict(foresight, &change, may_change, true).obstacles.is_empty() {
                    found.retain(|obstacle| obstacle.change.as_ref() != Some(&change));
                }
            }
        }
        self.begun_with = None;
    }

    fn look_around(&mut self, foresight: &Foresight) {
        let before = std::mem::replace(&mut self.reach, Arc::new(Reach::new(foresight.catalog(), self.me)));
        if self.steps > 0 && self.begun_with.is_none() {
            self.begun_with = Some(before);
        }
        (self.gained, self.lost) = (false, false);
    }

    /// Whether a step takes something from what the role that applies comes to.
    fn takes(&self, foresight: &Foresight, change: &Change) -> bool {
        let catalog = foresight.catalog();
        match change {
            Change::RevokeAdminOption { group, member, .. }
            | Change::RevokeMembership { group, member, .. } => {
                let ends = (catalog.role_oid(group), catalog.role_oid(member));
                let (Some(group), Some(member)) = ends else { return false };
                self.reach.goes_through(member)
                    && catalog
                        .groups_of(member)
                        .any(|row| row.group == group && self.reach.stands_by(catalog, row))
            }
            // Up to 15 this is what a membership inherits by.
            Change::Alter { name, options } => {
                !foresight.server().has_membership_options()
                    && options.contains(&RoleOption::Inherit(false))
                    && catalog.role_oid(name).is_some_and(|role| self.reach.goes_through(role))
            }
            _ => false,
        }
    }

    fn verdict(
        &self,
        foresight: &Foresight,
        change: &Change,
        may_change: &dyn Fn(Oid) -> bool,
        again: bool,
    ) -> Verdict {
        let catalog = foresight.catalog();
        let may_change = &|role| !foresight.is_planned(role) && may_change(role);
        let found = Verdict::default();
        let mut case = Case { judge: self, foresight, catalog, change, may_change, again, found };
        if let Some(name) = change.unreadable_name() {
            case.found_for_certain(Reason::Unreadable { name: name.to_owned() });
            return case.found;
        }
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
            Change::GrantMembership { group, member, options, .. } => {
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

/// Whether a step may give the role that applies more than it comes to.
fn gives(change: &Change) -> bool {
    match change {
        Change::GrantMembership { .. } | Change::Create { .. } => true,
        Change::Alter { options, .. } => options.contains(&RoleOption::Inherit(true)),
        _ => false,
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

    /// What the statements of this role are written by.
    pub(super) fn begun_with(&self) -> &'a Reach {
        self.judge.begun_with.as_ref().unwrap_or(&self.judge.reach)
    }

    /// The server takes the statement, and does nothing.
    pub(super) fn is_in_vain(&mut self) {
        self.found.in_vain = true;
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
        add(&mut self.found.obstacles, Obstacle { reason, change: Some(change), certain });
    }

    pub(super) fn lacks(&mut self, right: Right) {
        self.found(Reason::NoRight(right));
    }
}
