//! ImportResourceState, by id or by identity.

use crate::sdk::{Diagnostic, Diagnostics};
use crate::wire::diagnostics::to_proto;
use crate::wire::identity;
use crate::wire::proto::import_resource_state::{ImportedResource, Request, Response};
use crate::wire::registry::{Registry, ResourceType};

pub(in crate::wire) async fn import(registry: &Registry, request: Request) -> Result<Response, Diagnostics> {
    let declared = registry.resource(&request.type_name)?;
    let mut diagnostics = Diagnostics::new();
    let found = match &request.identity {
        Some(data) if data.identity_data.is_some() => {
            let identity = identity::decode(declared, data)?;
            declared.resource.import_by_identity(&identity, &mut diagnostics).await
        }
        _ => declared.resource.import(&request.id, &mut diagnostics).await,
    };
    let mut imported_resources = Vec::with_capacity(found.len());
    for one in found {
        match imported(declared, &request.type_name, one) {
            Ok(imported) => imported_resources.push(imported),
            Err(error) => diagnostics.push(error),
        }
    }
    Ok(Response { imported_resources, diagnostics: to_proto(diagnostics), deferred: None })
}

fn imported(
    declared: &ResourceType,
    type_name: &str,
    found: crate::sdk::resource::Imported,
) -> Result<ImportedResource, Diagnostic> {
    Ok(ImportedResource {
        type_name: type_name.to_owned(),
        identity: identity::of_state(declared, Some(&found.state))?,
        state: Some(declared.typed.encode("a state", found.state)?),
        private: found.private.0,
    })
}
