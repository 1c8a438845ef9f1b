//! Plans of a roster: what it comes to is what its entries come to.

use std::collections::BTreeMap;

use super::Roster;
use super::entry::{Gone, Sides};
use super::place::{Gathered, first_ten};
use super::private::Private;
use super::processors::on_all_processors;
use super::removals::Removals;
use super::schema::{OIDS, PASSWORDS, UNMANAGED, UNMANAGED_ROLES};
use super::side::{entries, oid_of};
use crate::provider::explain;
use crate::roles::{Oid, RoleName};
use crate::sdk::resource::{PlanRequest, PlanResponse};
use crate::sdk::{Diagnostic, Diagnostics, PrivateState, Resource, Value};

impl Roster {
    pub(super) async fn plan_all(&self, request: PlanRequest, diagnostics: &mut Diagnostics) -> PlanResponse {
        let _call = self.context.walk.enter();
        let kept = Private::decode(&request.private);
        let stored = request.stored.as_ref().map(Private::decode);
        if stored.is_some() {
            // It is planned again to be applied, and the plan has looked ahead.
            self.context.begin_applying();
        }
        let sides = Sides { config: &request.config, prior: request.prior.as_ref(), private: &kept };
        let mut said = Gathered::default();
        let mut removals = Removals::default();
        let mut planned = request.proposed.clone();
        let mut oids = BTreeMap::new();
        let mut changes: BTreeMap<&str, bool> = BTreeMap::new();
        let before = |name: &str| sides.prior.and_then(|prior| entries(prior, OIDS).get(name)).cloned();

        let written = self.written(&sides);
        let untouched = on_all_processors(written.iter().map(async |role| role.is_untouched(&sides))).await;
        for (role, is_untouched) in written.into_iter().zip(untouched) {
            let mut oid = if role.is_there() { before(role.name) } else { None };
            let mut changed = true;
            if let Some(written) = role.written {
                changed = is_untouched.is_none();
                let by_password = is_untouched.is_some_and(|untouched| untouched.by_password);
                if changed || (by_password && self.is_outlook_open()) {
                    let request = role.plan_request(&sides, written);
                    let mut of_role = Diagnostics::new();
                    let plan = role.side.resource.plan(request.clone(), &mut of_role).await;
                    said.add(role.side, role.name, of_role);
                    changed = request.prior.as_ref() != Some(&plan.planned);
                    removals.change(role.side.kind, role.name, request.prior.as_ref(), &plan.planned);
                    oid = plan.planned.get("oid").cloned();
                } else if let Some(oid) = oid.as_ref().and_then(oid_of) {
                    if !self.context.remember_kept(Oid(oid), None) {
                        let twice =
                            explain::two_resources(role.side.kind, &RoleName::from_catalog(role.name));
                        said.add(role.side, role.name, twice.into());
                    }
                    self.context.remember_planned(Oid(oid));
                    self.context.remember_managed(Oid(oid), by_password);
                }
            }
            *changes.entry(role.side.attribute).or_default() |= changed || role.is_moved();
            oids.insert(
                role.name.to_owned(),
                oid.filter(|oid| !oid.is_null()).unwrap_or_else(Value::unknown),
            );
        }
        let gone = self.gone(&sides);
        self.plan_those_gone(&sides, &gone, &mut removals, &mut said).await;
        said.say(diagnostics);

        for side in self.sides() {
            let written = request.config.get(side.attribute).cloned().unwrap_or(Value::Null);
            let changed = changes.get(side.attribute).copied().unwrap_or_default();
            let prior =
                sides.prior.and_then(|prior| prior.get(side.attribute)).filter(|prior| !prior.is_null());
            // What means the same stays as it is in the state: all of it, since Terraform allows nothing in between.
            let same = |prior: &&Value| match (&written, prior) {
                // An import does not know that nothing is written.
                (Value::Null, Value::Map(prior)) => prior.is_empty(),
                (Value::Map(written), Value::Map(prior)) => !changed && written.keys().eq(prior.keys()),
                _ => false,
            };
            planned.set(side.attribute, prior.filter(same).cloned().unwrap_or(written));
        }
        let known = self.names_are_known(&request.config);
        planned.set(OIDS, if known { Value::Map(oids) } else { Value::unknown() });
        planned.set(UNMANAGED_ROLES, self.planned_unmanaged(&sides, &gone));
        if let Some(prior) = sides.prior
            && !self.context.comes_to_nothing(prior, &planned, PASSWORDS)
        {
            for side in self.sides() {
                planned
                    .set(side.attribute, request.config.get(side.attribute).cloned().unwrap_or(Value::Null));
            }
        }
        self.plan_unmanaged(&sides, &mut removals, diagnostics).await;
        diagnostics.extend(removals.check(&planned).map(explain::but_for_a_destroy));
        let planned_for = match stored {
            Some(stored) => stored.cluster_planned_for(),
            None => self.cluster_seen(request.prior.as_ref() != Some(&planned), diagnostics).await,
        };
        let private = kept.planned_for(planned_for).encode();
        PlanResponse { planned, requires_replace: Vec::new(), private }
    }

    /// Whether what others change may touch a user that does not change itself: who logs in by password may come under
    /// rds_iam through a group.
    fn is_outlook_open(&self) -> bool {
        self.context.ready().is_some_and(|session| session.outlook().is_some())
    }

    /// The cluster that a plan with changes sees: new roles of its apply have no state that tells it from others.
    async fn cluster_seen(&self, changes: bool, diagnostics: &mut Diagnostics) -> Option<i64> {
        let session = self.context.ready().filter(|_| changes && !self.context.is_applying())?;
        session.snapshot_or_warn(diagnostics).await?.system_identifier
    }

    async fn plan_those_gone(
        &self,
        sides: &Sides<'_>,
        gone: &[Gone<'_>],
        removals: &mut Removals,
        said: &mut Gathered,
    ) {
        let Some(prior) = sides.prior else { return };
        let (let_go, leaving): (Vec<_>, Vec<_>) = gone.iter().partition(|role| role.is_let_go);
        let let_go: Vec<&str> = let_go.iter().map(|role| role.name).collect();
        leaving.iter().for_each(|role| removals.take_out(role.name));
        // Whoever belongs to a group goes before it.
        for role in leaving.iter().rev() {
            let mut of_role = Diagnostics::new();
            let state = role.side.state(prior, role.name, role.text);
            role.side.resource.plan_destroy(&state, sides.private.role(role.name), &mut of_role).await;
            said.add(role.side, role.name, of_role);
        }
        if let Some(first) = let_go.first() {
            let mut of_all = Diagnostics::new();
            of_all.push(Diagnostic::warning(
                format!("{} imported roles are left alone, because the roster does not name them", let_go.len()),
                format!(
                    "The plan shows them as removed from the state, and nothing happens to them: {}. What becomes of roles that \
                     the roster does not name is written in {UNMANAGED}.",
                    first_ten(&let_go)
                ),
            ));
            said.add(&self.users, first, of_all);
        }
    }

    pub(super) async fn plan_destroy_of_all(
        &self,
        prior: &Value,
        private: &PrivateState,
        diagnostics: &mut Diagnostics,
    ) -> PrivateState {
        let _call = self.context.walk.enter();
        let mut kept = Private::decode(private);
        let mut said = Gathered::default();
        for side in self.sides().into_iter().rev() {
            for (name, text) in entries(prior, side.attribute) {
                let Value::String(text) = text else { continue };
                let mut of_role = Diagnostics::new();
                let state = side.state(prior, name, text);
                let private = side.resource.plan_destroy(&state, kept.role(name), &mut of_role).await;
                kept.keep(name, private);
                said.add(side, name, of_role);
            }
        }
        said.say(diagnostics);
        kept.encode()
    }
}
