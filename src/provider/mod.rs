//! pgum itself: its configuration, the session with the cluster, and one file a thing that users can write.

mod claims;
mod configuration;
mod context;
mod ephemeral;
mod explain;
mod functions;
mod iam;
mod outlook;
mod recognition;
pub mod resources;
mod statements;
mod walk;

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;

use crate::sdk::resource::ClientCapabilities;
use crate::sdk::{Diagnostics, EphemeralResource, Function, Provider, Resource, Schema, Value};
use context::Context;
use ephemeral::IamAuthToken;
use resources::role::{Kind, RoleResource};
use resources::roster::Roster;

/// The provider `pgum/pgum`.
pub struct Pgum {
    context: Arc<Context>,
}

impl Pgum {
    /// A provider that is not configured yet.
    pub fn new() -> Self {
        Self { context: Arc::new(Context::default()) }
    }
}

impl Default for Pgum {
    fn default() -> Self {
        Self::new()
    }
}

#[async_trait]
impl Provider for Pgum {
    fn schema(&self) -> Schema {
        configuration::schema()
    }

    fn resources(&self) -> BTreeMap<String, Arc<dyn Resource>> {
        let role = |kind| Arc::new(RoleResource::new(kind, Arc::clone(&self.context)));
        let all: [(&str, Arc<dyn Resource>); 3] = [
            (Kind::User.type_name(), role(Kind::User)),
            (Kind::Group.type_name(), role(Kind::Group)),
            (Roster::TYPE_NAME, Arc::new(Roster::new(&self.context))),
        ];
        all.into_iter().map(|(name, resource)| (name.to_owned(), resource)).collect()
    }

    fn ephemeral_resources(&self) -> BTreeMap<String, Arc<dyn EphemeralResource>> {
        let token: Arc<dyn EphemeralResource> = Arc::new(IamAuthToken::new(Arc::clone(&self.context)));
        BTreeMap::from([(IamAuthToken::TYPE_NAME.to_owned(), token)])
    }

    fn functions(&self) -> BTreeMap<String, Arc<dyn Function>> {
        functions::all()
    }

    async fn validate(&self, config: &Value, diagnostics: &mut Diagnostics) {
        configuration::validate(config, diagnostics);
    }

    async fn configure(
        &self,
        config: Value,
        _terraform_version: &str,
        _capabilities: ClientCapabilities,
        diagnostics: &mut Diagnostics,
    ) {
        self.context.configure(configuration::resolve(
            &config,
            &configuration::Environment::of_process(),
            diagnostics,
        ));
    }

    async fn stop(&self) {
        self.context.stop().await;
    }
}
