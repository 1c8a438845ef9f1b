//! From text to a document. No message repeats what is written: there may be a password in it that does not belong there.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::Value as Json;

use super::Document;

/// Reads a document.
///
/// # Errors
/// Why it is none.
pub(crate) fn parse(text: &str) -> Result<Document, String> {
    if !text.trim_start().starts_with('{') {
        return Err(match serde_json::from_str::<Json>(text) {
            Ok(other) => {
                format!("It is {}, and must be a JSON object: jsonencode({{ ... }}).", kind_of(&other))
            }
            Err(error) => not_json(&error),
        });
    }
    serde_json::from_str(text).map_err(|error| not_json(&error))
}

fn not_json(error: &serde_json::Error) -> String {
    if error.is_data() {
        // Of our own making, see below; serde's would repeat the value.
        return error.to_string();
    }
    format!("It is no JSON: {error}. Let jsonencode({{ ... }}) make it.")
}

/// What JSON calls it.
pub(crate) fn kind_of(value: &Json) -> &'static str {
    match value {
        Json::Null => "null",
        Json::Bool(_) => "true or false",
        Json::Number(_) => "a number",
        Json::String(_) => "text",
        Json::Array(_) => "a list",
        Json::Object(_) => "an object",
    }
}

impl<'de> Deserialize<'de> for Document {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(InOrder)
    }
}

/// Keeps the order, and refuses a name that is there twice.
struct InOrder;

impl<'de> Visitor<'de> for InOrder {
    type Value = Document;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Document, A::Error> {
        let mut members: Vec<(String, Json)> = Vec::new();
        while let Some((key, value)) = map.next_entry()? {
            if members.iter().any(|(before, _)| *before == key) {
                return Err(serde::de::Error::custom(format_args!("{key:?} is written twice")));
            }
            members.push((key, value));
        }
        Ok(Document { members })
    }
}
