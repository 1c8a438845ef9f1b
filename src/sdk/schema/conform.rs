//! Old states in the shape of today.

use serde_json::Value as Json;

use super::Schema;
use crate::sdk::Type;

impl Schema {
    /// A state as JSON, of any older shape, brought to this schema's: attributes that the schema does not have
    /// are dropped, those that the state does not have become null, at any depth. Where the state has
    /// something else than the type says it stays as it is, for the decoder to name.
    pub fn conform(&self, state: Json) -> Json {
        conform(state, &self.ty())
    }
}

fn conform(state: Json, ty: &Type) -> Json {
    match (ty, state) {
        (Type::Object(types), Json::Object(mut attributes)) => Json::Object(
            types
                .iter()
                .map(|(name, ty)| (name.clone(), conform(attributes.remove(name).unwrap_or(Json::Null), ty)))
                .collect(),
        ),
        (Type::Map(element), Json::Object(entries)) => {
            Json::Object(entries.into_iter().map(|(key, value)| (key, conform(value, element))).collect())
        }
        (Type::List(element) | Type::Set(element), Json::Array(elements)) => {
            Json::Array(elements.into_iter().map(|value| conform(value, element)).collect())
        }
        (Type::Tuple(types), Json::Array(elements)) if types.len() == elements.len() => {
            Json::Array(elements.into_iter().zip(types).map(|(value, ty)| conform(value, ty)).collect())
        }
        (_, other) => other,
    }
}
