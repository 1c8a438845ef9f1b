//! From JSON.

use std::collections::BTreeMap;

use serde_json::Value as Json;

use super::super::error::Error;
use super::super::{MAX_DEPTH, set, types};
use crate::sdk::{Number, Step, Type, Value};

/// Reads one value of a type.
pub fn decode(bytes: &[u8], ty: &Type) -> Result<Value, Error> {
    from_json(parse(bytes)?, ty)
}

/// Reads JSON as a tree.
pub fn parse(bytes: &[u8]) -> Result<Json, Error> {
    // The error's own words could quote what it found.
    serde_json::from_slice(bytes)
        .map_err(|error| Error::new(format!("this is no valid JSON (column {})", error.column())))
}

/// Reads one value of a type out of a tree.
pub fn from_json(json: Json, ty: &Type) -> Result<Value, Error> {
    value(json, ty, 0)
}

fn value(json: Json, ty: &Type, depth: usize) -> Result<Value, Error> {
    if depth > MAX_DEPTH {
        return Err(Error::too_deep());
    }
    if json.is_null() {
        return Ok(Value::Null);
    }
    match (ty, json) {
        (Type::Bool, Json::Bool(bool)) => Ok(Value::Bool(bool)),
        (Type::Number, Json::Number(number)) => Ok(Value::Number(Number::parse(&number.to_string())?)),
        (Type::String, Json::String(text)) => Ok(Value::String(text)),
        // Primitive types convert into each other, as they do in Terraform: an attribute may have changed its type.
        (Type::Bool, Json::String(text)) if text == "true" || text == "false" => {
            Ok(Value::Bool(text == "true"))
        }
        (Type::Number, Json::String(text)) => Ok(Value::Number(Number::parse(&text)?)),
        (Type::String, Json::Bool(bool)) => Ok(Value::string(bool.to_string())),
        (Type::String, Json::Number(number)) => Ok(Value::string(number.to_string())),
        (Type::List(element), Json::Array(elements)) => Ok(Value::List(list(elements, element, depth)?)),
        (Type::Set(element), Json::Array(elements)) => {
            let elements = list(elements, element, depth).map_err(Error::within_set)?;
            Ok(Value::Set(set::canonical(elements)))
        }
        (Type::Map(element), Json::Object(elements)) => {
            let elements = elements.into_iter().map(|(key, json)| {
                let value =
                    value(json, element, depth + 1).map_err(|error| error.within(Step::Key(key.clone())))?;
                Ok((key, value))
            });
            Ok(Value::Map(elements.collect::<Result<_, Error>>()?))
        }
        (Type::Object(attributes), Json::Object(values)) => object(values, attributes, depth),
        (Type::Tuple(types), Json::Array(elements)) => {
            if elements.len() != types.len() {
                return Err(Error::new(format!("a tuple of {} elements is required", types.len())));
            }
            let elements = elements.into_iter().zip(types).enumerate().map(|(index, (json, ty))| {
                value(json, ty, depth + 1).map_err(|error| error.within(step(index)))
            });
            Ok(Value::Tuple(elements.collect::<Result<_, _>>()?))
        }
        (Type::Dynamic, Json::Object(parts)) => dynamic(parts, depth),
        (ty, json) => Err(Error::mismatch(ty, name_of(&json))),
    }
}

fn list(elements: Vec<Json>, ty: &Type, depth: usize) -> Result<Vec<Value>, Error> {
    elements
        .into_iter()
        .enumerate()
        .map(|(index, json)| value(json, ty, depth + 1).map_err(|error| error.within(step(index))))
        .collect()
}

fn object(
    mut values: serde_json::Map<String, Json>,
    attributes: &BTreeMap<String, Type>,
    depth: usize,
) -> Result<Value, Error> {
    let mut read = BTreeMap::new();
    for (name, ty) in attributes {
        // As in Terraform, what is not there is null.
        let json = values.remove(name).unwrap_or_default();
        let value =
            value(json, ty, depth + 1).map_err(|error| error.within(Step::Attribute(name.clone())))?;
        read.insert(name.clone(), value);
    }
    if values.is_empty() {
        Ok(Value::Object(read))
    } else {
        Err(Error::new("there is an attribute that the schema does not have"))
    }
}

fn dynamic(mut parts: serde_json::Map<String, Json>, depth: usize) -> Result<Value, Error> {
    let (Some(ty), Some(json)) = (parts.remove("type"), parts.remove("value")) else {
        return Err(Error::new("a value of any type must come with its type"));
    };
    let ty = types::from_json(&ty)?;
    let value = value(json, &ty, depth + 1)?;
    Ok(Value::Dynamic(Box::new((ty, value))))
}

fn step(index: usize) -> Step {
    Step::Index(i64::try_from(index).unwrap_or(i64::MAX))
}

fn name_of(json: &Json) -> &'static str {
    match json {
        Json::Null => "null",
        Json::Bool(_) => "a bool",
        Json::Number(_) => "a number",
        Json::String(_) => "a string",
        Json::Array(_) => "a list",
        Json::Object(_) => "an object",
    }
}
