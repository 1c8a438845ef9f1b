//! The JSON of state files. Unlike msgpack it may come from another version of the schema: attributes that
//! the type does not have are dropped, missing ones are null.

mod decode;
mod encode;
#[cfg(test)]
mod tests;

pub use decode::{decode, from_json};
pub use encode::{encode, to_json};
