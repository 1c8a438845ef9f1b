//! What the plans of one process have come to so far: each resource's changes are laid over those that were planned
//! before it.

use std::collections::HashSet;
use std::sync::Arc;

use time::OffsetDateTime;

use crate::postgres::Snapshot;
use crate::roles::foresight::{Creator, Foresight};
use crate::roles::lockout::{Lost, Protection, Watch};
use crate::roles::{Change, Oid, RoleName};

/// The world as the plans leave it, and the protected roles in it.
pub(crate) struct Outlook {
    /// What is there before any of them.
    before: Arc<Snapshot>,
    foresight: Foresight,
    watch: Watch,
    /// Of whom it was said that they come under `rds_iam`.
    warned: HashSet<Oid>,
}

impl Outlook {
    /// Before anything is planned.
    pub(super) fn new(snapshot: &Arc<Snapshot>, protection: &Protection, on_rds: bool) -> Self {
        let rds_superuser = RoleName::from_catalog("rds_superuser");
        let among_rds_superusers = snapshot.catalog.is_member_of(&snapshot.server.user, &rds_superuser);
        let creator = if on_rds && among_rds_superusers { Creator::NotKnown } else { Creator::BecomesMember };
        let foresight = Foresight::new(snapshot.catalog.clone(), snapshot.server.clone(), creator);
        let watch = Watch::new(protection, &foresight, OffsetDateTime::now_utc());
        Self { before: Arc::clone(snapshot), foresight, watch, warned: HashSet::new() }
    }

    /// The world as it is foreseen so far.
    pub(crate) fn foresight(&self) -> &Foresight {
        &self.foresight
    }

    /// Lays the changes of one resource; gives what protected roles lose by them.
    pub(crate) fn lay(&mut self, changes: &[Change]) -> Vec<Lost> {
        self.watch.lay(changes, &mut self.foresight)
    }

    /// Lays a DROP ROLE.
    pub(crate) fn lay_drop(&mut self, name: &RoleName) -> Vec<Lost> {
        self.watch.lay_drop(name, &mut self.foresight)
    }

    /// Lays NOLOGIN.
    pub(crate) fn lay_disable(&mut self, name: &RoleName) -> Vec<Lost> {
        self.watch.lay_disable(name, &mut self.foresight)
    }

    /// Keeps silent about a role: it is said of it already that it is locked out.
    pub(crate) fn has_been_told(&mut self, role: &RoleName) {
        self.warned.extend(self.foresight.catalog().role_oid(role));
    }

    /// The way from a role to `rds_iam`, if it has one.
    pub(crate) fn way_to_rds_iam(&self, role: Oid) -> Option<Vec<RoleName>> {
        let catalog = self.foresight.catalog();
        let way = catalog.path_to(role, catalog.role_oid(&RoleName::rds_iam())?)?;
        Some(way.into_iter().filter_map(|oid| catalog.role_name(oid).cloned()).collect())
    }

    /// Who logs in by password, and comes under `rds_iam` by belonging to this role (or by being it), through groups and
    /// not said yet; each with the way.
    pub(crate) fn newly_under_rds_iam(
        &mut self,
        through: Oid,
        by_password: impl Fn(Oid) -> bool,
    ) -> Vec<Vec<RoleName>> {
        if self.way_to_rds_iam(through).is_none() {
            return Vec::new();
        }
        let everyone = self.foresight.catalog().everyone_in(through);
        let is_new = |role: &Oid| by_password(*role) && !self.was_under_rds_iam(*role);
        let newly: Vec<_> = everyone.into_iter().filter(is_new).collect();
        let ways = newly.into_iter().filter_map(|role| {
            let way = self.way_to_rds_iam(role).filter(|way| way.len() > 2)?;
            self.warned.insert(role).then_some(way)
        });
        ways.collect()
    }

    fn was_under_rds_iam(&self, role: Oid) -> bool {
        let before = &self.before.catalog;
        let group = before.role_oid(&RoleName::rds_iam());
        group.is_some_and(|group| before.path_to(role, group).is_some())
    }
}
