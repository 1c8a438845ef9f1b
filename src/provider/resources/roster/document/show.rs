//! From what is there to a document: what is written, with what is there in its place, and what is not written and is off
//! what it would be.

use std::collections::BTreeMap;

use serde_json::{Map, Number as JsonNumber, Value as Json};

use super::canonical::escaped;
use super::{Document, PASSWORDS};
use crate::provider::resources::role::{Kind, entry};
use crate::sdk::schema::Presence;
use crate::sdk::{Schema, Value};

/// The document of a role that is as `after` says, where it was as `before` says. The single resource plans `after` from
/// it, but for what nobody may write.
pub(crate) fn show(
    (kind, schema): (Kind, &Schema),
    role: &str,
    document: &Document,
    (before, after): (&Value, &Value),
) -> Document {
    let name = (kind.name_attribute(), role);
    let members = document.members.iter().filter_map(|(key, json)| {
        let attribute = schema.attribute(key)?;
        if attribute.presence == Presence::Computed || *key == name.0 {
            return None;
        }
        let (was, is) = (before.get(key).unwrap_or(&Value::Null), after.get(key).unwrap_or(&Value::Null));
        if was == is {
            return Some((key.clone(), json.clone()));
        }
        (!is.is_null()).then(|| (key.clone(), in_words_of(json, was, is)))
    });
    let mut shown = Document { members: members.collect() };
    let settle = |shown: &Document| entry::settled(kind, schema, &shown.written(schema, name));
    let mut would_be = settle(&shown);
    for attribute in &schema.attributes {
        let key = attribute.name.as_str();
        if key == "oid" || PASSWORDS.contains(&key) || shown.get(key).is_some() {
            continue;
        }
        let is = after.get(key).unwrap_or(&Value::Null);
        if would_be.get(key) != Some(is) && !is.is_null() {
            shown.members.push((key.to_owned(), json_of(is)));
            // What is written of one may say what others are.
            would_be = settle(&shown);
        }
    }
    shown
}

impl Document {
    /// As text, in its own order.
    pub(crate) fn to_text(&self) -> String {
        let members: Vec<String> = self
            .members
            .iter()
            .map(|(key, value)| format!("{}:{value}", Json::String(key.clone())))
            .collect();
        escaped(&format!("{{{}}}", members.join(",")))
    }
}

/// What is there, with the parts that have not changed as they are written: a list keeps its order.
fn in_words_of(written: &Json, was: &Value, is: &Value) -> Json {
    match (written, was, is) {
        (Json::Array(written), Value::Set(_), Value::Set(there)) => {
            let mut there: Vec<Json> = there.iter().map(json_of).collect();
            let mut kept: Vec<Json> = Vec::new();
            for element in written.iter().filter(|element| there.contains(element)) {
                if !kept.contains(element) {
                    kept.push(element.clone());
                }
            }
            there.retain(|element| !kept.contains(element));
            there.sort_by_key(Json::to_string);
            kept.append(&mut there);
            Json::Array(kept)
        }
        (Json::Object(written), Value::Map(was), Value::Map(there)) => {
            Json::Object(each_in_words_of(written, was, there))
        }
        _ => json_of(is),
    }
}

fn each_in_words_of(
    written: &Map<String, Json>,
    was: &BTreeMap<String, Value>,
    there: &BTreeMap<String, Value>,
) -> Map<String, Json> {
    let each = |(key, is): (&String, &Value)| {
        let json = match (written.get(key), was.get(key)) {
            (Some(written), Some(was)) if was == is => written.clone(),
            (Some(written), Some(was)) => in_words_of(written, was, is),
            _ => json_of(is),
        };
        (key.clone(), json)
    };
    there.iter().map(each).collect()
}

fn json_of(value: &Value) -> Json {
    match value {
        Value::Null | Value::Unknown(_) => Json::Null,
        Value::Bool(is) => Json::Bool(*is),
        // A number's text is JSON's, but for one that is no number to JSON.
        Value::Number(number) => number
            .to_text()
            .parse::<JsonNumber>()
            .map_or_else(|_| Json::String(number.to_text()), Json::Number),
        Value::String(text) => Json::String(text.clone()),
        Value::Set(elements) => {
            let mut elements: Vec<Json> = elements.iter().map(json_of).collect();
            elements.sort_by_key(Json::to_string);
            Json::Array(elements)
        }
        Value::List(elements) | Value::Tuple(elements) => Json::Array(elements.iter().map(json_of).collect()),
        Value::Map(entries) | Value::Object(entries) => Json::Object(
            entries
                .iter()
                .filter(|(_, value)| !value.is_null())
                .map(|(key, value)| (key.clone(), json_of(value)))
                .collect(),
        ),
        Value::Dynamic(inner) => json_of(&inner.1),
    }
}
