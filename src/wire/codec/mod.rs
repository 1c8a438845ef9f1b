//! Bytes to values and back, directed by types: Terraform's msgpack, the JSON of state files, and the JSON of
//! types themselves. Everything that comes in is held to be hostile: errors say where and never what was
//! there, lengths are believed only as far as there are bytes, and recursion has an end.

mod error;
pub mod json;
pub mod msgpack;
mod set;
#[cfg(test)]
mod strategies;
pub mod types;

pub use error::Error;

use super::proto;
use crate::sdk::{Type, Value};

/// How deep values may nest. Terraform's own schemas stay far below; `serde_json` has the same limit.
pub const MAX_DEPTH: usize = 128;

/// Reads the value of a request. An absent one is null.
pub fn decode(encoded: Option<&proto::DynamicValue>, ty: &Type) -> Result<Value, Error> {
    match encoded {
        None => Ok(Value::Null),
        Some(encoded) if !encoded.msgpack.is_empty() => msgpack::decode(&encoded.msgpack, ty),
        Some(encoded) if !encoded.json.is_empty() => json::decode(&encoded.json, ty),
        Some(_) => Ok(Value::Null),
    }
}

/// Writes a value for a response. Always msgpack: not every core reads JSON there.
pub fn encode(value: &Value, ty: &Type) -> Result<proto::DynamicValue, Error> {
    Ok(proto::DynamicValue { msgpack: msgpack::encode(value, ty)?, json: Vec::new() })
}

/// Whether the value of a request is null, without reading one that is not.
pub fn is_null(encoded: Option<&proto::DynamicValue>) -> bool {
    match encoded {
        None => true,
        Some(encoded) if encoded.msgpack.is_empty() => matches!(encoded.json.trim_ascii(), b"" | b"null"),
        Some(encoded) => encoded.msgpack == [msgpack::NIL],
    }
}
