//! PlanResourceChange.

use crate::sdk::resource::PlanRequest;
use crate::sdk::{Diagnostics, PrivateState, Value};
use crate::wire::codec;
use crate::wire::diagnostics::{path_to_proto, to_proto};
use crate::wire::proto::plan_resource_change::{Request, Response};
use crate::wire::registry::{Registry, ResourceType};

pub(in crate::wire) async fn plan(registry: &Registry, request: Request) -> Result<Response, Diagnostics> {
    let declared = registry.resource(&request.type_name)?;
    let prior = declared.typed.decode("the prior state", request.prior_state.as_ref())?;
    let private = PrivateState(request.prior_private);
    let stored = Some(PrivateState(request.planned_private)).filter(|stored| !stored.0.is_empty());
    // Terraform's own proposal says one thing only that counts: that the resource is to go. For a computed
    // attribute that is not written it holds the prior value, which hides drift.
    if codec::is_null(request.proposed_new_state.as_ref()) {
        return destroy(declared, &prior, private).await;
    }

    let config = declared.typed.decode("the configuration", request.config.as_ref())?;
    let prior = Some(prior).filter(|prior| !prior.is_null());
    let proposed = declared.typed.schema.propose(&config, prior.as_ref());
    let mut diagnostics = Diagnostics::new();
    let request_of_resource = PlanRequest { config, prior, proposed, private, stored };
    let plan = declared.resource.plan(request_of_resource, &mut diagnostics).await;
    let planned_state = match declared.typed.encode("a plan", plan.planned) {
        Ok(planned) => Some(planned),
        // A plan that failed need not fit anything.
        Err(_) if diagnostics.has_errors() => None,
        Err(error) => {
            diagnostics.push(error);
            return Err(diagnostics);
        }
    };
    Ok(Response {
        planned_state,
        requires_replace: plan.requires_replace.iter().map(path_to_proto).collect(),
        planned_private: plan.private.0,
        // Who the resource is does not change by a plan, and a new one is nobody yet.
        planned_identity: request.prior_identity,
        diagnostics: to_proto(diagnostics),
        ..Response::default()
    })
}

async fn destroy(
    declared: &ResourceType,
    prior: &Value,
    private: PrivateState,
) -> Result<Response, Diagnostics> {
    let mut diagnostics = Diagnostics::new();
    let private = declared.resource.plan_destroy(prior, private, &mut diagnostics).await;
    Ok(Response {
        planned_state: Some(declared.typed.encode("a plan", Value::Null)?),
        planned_private: private.0,
        diagnostics: to_proto(diagnostics),
        ..Response::default()
    })
}
