//! Managed resources: one file a call.

pub(super) mod apply;
pub(super) mod generate;
pub(super) mod import;
pub(super) mod move_state;
pub(super) mod plan;
pub(super) mod read;
pub(super) mod upgrade;
pub(super) mod validate;
