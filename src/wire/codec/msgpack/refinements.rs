//! What is known of an unknown value: a msgpack map with small integers as keys, inside the extension.

use rmp::encode as write;

use super::decode::Input;
use super::encode::{too_long, write_number};
use crate::sdk::{Number, Refinements, Type};
use crate::wire::codec::Error;

const NULLNESS: i64 = 1;
const STRING_PREFIX: i64 = 2;
const NUMBER_LOWER: i64 = 3;
const NUMBER_UPPER: i64 = 4;
const LENGTH_LOWER: i64 = 5;
const LENGTH_UPPER: i64 = 6;

/// Terraform refuses extensions of more than 1024 bytes and cuts prefixes to 256.
const LONGEST_PREFIX: usize = 256;

/// Reads the payload. Keys of a later protocol, and what cannot be true of the type, are passed over:
/// knowing less of an unknown value is always right.
pub(super) fn decode(payload: &[u8], ty: &Type) -> Result<Refinements, Error> {
    let mut input = Input { rest: payload };
    let mut known = Refinements::default();
    for _ in 0..input.map_length(&Type::map(Type::Dynamic))? {
        match (input.integer()?, ty) {
            // On the wire it says whether the value is null.
            (NULLNESS, _) => known.not_null = Some(!input.bool()?),
            (STRING_PREFIX, Type::String) => {
                known.string_prefix = Some(input.string(&Type::String)?.to_owned());
            }
            (NUMBER_LOWER, Type::Number) => known.number_lower = Some(bound(&mut input)?),
            (NUMBER_UPPER, Type::Number) => known.number_upper = Some(bound(&mut input)?),
            (LENGTH_LOWER, Type::List(_) | Type::Set(_) | Type::Map(_)) => {
                known.length_lower = u64::try_from(input.integer()?).ok();
            }
            (LENGTH_UPPER, Type::List(_) | Type::Set(_) | Type::Map(_)) => {
                known.length_upper = u64::try_from(input.integer()?).ok();
            }
            _ => input.skip(0)?,
        }
    }
    Ok(known)
}

fn bound(input: &mut Input<'_>) -> Result<(Number, bool), Error> {
    if input.array_length(&Type::Tuple(vec![Type::Number, Type::Bool]))? != 2 {
        return Err(Error::new("a bound must have two parts"));
    }
    Ok((input.number()?, input.bool()?))
}

/// The payload, where there is anything to say of a value of the type.
pub(super) fn encode(known: &Refinements, ty: &Type) -> Result<Option<Vec<u8>>, Error> {
    let mut entries = 0;
    let mut body = Vec::new();
    let mut begin = |body: &mut Vec<u8>, key: i64| {
        entries += 1;
        write::write_sint(body, key).map(drop).map_err(too_long)
    };
    // "It will be null" is never sent: null itself is.
    if known.not_null == Some(true) {
        begin(&mut body, NULLNESS)?;
        write::write_bool(&mut body, false).map_err(too_long)?;
    }
    match ty {
        Type::String => {
            // A longer one is left out: where it could be cut depends on what may combine with its end.
            let prefix = known.string_prefix.as_deref().unwrap_or_default();
            if !prefix.is_empty() && prefix.len() <= LONGEST_PREFIX {
                begin(&mut body, STRING_PREFIX)?;
                write::write_str(&mut body, prefix).map_err(too_long)?;
            }
        }
        Type::Number => {
            for (key, bound) in [(NUMBER_LOWER, &known.number_lower), (NUMBER_UPPER, &known.number_upper)] {
                if let Some((number, inclusive)) = bound {
                    begin(&mut body, key)?;
                    write::write_array_len(&mut body, 2).map_err(too_long)?;
                    write_number(&mut body, number)?;
                    write::write_bool(&mut body, *inclusive).map_err(too_long)?;
                }
            }
        }
        Type::List(_) | Type::Set(_) | Type::Map(_) => {
            for (key, bound) in [(LENGTH_LOWER, known.length_lower), (LENGTH_UPPER, known.length_upper)] {
                if let Some(bound) = bound {
                    begin(&mut body, key)?;
                    write::write_uint(&mut body, bound).map_err(too_long)?;
                }
            }
        }
        Type::Bool | Type::Object(_) | Type::Tuple(_) | Type::Dynamic => {}
    }
    if entries == 0 || *ty == Type::Dynamic {
        return Ok(None);
    }
    let mut payload = Vec::with_capacity(body.len() + 1);
    write::write_map_len(&mut payload, entries).map_err(too_long)?;
    payload.append(&mut body);
    Ok(Some(payload))
}
