//! What a plan holds by the schema alone.

use std::collections::BTreeMap;

use super::{Attribute, Kind, PlanRule, Presence, Schema};
use crate::sdk::Value;

impl Schema {
    /// Configuration and prior state merged: what is written (unknown included), else the default, else for a
    /// computed attribute what its plan rule says, else null. Prior elements of nested lists and maps
    /// are found by index and key. Defaults and plan rules of nested attributes apply in an object that is
    /// written; they do not make one.
    pub fn propose(&self, config: &Value, prior: Option<&Value>) -> Value {
        propose_object(&self.attributes, config, prior)
    }

    /// The value with every write-only attribute null, at any depth.
    pub fn without_write_only(&self, value: Value) -> Value {
        null_write_only(&self.attributes, value)
    }
}

fn propose_object(attributes: &[Attribute], config: &Value, prior: Option<&Value>) -> Value {
    // A configuration that is null or unknown as a whole has nothing to merge into.
    let Value::Object(written) = config else { return config.clone() };
    let prior = prior.filter(|prior| matches!(prior, Value::Object(_)));
    let proposed = attributes.iter().map(|attribute| {
        let written = written.get(&attribute.name).unwrap_or(&Value::Null);
        let prior = prior.map(|prior| prior.get(&attribute.name).unwrap_or(&Value::Null));
        (attribute.name.clone(), propose_attribute(attribute, written, prior))
    });
    Value::Object(proposed.collect())
}

fn propose_attribute(attribute: &Attribute, written: &Value, prior: Option<&Value>) -> Value {
    if written.is_null() {
        not_written(attribute, prior)
    } else {
        as_written(&attribute.kind, written, prior)
    }
}

/// What an attribute becomes that the configuration leaves out.
fn not_written(attribute: &Attribute, prior: Option<&Value>) -> Value {
    if let Some(default) = &attribute.default {
        return default.clone();
    }
    match attribute.presence {
        Presence::Required | Presence::Optional => Value::Null,
        Presence::OptionalComputed | Presence::Computed => match &attribute.plan_rule {
            PlanRule::Unknown => Value::unknown(),
            PlanRule::Keep => prior.cloned().unwrap_or_else(Value::unknown),
            PlanRule::Constant(value) => value.clone(),
        },
    }
}

/// What is written, with the nested attributes that it leaves out. Which elements of a nested list or map are
/// objects tells the value.
fn as_written(kind: &Kind, written: &Value, prior: Option<&Value>) -> Value {
    let Kind::Nested(_, attributes) = kind else { return written.clone() };
    match written {
        Value::Object(_) => propose_object(attributes, written, prior),
        Value::List(elements) => {
            let before: &[Value] = match prior {
                Some(Value::List(before)) => before,
                _ => &[],
            };
            let proposed = elements
                .iter()
                .enumerate()
                .map(|(index, element)| propose_object(attributes, element, before.get(index)));
            Value::List(proposed.collect())
        }
        Value::Map(elements) => {
            let before = match prior {
                Some(Value::Map(before)) => Some(before),
                _ => None,
            };
            let proposed = elements.iter().map(|(key, element)| {
                let before = before.and_then(|before| before.get(key));
                (key.clone(), propose_object(attributes, element, before))
            });
            Value::Map(proposed.collect())
        }
        other => other.clone(),
    }
}

fn null_write_only(attributes: &[Attribute], value: Value) -> Value {
    let Value::Object(mut object) = value else { return value };
    for attribute in attributes {
        let Some(value) = object.get_mut(&attribute.name) else { continue };
        if attribute.write_only {
            *value = Value::Null;
        } else if let Kind::Nested(_, nested) = &attribute.kind {
            *value = null_write_only_nested(nested, std::mem::replace(value, Value::Null));
        }
    }
    Value::Object(object)
}

fn null_write_only_nested(attributes: &[Attribute], value: Value) -> Value {
    match value {
        Value::List(elements) => {
            Value::List(elements.into_iter().map(|element| null_write_only(attributes, element)).collect())
        }
        Value::Map(elements) => {
            let elements: BTreeMap<_, _> = elements
                .into_iter()
                .map(|(key, element)| (key, null_write_only(attributes, element)))
                .collect();
            Value::Map(elements)
        }
        other => null_write_only(attributes, other),
    }
}
