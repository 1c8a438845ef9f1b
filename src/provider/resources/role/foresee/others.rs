//! What other resources of the run may still change: their plans are waited for where this one's hangs on them.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::super::RoleResource;
use super::Plan;
use crate::postgres::Snapshot;
use crate::provider::context::Session;
use crate::provider::outlook::Outlook;
use crate::roles::foresight::Foresight;
use crate::roles::{Oid, RoleName};

impl RoleResource {
    /// Waits until it is decided what other resources leave of that which stands in the way, or until nobody is left who
    /// could decide it. In which order plans come is not known, and must make no difference.
    pub(super) async fn wait_for_others(
        &self,
        plan: &Plan<'_>,
        of: (&RoleName, Option<Oid>),
        (session, snapshot): (&Session, &Arc<Snapshot>),
    ) {
        let is_call = self.of_roster || plan.prior.is_some();
        let is_free = |outlook: &mut Outlook| self.is_decided(plan, of, outlook.foresight());
        let is_decided = || self.context.is_applying() || session.with_outlook(snapshot, is_free);
        self.context.walk.wait_for_others(is_call, is_decided).await;
    }

    /// Whether nothing stands in the way that a resource may still clear away whose plan this process has not seen yet: who
    /// has the name, or a membership that makes a circle.
    fn is_decided(
        &self,
        plan: &Plan<'_>,
        (name, own): (&RoleName, Option<Oid>),
        foresight: &Foresight,
    ) -> bool {
        let catalog = foresight.catalog();
        let is_open =
            |role: Oid| Some(role) != own && !foresight.is_planned(role) && !self.context.was_kept(role);
        let circle = |member: Oid| {
            let groups = plan.model.memberships.known().into_iter().flat_map(BTreeMap::keys);
            let groups = groups.filter_map(|group| catalog.role_oid(&RoleName::from_catalog(group)));
            groups.filter_map(move |group| catalog.path_to(group, member)).flatten()
        };
        !catalog.role_oid(name).into_iter().chain(own.into_iter().flat_map(circle)).any(is_open)
    }
}
