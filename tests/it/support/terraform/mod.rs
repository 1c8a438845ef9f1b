//! A real Terraform (or OpenTofu) with a working directory of its own and the provider's executable that was just
//! built. What it says comes back as data: exit code, diagnostics, planned changes, state.

mod changes;
mod diagnostics;
mod login;
mod outcome;
mod process;
mod process_table;
mod program;
mod workspace;

pub(crate) use changes::{Change, Plan};
pub(crate) use diagnostics::Diagnostic;
pub(crate) use login::Login;
pub(crate) use outcome::{OPEN_TO_EVERYBODY, Outcome};
pub(crate) use process::{Running, signal};
pub(crate) use program::Program;
pub(crate) use workspace::{PROVIDER_VERSION, Workspace, connection, go_arch, go_os, in_mirror, provider};
