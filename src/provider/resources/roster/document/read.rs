//! From JSON to values, by the schema of the single resource, with the place of each mistake.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value as Json;

use super::{Document, PASSWORDS, is_writable, kind_of, writable};
use crate::sdk::schema::{Kind, Nesting, Presence};
use crate::sdk::{Attribute, Diagnostics, Number, Path, Schema, Type, Value, nearest};

impl Document {
    /// The configuration that somebody has written, all attributes of the single resource in it. `name` is the attribute
    /// that the name of the role would be in: the role's name is `role`, and may be repeated.
    pub(crate) fn configuration(
        &self,
        schema: &Schema,
        (name, role): (&str, &str),
        diagnostics: &mut Diagnostics,
    ) -> Value {
        let mut config = schema.null_object();
        for (key, json) in &self.members {
            let path = Path::attribute(key);
            if key == name {
                if json.as_str() != Some(role) {
                    diagnostics.error(
                        path,
                        "The name contradicts the key",
                        format!("The key is the name. Leave {name} out, or write {role:?}."),
                    );
                }
                continue;
            }
            match schema.attribute(key) {
                Some(attribute) if is_writable(attribute) => {
                    config.set(key, attribute_value(attribute, json, &path, diagnostics));
                }
                attribute => refuse(schema, attribute, key, path, diagnostics),
            }
        }
        config.set(name, Value::string(role));
        config
    }

    /// What the document of a state says of attributes that nobody may write: what is there in their place.
    pub(crate) fn computed<'a>(&'a self, schema: &'a Schema) -> impl Iterator<Item = (&'a str, Value)> {
        self.members.iter().filter_map(|(key, json)| {
            let attribute = schema.attribute(key)?;
            let computed = attribute.presence == Presence::Computed;
            let value = attribute_value(attribute, json, &Path::root(), &mut Diagnostics::new());
            computed.then_some((key.as_str(), value))
        })
    }

    /// The document of a state as a configuration: what nobody may write is left out.
    pub(crate) fn written(&self, schema: &Schema, (name, role): (&str, &str)) -> Value {
        let mut config = schema.null_object();
        for attribute in writable(schema) {
            if let Some(json) = self.get(&attribute.name) {
                let value = attribute_value(
                    attribute,
                    json,
                    &Path::attribute(&attribute.name),
                    &mut Diagnostics::new(),
                );
                config.set(&attribute.name, value);
            }
        }
        // Another one than the key's: somebody has renamed the role.
        let found = self.get(name).and_then(Json::as_str).unwrap_or(role);
        config.set(name, Value::string(found));
        config
    }
}

/// What is said of a password in a document: its place is the document, whatever the path's name.
pub(crate) const PASSWORD_INSIDE: &str = "A password does not stand in a document";

fn refuse(
    schema: &Schema,
    attribute: Option<&Attribute>,
    key: &str,
    path: Path,
    diagnostics: &mut Diagnostics,
) {
    if PASSWORDS.contains(&key) {
        diagnostics.error(
            path,
            PASSWORD_INSIDE,
            "A document is kept in the state and shown in plans. Give the password in passwords_wo, by the user's name, which \
             is kept in neither; a change in password_versions sends it again.",
        );
    } else if attribute.is_some() {
        diagnostics.error(path, "This cannot be written", "It is read from the server. Leave it out.");
    } else {
        let names = writable(schema).map(|attribute| attribute.name.as_str());
        diagnostics.error(path, "There is no such attribute", meant(key, names));
    }
}

fn meant<'a>(written: &str, names: impl Iterator<Item = &'a str>) -> String {
    let names: Vec<&str> = names.collect();
    match nearest(written, names.iter().copied()) {
        Some(name) => format!("Is {name} meant?"),
        None => format!("These are: {}.", names.join(", ")),
    }
}

fn attribute_value(attribute: &Attribute, json: &Json, path: &Path, diagnostics: &mut Diagnostics) -> Value {
    match &attribute.kind {
        Kind::Typed(ty) => value(ty, json, path, diagnostics),
        Kind::Nested(..) if json.is_null() => Value::Null,
        Kind::Nested(Nesting::Single, attributes) => object(attributes, json, path, diagnostics),
        Kind::Nested(Nesting::Map, attributes) => match json {
            Json::Object(entries) => Value::Map(
                entries
                    .iter()
                    .map(|(key, json)| {
                        (key.clone(), object(attributes, json, &path.with_key(key), diagnostics))
                    })
                    .collect(),
            ),
            other => mistaken("an object", other, path, diagnostics),
        },
        Kind::Nested(Nesting::List, attributes) => match json {
            Json::Array(elements) => {
                let element = |(index, json)| object(attributes, json, &path.with_index(index), diagnostics);
                Value::List((0_i64..).zip(elements).map(element).collect())
            }
            other => mistaken("a list", other, path, diagnostics),
        },
    }
}

fn object(attributes: &[Attribute], json: &Json, path: &Path, diagnostics: &mut Diagnostics) -> Value {
    let Json::Object(members) = json else { return mistaken("an object", json, path, diagnostics) };
    let mut values: BTreeMap<String, Value> =
        attributes.iter().map(|attribute| (attribute.name.clone(), Value::Null)).collect();
    for (key, json) in members {
        let path = path.with_attribute(key);
        match attributes.iter().find(|attribute| attribute.name == *key) {
            Some(attribute) => {
                values.insert(key.clone(), attribute_value(attribute, json, &path, diagnostics));
            }
            None => {
                let names = attributes.iter().map(|attribute| attribute.name.as_str());
                diagnostics.error(path, "There is no such attribute", meant(key, names));
            }
        }
    }
    Value::Object(values)
}

fn value(ty: &Type, json: &Json, path: &Path, diagnostics: &mut Diagnostics) -> Value {
    match (ty, json) {
        (_, Json::Null) => Value::Null,
        (Type::Bool, Json::Bool(is)) => Value::Bool(*is),
        (Type::String, Json::String(text)) => Value::string(text),
        (Type::Number, Json::Number(number)) => match Number::parse(&number.to_string()) {
            Ok(number) => Value::Number(number),
            Err(_) => mistaken("a number of reasonable length", json, path, diagnostics),
        },
        (Type::List(ty), Json::Array(elements)) => Value::List(values(ty, elements, path, diagnostics)),
        (Type::Set(ty), Json::Array(elements)) => {
            let values: BTreeSet<Value> = values(ty, elements, path, diagnostics).into_iter().collect();
            Value::Set(values.into_iter().collect())
        }
        (Type::Map(ty), Json::Object(entries)) => Value::Map(
            entries
                .iter()
                .map(|(key, json)| (key.clone(), element(ty, json, &path.with_key(key), diagnostics)))
                .collect(),
        ),
        (ty, other) => mistaken(wanted(ty), other, path, diagnostics),
    }
}

fn values(ty: &Type, elements: &[Json], path: &Path, diagnostics: &mut Diagnostics) -> Vec<Value> {
    (0_i64..)
        .zip(elements)
        .map(|(index, json)| element(ty, json, &path.with_index(index), diagnostics))
        .collect()
}

fn element(ty: &Type, json: &Json, path: &Path, diagnostics: &mut Diagnostics) -> Value {
    if json.is_null() {
        mistaken(wanted(ty), json, path, diagnostics)
    } else {
        value(ty, json, path, diagnostics)
    }
}

fn wanted(ty: &Type) -> &'static str {
    match ty {
        Type::Bool => "true or false",
        Type::Number => "a number",
        Type::String => "text",
        Type::List(_) | Type::Set(_) | Type::Tuple(_) => "a list",
        Type::Map(_) | Type::Object(_) | Type::Dynamic => "an object",
    }
}

fn mistaken(wanted: &str, found: &Json, path: &Path, diagnostics: &mut Diagnostics) -> Value {
    diagnostics.error(
        path.clone(),
        "This value cannot be read",
        format!("It must be {wanted}, and is {}.", kind_of(found)),
    );
    // The checks that follow say nothing of what is unknown; of null they would.
    Value::unknown()
}
