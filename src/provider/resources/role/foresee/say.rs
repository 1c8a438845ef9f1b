//! What is said of a plan: of the run as a whole, of what stands in the way of a role, and of who is locked out.

use super::{Plan, RoleModel, RoleName, RoleResource, password};
use crate::provider::context::Session;
use crate::provider::explain::{self, Planned};
use crate::provider::outlook::{Once, Outlook};
use crate::roles::Change;
use crate::roles::lockout::{Loss, Lost};
use crate::roles::preflight::Obstacle;
use crate::sdk::Diagnostics;

impl RoleResource {
    /// What concerns the whole run, with the first role that is to change. `verb` says what is planned for it, and `writes`
    /// whether there is something to write.
    pub(super) fn say_of_the_run(
        &self,
        (verb, name): (&str, &RoleName),
        writes: bool,
        outlook: &mut Outlook,
        diagnostics: &mut Diagnostics,
    ) {
        if writes && outlook.only_reads() && outlook.say_once(Once::Reader) {
            diagnostics.push(explain::reader(self.kind, name, verb));
        }
        if !outlook.is_judged() && outlook.say_once(Once::NobodyApplies) {
            diagnostics.push(explain::nobody_applies(outlook.applies()));
        }
        if outlook.say_once(Once::NobodyProtected) {
            diagnostics.extend(explain::nobody_protected(&outlook.nobody_protected()));
        }
    }

    /// Who applies gets a password with which it may no longer log in as the provider does.
    pub(super) fn say_own_password(
        &self,
        plan: &Plan<'_>,
        name: &RoleName,
        changes: &[Change],
        session: &Session,
        diagnostics: &mut Diagnostics,
    ) {
        let Some(change) = changes.iter().find(|change| matches!(change, Change::SetPassword { .. })) else {
            return;
        };
        let password = password::to_send(plan.config, plan.model);
        let goes_on = session.goes_on_with(name, password.as_ref());
        if goes_on != Some(true) {
            diagnostics.push(explain::own_password(name, (plan.config, change), goes_on.is_some()));
        }
    }

    pub(super) fn say_obstacles(
        &self,
        plan: &Plan<'_>,
        name: &RoleName,
        obstacles: &[Obstacle],
        outlook: &mut Outlook,
        diagnostics: &mut Diagnostics,
    ) {
        let (creates, config) = (plan.prior.is_none(), plan.config);
        let me = outlook.foresight().server().user.clone();
        let planning = explain::Planning { kind: self.kind, name, creates, config, me: &me };
        for obstacle in obstacles {
            if obstacle.is_right_not_known() {
                if outlook.say_once(Once::RightsNotKnown) {
                    diagnostics.extend(explain::rights_not_known(planning, obstacle));
                }
            } else {
                diagnostics.extend(explain::obstacle(planning, obstacle));
            }
        }
    }

    pub(super) fn say(
        &self,
        name: &RoleName,
        planned: (Planned, &RoleModel),
        lost: Vec<Lost>,
        session: &Session,
        outlook: &mut Outlook,
        diagnostics: &mut Diagnostics,
    ) {
        for lost in lost {
            if matches!(lost.loss, Loss::EntersRdsIam { .. }) {
                outlook.has_been_told(&lost.role.name);
            }
            let allowed = explain::Allowed(session.cluster.protection().allow_lockout);
            diagnostics.push(explain::lockout(self.kind, name, planned, &lost, allowed));
        }
    }
}
