//! What identifies a resource.

use super::codec::{self, types};
use super::diagnostics::{undecodable, unencodable, unreadable};
use super::proto::resource_identity_schema::IdentityAttribute as ProtoAttribute;
use super::proto::{ResourceIdentityData, ResourceIdentitySchema, upgrade_resource_identity};
use super::registry::{Registry, ResourceType, undeclared};
use super::resource::upgrade::{json_of, refuse_newer};
use crate::sdk::schema::IdentitySchema;
use crate::sdk::{Diagnostic, Diagnostics, Value};

/// The schema of an identity.
pub(super) fn schema(schema: &IdentitySchema) -> ResourceIdentitySchema {
    let attributes = schema.attributes.iter().map(|attribute| ProtoAttribute {
        name: attribute.name.clone(),
        r#type: types::encode(&attribute.ty),
        required_for_import: attribute.required_for_import,
        optional_for_import: !attribute.required_for_import,
        description: attribute.description.clone(),
    });
    ResourceIdentitySchema { version: schema.version, identity_attributes: attributes.collect() }
}

/// The identity of what has this state, where the type has identities and the state says it wholly.
pub(super) fn of_state(
    declared: &ResourceType,
    state: Option<&Value>,
) -> Result<Option<ResourceIdentityData>, Diagnostic> {
    let (Some(identity), Some(state)) = (&declared.identity, state) else { return Ok(None) };
    let Some(value) = declared.resource.identity(state) else { return Ok(None) };
    encode(&value, identity).map(Some)
}

/// Writes an identity.
pub(super) fn encode(
    value: &Value,
    identity: &super::registry::Identity,
) -> Result<ResourceIdentityData, Diagnostic> {
    let data = codec::encode(value, &identity.ty).map_err(|error| unencodable("an identity", &error))?;
    Ok(ResourceIdentityData { identity_data: Some(data) })
}

/// Reads an identity that a user wrote.
pub(super) fn decode(declared: &ResourceType, data: &ResourceIdentityData) -> Result<Value, Diagnostic> {
    let Some(identity) = &declared.identity else {
        return Err(Diagnostic::error("This resource type has no identity", "Import it by its id instead."));
    };
    codec::decode(data.identity_data.as_ref(), &identity.ty)
        .map_err(|error| undecodable("the identity", &error))
}

/// UpgradeResourceIdentity.
pub(super) fn upgrade(
    registry: &Registry,
    request: &upgrade_resource_identity::Request,
) -> Result<upgrade_resource_identity::Response, Diagnostics> {
    let declared = registry.resource(&request.type_name)?;
    let Some(identity) = &declared.identity else {
        return Err(undeclared("identity for", &request.type_name).into());
    };
    refuse_newer(&request.type_name, request.version, identity.schema.version)?;
    let json = json_of(request.raw_identity.as_ref())?;
    let value =
        codec::json::decode(json, &identity.ty).map_err(|error| unreadable("the identity", &error))?;
    Ok(upgrade_resource_identity::Response {
        upgraded_identity: Some(encode(&value, identity)?),
        diagnostics: Vec::new(),
    })
}
