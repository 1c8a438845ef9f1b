//! The calls that ask what there is.

use super::codec::types;
use super::proto::schema::object::NestingMode;
use super::proto::schema::{Attribute as ProtoAttribute, Block, Object};
use super::proto::{self, ServerCapabilities, StringKind, get_metadata, get_provider_schema};
use super::registry::{Registry, Typed};
use super::{function, identity};
use crate::sdk::schema::{Kind, Nesting};
use crate::sdk::{Attribute, Diagnostics};

/// GetProviderSchema.
pub(super) fn get_provider_schema(registry: &Registry) -> Result<get_provider_schema::Response, Diagnostics> {
    let named = |(name, typed): (&String, &Typed)| (name.clone(), schema(typed));
    Ok(get_provider_schema::Response {
        provider: Some(schema(&registry.configuration)),
        resource_schemas: registry.resources.iter().map(|(name, it)| named((name, &it.typed))).collect(),
        data_source_schemas: registry
            .data_sources
            .iter()
            .map(|(name, it)| named((name, &it.typed)))
            .collect(),
        ephemeral_resource_schemas: registry
            .ephemeral_resources
            .iter()
            .map(|(name, it)| named((name, &it.typed)))
            .collect(),
        list_resource_schemas: registry
            .list_resources
            .iter()
            .map(|(name, it)| named((name, &it.typed)))
            .collect(),
        functions: function::declarations(registry),
        server_capabilities: Some(capabilities()),
        ..get_provider_schema::Response::default()
    })
}

/// GetMetadata.
pub(super) fn get_metadata(registry: &Registry) -> Result<get_metadata::Response, Diagnostics> {
    let names = |type_name: &String| type_name.clone();
    Ok(get_metadata::Response {
        server_capabilities: Some(capabilities()),
        resources: registry
            .resources
            .keys()
            .map(|name| get_metadata::ResourceMetadata { type_name: names(name) })
            .collect(),
        data_sources: registry
            .data_sources
            .keys()
            .map(|name| get_metadata::DataSourceMetadata { type_name: names(name) })
            .collect(),
        ephemeral_resources: registry
            .ephemeral_resources
            .keys()
            .map(|name| get_metadata::EphemeralMetadata { type_name: names(name) })
            .collect(),
        list_resources: registry
            .list_resources
            .keys()
            .map(|name| get_metadata::ListResourceMetadata { type_name: names(name) })
            .collect(),
        functions: registry
            .functions
            .keys()
            .map(|name| get_metadata::FunctionMetadata { name: names(name) })
            .collect(),
        ..get_metadata::Response::default()
    })
}

/// GetResourceIdentitySchemas.
pub(super) fn get_identity_schemas(
    registry: &Registry,
) -> Result<proto::get_resource_identity_schemas::Response, Diagnostics> {
    let identity_schemas = registry
        .resources
        .iter()
        .filter_map(|(name, it)| Some((name.clone(), identity::schema(&it.identity.as_ref()?.schema))))
        .collect();
    Ok(proto::get_resource_identity_schemas::Response { identity_schemas, diagnostics: Vec::new() })
}

fn capabilities() -> ServerCapabilities {
    ServerCapabilities {
        plan_destroy: true,
        get_provider_schema_optional: true,
        move_resource_state: true,
        generate_resource_config: true,
    }
}

fn schema(typed: &Typed) -> proto::Schema {
    let schema = &typed.schema;
    proto::Schema {
        version: schema.version,
        block: Some(Block {
            version: schema.version,
            attributes: schema.attributes.iter().map(attribute).collect(),
            description: schema.description.clone(),
            description_kind: StringKind::Markdown.into(),
            ..Block::default()
        }),
    }
}

fn attribute(attribute: &Attribute) -> ProtoAttribute {
    let (r#type, nested_type) = match &attribute.kind {
        Kind::Typed(ty) => (types::encode(ty), None),
        Kind::Nested(nesting, attributes) => (Vec::new(), Some(object(*nesting, attributes))),
    };
    ProtoAttribute {
        name: attribute.name.clone(),
        r#type,
        nested_type,
        description: attribute.description.clone(),
        description_kind: StringKind::Markdown.into(),
        required: attribute.is_required(),
        optional: attribute.is_optional(),
        computed: attribute.is_computed(),
        sensitive: attribute.sensitive,
        write_only: attribute.write_only,
        deprecated: attribute.deprecation.is_some(),
        deprecation_message: attribute.deprecation.clone().unwrap_or_default(),
    }
}

fn object(nesting: Nesting, attributes: &[Attribute]) -> Object {
    let nesting = match nesting {
        Nesting::Single => NestingMode::Single,
        Nesting::List => NestingMode::List,
        Nesting::Map => NestingMode::Map,
    };
    Object { attributes: attributes.iter().map(attribute).collect(), nesting: nesting.into() }
}
