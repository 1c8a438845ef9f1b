//! The changes that an apply of a plan would make, by the very code that makes them, laid over what was planned before
//! in this process. The plan itself stays a pure function of configuration and prior state: this adds diagnostics only.

mod destroy;
mod known;
mod others;
mod say;

use std::sync::Arc;

use super::password::{self, Before};
use super::private::Private;
use super::state::Look;
use super::{Kind, RoleModel, RoleResource, desired, plan, read_model};
use crate::postgres::{Snapshot, Target};
use crate::provider::context::Session;
use crate::provider::explain::{self, Planned};
use crate::provider::outlook::Outlook;
use crate::roles::foresight::Foresight;
use crate::roles::lockout::Loss;
use crate::roles::preflight::{Obstacle, Reason, Unmet, unmet};
use crate::roles::{Change, Oid, PasswordChange, Role, RoleName, diff};
use crate::sdk::resource::PlanRequest;
use crate::sdk::{Diagnostic, Diagnostics, Resource, Value};
use known::known;

/// A create or an update, as it is planned.
pub(super) struct Plan<'a> {
    pub(super) request: &'a PlanRequest,
    pub(super) planned: &'a Value,
    pub(super) model: &'a RoleModel,
    pub(super) config: &'a RoleModel,
    pub(super) prior: Option<&'a RoleModel>,
    pub(super) private: &'a Private,
}

/// What an apply would do.
struct Steps {
    /// A role that goes first, to be made anew.
    replaces: Option<RoleName>,
    changes: Vec<Change>,
    /// What must be there before.
    unmet: Vec<Unmet>,
}

fn before_any_step(reason: Reason, certain: bool) -> Obstacle {
    Obstacle { reason, change: None, certain }
}

/// Why it does not come to a step. `None`: that cannot be told, or is said elsewhere.
struct NoSteps(Option<Box<Obstacle>>);

impl NoSteps {
    fn because(reason: Reason, certain: bool) -> Self {
        Self(Some(Box::new(before_any_step(reason, certain))))
    }
}

impl RoleResource {
    /// Looks at what stands in the way of a create or an update, and at what it does to others.
    pub(super) async fn look_ahead(&self, plan: &Plan<'_>, diagnostics: &mut Diagnostics) {
        let Some(name) = plan.model.name.known().map(RoleName::from_catalog) else { return };
        let Some(session) = self.context.ready().filter(|_| !self.context.is_applying()) else { return };
        let of_prior = self.role_of_prior(plan);
        let written = plan.request.config.digest();
        if of_prior.is_some_and(|oid| !self.context.remember_kept(oid, Some(written))) {
            diagnostics.push(explain::two_resources(self.kind, &name));
            return;
        }
        let laid = self.lay_upon_others(plan, &name, (session, of_prior), diagnostics).await;
        of_prior.into_iter().for_each(|oid| self.context.remember_planned(oid));
        if let Some((changes, snapshot)) = laid {
            self.inquire(plan, &name, &changes, (session, &snapshot), diagnostics).await;
        }
    }

    /// Says it where a roster takes a role away that is to be taken over: once that is laid, the role is not there any more.
    fn keep_from_going(
        &self,
        plan: &Plan<'_>,
        name: &RoleName,
        snapshot: &Snapshot,
        diagnostics: &mut Diagnostics,
    ) {
        let adopts = plan.prior.is_none() && plan.model.adopt_existing.known() == Some(&true);
        let Some(oid) = snapshot.catalog.role_oid(name).filter(|_| adopts) else { return };
        self.remember(plan, Some(oid));
        if self.context.is_going(oid) {
            diagnostics.push(explain::would_go_with_roster(self.kind, name));
        }
    }

    /// Lays the changes over what was planned before. Gives them, with what they were judged by.
    async fn lay_upon_others(
        &self,
        plan: &Plan<'_>,
        name: &RoleName,
        (session, of_prior): (&Session, Option<Oid>),
        diagnostics: &mut Diagnostics,
    ) -> Option<(Vec<Change>, Arc<Snapshot>)> {
        let changes_something = plan.request.prior.as_ref() != Some(plan.planned);
        // What changes nothing may still be touched by what others change.
        if !changes_something && session.outlook().is_none() {
            self.remember(plan, of_prior);
            return None;
        }
        let snapshot = session.snapshot_or_warn(diagnostics).await?;
        if plan.prior.is_some() {
            let identifiers = (plan.private.system_identifier, snapshot.system_identifier);
            if let Err(first) = session.recognition.same_cluster(self.kind, name, identifiers) {
                diagnostics.extend(first);
                return None;
            }
        }
        self.keep_from_going(plan, name, &snapshot, diagnostics);
        if changes_something {
            self.wait_for_others(plan, (name, of_prior), (session, &snapshot)).await;
        }
        // Somebody applies by now: what was looked at is old.
        if self.context.is_applying() {
            return None;
        }
        let changes = session.with_outlook(&snapshot, |outlook| {
            let mut changes = Vec::new();
            if changes_something {
                changes = self.lay(plan, name, session, outlook, diagnostics)?;
            }
            let oid = outlook.foresight().catalog().role_oid(name)?;
            self.remember(plan, Some(oid));
            let ways = outlook.newly_under_rds_iam(oid, |role| self.context.managed(role) == Some(true));
            if !ways.is_empty() {
                diagnostics.push(explain::under_rds_iam(name, plan.config, &ways));
            }
            Some(changes)
        })?;
        Some((changes, snapshot))
    }

    fn role_of_prior(&self, plan: &Plan<'_>) -> Option<Oid> {
        match self.existing(plan.prior?, plan.private) {
            Ok(Target::Existing { oid, .. }) => Some(oid),
            Ok(Target::New { .. }) | Err(_) => None,
        }
    }

    fn remember(&self, plan: &Plan<'_>, oid: Option<Oid>) {
        if let Some(oid) = oid {
            self.context.remember_managed(oid, self.kind == Kind::User && plan::by_password(plan.model));
        }
    }

    /// Lays the changes, where they can be told; says what stands in their way, and who is locked out by them. Gives the
    /// changes.
    fn lay(
        &self,
        plan: &Plan<'_>,
        name: &RoleName,
        session: &Session,
        outlook: &mut Outlook,
        diagnostics: &mut Diagnostics,
    ) -> Option<Vec<Change>> {
        let steps = self.steps(plan, session, outlook.foresight());
        let (steps, mut obstacles) = match steps {
            Ok(steps) => (Some(steps), Vec::new()),
            Err(NoSteps(obstacle)) => (None, obstacle.map(|obstacle| *obstacle).into_iter().collect()),
        };
        let lost = steps.map(|Steps { replaces, changes, unmet }| {
            let gave_up = outlook.gave_up(name).filter(|_| !self.of_roster);
            obstacles.extend(gave_up.map(|oid| before_any_step(Reason::NameGivenUp { oid }, false)));
            obstacles.extend(unmet.into_iter().map(|unmet| {
                let stays = unmet.stays();
                before_any_step(Reason::Unmet(unmet), stays)
            }));
            let role = (name, replaces.as_ref());
            let statements = &session.planned_statements;
            statements.changes(self.type_name(), role, &changes, outlook.foresight());
            let mut lost = replaces.map(|goes| outlook.lay_drop(&goes)).unwrap_or_default();
            let own = self.role_of_prior(plan);
            let may_change = |role: Oid| Some(role) != own && self.may_still_change(role);
            lost.extend(outlook.lay(&changes, &may_change, &mut obstacles));
            let renames_ourselves = changes
                .iter()
                .any(|change| matches!(change, Change::Rename { from, .. } if from == outlook.applies()));
            if renames_ourselves {
                diagnostics.push(explain::own_name(self.kind, name));
                lost.retain(|lost| !matches!(lost.loss, Loss::Renamed { .. }));
            }
            (lost, changes)
        });
        let writes = lost.as_ref().is_some_and(|(_, changes)| !changes.is_empty());
        let verb = if plan.prior.is_none() { "create" } else { "change" };
        self.say_of_the_run((verb, name), writes, outlook, diagnostics);
        self.say_obstacles(plan, name, &obstacles, outlook, diagnostics);
        let (lost, changes) = lost?;
        if outlook.applies() == name {
            self.say_own_password(plan, name, &changes, session, diagnostics);
        }
        self.say(name, (Planned::Change, plan.config), lost, session, outlook, diagnostics);
        Some(changes)
    }

    /// Whether a resource has that role whose plan this process has not seen yet.
    fn may_still_change(&self, role: Oid) -> bool {
        self.context.managed(role).is_some() && !self.context.was_kept(role)
    }

    /// What the apply would do with the role that it would find.
    fn steps(&self, plan: &Plan<'_>, session: &Session, foresight: &Foresight) -> Result<Steps, NoSteps> {
        let untold = || NoSteps(None);
        let catalog = foresight.catalog();
        let name = RoleName::from_catalog(plan.model.name.known().ok_or_else(untold)?);
        let mut replaces = None;
        let (actual, before) = match plan.prior {
            Some(prior) => {
                let oid = self.role_of_prior(plan).ok_or_else(untold)?;
                let actual = catalog.role_by_oid(oid).ok_or_else(untold)?;
                if let Some(holder) = catalog.role_oid(&name).filter(|holder| *holder != oid) {
                    let stays = foresight.is_planned(holder) || !self.may_still_change(holder);
                    return Err(NoSteps::because(Reason::NameTaken { name, oid: holder }, stays));
                }
                (Some(actual), Before::Ours(prior))
            }
            None => match catalog.role(&name) {
                None => (None, Before::Nothing),
                Some(actual) if foresight.is_planned(actual.oid) => {
                    return Err(NoSteps::because(Reason::TwoResources, true));
                }
                // A resource has it: this plans its replacement, and it goes first; or it is another resource's.
                Some(actual) if self.context.was_kept(actual.oid) => {
                    if !self.context.may_replace(actual.oid, plan.request.config.digest()) {
                        return Err(NoSteps::because(Reason::TwoResources, true));
                    }
                    replaces = Some(name);
                    (None, Before::Nothing)
                }
                Some(actual) if plan.model.adopt_existing.known() == Some(&true) => {
                    (Some(actual), Before::Foreign)
                }
                Some(actual) if self.context.managed(actual.oid).is_some() => {
                    replaces = Some(name);
                    (None, Before::Nothing)
                }
                Some(_) if plan.model.adopt_existing.is_unknown() => return Err(untold()),
                Some(actual) => {
                    return Err(NoSteps::because(Reason::AlreadyThere { oid: actual.oid }, true));
                }
            },
        };
        let told = || {
            let planned = known(plan.planned, || self.there(actual.as_ref(), plan, foresight));
            let model = read_model(&planned)?;
            let password = match self.kind {
                Kind::User => password::change(before, plan.config, &model, plan.private)?,
                Kind::Group => PasswordChange::Keep,
            };
            desired::desired(self.kind, &planned, &model, plan.private, &session.defaults, password)
        };
        // What is wrong with it is said elsewhere.
        let desired = told().map_err(|_: Diagnostic| untold())?;
        let changes = diff(actual.as_ref(), &desired, foresight.server()).changes;
        Ok(Steps { replaces, changes, unmet: unmet(&desired, catalog, foresight.server()) })
    }

    /// The role as a state shows it, with a way to log in that leaves everything as it is.
    fn there(&self, actual: Option<&Role>, plan: &Plan<'_>, foresight: &Foresight) -> Value {
        let mut there = self.schema().null_object();
        let Some(role) = actual else {
            there.set("auth_method", Value::string("external"));
            return there;
        };
        let server = foresight.server();
        let look = Look { kind: self.kind, role, server, additive: false, private: plan.private };
        there = look.state(&there, &RoleModel::default());
        let in_rds_iam = role.is_direct_member(&RoleName::rds_iam());
        there.set("auth_method", Value::string(if in_rds_iam { "iam" } else { "external" }));
        there
    }
}
