//! The JSON of state files. What another version of a schema wrote is brought to its present shape before
//! ([`crate::sdk::Schema::conform`]).

mod decode;
mod encode;
#[cfg(test)]
mod tests;

pub use decode::{decode, from_json, parse};
pub use encode::{encode, to_json};
