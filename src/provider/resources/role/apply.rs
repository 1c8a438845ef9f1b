//! Creates and updates: from a planned state to the role, and back to the state that is true.

use super::password::{self, Before};
use super::private::Private;
use super::state::Look;
use super::{Kind, RoleModel, RoleResource, desired, plan, read_model};
use crate::postgres::scram::Digest;
use crate::postgres::{Applied, Apply, ApplyError, Target};
use crate::provider::claims::Claim;
use crate::provider::context::Session;
use crate::provider::explain;
use crate::roles::{Oid, PasswordChange, RoleName};
use crate::sdk::resource::ApplyRequest;
use crate::sdk::{Diagnostic, Diagnostics, Path, PrivateState, Value};

/// A role that is as it was planned.
pub(in crate::provider) struct Made {
    pub(in crate::provider) state: Value,
    pub(in crate::provider) private: PrivateState,
    pub(in crate::provider) oid: Oid,
    /// Whether it was not there before.
    pub(in crate::provider) is_new: bool,
}

impl RoleResource {
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
    pub(super) async fn apply(
        &self,
        request: &ApplyRequest,
        diagnostics: &mut Diagnostics,
    ) -> Result<Made, Diagnostics> {
        let session = self.context.session()?;
        let planned = read_model(&request.planned)?;
        let config = read_model(&request.config)?;
        let prior = request.prior.as_ref().map(read_model).transpose()?;
        let mut private = Private::decode(&request.private);
        let identifier = self.identifier(session, (&planned, &config), prior.as_ref(), &private).await?;

        let (target, before, _claim) = match &prior {
            Some(prior) => (self.existing(prior, &private)?, Before::Ours(prior), None),
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
        if prior.is_none() {
            self.context.remember_made(&name);
        }
        let apply = Apply {
            resource: self.type_name(),
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
        let mut news = Diagnostics::new();
        explain::applied(self.kind, &config, &planned, &applied, &mut news);
        explain::no_news(&std::mem::take(&mut private.said), &mut news);
        diagnostics.extend(news);
        if applied.adopted && !planned.password_wo_version.is_null() && password == PasswordChange::Keep {
            diagnostics.warning(
                Path::attribute("password_wo_version"),
                format!("The password of the adopted user {:?} was not sent", name.as_str()),
                "The role was there already, so the version is recorded and its password left as it is. To send it, \
                 change password_wo_version.",
            );
        }
        private.system_identifier = identifier.or(private.system_identifier);
        private.oid = Some(applied.role.oid.0);
        private.renamed_from = None;
        private.unapplied = false;
        private.imported = false;
        private.was_user = false;
        private.password_sent = match password {
            PasswordChange::Set => true,
            PasswordChange::Clear => false,
            // `external`: what was sent once is no longer looked after.
            PasswordChange::Keep => private.password_sent && plan::by_password(&planned),
        };
        private.verifier = match (password, &applied.verifier) {
            (PasswordChange::Set, Some(verifier)) => Some(Digest::of(verifier).as_str().to_owned()),
            (PasswordChange::Keep, _) if private.password_sent => private.verifier,
            _ => None,
        };
        let state = self.fill(&request.planned, &applied, &private)?;
        let is_new = prior.is_none() && !applied.adopted;
        Ok(Made { state, private: private.encode(), oid: applied.role.oid, is_new })
    }

    /// What tells the cluster from others: that of the state, where there is one.
    async fn identifier(
        &self,
        session: &Session,
        (planned, config): (&RoleModel, &RoleModel),
        prior: Option<&RoleModel>,
        private: &Private,
    ) -> Result<Option<i64>, Diagnostics> {
        let name = planned.name.known().map_or_else(|| RoleName::from_catalog(""), RoleName::from_catalog);
        let identifier = session
            .cluster
            .system_identifier()
            .await
            .map_err(|error| self.explain(&name, prior.is_none(), config, &ApplyError::from(error)))?;
        let identifiers = (private.system_identifier, identifier);
        match prior {
            Some(_) => self.same_cluster(session, &name, identifiers)?,
            // The plan has left the one that it saw.
            None => self.planned_for(session, &name, identifiers)?,
        }
        Ok(identifier)
    }

    /// Why an apply failed.
    fn explain(&self, name: &RoleName, creates: bool, config: &RoleModel, error: &ApplyError) -> Diagnostics {
        match error {
            ApplyError::AlreadyThere { oid } if self.context.was_applied(*oid) => {
                explain::two_resources(self.kind, name).into()
            }
            ApplyError::AlreadyThere { .. } if self.of_roster => {
                explain::already_there_in_roster(self.kind, name).into()
            }
            _ => explain::apply(self.kind, name, creates, config, error),
        }
    }

    /// What a create is for: a new role, or one that is there and is to be taken over. Only with `adopt_existing` this
    /// is looked up first, because what happens to the password depends on it.
    async fn target_of_create(
        &self,
        session: &Session,
        planned: &RoleModel,
    ) -> Result<(Target, Before<'static>, Option<Claim<'_>>), Diagnostics> {
        let name = planned.name.known().map(RoleName::from_catalog);
        let adopts = planned.adopt_existing.known() == Some(&true);
        let Some(name) = name.filter(|_| adopts) else {
            return Ok((Target::New { adopt: false }, Before::Nothing, None));
        };
        loop {
            let moment = self.context.claims.now();
            let there = session
                .cluster
                .look(std::slice::from_ref(&name))
                .await
                .map_err(|error| Diagnostics::from(explain::looking(Some((self.kind, &name)), &error)))?;
            let Some(oid) = there.catalog.role_oid(&name) else {
                return Ok((Target::New { adopt: false }, Before::Nothing, None));
            };
            if self.context.was_applied(oid) {
                return Err(explain::two_resources(self.kind, &name).into());
            }
            let claim = self.context.claims.take(oid).await;
            // It may be gone, or taken over by another one.
            if !self.context.claims.has_ended_since(oid, moment) {
                return Ok((Target::New { adopt: true }, Before::Foreign, Some(claim)));
            }
        }
    }
}
