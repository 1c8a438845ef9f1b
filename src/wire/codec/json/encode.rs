//! To JSON. A state holds nothing unknown.

use std::borrow::Borrow;
use std::str::FromStr;

use serde_json::{Map, Number, Value as Json};

use super::super::error::{Error, name_of_value};
use super::super::{MAX_DEPTH, set, types};
use crate::sdk::{Step, Type, Value};

/// Writes one value of a type.
pub fn encode(value: &Value, ty: &Type) -> Result<Vec<u8>, Error> {
    Ok(to_json(value, ty)?.to_string().into_bytes())
}

/// Writes one value of a type as a tree.
pub fn to_json(value: &Value, ty: &Type) -> Result<Json, Error> {
    json(value, ty, 0)
}

fn json(value: &Value, ty: &Type, depth: usize) -> Result<Json, Error> {
    if depth > MAX_DEPTH {
        return Err(Error::too_deep());
    }
    match (value, ty) {
        (Value::Null, _) => Ok(Json::Null),
        (Value::Bool(bool), Type::Bool) => Ok(Json::Bool(*bool)),
        (Value::Number(number), Type::Number) => {
            let text = number.to_text();
            Number::from_str(&text).map(Json::Number).map_err(|_| Error::new("a number is required"))
        }
        (Value::String(text), Type::String) => Ok(Json::from(text.as_str())),
        (Value::List(elements), Type::List(ty)) => list(elements, ty, depth),
        (Value::Set(elements), Type::Set(ty)) => {
            list(&set::canonical(elements.iter().collect()), ty, depth).map_err(Error::within_set)
        }
        (Value::Map(elements), Type::Map(ty)) => {
            let elements = elements.iter().map(|(key, value)| {
                let value =
                    json(value, ty, depth + 1).map_err(|error| error.within(Step::Key(key.clone())))?;
                Ok((key.clone(), value))
            });
            Ok(Json::Object(elements.collect::<Result<Map<_, _>, Error>>()?))
        }
        (Value::Object(values), Type::Object(attributes)) => {
            if let Some(extra) = values.keys().find(|name| !attributes.contains_key(*name)) {
                return Err(Error::new(format!("the schema has no attribute {extra}")));
            }
            let attributes = attributes.iter().map(|(name, ty)| {
                let value =
                    values.get(name).ok_or_else(|| Error::new(format!("the attribute {name} is missing")))?;
                let value = json(value, ty, depth + 1)
                    .map_err(|error| error.within(Step::Attribute(name.clone())))?;
                Ok((name.clone(), value))
            });
            Ok(Json::Object(attributes.collect::<Result<Map<_, _>, Error>>()?))
        }
        (Value::Tuple(values), Type::Tuple(types)) if values.len() == types.len() => values
            .iter()
            .zip(types)
            .enumerate()
            .map(|(index, (value, ty))| json(value, ty, depth + 1).map_err(|error| error.within(step(index))))
            .collect(),
        (Value::Dynamic(typed), Type::Dynamic) => {
            let (ty, value) = typed.as_ref();
            let mut parts = Map::new();
            parts.insert("value".to_owned(), json(value, ty, depth + 1)?);
            parts.insert("type".to_owned(), types::to_json(ty));
            Ok(Json::Object(parts))
        }
        (value, ty) => Err(Error::mismatch(ty, name_of_value(value))),
    }
}

fn list<T: Borrow<Value>>(elements: &[T], ty: &Type, depth: usize) -> Result<Json, Error> {
    elements
        .iter()
        .enumerate()
        .map(|(index, value)| json(value.borrow(), ty, depth + 1).map_err(|error| error.within(step(index))))
        .collect()
}

fn step(index: usize) -> Step {
    Step::Index(i64::try_from(index).unwrap_or(i64::MAX))
}
