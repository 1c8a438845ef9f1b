//! The diff against a model of the server: whatever is there and whatever is wanted, the changes bring it
//! about.

mod arbitrary;
mod examples;
mod model;
mod properties;
