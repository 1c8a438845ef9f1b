//! What a provider answers to, and the kinds of thing besides resources that it may declare.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::SystemTime;

use async_trait::async_trait;

use super::resource::ClientCapabilities;
use super::{Diagnostics, PrivateState, Resource, Schema, Type, Value};

/// A provider: a configuration and the types that it declares. Types are named in full (`pgum_user`).
#[async_trait]
pub trait Provider: Send + Sync + 'static {
    /// The attributes of the provider block.
    fn schema(&self) -> Schema;

    /// Managed resource types by name.
    fn resources(&self) -> BTreeMap<String, Arc<dyn Resource>>;

    /// Data sources by name.
    fn data_sources(&self) -> BTreeMap<String, Arc<dyn DataSource>> {
        BTreeMap::new()
    }

    /// Ephemeral resource types by name.
    fn ephemeral_resources(&self) -> BTreeMap<String, Arc<dyn EphemeralResource>> {
        BTreeMap::new()
    }

    /// Functions by name (without `provider::pgum::`).
    fn functions(&self) -> BTreeMap<String, Arc<dyn Function>> {
        BTreeMap::new()
    }

    /// List resource types by name.
    fn list_resources(&self) -> BTreeMap<String, Arc<dyn ListResource>> {
        BTreeMap::new()
    }

    /// What the schema's own checks cannot say. Values may be unknown.
    async fn validate(&self, _config: &Value, _diagnostics: &mut Diagnostics) {}

    /// Takes the configuration. Called once a process, before anything that needs it; values may be unknown.
    async fn configure(
        &self,
        config: Value,
        terraform_version: &str,
        capabilities: ClientCapabilities,
        diagnostics: &mut Diagnostics,
    );

    /// The user pressed Ctrl-C: finish soon what cannot be undone, begin nothing new.
    async fn stop(&self) {}
}

/// A data source.
#[async_trait]
pub trait DataSource: Send + Sync {
    /// Its attributes.
    fn schema(&self) -> Schema;

    /// What the schema's own checks cannot say.
    async fn validate(&self, _config: &Value, _diagnostics: &mut Diagnostics) {}

    /// Looks it up. `None` only after an error.
    async fn read(&self, config: Value, diagnostics: &mut Diagnostics) -> Option<Value>;
}

/// An opened ephemeral resource.
#[derive(Debug, Clone)]
pub struct Opened {
    /// Its values.
    pub result: Value,
    /// When Terraform shall call `renew`.
    pub renew_at: Option<SystemTime>,
    /// What `renew` and `close` get.
    pub private: PrivateState,
}

/// An ephemeral resource type: a value that is never kept.
#[async_trait]
pub trait EphemeralResource: Send + Sync {
    /// Its attributes.
    fn schema(&self) -> Schema;

    /// What the schema's own checks cannot say.
    async fn validate(&self, _config: &Value, _diagnostics: &mut Diagnostics) {}

    /// Makes the value. `None` only after an error.
    async fn open(&self, config: Value, diagnostics: &mut Diagnostics) -> Option<Opened>;

    /// Prolongs it. The value cannot change.
    async fn renew(
        &self,
        private: PrivateState,
        _diagnostics: &mut Diagnostics,
    ) -> (Option<SystemTime>, PrivateState) {
        (None, private)
    }

    /// Gives it back.
    async fn close(&self, _private: PrivateState, _diagnostics: &mut Diagnostics) {}
}

/// One parameter of a function.
#[derive(Debug, Clone)]
pub struct Parameter {
    /// Its name in documentation and messages.
    pub name: String,
    /// Its type.
    pub ty: Type,
    /// What it means, in Markdown.
    pub description: String,
    /// Whether null may be given.
    pub allow_null: bool,
}

/// What a function takes and gives.
#[derive(Debug, Clone)]
pub struct FunctionSignature {
    /// Parameters in order.
    pub parameters: Vec<Parameter>,
    /// Any number of further arguments.
    pub variadic: Option<Parameter>,
    /// What comes back.
    pub result: Type,
    /// One line.
    pub summary: String,
    /// More, in Markdown.
    pub description: String,
}

/// Why a function failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FunctionError {
    /// The reason, for the user: sentences, which Terraform puts behind the name of the argument.
    pub text: String,
    /// Which argument is to blame, from 0.
    pub argument: Option<i64>,
}

/// A function of the provider: pure, and called in a process that is not configured.
#[async_trait]
pub trait Function: Send + Sync {
    /// Parameters, result and words about it.
    fn signature(&self) -> FunctionSignature;

    /// Computes it. Arguments are wholly known.
    async fn call(&self, arguments: Vec<Value>) -> Result<Value, FunctionError>;
}

/// One thing that a list found.
#[derive(Debug, Clone)]
pub struct Listed {
    /// What it is called.
    pub display_name: String,
    /// What identifies it.
    pub identity: Value,
    /// All of it, where it was asked for.
    pub resource: Option<Value>,
}

/// A list of what is there of one resource type (`terraform query`). The type must have an identity.
#[async_trait]
pub trait ListResource: Send + Sync {
    /// The attributes of the list block's `config`.
    fn schema(&self) -> Schema;

    /// What the schema's own checks cannot say.
    async fn validate(&self, _config: &Value, _diagnostics: &mut Diagnostics) {}

    /// Finds them, at most `limit`.
    async fn list(
        &self,
        config: Value,
        include_resource: bool,
        limit: i64,
        diagnostics: &mut Diagnostics,
    ) -> Vec<Listed>;
}
