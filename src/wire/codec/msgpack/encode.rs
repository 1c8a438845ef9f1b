//! To msgpack, in the forms that Terraform itself chooses.

use std::borrow::Borrow;
use std::collections::BTreeMap;

use rmp::encode as write;

use super::super::error::{Error, name_of_value};
use super::super::{MAX_DEPTH, set, types};
use super::{REFINED, refinements};
use crate::sdk::{Number, Refinements, Step, Type, Value};

/// Writes one value of a type.
pub fn encode(value: &Value, ty: &Type) -> Result<Vec<u8>, Error> {
    let mut out = Vec::new();
    write_value(&mut out, value, ty, 0)?;
    Ok(out)
}

fn write_value(out: &mut Vec<u8>, value: &Value, ty: &Type, depth: usize) -> Result<(), Error> {
    if depth > MAX_DEPTH {
        return Err(Error::too_deep());
    }
    match (value, ty) {
        (Value::Null, _) => write::write_nil(out).map_err(too_long),
        (Value::Unknown(known), _) => write_unknown(out, known, ty),
        (Value::Bool(bool), Type::Bool) => write::write_bool(out, *bool).map_err(too_long),
        (Value::Number(number), Type::Number) => write_number(out, number),
        (Value::String(text), Type::String) => write_text(out, text),
        (Value::List(elements), Type::List(element)) => write_list(out, elements, element, depth),
        (Value::Set(elements), Type::Set(element)) => {
            let elements = set::canonical(elements.iter().collect());
            write_list(out, &elements, element, depth).map_err(Error::within_set)
        }
        (Value::Map(elements), Type::Map(element)) => {
            write::write_map_len(out, length(elements.len())?).map_err(too_long)?;
            for (key, value) in elements {
                write_text(out, key)?;
                write_value(out, value, element, depth + 1)
                    .map_err(|error| error.within(Step::Key(key.clone())))?;
            }
            Ok(())
        }
        (Value::Object(values), Type::Object(attributes)) => write_object(out, values, attributes, depth),
        (Value::Tuple(values), Type::Tuple(elements)) => {
            if values.len() != elements.len() {
                return Err(Error::new(format!("a tuple of {} elements is required", elements.len())));
            }
            write::write_array_len(out, length(values.len())?).map_err(too_long)?;
            for (index, (value, ty)) in values.iter().zip(elements).enumerate() {
                write_value(out, value, ty, depth + 1).map_err(|error| error.within(step(index)))?;
            }
            Ok(())
        }
        (Value::Dynamic(typed), Type::Dynamic) => {
            let (ty, value) = typed.as_ref();
            write::write_array_len(out, 2).map_err(too_long)?;
            write::write_bin(out, &types::encode(ty)).map_err(too_long)?;
            write_value(out, value, ty, depth + 1)
        }
        (value, ty) => Err(Error::mismatch(ty, name_of_value(value))),
    }
}

fn write_list<T: Borrow<Value>>(
    out: &mut Vec<u8>,
    elements: &[T],
    ty: &Type,
    depth: usize,
) -> Result<(), Error> {
    write::write_array_len(out, length(elements.len())?).map_err(too_long)?;
    for (index, element) in elements.iter().enumerate() {
        write_value(out, element.borrow(), ty, depth + 1).map_err(|error| error.within(step(index)))?;
    }
    Ok(())
}

fn write_object(
    out: &mut Vec<u8>,
    values: &BTreeMap<String, Value>,
    attributes: &BTreeMap<String, Type>,
    depth: usize,
) -> Result<(), Error> {
    if let Some(extra) = values.keys().find(|name| !attributes.contains_key(*name)) {
        return Err(Error::new(format!("the schema has no attribute {extra}")));
    }
    write::write_map_len(out, length(attributes.len())?).map_err(too_long)?;
    for (name, ty) in attributes {
        let value = values.get(name).ok_or_else(|| Error::new(format!("the attribute {name} is missing")))?;
        write_text(out, name)?;
        write_value(out, value, ty, depth + 1)
            .map_err(|error| error.within(Step::Attribute(name.clone())))?;
    }
    Ok(())
}

/// As an integer where it is one that fits, as a float where that is exact, else as decimal text.
pub(super) fn write_number(out: &mut Vec<u8>, number: &Number) -> Result<(), Error> {
    if let Some(integer) = number.as_i64() {
        return write::write_sint(out, integer).map(drop).map_err(too_long);
    }
    if !number.as_decimal().is_integer()
        && let Some(float) = number.as_f64_exact()
    {
        return write::write_f64(out, float).map_err(too_long);
    }
    write_text(out, &number.to_text())
}

fn write_unknown(out: &mut Vec<u8>, known: &Refinements, ty: &Type) -> Result<(), Error> {
    let (code, payload) = match refinements::encode(known, ty)? {
        Some(payload) => (REFINED, payload),
        None => (0, vec![0]),
    };
    write::write_ext_meta(out, length(payload.len())?, code).map_err(too_long)?;
    out.extend_from_slice(&payload);
    Ok(())
}

fn write_text(out: &mut Vec<u8>, text: &str) -> Result<(), Error> {
    length(text.len())?;
    write::write_str(out, text).map_err(too_long)
}

fn step(index: usize) -> Step {
    Step::Index(i64::try_from(index).unwrap_or(i64::MAX))
}

fn length(length: usize) -> Result<u32, Error> {
    u32::try_from(length).map_err(too_long)
}

/// Writing to memory does not fail; only a length can be more than msgpack has room for.
pub(super) fn too_long<E>(_: E) -> Error {
    Error::new("the value is too long")
}
