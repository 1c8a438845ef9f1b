//! Ephemeral resources.

use super::diagnostics::to_proto;
use super::proto::{
    close_ephemeral_resource, open_ephemeral_resource, renew_ephemeral_resource,
    validate_ephemeral_resource_config,
};
use super::registry::Registry;
use crate::sdk::resource::ClientCapabilities;
use crate::sdk::{Diagnostics, PrivateState};

/// ValidateEphemeralResourceConfig.
pub(super) async fn validate(
    registry: &Registry,
    request: validate_ephemeral_resource_config::Request,
) -> Result<validate_ephemeral_resource_config::Response, Diagnostics> {
    let resource = registry.ephemeral(&request.type_name)?;
    let config = resource.typed.decode("the configuration", request.config.as_ref())?;
    let mut diagnostics = resource.typed.schema.validate(&config, ClientCapabilities::default());
    resource.thing.validate(&config, &mut diagnostics).await;
    Ok(validate_ephemeral_resource_config::Response { diagnostics: to_proto(diagnostics) })
}

/// OpenEphemeralResource.
pub(super) async fn open(
    registry: &Registry,
    request: open_ephemeral_resource::Request,
) -> Result<open_ephemeral_resource::Response, Diagnostics> {
    let resource = registry.ephemeral(&request.type_name)?;
    let config = resource.typed.decode("the configuration", request.config.as_ref())?;
    let mut diagnostics = Diagnostics::new();
    let mut answer = open_ephemeral_resource::Response::default();
    if let Some(opened) = resource.thing.open(config, &mut diagnostics).await {
        answer.renew_at = opened.renew_at.map(Into::into);
        // Also where the result cannot be written: what is open must be closed.
        answer.private = Some(opened.private.0);
        match resource.typed.encode("an ephemeral resource", opened.result) {
            Ok(encoded) => answer.result = Some(encoded),
            Err(error) => diagnostics.push(error),
        }
    }
    answer.diagnostics = to_proto(diagnostics);
    Ok(answer)
}

/// RenewEphemeralResource.
pub(super) async fn renew(
    registry: &Registry,
    request: renew_ephemeral_resource::Request,
) -> Result<renew_ephemeral_resource::Response, Diagnostics> {
    let resource = registry.ephemeral(&request.type_name)?;
    let private = PrivateState(request.private.unwrap_or_default());
    let mut diagnostics = Diagnostics::new();
    let (renew_at, private) = resource.thing.renew(private, &mut diagnostics).await;
    Ok(renew_ephemeral_resource::Response {
        diagnostics: to_proto(diagnostics),
        renew_at: renew_at.map(Into::into),
        private: Some(private.0),
    })
}

/// CloseEphemeralResource.
pub(super) async fn close(
    registry: &Registry,
    request: close_ephemeral_resource::Request,
) -> Result<close_ephemeral_resource::Response, Diagnostics> {
    let resource = registry.ephemeral(&request.type_name)?;
    let mut diagnostics = Diagnostics::new();
    resource.thing.close(PrivateState(request.private.unwrap_or_default()), &mut diagnostics).await;
    Ok(close_ephemeral_resource::Response { diagnostics: to_proto(diagnostics) })
}
