//! What a roster asks of the single resources, beyond what Terraform does: each of its entries is one role.

use super::grants::MEMBERSHIPS;
use super::private::Private;
use super::{Kind, Made, RoleResource, plan, validate as contradictions};
use crate::sdk::resource::{ApplyRequest, PlanRequest};
use crate::sdk::{Diagnostics, PrivateState, Schema, Value};

impl RoleResource {
    /// Creates or changes a role.
    ///
    /// # Errors
    /// Nothing of it was done.
    pub(in crate::provider) async fn make(
        &self,
        request: &ApplyRequest,
        diagnostics: &mut Diagnostics,
    ) -> Result<Made, Diagnostics> {
        self.context.begin_applying();
        self.apply(request, diagnostics).await
    }
}

/// The state of a role that is as its configuration says: what a plan without a state before it comes to.
pub(in crate::provider) fn settled(kind: Kind, schema: &Schema, config: &Value) -> Value {
    let request = PlanRequest {
        config: config.clone(),
        prior: None,
        proposed: schema.without_write_only(schema.propose(config, None)),
        private: PrivateState::default(),
        stored: None,
    };
    planned(kind, &request)
}

/// The plan of a role.
pub(in crate::provider) fn planned(kind: Kind, request: &PlanRequest) -> Value {
    plan::plan(kind, request, &Private::decode(&request.private))
}

/// What attributes say against each other.
pub(in crate::provider) fn validate(kind: Kind, config: &Value, diagnostics: &mut Diagnostics) {
    contradictions::validate(kind, config, diagnostics);
}

/// Private state of a role that is taken over with all that it is: see [`Private`].
pub(in crate::provider) fn imported(system_identifier: Option<i64>) -> PrivateState {
    Private { system_identifier, imported: true, unapplied: true, ..Private::default() }.encode()
}

/// Private state of a user that becomes a group.
pub(in crate::provider) fn as_former_user(private: &PrivateState) -> PrivateState {
    Private { was_user: true, ..Private::decode(private) }.encode()
}

/// The groups that a planned role belongs to.
pub(in crate::provider) fn groups(planned: &Value) -> impl Iterator<Item = &str> {
    let memberships = match planned.get(MEMBERSHIPS) {
        Some(Value::Map(entries)) => Some(entries),
        _ => None,
    };
    memberships.into_iter().flat_map(|entries| entries.keys().map(String::as_str))
}

/// What there was with a role.
pub(in crate::provider) struct Standing {
    /// Whether a password was ever sent to a user: it must not go without a word.
    pub password_sent: bool,
    /// Whether a role was imported and never applied.
    pub unapplied: bool,
}

/// What there was with a role, from its private state.
pub(in crate::provider) fn standing(private: &PrivateState) -> Standing {
    let Private { password_sent, unapplied, .. } = Private::decode(private);
    Standing { password_sent, unapplied }
}
