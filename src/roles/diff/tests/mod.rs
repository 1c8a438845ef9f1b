//! The diff against a model of the server: whatever is there and whatever is wanted, the changes bring it
//! about.

pub(in crate::roles) mod arbitrary;
mod examples;
pub(in crate::roles) mod model;
mod properties;
pub(in crate::roles) mod wanted;

use crate::roles;
