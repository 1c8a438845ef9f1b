//! What users and groups have in common, which is nearly all: both are roles.

pub(crate) mod attributes;
pub(crate) mod checks;
mod desired;
mod grants;
mod model;
mod password;
mod plan;
mod private;
mod state;
#[cfg(test)]
mod tests;
mod validate;

use std::sync::Arc;

use async_trait::async_trait;

use crate::postgres::{Applied, Apply, ApplyError, Destroy, DestroyAction, Snapshot, Target};
use crate::provider::context::{Context, Session};
use crate::provider::explain;
use crate::roles::{PasswordChange, Role, RoleName};
use crate::sdk::resource::{ApplyRequest, Imported, PlanRequest, PlanResponse, StateResponse};
use crate::sdk::{Diagnostic, Diagnostics, Path, PrivateState, Resource, Schema, Value, model as sdk_model};

pub(crate) use model::{AuthMethod, OnDestroyModel, RoleModel};
use password::Before;
use plan::Grant;
use private::Private;
use state::Look;

/// Which of the two resources.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// `pgum_user`.
    User,
    /// `pgum_group`.
    Group,
}

impl Kind {
    /// The resource type's name.
    pub fn type_name(self) -> &'static str {
        match self {
            Self::User => "pgum_user",
            Self::Group => "pgum_group",
        }
    }

    /// What it is called in a sentence.
    pub(crate) fn noun(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Group => "group",
        }
    }

    /// The attribute that has its name.
    pub(crate) fn name_attribute(self) -> &'static str {
        match self {
            Self::User => "username",
            Self::Group => "name",
        }
    }
}

/// `pgum_user` or `pgum_group`.
pub struct RoleResource {
    kind: Kind,
    context: Arc<Context>,
}

/// A value as a model, or a diagnostic.
fn read_model(value: &Value) -> Result<RoleModel, Diagnostic> {
    sdk_model::from_value(value)
        .map_err(|error| Diagnostic::error("This value cannot be read", error.message).at(error.path))
}

/// The first ten, and how many more there are.
fn first_ten(grants: &[Grant]) -> String {
    let shown: Vec<String> = grants.iter().take(10).map(Grant::to_string).collect();
    let more = grants.len().saturating_sub(shown.len());
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!("{}{more}", shown.join(", "))
}

impl RoleResource {
    pub(crate) fn new(kind: Kind, context: Arc<Context>) -> Self {
        Self { kind, context }
    }

    fn name_path(&self) -> Path {
        Path::attribute(self.kind.name_attribute())
    }

    /// What is there, as the state that follows `before`.
    fn look(
        &self,
        role: &Role,
        snapshot: &Snapshot,
        before: &Value,
        private: &Private,
    ) -> Result<Value, Diagnostic> {
        let model = read_model(before)?;
        let additive = !private.imported && self.context.defaults().grants_mode(&model) == "additive";
        let look = Look { kind: self.kind, role, server: &snapshot.server, additive, private };
        Ok(look.state(before, &model))
    }

    /// The planned state with its unknowns filled from what is there.
    fn fill(&self, planned: &Value, applied: &Applied, private: &Private) -> Result<Value, Diagnostic> {
        let model = read_model(planned)?;
        let look =
            Look { kind: self.kind, role: &applied.role, server: &applied.server, additive: false, private };
        let there = look.state(planned, &model);
        let mut state = planned.clone();
        if let Value::Object(attributes) = planned {
            for (name, _) in attributes.iter().filter(|(_, value)| !value.is_wholly_known()) {
                state.set(name, there.get(name).cloned().unwrap_or(Value::Null));
            }
        }
        Ok(state)
    }

    /// Brings a role to its plan, whatever it finds.
    async fn apply(
        &self,
        request: &ApplyRequest,
        diagnostics: &mut Diagnostics,
    ) -> Result<(Value, PrivateState), Diagnostics> {
        let session = self.context.session()?;
        let planned = read_model(&request.planned)?;
        let config = read_model(&request.config)?;
        let prior = request.prior.as_ref().map(read_model).transpose()?;
        let mut private = Private::decode(&request.private);

        let (target, before) = match &prior {
            Some(prior) => (self.existing(prior, &private)?, Before::Ours(prior)),
            None => self.target_of_create(session, &planned).await?,
        };
        let password = match self.kind {
            Kind::User => password::change(before, &config, &planned, &private)?,
            Kind::Group => PasswordChange::Keep,
        };
        let desired =
            desired::desired(self.kind, &request.planned, &planned, &private, &session.defaults, password)?;
        let name = desired.name.clone();
        private.remember(&desired);
        let apply = Apply {
            target,
            password: if password == PasswordChange::Set {
                password::to_send(&config, &planned)
            } else {
                None
            },
            terminate_sessions: session.defaults.terminate_sessions(&planned),
            desired,
        };
        let applied = session
            .cluster
            .apply(apply)
            .await
            .map_err(|error| self.explain(&name, prior.is_none(), &config, &error))?;
        self.context.remember_applied(applied.role.oid);
        explain::applied(self.kind, &planned, &applied, diagnostics);
        if applied.adopted && !planned.password_wo_version.is_null() && password == PasswordChange::Keep {
            diagnostics.warning(
                Path::attribute("password_wo_version"),
                format!("The password of the adopted user {:?} was not sent", name.as_str()),
                "The role was there already, so the version is recorded and its password left as it is. To send it, \
                 change password_wo_version.",
            );
        }
        private.oid = Some(applied.role.oid.0);
        private.unapplied = false;
        private.imported = false;
        private.password_sent = match password {
            PasswordChange::Set => true,
            PasswordChange::Clear => false,
            // `external`: what was sent once is no longer looked after.
            PasswordChange::Keep => private.password_sent && plan::by_password(&planned),
        };
        let state = self.fill(&request.planned, &applied, &private)?;
        Ok((state, private.encode()))
    }

    /// Why an apply failed.
    fn explain(&self, name: &RoleName, creates: bool, config: &RoleModel, error: &ApplyError) -> Diagnostic {
        match error {
            ApplyError::AlreadyThere { oid } if self.context.was_applied(*oid) => {
                explain::two_resources(self.kind, name)
            }
            _ => explain::apply(self.kind, name, creates, config, error),
        }
    }

    /// The role of a state.
    fn existing(&self, prior: &RoleModel, private: &Private) -> Result<Target, Diagnostic> {
        let oid = prior.oid.known().copied().map(crate::roles::Oid).or_else(|| private.oid());
        match (prior.name.known(), oid) {
            (Some(name), Some(oid)) => Ok(Target::Existing { oid, name: RoleName::from_catalog(name) }),
            _ => Err(Diagnostic::error(
                format!("The state of this {} has no name or no OID", self.kind.noun()),
                "It cannot be found on the server by that. Plan without -refresh=false, which looks it up by its name; or \
                 take it out of the state with terraform state rm, and import it again.",
            )),
        }
    }

    /// What a create is for: a new role, or one that is there and is to be taken over. Only with `adopt_existing` this
    /// is looked up first, because what happens to the password depends on it.
    async fn target_of_create(
        &self,
        session: &Session,
        planned: &RoleModel,
    ) -> Result<(Target, Before<'static>), Diagnostics> {
        let name = planned.name.known().map(RoleName::from_catalog);
        if let (Some(true), Some(name)) = (planned.adopt_existing.known(), name) {
            let there = session
                .cluster
                .look(std::slice::from_ref(&name))
                .await
                .map_err(|error| Diagnostics::from(explain::looking(self.kind, Some(&name), &error)))?;
            if let Some(oid) = there.catalog.role_oid(&name) {
                if self.context.was_applied(oid) {
                    return Err(explain::two_resources(self.kind, &name).into());
                }
                return Ok((Target::New { adopt: true }, Before::Foreign));
            }
        }
        Ok((Target::New { adopt: false }, Before::Nothing))
    }

    /// What a plan does not show as it will be: what comes into view and would be revoked, and what only goes out of view.
    async fn warn_of_grants(
        &self,
        request: &PlanRequest,
        planned: &Value,
        model: &RoleModel,
        private: &Private,
        diagnostics: &mut Diagnostics,
    ) -> Result<(), Diagnostic> {
        let defaults = self.context.defaults();
        let Some(name) = model.name.known() else { return Ok(()) };
        if model.grants_mode.is_unknown() {
            return Ok(());
        }
        if defaults.grants_mode(model) == "additive" {
            if let Some(prior) = &request.prior {
                let stays = plan::left_alone(prior, planned, private);
                if !stays.is_empty() {
                    diagnostics.warning(
                        self.name_path(),
                        format!("{} grants of {} {name:?} leave the state and stay", stays.len(), self.kind.noun()),
                        format!(
                            "With grants_mode = \"additive\" only what is written is looked after. The plan shows these as \
                             removed, but they are not revoked: {}. To revoke them, apply with grants_mode = \
                             \"authoritative\" first.",
                            first_ten(&stays)
                        ),
                    );
                }
            }
            return Ok(());
        }
        let (revoked, why) = match &request.prior {
            Some(prior) if private.unapplied => {
                (plan::surplus(prior, planned), "first apply after the import")
            }
            Some(prior) => {
                let prior_model = read_model(prior)?;
                if !plan::becomes_authoritative(
                    defaults.grants_mode(&prior_model),
                    defaults.grants_mode(model),
                ) {
                    return Ok(());
                }
                (
                    self.surplus_there(&prior_model, prior, planned).await?,
                    "change to grants_mode = \"authoritative\"",
                )
            }
            None if model.adopt_existing.known() == Some(&true) => {
                (self.surplus_there(model, planned, planned).await?, "adoption")
            }
            None => return Ok(()),
        };
        if !revoked.is_empty() {
            diagnostics.warning(
                self.name_path(),
                format!("The {why} of {} {name:?} will revoke {} grants", self.kind.noun(), revoked.len()),
                format!(
                    "Not written in the configuration, and therefore revoked: {}. Write what is to stay, or set \
                     grants_mode = \"additive\" to look only after what is written.",
                    first_ten(&revoked)
                ),
            );
        }
        Ok(())
    }

    /// What the role of that model holds on the server beyond a plan.
    async fn surplus_there(
        &self,
        model: &RoleModel,
        before: &Value,
        planned: &Value,
    ) -> Result<Vec<Grant>, Diagnostic> {
        let (Some(session), Some(name)) = (self.context.ready(), model.name.known()) else {
            return Ok(Vec::new());
        };
        let name = RoleName::from_catalog(name);
        let snapshot = session
            .cluster
            .snapshot()
            .await
            .map_err(|error| explain::looking(self.kind, Some(&name), &error))?;
        let Some(role) = snapshot.catalog.role(&name) else { return Ok(Vec::new()) };
        let private = Private::default();
        let look = Look {
            kind: self.kind,
            role: &role,
            server: &snapshot.server,
            additive: false,
            private: &private,
        };
        Ok(plan::surplus(&look.state(before, model), planned))
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
        let planned = plan::plan(self.kind, &request);
        let private = Private::decode(&request.private);
        let checked: Result<(), Diagnostic> = async {
            let model = read_model(&planned)?;
            let config = read_model(&request.config)?;
            let prior = request.prior.as_ref().map(read_model).transpose()?;
            if self.kind == Kind::User {
                plan::check_password(prior.as_ref(), &config, &model, &private, diagnostics);
                plan::warn_of_no_effect(&config, diagnostics);
            }
            self.warn_of_grants(&request, &planned, &model, &private, diagnostics).await
        }
        .await;
        if let Err(error) = checked {
            diagnostics.push(error);
        }
        PlanResponse { planned, requires_replace: Vec::new(), private: request.private }
    }

    async fn create(&self, request: ApplyRequest, diagnostics: &mut Diagnostics) -> StateResponse {
        match self.apply(&request, diagnostics).await {
            Ok((state, private)) => StateResponse { state: Some(state), private },
            Err(errors) => {
                diagnostics.extend(errors);
                StateResponse { state: None, private: PrivateState::default() }
            }
        }
    }

    async fn update(&self, request: ApplyRequest, diagnostics: &mut Diagnostics) -> StateResponse {
        match self.apply(&request, diagnostics).await {
            Ok((state, private)) => StateResponse { state: Some(state), private },
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
        let result: Result<(), Diagnostics> = async {
            let model = read_model(&prior)?;
            let on_destroy = self.context.defaults().on_destroy(&model);
            let action = match on_destroy.action.known().map(String::as_str) {
                Some("forget") => return Ok(()),
                Some("disable") => DestroyAction::Disable,
                _ => DestroyAction::Drop,
            };
            let session = self.context.session()?;
            let Target::Existing { oid, name } = self.existing(&model, &Private::decode(&private))? else {
                return Ok(());
            };
            if self.context.was_applied(oid) {
                explain::taken_over(self.kind, &name, diagnostics);
                return Ok(());
            }
            let destroy = Destroy {
                oid: Some(oid),
                name: name.clone(),
                action,
                reassign_owned_to: on_destroy.reassign_owned_to.known().map(RoleName::from_catalog),
                drop_owned: on_destroy.drop_owned.known().copied().unwrap_or(false),
                terminate_sessions: session.defaults.terminate_sessions(&model),
            };
            let destroyed = session
                .cluster
                .destroy(destroy)
                .await
                .map_err(|error| explain::destroy(self.kind, &name, &error))?;
            explain::destroyed(self.kind, &name, &destroyed, diagnostics);
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
        let Some(session) = self.context.session_or_warn(diagnostics) else {
            return StateResponse { state: Some(state), private };
        };
        let looked: Result<Option<(Value, Private)>, Diagnostic> = async {
            let model = read_model(&state)?;
            let mut kept = Private::decode(&private);
            let name = model.name.known().map(RoleName::from_catalog);
            let snapshot = session
                .cluster
                .snapshot()
                .await
                .map_err(|error| explain::looking(self.kind, name.as_ref(), &error))?;
            let Some(role) = name.as_ref().and_then(|name| snapshot.catalog.role(name)) else {
                return Ok(None);
            };
            let there = self.look(&role, &snapshot, &state, &kept)?;
            kept.imported = false;
            kept.oid.get_or_insert(role.oid.0);
            Ok(Some((there, kept)))
        }
        .await;
        match looked {
            Ok(Some((there, kept))) => StateResponse { state: Some(there), private: kept.encode() },
            Ok(None) => StateResponse { state: None, private: PrivateState::default() },
            Err(error) => {
                diagnostics.push(error);
                StateResponse { state: Some(state), private }
            }
        }
    }

    async fn import(&self, id: &str, diagnostics: &mut Diagnostics) -> Vec<Imported> {
        let found: Result<Imported, Diagnostic> = async {
            let name = RoleName::managed(id).map_err(|_| {
                Diagnostic::error(
                    format!("{id:?} cannot be imported as a {}", self.kind.noun()),
                    "The id of an import is the role's bare name. Roles of PostgreSQL and RDS themselves (pg_*, rds_*, \
                     rdsadmin) are not managed here.",
                )
            })?;
            let snapshot = self
                .context
                .session()?
                .cluster
                .snapshot()
                .await
                .map_err(|error| explain::looking(self.kind, Some(&name), &error))?;
            if snapshot.catalog.role_oid(&name).is_none() {
                return Err(Diagnostic::error(
                    format!("There is no role {id:?} to import"),
                    "The id of an import is the role's bare name, in the case that the server has (\\du in psql lists \
                     them). To make it new, leave the import out and apply.",
                ));
            }
            let mut state = self.schema().null_object();
            state.set(self.kind.name_attribute(), Value::string(id));
            let private = Private { imported: true, unapplied: true, ..Private::default() };
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
