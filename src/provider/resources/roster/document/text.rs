//! From text to a document. No message repeats what is written: there may be a password in it that does not belong there.

use std::collections::BTreeSet;
use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
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
    let document: Document = serde_json::from_str(text).map_err(|error| not_json(&error))?;
    // Of names that are written twice the document has lost one.
    if document.names() != colons(text) {
        serde_json::from_str::<Unambiguous>(text).map_err(|error| not_json(&error))?;
    }
    Ok(document)
}

/// How many members all objects of a JSON text are written with.
fn colons(json: &str) -> usize {
    let (mut count, mut is_inside, mut is_escaped) = (0, false, false);
    for byte in json.bytes() {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' => is_escaped = is_inside,
            b'"' => is_inside = !is_inside,
            b':' if !is_inside => count += 1,
            _ => {}
        }
    }
    count
}

impl Document {
    /// How many names all objects in it have, each counted once where it is.
    fn names(&self) -> usize {
        fn inside(value: &Json) -> usize {
            match value {
                Json::Array(elements) => elements.iter().map(inside).sum(),
                Json::Object(members) => members.len() + members.values().map(inside).sum::<usize>(),
                Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) => 0,
            }
        }
        let distinct: BTreeSet<&str> = self.members.iter().map(|(name, _)| name.as_str()).collect();
        distinct.len() + self.members.iter().map(|(_, value)| inside(value)).sum::<usize>()
    }
}

/// Whether a user's document says that it logs in by password. It is asked of thousands, and looks at nothing else.
pub(crate) fn says_by_password(text: &str) -> bool {
    #[derive(serde::Deserialize)]
    struct Says<'a> {
        #[serde(borrow, default)]
        auth_method: Option<std::borrow::Cow<'a, str>>,
    }
    serde_json::from_str::<Says>(text).is_ok_and(|says| says.auth_method.is_none_or(|is| is == "password"))
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

/// Keeps the order.
struct InOrder;

impl<'de> Visitor<'de> for InOrder {
    type Value = Document;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Document, A::Error> {
        let mut members: Vec<(String, Json)> = Vec::new();
        while let Some(member) = map.next_entry()? {
            members.push(member);
        }
        Ok(Document { members })
    }
}

/// JSON in which no object has a name twice, however deep: nobody knows which of the two is meant.
pub(crate) struct Unambiguous;

impl<'de> Deserialize<'de> for Unambiguous {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Unambiguous)
    }
}

impl<'de> Visitor<'de> for Unambiguous {
    type Value = Self;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_str<E>(self, _: &str) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<Self, A::Error> {
        while elements.next_element::<Self>()?.is_some() {}
        Ok(self)
    }

    // A number that is too long for the types above comes as a map, too, so that no digit of it is lost.
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self, A::Error> {
        let mut names = BTreeSet::new();
        while let Some((name, Self)) = map.next_entry::<String, _>()? {
            if names.contains(&name) {
                return Err(serde::de::Error::custom(format_args!("{name:?} is written twice")));
            }
            names.insert(name);
        }
        Ok(self)
    }
}
