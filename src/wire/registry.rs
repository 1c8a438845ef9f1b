//! What the provider declares, asked for once.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::codec;
use super::diagnostics::{undecodable, unencodable, unreadable};
use super::proto;
use crate::sdk::provider::FunctionSignature;
use crate::sdk::schema::IdentitySchema;
use crate::sdk::{
    DataSource, Diagnostic, EphemeralResource, Function, ListResource, Provider, Resource, Schema, Type,
    Value,
};

/// A schema and the type of its values.
pub(super) struct Typed {
    pub(super) schema: Schema,
    ty: Type,
}

impl Typed {
    fn new(schema: Schema) -> Self {
        Self { ty: schema.ty(), schema }
    }

    /// Reads a value of it.
    pub(super) fn decode(
        &self,
        what: &str,
        encoded: Option<&proto::DynamicValue>,
    ) -> Result<Value, Diagnostic> {
        codec::decode(encoded, &self.ty).map_err(|error| undecodable(what, &error))
    }

    /// Reads a state that any version of the schema may have left.
    pub(super) fn decode_raw(&self, what: &str, json: &[u8]) -> Result<Value, Diagnostic> {
        codec::json::parse(json)
            .and_then(|json| codec::json::from_json(self.schema.conform(json), &self.ty))
            .map_err(|error| unreadable(what, &error))
    }

    /// Writes a value of it, less what may not be kept: the one way out for states and plans.
    pub(super) fn encode(&self, what: &str, value: Value) -> Result<proto::DynamicValue, Diagnostic> {
        let value = self.schema.without_write_only(value);
        codec::encode(&value, &self.ty).map_err(|error| unencodable(what, &error))
    }
}

/// A thing of the provider and its schema.
pub(super) struct Declared<T: ?Sized> {
    pub(super) thing: Arc<T>,
    pub(super) typed: Typed,
}

/// A resource's identity and the type of its values.
pub(super) struct Identity {
    pub(super) schema: IdentitySchema,
    pub(super) ty: Type,
}

/// A resource type.
pub(super) struct ResourceType {
    pub(super) resource: Arc<dyn Resource>,
    pub(super) typed: Typed,
    pub(super) identity: Option<Identity>,
}

/// A function and what it takes.
pub(super) struct DeclaredFunction {
    pub(super) function: Arc<dyn Function>,
    pub(super) signature: FunctionSignature,
}

/// All that the provider declares.
pub(super) struct Registry {
    pub(super) configuration: Typed,
    pub(super) resources: BTreeMap<String, ResourceType>,
    pub(super) data_sources: BTreeMap<String, Declared<dyn DataSource>>,
    pub(super) ephemeral_resources: BTreeMap<String, Declared<dyn EphemeralResource>>,
    pub(super) functions: BTreeMap<String, DeclaredFunction>,
    pub(super) list_resources: BTreeMap<String, Declared<dyn ListResource>>,
}

impl Registry {
    pub(super) fn of(provider: &dyn Provider) -> Self {
        fn declared<T: ?Sized>(
            things: BTreeMap<String, Arc<T>>,
            schema: impl Fn(&T) -> Schema,
        ) -> BTreeMap<String, Declared<T>> {
            let declare = |(name, thing): (String, Arc<T>)| {
                let typed = Typed::new(schema(&thing));
                (name, Declared { thing, typed })
            };
            things.into_iter().map(declare).collect()
        }

        let resource = |(name, resource): (String, Arc<dyn Resource>)| {
            let identity = resource.identity_schema().map(|schema| Identity { ty: schema.ty(), schema });
            let typed = Typed::new(resource.schema());
            (name, ResourceType { resource, typed, identity })
        };
        let function = |(name, function): (String, Arc<dyn Function>)| {
            let signature = function.signature();
            (name, DeclaredFunction { function, signature })
        };
        Self {
            configuration: Typed::new(provider.schema()),
            resources: provider.resources().into_iter().map(resource).collect(),
            data_sources: declared(provider.data_sources(), |thing| thing.schema()),
            ephemeral_resources: declared(provider.ephemeral_resources(), |thing| thing.schema()),
            functions: provider.functions().into_iter().map(function).collect(),
            list_resources: declared(provider.list_resources(), |thing| thing.schema()),
        }
    }

    pub(super) fn resource(&self, name: &str) -> Result<&ResourceType, Diagnostic> {
        self.resources.get(name).ok_or_else(|| undeclared("resource type", name))
    }

    pub(super) fn data_source(&self, name: &str) -> Result<&Declared<dyn DataSource>, Diagnostic> {
        self.data_sources.get(name).ok_or_else(|| undeclared("data source", name))
    }

    pub(super) fn ephemeral(&self, name: &str) -> Result<&Declared<dyn EphemeralResource>, Diagnostic> {
        self.ephemeral_resources.get(name).ok_or_else(|| undeclared("ephemeral resource type", name))
    }

    pub(super) fn list_resource(&self, name: &str) -> Result<&Declared<dyn ListResource>, Diagnostic> {
        self.list_resources.get(name).ok_or_else(|| undeclared("list resource type", name))
    }
}

/// Something that this provider does not have.
pub(super) fn undeclared(kind: &str, name: &str) -> Diagnostic {
    Diagnostic::error(
        format!("This provider has no {kind} {name}"),
        "Another version of the provider may have it: see required_providers and the lock file.",
    )
}
