//! What a managed resource answers to.

use std::fmt;

use async_trait::async_trait;

use super::schema::IdentitySchema;
use super::{Diagnostics, Path, PrivateState, Schema, Value};

/// What the other side can do, from the request.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ClientCapabilities {
    /// It understands deferred answers.
    pub deferral_allowed: bool,
    /// It understands write-only attributes.
    pub write_only_attributes_allowed: bool,
}

/// What a plan is made from.
#[derive(Debug, Clone)]
pub struct PlanRequest {
    /// The configuration, write-only values included.
    pub config: Value,
    /// The state as last read; `None` for a create.
    pub prior: Option<Value>,
    /// Configuration and prior state merged by the schema alone: written values, defaults, plan rules
    /// ([`super::schema::Schema::propose`]). Unlike Terraform's proposed_new_state it holds no prior value
    /// where a default applies.
    pub proposed: Value,
    /// Private state as last returned.
    pub private: PrivateState,
    /// Private state of the plan that is about to be applied, for which it is planned once more. Nothing in any other plan, and
    /// from those who do not store it (OpenTofu, Terraform up to 1.15).
    pub stored: Option<PrivateState>,
}

/// A plan.
#[derive(Debug, Clone)]
pub struct PlanResponse {
    /// The planned state. Write-only attributes are nulled on the way out.
    pub planned: Value,
    /// Attributes whose change needs a destroy and create.
    pub requires_replace: Vec<Path>,
    /// Private state for the apply.
    pub private: PrivateState,
}

/// What an apply is made from. The configuration is here for its write-only values.
#[derive(Debug, Clone)]
pub struct ApplyRequest {
    /// The configuration, write-only values included.
    pub config: Value,
    /// The state before; `None` for a create.
    pub prior: Option<Value>,
    /// What was planned.
    pub planned: Value,
    /// Private state from the plan.
    pub private: PrivateState,
}

/// A state and what is kept beside it.
#[derive(Debug, Clone)]
pub struct StateResponse {
    /// The state; `None` where there is nothing (any more).
    pub state: Option<Value>,
    /// Private state.
    pub private: PrivateState,
}

/// A resource found by import.
#[derive(Debug, Clone)]
pub struct Imported {
    /// What is known of it so far; Read fills in the rest.
    pub state: Value,
    /// Private state for that Read.
    pub private: PrivateState,
}

/// A state that another provider's resource left.
#[derive(Clone)]
pub struct MoveRequest {
    /// Address of the other provider.
    pub source_provider_address: String,
    /// Type of the other resource.
    pub source_type_name: String,
    /// Its schema version.
    pub source_schema_version: i64,
    /// Its state, as JSON.
    pub source_state: serde_json::Value,
}

/// Without the state, in which the other provider may have kept a password.
impl fmt::Debug for MoveRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MoveRequest")
            .field("source_provider_address", &self.source_provider_address)
            .field("source_type_name", &self.source_type_name)
            .field("source_schema_version", &self.source_schema_version)
            .finish_non_exhaustive()
    }
}

/// A managed resource type.
///
/// A method that adds an error to `diagnostics` still returns: what it returns is then the state that
/// Terraform keeps.
#[async_trait]
pub trait Resource: Send + Sync {
    /// Its attributes.
    fn schema(&self) -> Schema;

    /// What identifies one of it, where it has such a thing.
    fn identity_schema(&self) -> Option<IdentitySchema> {
        None
    }

    /// What identifies the one that has this state: the state's attributes of the identity's names, where all of
    /// them are known.
    fn identity(&self, state: &Value) -> Option<Value> {
        let attributes = self.identity_schema()?.attributes.into_iter().map(|attribute| {
            let value = state.get(&attribute.name)?.clone();
            (!value.is_null() && value.is_wholly_known()).then_some((attribute.name, value))
        });
        attributes.collect::<Option<_>>().map(Value::Object)
    }

    /// What the schema's own checks cannot say: contradictions between attributes. Values may be unknown.
    async fn validate(&self, _config: &Value, _diagnostics: &mut Diagnostics) {}

    /// Terraform has taken up a state of it, and is likely to ask next what has become of it.
    fn expect_read(&self) {}

    /// Plans a create or an update. Must be a pure function of the request, but for diagnostics.
    async fn plan(&self, request: PlanRequest, diagnostics: &mut Diagnostics) -> PlanResponse;

    /// Looks at a planned destroy; gives the private state for it.
    async fn plan_destroy(
        &self,
        _prior: &Value,
        private: PrivateState,
        _diagnostics: &mut Diagnostics,
    ) -> PrivateState {
        private
    }

    /// Makes it. After an error the state must be `None` and nothing be left behind.
    async fn create(&self, request: ApplyRequest, diagnostics: &mut Diagnostics) -> StateResponse;

    /// Changes it. After an error the state says what is there.
    async fn update(&self, request: ApplyRequest, diagnostics: &mut Diagnostics) -> StateResponse;

    /// Removes it. After an error the state is what is still there.
    async fn delete(
        &self,
        prior: Value,
        private: PrivateState,
        diagnostics: &mut Diagnostics,
    ) -> StateResponse;

    /// Looks at it.
    async fn read(&self, state: Value, private: PrivateState, diagnostics: &mut Diagnostics)
    -> StateResponse;

    /// Finds it by the text that a user typed.
    async fn import(&self, id: &str, diagnostics: &mut Diagnostics) -> Vec<Imported>;

    /// Finds it by its identity.
    async fn import_by_identity(&self, _identity: &Value, diagnostics: &mut Diagnostics) -> Vec<Imported> {
        diagnostics.error(
            Path::root(),
            "This resource cannot be imported by identity",
            "Import it by its id instead.",
        );
        Vec::new()
    }

    /// Brings a state of an older version to this one. The wire has already dropped unknown attributes and
    /// added missing ones as null; the first version needs no more.
    async fn upgrade(&self, _version: i64, state: Value, _diagnostics: &mut Diagnostics) -> Value {
        state
    }

    /// Takes over another resource's state; `None` where it cannot.
    async fn move_state(
        &self,
        _request: MoveRequest,
        _diagnostics: &mut Diagnostics,
    ) -> Option<StateResponse> {
        None
    }
}
