//! UpgradeResourceState: what is in the state file, in today's form. Called for every resource of every run.

use crate::sdk::{Diagnostic, Diagnostics};
use crate::wire::diagnostics::to_proto;
use crate::wire::proto::RawState;
use crate::wire::proto::upgrade_resource_state::{Request, Response};
use crate::wire::registry::Registry;

pub(in crate::wire) async fn upgrade(registry: &Registry, request: Request) -> Result<Response, Diagnostics> {
    let declared = registry.resource(&request.type_name)?;
    let current = declared.typed.schema.version;
    refuse_newer(&request.type_name, request.version, current)?;
    declared.resource.expect_read();
    let json = json_of(request.raw_state.as_ref())?;
    let mut state = declared.typed.decode_raw("the state", json)?;
    let mut diagnostics = Diagnostics::new();
    if request.version < current {
        state = declared.resource.upgrade(request.version, state, &mut diagnostics).await;
    }
    match declared.typed.encode("a state", state) {
        Ok(state) => Ok(Response { upgraded_state: Some(state), diagnostics: to_proto(diagnostics) }),
        Err(error) => {
            diagnostics.push(error);
            Err(diagnostics)
        }
    }
}

/// Reads no state that a later version wrote: what it added would be lost.
pub(in crate::wire) fn refuse_newer(type_name: &str, version: i64, current: i64) -> Result<(), Diagnostic> {
    if version <= current {
        return Ok(());
    }
    Err(Diagnostic::error(
        format!("The state of a {type_name} is from a newer version of the provider"),
        format!(
            "It has schema version {version}, and this version of the provider knows {current} at most. Use the \
             version of the provider that wrote the state, or a later one."
        ),
    ))
}

/// The JSON of a state; Terraform before 0.12 had another form.
pub(in crate::wire) fn json_of(raw: Option<&RawState>) -> Result<&[u8], Diagnostic> {
    match raw {
        Some(raw) if !raw.json.is_empty() => Ok(&raw.json),
        Some(raw) if !raw.flatmap.is_empty() => Err(Diagnostic::error(
            "The state is in the format of Terraform 0.11",
            "This provider never wrote such a state. Apply once with Terraform 0.12 or 0.13 and the provider that \
             did, which brings the state into the present format.",
        )),
        _ => Err(Diagnostic::error(
            "The state is empty",
            "There is an entry for this resource in the state, but nothing in it. Remove it from the state and \
             import the resource again.",
        )),
    }
}
