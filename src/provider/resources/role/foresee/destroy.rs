//! What a destroy would do, laid over what was planned before in this process.

use super::{RoleModel, RoleResource, read_model};
use crate::postgres::{DestroyAction, DestroyError, DestroyReason};
use crate::provider::explain::{self, Planned};
use crate::provider::resources::role::private::Private;
use crate::sdk::{Diagnostics, Value};

impl RoleResource {
    /// Looks at what a destroy does to others.
    pub(in crate::provider::resources::role) async fn look_ahead_of_destroy(
        &self,
        prior: &Value,
        private: &Private,
        diagnostics: &mut Diagnostics,
    ) {
        let Some(session) = self.context.ready().filter(|_| !self.context.is_applying()) else { return };
        let Ok(model) = read_model(prior) else { return };
        let Some(action) = self.destroy_action(&model) else { return };
        let Ok(Some((oid, name))) = self.doomed(&model, private) else { return };
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
        if session.with_outlook(&snapshot, |outlook| outlook.is_who_applies(oid)) {
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
            self.say_of_the_run(("destroy", &name), true, outlook, diagnostics);
            self.say(&name, (planned, &model), lost, session, outlook, diagnostics);
        });
        let destroy = self.destroy_request(&model, (oid, &name), action);
        self.inquire_of_destroy(&destroy, &model, (session, &snapshot), diagnostics).await;
    }

    /// What a destroy does on the server, if anything.
    pub(in crate::provider::resources::role) fn destroy_action(
        &self,
        model: &RoleModel,
    ) -> Option<DestroyAction> {
        match self.context.defaults().on_destroy(model).action.known().map(String::as_str) {
            Some("forget") => None,
            Some("disable") => Some(DestroyAction::Disable),
            _ => Some(DestroyAction::Drop),
        }
    }
}
