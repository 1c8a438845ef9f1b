//! MoveResourceState: `moved` from another type, perhaps of another provider.

use crate::sdk::resource::MoveRequest;
use crate::sdk::{Diagnostic, Diagnostics};
use crate::wire::codec;
use crate::wire::diagnostics::{to_proto, unreadable};
use crate::wire::identity;
use crate::wire::proto::move_resource_state::{Request, Response};
use crate::wire::registry::Registry;
use crate::wire::resource::upgrade::json_of;

pub(in crate::wire) async fn move_state(
    registry: &Registry,
    request: Request,
) -> Result<Response, Diagnostics> {
    let declared = registry.resource(&request.target_type_name)?;
    let json = json_of(request.source_state.as_ref())?;
    let source_state =
        codec::json::parse(json).map_err(|error| unreadable("the state to be moved", &error))?;
    let (source_type, target_type) = (request.source_type_name, request.target_type_name);
    let source_provider = request.source_provider_address;
    let source = MoveRequest {
        source_provider_address: source_provider.clone(),
        source_type_name: source_type.clone(),
        source_schema_version: request.source_schema_version,
        source_state,
    };
    let mut diagnostics = Diagnostics::new();
    let moved = declared.resource.move_state(source, &mut diagnostics).await;
    let Some(state) = moved.as_ref().and_then(|moved| moved.state.clone()) else {
        if !diagnostics.has_errors() {
            diagnostics.push(Diagnostic::error(
                format!("A {target_type} cannot take over the state of a {source_type}"),
                format!(
                    "This provider does not know how to read a {source_type} of {source_provider}. Use a removed \
                     block for the one and an import block for the other instead."
                ),
            ));
        }
        return Err(diagnostics);
    };
    let encoded = identity::of_state(declared, Some(&state))
        .and_then(|identity| Ok((identity, declared.typed.encode("a state", state)?)));
    match encoded {
        Ok((target_identity, target_state)) => Ok(Response {
            target_state: Some(target_state),
            target_private: moved.map(|moved| moved.private.0).unwrap_or_default(),
            target_identity,
            diagnostics: to_proto(diagnostics),
        }),
        Err(error) => {
            diagnostics.push(error);
            Err(diagnostics)
        }
    }
}
