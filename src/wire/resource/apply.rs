//! ApplyResourceChange: create, update or delete, by what was and what is planned.

use crate::sdk::resource::{ApplyRequest, StateResponse};
use crate::sdk::{Diagnostics, PrivateState, Value};
use crate::wire::diagnostics::to_proto;
use crate::wire::identity;
use crate::wire::proto::apply_resource_change::{Request, Response};
use crate::wire::registry::Registry;

/// When the apply fails in a way that leaves no answer, what was there is taken to be there still: forgotten
/// resources are worse than ones that the next refresh finds changed.
pub(in crate::wire) fn fallback(request: &Request) -> Response {
    Response {
        new_state: request.prior_state.clone(),
        private: request.planned_private.clone(),
        ..Response::default()
    }
}

pub(in crate::wire) async fn apply(registry: &Registry, request: Request) -> Result<Response, Diagnostics> {
    let declared = registry.resource(&request.type_name)?;
    let state_of = |what, encoded: Option<&_>| declared.typed.decode(what, encoded);
    let prior = state_of("the prior state", request.prior_state.as_ref())?;
    let planned = state_of("the planned state", request.planned_state.as_ref())?;
    let config = state_of("the configuration", request.config.as_ref())?;
    let private = PrivateState(request.planned_private);

    let mut diagnostics = Diagnostics::new();
    let resource = &declared.resource;
    let applied = match (prior, planned) {
        (Value::Null, Value::Null) => StateResponse { state: None, private },
        (Value::Null, planned) => {
            let request = ApplyRequest { config, prior: None, planned, private };
            resource.create(request, &mut diagnostics).await
        }
        (prior, Value::Null) => resource.delete(prior, private, &mut diagnostics).await,
        (prior, planned) => {
            let request = ApplyRequest { config, prior: Some(prior), planned, private };
            resource.update(request, &mut diagnostics).await
        }
    };

    let identity = identity::of_state(declared, applied.state.as_ref());
    let encoded = declared.typed.encode("a state", applied.state.unwrap_or(Value::Null));
    match encoded.and_then(|state| Ok((state, identity?))) {
        Ok((new_state, new_identity)) => Ok(Response {
            new_state: Some(new_state),
            private: applied.private.0,
            new_identity,
            diagnostics: to_proto(diagnostics),
            legacy_type_system: false,
        }),
        Err(error) => {
            diagnostics.push(error);
            Err(diagnostics)
        }
    }
}
