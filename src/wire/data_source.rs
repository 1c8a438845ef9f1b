//! Data sources.

use super::diagnostics::to_proto;
use super::proto::{read_data_source, validate_data_resource_config};
use super::registry::Registry;
use crate::sdk::Diagnostics;
use crate::sdk::resource::ClientCapabilities;

/// ValidateDataResourceConfig.
pub(super) async fn validate(
    registry: &Registry,
    request: validate_data_resource_config::Request,
) -> Result<validate_data_resource_config::Response, Diagnostics> {
    let source = registry.data_source(&request.type_name)?;
    let config = source.typed.decode("the configuration", request.config.as_ref())?;
    let mut diagnostics = source.typed.schema.validate(&config, ClientCapabilities::default());
    source.thing.validate(&config, &mut diagnostics).await;
    Ok(validate_data_resource_config::Response { diagnostics: to_proto(diagnostics) })
}

/// ReadDataSource.
pub(super) async fn read(
    registry: &Registry,
    request: read_data_source::Request,
) -> Result<read_data_source::Response, Diagnostics> {
    let source = registry.data_source(&request.type_name)?;
    let config = source.typed.decode("the configuration", request.config.as_ref())?;
    let mut diagnostics = Diagnostics::new();
    let mut state = None;
    if let Some(found) = source.thing.read(config, &mut diagnostics).await {
        match source.typed.encode("a data source", found) {
            Ok(encoded) => state = Some(encoded),
            Err(error) => diagnostics.push(error),
        }
    }
    Ok(read_data_source::Response { state, diagnostics: to_proto(diagnostics), deferred: None })
}
