//! List resources.

use super::call::Answer;
use super::diagnostics::{one_to_proto, to_proto};
use super::identity;
use super::proto::{list_resource, validate_list_resource_config};
use super::registry::{Registry, ResourceType, undeclared};
use crate::sdk::provider::Listed;
use crate::sdk::resource::ClientCapabilities;
use crate::sdk::{Diagnostic, Diagnostics};

/// ValidateListResourceConfig.
pub(super) async fn validate(
    registry: &Registry,
    request: validate_list_resource_config::Request,
) -> Result<validate_list_resource_config::Response, Diagnostics> {
    let list = registry.list_resource(&request.type_name)?;
    let config = list.typed.decode("the configuration", request.config.as_ref())?;
    let mut diagnostics = list.typed.schema.validate(&config, ClientCapabilities::default());
    list.thing.validate(&config, &mut diagnostics).await;
    Ok(validate_list_resource_config::Response { diagnostics: to_proto(diagnostics) })
}

/// ListResource: messages first, then what was found.
pub(super) async fn list(
    registry: &Registry,
    request: list_resource::Request,
) -> Result<Vec<list_resource::Event>, Diagnostics> {
    let list = registry.list_resource(&request.type_name)?;
    // What is listed are resources of the type of the same name.
    let resource = registry.resource(&request.type_name)?;
    let config = list.typed.decode("the configuration", request.config.as_ref())?;
    let mut diagnostics = Diagnostics::new();
    let mut found =
        list.thing.list(config, request.include_resource_object, request.limit, &mut diagnostics).await;
    if let Ok(limit @ 1..) = usize::try_from(request.limit) {
        found.truncate(limit);
    }
    let mut events = Vec::with_capacity(found.len() + 1);
    if !diagnostics.is_empty() {
        events.push(list_resource::Event { diagnostic: to_proto(diagnostics), ..Default::default() });
    }
    for one in found {
        events.push(event(resource, &request, one)?);
    }
    Ok(events)
}

fn event(
    resource: &ResourceType,
    request: &list_resource::Request,
    found: Listed,
) -> Result<list_resource::Event, Diagnostic> {
    let identity =
        resource.identity.as_ref().ok_or_else(|| undeclared("identity for", &request.type_name))?;
    let object = found.resource.filter(|_| request.include_resource_object);
    Ok(list_resource::Event {
        identity: Some(identity::encode(&found.identity, identity)?),
        display_name: found.display_name,
        resource_object: object.map(|object| resource.typed.encode("a resource", object)).transpose()?,
        diagnostic: Vec::new(),
    })
}

impl Answer for Vec<list_resource::Event> {
    fn report(&mut self, diagnostic: Diagnostic) {
        self.push(list_resource::Event { diagnostic: vec![one_to_proto(diagnostic)], ..Default::default() });
    }
}
