//! ReadResource.

use crate::sdk::{Diagnostics, PrivateState};
use crate::wire::diagnostics::to_proto;
use crate::wire::identity;
use crate::wire::proto::read_resource::{Request, Response};
use crate::wire::registry::Registry;

/// What is known stays known when the read fails.
pub(in crate::wire) fn fallback(request: &Request) -> Response {
    Response {
        new_state: request.current_state.clone(),
        private: request.private.clone(),
        new_identity: request.current_identity.clone(),
        ..Response::default()
    }
}

pub(in crate::wire) async fn read(registry: &Registry, request: Request) -> Result<Response, Diagnostics> {
    let declared = registry.resource(&request.type_name)?;
    let state = declared.typed.decode("the state", request.current_state.as_ref())?;
    let mut diagnostics = Diagnostics::new();
    let read = declared.resource.read(state, PrivateState(request.private), &mut diagnostics).await;
    let identity = identity::of_state(declared, read.state.as_ref());
    match read
        .state
        .map(|state| declared.typed.encode("a state", state))
        .transpose()
        .and_then(|state| Ok((state, identity?)))
    {
        Ok((new_state, new_identity)) => Ok(Response {
            new_state,
            private: read.private.0,
            new_identity,
            diagnostics: to_proto(diagnostics),
            deferred: None,
        }),
        Err(error) => {
            diagnostics.push(error);
            Err(diagnostics)
        }
    }
}
