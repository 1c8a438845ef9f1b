//! The changes that an apply of a plan would make, by the very code that makes them, laid over what was planned before
//! in this process. The plan itself stays a pure function of configuration and prior state: this adds diagnostics only.

use std::collections::BTreeMap;

use super::grants::{DATABASE_PRIVILEGES, GROUPS, MEMBERSHIPS};
use super::password::{self, Before};
use super::private::Private;
use super::state::Look;
use super::{Kind, RoleModel, RoleResource, desired, plan, read_model};
use crate::postgres::{DestroyAction, DestroyError, DestroyReason, Snapshot, Target};
use crate::provider::context::Session;
use crate::provider::explain::{self, Planned};
use crate::provider::outlook::{Once, Outlook};
use crate::roles::foresight::Foresight;
use crate::roles::lockout::{Loss, Lost};
use crate::roles::preflight::{Obstacle, Reason, Unmet, unmet};
use crate::roles::{Change, Oid, PasswordChange, Role, RoleName, diff};
use crate::sdk::resource::PlanRequest;
use crate::sdk::{Diagnostic, Diagnostics, PrivateState, Resource, Value};

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
        let changes_something = plan.request.prior.as_ref() != Some(plan.planned);
        let of_prior = self.role_of_prior(plan);
        if of_prior.is_some_and(|oid| !self.context.remember_kept(oid)) {
            diagnostics.push(explain::two_resources(self.kind, &name));
            return;
        }
        // What changes nothing may still be touched by what others change.
        if !changes_something && session.outlook().is_none() {
            self.remember(plan, of_prior);
            return;
        }
        let Some(snapshot) = session.snapshot_or_warn(diagnostics).await else { return };
        if plan.prior.is_some() {
            let identifiers = (plan.private.system_identifier, snapshot.system_identifier);
            if let Err(first) = session.recognition.same_cluster(self.kind, &name, identifiers) {
                diagnostics.extend(first);
                return;
            }
        }
        let changes = session.with_outlook(&snapshot, |outlook| {
            let mut changes = Vec::new();
            if changes_something {
                changes = self.lay(plan, &name, (session, &snapshot), outlook, diagnostics)?;
            }
            let oid = outlook.foresight().catalog().role_oid(&name)?;
            self.remember(plan, Some(oid));
            let ways = outlook.newly_under_rds_iam(oid, |role| self.context.managed(role) == Some(true));
            if !ways.is_empty() {
                diagnostics.push(explain::under_rds_iam(&name, plan.config, &ways));
            }
            Some(changes)
        });
        if let Some(changes) = changes {
            self.inquire(plan, &name, &changes, (session, &snapshot), diagnostics).await;
        }
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
        (session, snapshot): (&Session, &Snapshot),
        outlook: &mut Outlook,
        diagnostics: &mut Diagnostics,
    ) -> Option<Vec<Change>> {
        let steps = self.steps(plan, session, outlook.foresight());
        let (steps, mut obstacles) = match steps {
            Ok(steps) => (Some(steps), Vec::new()),
            Err(NoSteps(obstacle)) => (None, obstacle.map(|obstacle| *obstacle).into_iter().collect()),
        };
        let lost = steps.map(|Steps { replaces, changes, unmet }| {
            obstacles.extend(unmet.into_iter().map(|unmet| {
                let stays = unmet.stays();
                before_any_step(Reason::Unmet(unmet), stays)
            }));
            let role = (name, replaces.as_ref());
            let statements = &session.planned_statements;
            statements.changes(self.type_name(), role, &changes, outlook.foresight());
            let mut lost = replaces.map(|goes| outlook.lay_drop(&goes)).unwrap_or_default();
            lost.extend(outlook.lay(&changes, &|role| self.may_still_change(role), &mut obstacles));
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
        self.say_obstacles(
            plan,
            name,
            (&obstacles, writes && snapshot.facts.in_recovery),
            outlook,
            diagnostics,
        );
        let (lost, changes) = lost?;
        self.say(name, (Planned::Change, plan.config), lost, session, outlook, diagnostics);
        Some(changes)
    }

    /// Whether a resource has that role whose plan this process has not seen yet.
    fn may_still_change(&self, role: Oid) -> bool {
        self.context.managed(role).is_some() && !self.context.was_kept(role)
    }

    fn say_obstacles(
        &self,
        plan: &Plan<'_>,
        name: &RoleName,
        (obstacles, on_a_reader): (&[Obstacle], bool),
        outlook: &mut Outlook,
        diagnostics: &mut Diagnostics,
    ) {
        let (creates, config) = (plan.prior.is_none(), plan.config);
        let me = outlook.foresight().server().user.clone();
        let planning = explain::Planning { kind: self.kind, name, creates, config, me: &me };
        if on_a_reader && outlook.say_once(Once::Reader) {
            diagnostics.push(explain::reader(planning));
        }
        if !outlook.is_judged() && outlook.say_once(Once::NobodyApplies) {
            diagnostics.push(explain::nobody_applies(outlook.applies()));
        }
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

    fn say(
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
                // A resource has it: this plans a replacement, and it goes first.
                Some(actual) if self.context.was_kept(actual.oid) => {
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

    /// Looks at what a destroy does to others.
    pub(super) async fn look_ahead_of_destroy(
        &self,
        prior: &Value,
        private: &PrivateState,
        diagnostics: &mut Diagnostics,
    ) {
        let Some(session) = self.context.ready().filter(|_| !self.context.is_applying()) else { return };
        let Ok(model) = read_model(prior) else { return };
        let Some(action) = self.destroy_action(&model) else { return };
        let private = Private::decode(private);
        let Ok(Some((oid, name))) = self.doomed(&model, &private) else { return };
        let Some(snapshot) = session.snapshot_or_warn(diagnostics).await else { return };
        let identifiers = (private.system_identifier, snapshot.system_identifier);
        if let Err(first) = session.recognition.same_cluster(self.kind, &name, identifiers) {
            diagnostics.extend(first);
            return;
        }
        if private.renamed_from.is_some()
            && let Some(now) = snapshot.catalog.role_name(oid).cloned()
        {
            let (planned, reason) = ((action, &model), DestroyReason::Renamed { now });
            diagnostics.extend(explain::planned_destroy(self.kind, &name, planned, reason, vec![]));
            return;
        }
        if snapshot.catalog.role_oid(&name) != Some(oid) {
            diagnostics.extend(self.another_role((oid, &name), (action, &model), &snapshot));
            return;
        }
        if snapshot.facts.is_ourselves(oid) {
            let reason = DestroyReason::Ourselves;
            let error = DestroyError { reason, done: vec![], left: vec![], error: None };
            diagnostics.extend(explain::destroy(self.kind, &name, (action, &model), &error));
            return;
        }
        session.with_outlook(&snapshot, |outlook| {
            let statements = &session.planned_statements;
            statements.destroy(self.type_name(), &name, action, outlook.foresight());
            let (planned, lost) = match action {
                DestroyAction::Drop => (Planned::Drop, outlook.lay_drop(&name)),
                DestroyAction::Disable => (Planned::Disable, outlook.lay_disable(&name)),
            };
            self.say(&name, (planned, &model), lost, session, outlook, diagnostics);
        });
        let destroy = self.destroy_request(&model, (oid, &name), action);
        self.inquire_of_destroy(&destroy, &model, (session, &snapshot), diagnostics).await;
    }

    /// What a destroy does on the server, if anything.
    pub(super) fn destroy_action(&self, model: &RoleModel) -> Option<DestroyAction> {
        match self.context.defaults().on_destroy(model).action.known().map(String::as_str) {
            Some("forget") => None,
            Some("disable") => Some(DestroyAction::Disable),
            _ => Some(DestroyAction::Drop),
        }
    }
}

const MAPS: [&str; 4] = [MEMBERSHIPS, DATABASE_PRIVILEGES, "settings", "database_settings"];

/// A planned state with what is there in the place of what is unknown, so that only what is known counts.
fn known(planned: &Value, there: impl FnOnce() -> Value) -> Value {
    let Value::Object(attributes) = planned else { return planned.clone() };
    let unknown = |name: &str, value: &Value| !value.is_wholly_known() && !LEFT_UNKNOWN.contains(&name);
    if !attributes.iter().any(|(name, value)| unknown(name, value)) {
        return planned.clone();
    }
    let there = there();
    let mut known = planned.clone();
    for (name, value) in attributes.iter().filter(|(name, value)| unknown(name, value)) {
        let is = there.get(name).filter(|is| !is.is_null()).cloned();
        let empty = if MAPS.contains(&name.as_str()) { Value::Map(BTreeMap::new()) } else { Value::Null };
        let mut value = fill(value, is.unwrap_or(empty));
        if name == MEMBERSHIPS
            && let Value::Map(memberships) = &mut value
        {
            for group in known_groups(attributes) {
                memberships.entry(group).or_insert_with(|| Value::Object(BTreeMap::new()));
            }
        }
        known.set(name, value);
    }
    known
}

/// That a password is given is known, and nothing asks for the OID here.
const LEFT_UNKNOWN: [&str; 4] = ["password", "password_wo", "password_wo_version", "oid"];

/// Of a set with unknown names the known ones count, and so does a group with unknown options.
fn known_groups(planned: &BTreeMap<String, Value>) -> Vec<String> {
    let mut groups = Vec::new();
    if let Some(Value::Map(memberships)) = planned.get(MEMBERSHIPS) {
        groups.extend(memberships.keys().cloned());
    }
    if let Some(Value::Set(names)) = planned.get(GROUPS) {
        groups.extend(names.iter().filter_map(|name| match name {
            Value::String(name) => Some(name.clone()),
            _ => None,
        }));
    }
    groups
}

/// A value with what is there in the place of its unknown parts.
fn fill(planned: &Value, there: Value) -> Value {
    match (planned, there) {
        (Value::Map(entries), there) => {
            let filled = entries.iter().filter_map(|(key, value)| {
                let is = match &there {
                    Value::Map(entries) => entries.get(key).cloned(),
                    _ => None,
                };
                let value = if value.is_wholly_known() { Some(value.clone()) } else { is };
                Some((key.clone(), value?))
            });
            Value::Map(filled.collect())
        }
        (_, there) => there,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map(entries: &[(&str, Value)]) -> Value {
        Value::Map(entries.iter().map(|(key, value)| ((*key).to_owned(), value.clone())).collect())
    }

    #[test]
    fn what_is_unknown_stays_as_it_is() {
        let planned = Value::Object(BTreeMap::from([
            ("name".to_owned(), Value::string("g")),
            ("password".to_owned(), Value::unknown()),
            ("inherit".to_owned(), Value::unknown()),
            ("groups".to_owned(), Value::Set(vec![Value::string("dba"), Value::unknown()])),
            ("memberships".to_owned(), Value::unknown()),
            (
                "settings".to_owned(),
                map(&[
                    ("jit", Value::string("off")),
                    ("role", Value::unknown()),
                    ("work_mem", Value::unknown()),
                ]),
            ),
        ]));
        let there = Value::Object(BTreeMap::from([
            ("inherit".to_owned(), Value::Bool(false)),
            ("memberships".to_owned(), map(&[("old", Value::Null)])),
            ("settings".to_owned(), map(&[("role", Value::string("x")), ("jit", Value::string("on"))])),
        ]));
        let known = known(&planned, || there);
        assert_eq!(known.get("name"), Some(&Value::string("g")));
        assert!(known.get("password").is_some_and(Value::is_unknown));
        assert_eq!(known.get("inherit"), Some(&Value::Bool(false)));
        let Some(Value::Map(memberships)) = known.get("memberships") else { panic!("{known:?}") };
        assert_eq!(memberships.keys().collect::<Vec<_>>(), ["dba", "old"]);
        assert_eq!(
            known.get("settings"),
            Some(&map(&[("jit", Value::string("off")), ("role", Value::string("x"))]))
        );
    }

    #[test]
    fn what_is_known_is_not_looked_up() {
        let planned = Value::Object(BTreeMap::from([("name".to_owned(), Value::string("g"))]));
        assert_eq!(known(&planned, || panic!("looked up")), planned);
    }
}
