//! `pgum_roster`: all users and groups of a cluster in one resource. Each entry is one role, and what happens to it is what
//! would happen to a `pgum_user` or a `pgum_group` that says the same: both are asked for it.

mod after;
mod apply;
pub(crate) mod document;
mod entry;
mod import;
mod place;
mod plan;
mod private;
mod processors;
mod read;
mod removals;
mod schema;
mod side;
mod unmanaged;
mod validate;

use std::sync::Arc;

use async_trait::async_trait;

use super::role::Kind;
use crate::provider::context::Context;
use crate::sdk::resource::{ApplyRequest, Imported, PlanRequest, PlanResponse, StateResponse};
use crate::sdk::{Diagnostics, PrivateState, Resource, Schema, Value};
use side::Side;

/// The resource.
pub(crate) struct Roster {
    context: Arc<Context>,
    groups: Side,
    users: Side,
}

impl Roster {
    pub(crate) const TYPE_NAME: &'static str = "pgum_roster";

    pub(crate) fn new(context: &Arc<Context>) -> Self {
        let side = |kind| Side::new(kind, context);
        Self { context: Arc::clone(context), groups: side(Kind::Group), users: side(Kind::User) }
    }

    /// Groups come first, so that users find them.
    fn sides(&self) -> [&Side; 2] {
        [&self.groups, &self.users]
    }
}

#[async_trait]
impl Resource for Roster {
    fn schema(&self) -> Schema {
        schema::schema()
    }

    async fn validate(&self, config: &Value, diagnostics: &mut Diagnostics) {
        self.check(config, diagnostics).await;
    }

    /// Until Terraform asks for it, it unpacks a large state: meanwhile the server can answer.
    fn expect_read(&self) {
        let context = Arc::clone(&self.context);
        tokio::spawn(async move {
            if let Some(session) = context.ready() {
                session.look_beforehand().await;
            }
        });
    }

    async fn plan(&self, request: PlanRequest, diagnostics: &mut Diagnostics) -> PlanResponse {
        self.plan_all(request, diagnostics).await
    }

    async fn plan_destroy(
        &self,
        prior: &Value,
        private: PrivateState,
        diagnostics: &mut Diagnostics,
    ) -> PrivateState {
        self.plan_destroy_of_all(prior, &private, diagnostics).await
    }

    async fn create(&self, request: ApplyRequest, diagnostics: &mut Diagnostics) -> StateResponse {
        self.create_all(&request, diagnostics).await
    }

    async fn update(&self, request: ApplyRequest, diagnostics: &mut Diagnostics) -> StateResponse {
        self.update_all(&request, diagnostics).await
    }

    async fn delete(
        &self,
        prior: Value,
        private: PrivateState,
        diagnostics: &mut Diagnostics,
    ) -> StateResponse {
        self.delete_all(prior, private, diagnostics).await
    }

    async fn read(
        &self,
        state: Value,
        private: PrivateState,
        diagnostics: &mut Diagnostics,
    ) -> StateResponse {
        self.read_all(state, private, diagnostics).await
    }

    async fn import(&self, id: &str, diagnostics: &mut Diagnostics) -> Vec<Imported> {
        self.import_those(id, diagnostics).await.into_iter().collect()
    }
}
