//! What users and groups have in common, which is nearly all: both are roles.

mod apply;
pub(crate) mod attributes;
pub(crate) mod checks;
mod desired;
mod drift;
pub(crate) mod entry;
mod find;
mod foresee;
mod grants;
mod inquire;
mod kind;
mod model;
mod password;
mod plan;
mod private;
mod state;
mod stored;
#[cfg(test)]
mod tests;
mod unseen;
mod validate;

use std::sync::Arc;

use async_trait::async_trait;

use crate::postgres::{DestroyError, DestroyReason, Snapshot, Target};
use crate::provider::context::{Context, Unseen};
use crate::provider::explain;
use crate::roles::{Role, RoleName};
use crate::sdk::resource::{ApplyRequest, Imported, PlanRequest, PlanResponse, StateResponse};
use crate::sdk::{Diagnostic, Diagnostics, Path, PrivateState, Resource, Schema, Value, model as sdk_model};

use super::roster::Roster;
use apply::Made;
use foresee::Plan;
pub(in crate::provider) use grants::known_texts;
pub use kind::Kind;
pub(crate) use model::{AuthMethod, OnDestroyModel, RoleModel};
use private::Private;
use state::Look;
pub(in crate::provider) use unseen::first_ten;

/// `pgum_user` or `pgum_group`.
pub struct RoleResource {
    kind: Kind,
    context: Arc<Context>,
    /// Whether it is for entries of a roster, where some remedies are other ones.
    of_roster: bool,
}

/// A value as a model, or a diagnostic.
fn read_model(value: &Value) -> Result<RoleModel, Diagnostic> {
    sdk_model::from_value(value)
        .map_err(|error| Diagnostic::error("This value cannot be read", error.message).at(error.path))
}

impl RoleResource {
    pub(crate) fn new(kind: Kind, context: Arc<Context>) -> Self {
        Self { kind, context, of_roster: false }
    }

    /// What the entries of a roster are.
    pub(crate) fn entry(kind: Kind, context: Arc<Context>) -> Self {
        Self { kind, context, of_roster: true }
    }

    /// The type of the resource that the role is in.
    fn type_name(&self) -> &'static str {
        if self.of_roster { Roster::TYPE_NAME } else { self.kind.type_name() }
    }

    fn name_path(&self) -> Path {
        Path::attribute(self.kind.name_attribute())
    }

    /// What is there, as the state that follows `before`.
    fn look(
        &self,
        role: &Role,
        snapshot: &Snapshot,
        (before, model): (&Value, &RoleModel),
        private: &Private,
    ) -> Value {
        let additive = !private.imported && self.context.defaults().grants_mode(model) == "additive";
        let look = Look { kind: self.kind, role, server: &snapshot.server, additive, private };
        look.state(before, model)
    }

    /// Private state that goes with a plan to its apply: for a create the cluster that the plan saw, and what it has warned of.
    /// Where it is planned again with what was `stored` then, that counts, and nothing is said a second time.
    async fn private_for_apply(
        &self,
        creates: bool,
        mut private: Private,
        stored: Option<Private>,
        diagnostics: &mut Diagnostics,
    ) -> Private {
        if let Some(stored) = stored {
            if creates {
                private.system_identifier = stored.system_identifier;
            }
            explain::no_news(&stored.said, diagnostics);
            private.said = stored.said;
            return private;
        }
        private.said = explain::said_in(diagnostics);
        if creates
            && let Some(session) = self.context.ready().filter(|_| !self.context.is_applying())
            && let Some(snapshot) = session.snapshot_or_warn(diagnostics).await
        {
            private.system_identifier = snapshot.system_identifier;
        }
        private
    }
}

#[async_trait]
impl Resource for RoleResource {
    fn schema(&self) -> Schema {
        match self.kind {
            Kind::User => super::user::schema(),
            Kind::Group => super::group::schema(),
        }
    }

    async fn validate(&self, config: &Value, diagnostics: &mut Diagnostics) {
        validate::validate(self.kind, config, diagnostics);
    }

    async fn plan(&self, request: PlanRequest, diagnostics: &mut Diagnostics) -> PlanResponse {
        let _call = (request.prior.is_some() && !self.of_roster).then(|| self.context.walk.enter());
        let private = Private::decode(&request.private);
        let stored = request.stored.as_ref().map(Private::decode);
        if stored.is_some() {
            // It is planned again to be applied, and the plan has looked ahead.
            self.context.begin_applying();
        }
        let mut planned = plan::plan(self.kind, &request, &private);
        if let Some(prior) = request.prior.as_ref().filter(|_| !self.of_roster)
            && !self.context.comes_to_nothing(prior, &planned, "password_wo")
        {
            planned = plan::plan_as_written(self.kind, &request, &private);
        }
        let checked: Result<(), Diagnostic> = async {
            let model = read_model(&planned)?;
            let config = read_model(&request.config)?;
            let prior = request.prior.as_ref().map(read_model).transpose()?;
            if self.kind == Kind::User {
                plan::check_password(prior.as_ref(), &config, &model, &private, diagnostics);
                plan::warn_of_no_effect(&config, diagnostics);
            }
            if let Some(prior) = &request.prior {
                let states = (prior, &planned);
                drift::warn_of_hidden(self.kind, &request.config, states, (&model, &private), diagnostics);
            }
            self.warn_of_grants(&request, &planned, &model, &private, diagnostics).await?;
            let plan = Plan {
                request: &request,
                planned: &planned,
                model: &model,
                config: &config,
                prior: prior.as_ref(),
                private: &private,
            };
            self.look_ahead(&plan, diagnostics).await;
            if let Some(Ok(Target::Existing { oid, name })) =
                prior.as_ref().map(|prior| self.existing(prior, &private))
                && self.context.is_going(oid)
            {
                diagnostics.push(explain::would_go_with_roster(self.kind, &name));
            }
            Ok(())
        }
        .await;
        if let Err(error) = checked {
            diagnostics.push(error);
        }
        let creates = request.prior.is_none();
        let private = self.private_for_apply(creates, private, stored, diagnostics).await.encode();
        PlanResponse { planned, requires_replace: Vec::new(), private }
    }

    async fn plan_destroy(
        &self,
        prior: &Value,
        private: PrivateState,
        diagnostics: &mut Diagnostics,
    ) -> PrivateState {
        let _call = (!self.of_roster).then(|| self.context.walk.enter());
        let mut kept = Private::decode(&private);
        self.look_ahead_of_destroy(prior, &kept, diagnostics).await;
        kept.said = explain::said_in(diagnostics);
        kept.encode()
    }

    async fn create(&self, request: ApplyRequest, diagnostics: &mut Diagnostics) -> StateResponse {
        self.context.begin_applying();
        match self.apply(&request, diagnostics).await {
            Ok(Made { state, private, .. }) => StateResponse { state: Some(state), private },
            Err(errors) => {
                diagnostics.extend(errors);
                StateResponse { state: None, private: PrivateState::default() }
            }
        }
    }

    async fn update(&self, request: ApplyRequest, diagnostics: &mut Diagnostics) -> StateResponse {
        self.context.begin_applying();
        match self.apply(&request, diagnostics).await {
            Ok(Made { state, private, .. }) => StateResponse { state: Some(state), private },
            Err(errors) => {
                diagnostics.extend(errors);
                StateResponse { state: request.prior, private: request.private }
            }
        }
    }

    async fn delete(
        &self,
        prior: Value,
        private: PrivateState,
        diagnostics: &mut Diagnostics,
    ) -> StateResponse {
        self.context.begin_applying();
        let result: Result<(), Diagnostics> = async {
            let model = read_model(&prior)?;
            let Some(action) = self.destroy_action(&model) else { return Ok(()) };
            let session = self.context.session()?;
            let kept = Private::decode(&private);
            let Some((oid, name)) = self.doomed(&model, &kept)? else { return Ok(()) };
            let found = session.cluster.system_identifier().await.map_err(|error| {
                let doing = "see which cluster this is".to_owned();
                let reason = DestroyReason::Failed { doing };
                let error = DestroyError { reason, done: vec![], left: vec![], error: Some(error) };
                explain::destroy(self.kind, &name, (action, &model), &error)
            })?;
            self.same_cluster(session, &name, (kept.system_identifier, found))?;
            let _claim = self.context.claims.take(oid).await;
            if self.context.was_applied(oid) {
                explain::taken_over(self.kind, &name, diagnostics);
                return Ok(());
            }
            let destroy = self.destroy_request(&model, (oid, &name), action);
            let mut news = Diagnostics::new();
            let destroyed = session
                .cluster
                .destroy(destroy)
                .await
                .map_err(|error| explain::destroy(self.kind, &name, (action, &model), &error))?;
            explain::destroyed(self.kind, &name, (action, &model), &destroyed, &mut news);
            explain::no_news(&kept.said, &mut news);
            diagnostics.extend(news);
            Ok(())
        }
        .await;
        match result {
            Ok(()) => StateResponse { state: None, private: PrivateState::default() },
            Err(errors) => {
                diagnostics.extend(errors);
                StateResponse { state: Some(prior), private }
            }
        }
    }

    async fn read(
        &self,
        state: Value,
        private: PrivateState,
        diagnostics: &mut Diagnostics,
    ) -> StateResponse {
        let _call = (!self.of_roster).then(|| self.context.walk.enter());
        self.context.remember_refresh();
        let Some(session) = self.context.session_or_warn(diagnostics) else {
            return StateResponse { state: Some(state), private };
        };
        let looked: Result<Option<(Value, Private)>, Option<Diagnostic>> = async {
            let model = read_model(&state)?;
            let mut kept = Private::decode(&private);
            let name = model.name.known().map(RoleName::from_catalog);
            let snapshot = match session.snapshot().await {
                Ok(snapshot) => snapshot,
                Err(Unseen::First(error)) => {
                    return Err(Some(explain::looking(name.as_ref().map(|name| (self.kind, name)), &error)));
                }
                Err(Unseen::Again) => return Err(None),
            };
            let Some(role) = self.find(session, &snapshot, &model, &mut kept, diagnostics)? else {
                return Ok(None);
            };
            let mut there = self.look(&role, &snapshot, (&state, &model), &kept);
            if self.kind == Kind::User && plan::by_password(&model) {
                stored::compare(&model, &mut kept, &role, snapshot.passwords.as_ref(), &mut there).await;
            }
            if self.kind == Kind::User && plan::by_password(&model) {
                drift::warn_of_rds_iam_through_groups(&role, &snapshot.catalog, diagnostics);
            }
            kept.imported = false;
            kept.oid.get_or_insert(role.oid.0);
            self.context.remember_managed(role.oid, self.kind == Kind::User && plan::by_password(&model));
            Ok(Some((there, kept)))
        }
        .await;
        match looked {
            Ok(Some((there, kept))) => StateResponse { state: Some(there), private: kept.encode() },
            Ok(None) => StateResponse { state: None, private: PrivateState::default() },
            Err(error) => {
                diagnostics.extend(error);
                StateResponse { state: Some(state), private }
            }
        }
    }

    async fn import(&self, id: &str, diagnostics: &mut Diagnostics) -> Vec<Imported> {
        let found: Result<Imported, Diagnostic> = async {
            let name = RoleName::managed(id).map_err(|error| {
                Diagnostic::error(
                    format!("{id:?} cannot be imported as a {}", self.kind.noun()),
                    format!(
                        "The id of an import is the role's bare name, and here {error}. Roles of PostgreSQL and RDS themselves \
                         (pg_*, rds_*, rdsadmin) are not managed here."
                    ),
                )
            })?;
            let snapshot = self.context.session()?.snapshot().await.map_err(|unseen| match unseen {
                Unseen::First(error) => explain::looking(Some((self.kind, &name)), &error),
                Unseen::Again => explain::not_looked_for(self.kind, &name),
            })?;
            if snapshot.catalog.role_oid(&name).is_none() {
                return Err(Diagnostic::error(
                    format!("There is no role {id:?} to import"),
                    "The id of an import is the role's bare name, in the case that the server has (\\du in psql lists \
                     them). To make it new, leave the import out and apply.",
                ));
            }
            let mut state = self.schema().null_object();
            state.set(self.kind.name_attribute(), Value::string(id));
            let system_identifier = snapshot.system_identifier;
            let private =
                Private { system_identifier, imported: true, unapplied: true, ..Private::default() };
            Ok(Imported { state, private: private.encode() })
        }
        .await;
        match found {
            Ok(imported) => vec![imported],
            Err(error) => {
                diagnostics.push(error);
                Vec::new()
            }
        }
    }
}
