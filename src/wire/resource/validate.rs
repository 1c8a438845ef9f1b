//! ValidateResourceConfig.

use crate::sdk::Diagnostics;
use crate::wire::diagnostics::to_proto;
use crate::wire::proto::validate_resource_config::{Request, Response};
use crate::wire::provider::capabilities;
use crate::wire::registry::Registry;

pub(in crate::wire) async fn validate(
    registry: &Registry,
    request: Request,
) -> Result<Response, Diagnostics> {
    let declared = registry.resource(&request.type_name)?;
    let config = declared.typed.decode("the configuration", request.config.as_ref())?;
    let mut diagnostics = declared.typed.schema.validate(&config, capabilities(request.client_capabilities));
    declared.resource.validate(&config, &mut diagnostics).await;
    Ok(Response { diagnostics: to_proto(diagnostics) })
}
