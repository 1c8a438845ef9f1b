//! Warnings of grants that a plan does not show as they will be: those that come into view and would be revoked,
//! and those that only go out of view.

use super::plan::{self, Grant};
use super::private::Private;
use super::state::Look;
use super::{RoleModel, RoleResource, read_model};
use crate::provider::context::Unseen;
use crate::provider::explain;
use crate::roles::RoleName;
use crate::sdk::resource::PlanRequest;
use crate::sdk::{Diagnostic, Diagnostics, Value};

/// The first ten, and how many more there are.
pub(in crate::provider) fn first_ten<T: ToString>(all: &[T]) -> String {
    let shown: Vec<String> = all.iter().take(10).map(T::to_string).collect();
    let more = all.len().saturating_sub(shown.len());
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!("{}{more}", shown.join(", "))
}

impl RoleResource {
    /// What a plan does not show as it will be: what comes into view and would be revoked, and what only goes out of view.
    pub(super) async fn warn_of_grants(
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
        let snapshot = match session.snapshot().await {
            Ok(snapshot) => snapshot,
            Err(Unseen::First(error)) => return Err(explain::looking(Some((self.kind, &name)), &error)),
            Err(Unseen::Again) => return Ok(Vec::new()),
        };
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
