//! From msgpack.

use std::collections::BTreeMap;

use rmp::Marker;
use rmp::decode as read;

use super::super::error::Error;
use super::super::{MAX_DEPTH, set, types};
use super::{REFINED, refinements};
use crate::sdk::{Number, Refinements, Step, Type, Value};

/// Reads one value of a type; nothing may follow it.
pub fn decode(bytes: &[u8], ty: &Type) -> Result<Value, Error> {
    let mut input = Input { rest: bytes };
    let value = input.value(ty, 0)?;
    if !input.rest.is_empty() {
        return Err(Error::new("there is more after the end of the value"));
    }
    Ok(value)
}

/// What is left to read.
pub(super) struct Input<'a> {
    pub(super) rest: &'a [u8],
}

impl<'a> Input<'a> {
    fn value(&mut self, ty: &Type, depth: usize) -> Result<Value, Error> {
        if depth > MAX_DEPTH {
            return Err(Error::too_deep());
        }
        let marker = self.peek()?;
        if is_extension(marker) {
            return Ok(Value::Unknown(Box::new(self.unknown(ty)?)));
        }
        if marker == Marker::Null {
            self.rest = self.rest.get(1..).unwrap_or_default();
            return Ok(Value::Null);
        }
        match ty {
            Type::Bool => read::read_bool(&mut self.rest).map(Value::Bool).map_err(|_| wrong(ty, marker)),
            Type::Number => Ok(Value::Number(self.number()?)),
            Type::String => Ok(Value::String(self.string(ty)?.to_owned())),
            Type::List(element) => Ok(Value::List(self.list(ty, element, depth)?)),
            Type::Set(element) => {
                let elements = self.list(ty, element, depth).map_err(Error::within_set)?;
                Ok(Value::Set(set::canonical(elements)))
            }
            Type::Map(element) => self.map(ty, element, depth),
            Type::Object(attributes) => self.object(ty, attributes, depth),
            Type::Tuple(elements) => self.tuple(ty, elements, depth),
            Type::Dynamic => self.dynamic(depth),
        }
    }

    fn list(&mut self, ty: &Type, element: &Type, depth: usize) -> Result<Vec<Value>, Error> {
        let length = self.array_length(ty)?;
        // Grows with what is really there: the length alone reserves nothing to speak of.
        let mut values = Vec::with_capacity(length.min(1024));
        for index in 0..length {
            let value = self.value(element, depth + 1).map_err(|error| error.within(index_step(index)))?;
            values.push(value);
        }
        Ok(values)
    }

    fn map(&mut self, ty: &Type, element: &Type, depth: usize) -> Result<Value, Error> {
        let length = self.map_length(ty)?;
        let mut values = BTreeMap::new();
        for _ in 0..length {
            let key = self.string(&Type::String)?.to_owned();
            let value =
                self.value(element, depth + 1).map_err(|error| error.within(Step::Key(key.clone())))?;
            if values.insert(key, value).is_some() {
                return Err(Error::new("a key is there twice"));
            }
        }
        Ok(Value::Map(values))
    }

    fn object(
        &mut self,
        ty: &Type,
        attributes: &BTreeMap<String, Type>,
        depth: usize,
    ) -> Result<Value, Error> {
        let length = self.map_length(ty)?;
        let mut values = BTreeMap::new();
        for _ in 0..length {
            let name = self.string(&Type::String)?;
            let Some((name, ty)) = attributes.get_key_value(name) else {
                return Err(Error::new("there is an attribute that the schema does not have"));
            };
            let value =
                self.value(ty, depth + 1).map_err(|error| error.within(Step::Attribute(name.clone())))?;
            if values.insert(name.clone(), value).is_some() {
                return Err(Error::new(format!("the attribute {name} is there twice")));
            }
        }
        match attributes.keys().find(|name| !values.contains_key(*name)) {
            Some(missing) => Err(Error::new(format!("the attribute {missing} is missing"))),
            None => Ok(Value::Object(values)),
        }
    }

    fn tuple(&mut self, ty: &Type, elements: &[Type], depth: usize) -> Result<Value, Error> {
        let length = self.array_length(ty)?;
        if length != elements.len() {
            return Err(Error::new(format!("a tuple of {} elements is required", elements.len())));
        }
        let values = elements.iter().enumerate().map(|(index, element)| {
            self.value(element, depth + 1).map_err(|error| error.within(index_step(index)))
        });
        Ok(Value::Tuple(values.collect::<Result<_, _>>()?))
    }

    fn dynamic(&mut self, depth: usize) -> Result<Value, Error> {
        if self.array_length(&Type::Dynamic)? != 2 {
            return Err(Error::new("a value with its type must have two parts"));
        }
        let ty = types::decode(self.bytes()?)?;
        let value = self.value(&ty, depth + 1)?;
        Ok(Value::Dynamic(Box::new((ty, value))))
    }

    /// A number in any of its forms: an integer, a float, or decimal text.
    pub(super) fn number(&mut self) -> Result<Number, Error> {
        let marker = self.peek()?;
        let wrong = |_| Error::mismatch(&Type::Number, name_of(marker));
        match marker {
            Marker::F32 => {
                let float = read::read_f32(&mut self.rest).map_err(|_| Error::truncated())?;
                Ok(Number::from_f64(f64::from(float))?)
            }
            Marker::F64 => {
                let float = read::read_f64(&mut self.rest).map_err(|_| Error::truncated())?;
                Ok(Number::from_f64(float)?)
            }
            Marker::U64 => {
                let integer = read::read_u64(&mut self.rest).map_err(|_| Error::truncated())?;
                Ok(Number::from(integer))
            }
            _ if is_text(marker) => Ok(Number::parse(self.string(&Type::Number)?)?),
            _ => Ok(Number::from(read::read_int::<i64, _>(&mut self.rest).map_err(wrong)?)),
        }
    }

    pub(super) fn bool(&mut self) -> Result<bool, Error> {
        let marker = self.peek()?;
        read::read_bool(&mut self.rest).map_err(|_| wrong(&Type::Bool, marker))
    }

    pub(super) fn integer(&mut self) -> Result<i64, Error> {
        let marker = self.peek()?;
        read::read_int(&mut self.rest).map_err(|_| wrong(&Type::Number, marker))
    }

    /// Text; `ty` is what is wanted, for the message.
    pub(super) fn string(&mut self, ty: &Type) -> Result<&'a str, Error> {
        let marker = self.peek()?;
        let length = read::read_str_len(&mut self.rest).map_err(|_| wrong(ty, marker))?;
        let bytes = self.take(length)?;
        std::str::from_utf8(bytes).map_err(|_| Error::new("a string must be valid UTF-8"))
    }

    /// The bytes of a binary or of text.
    fn bytes(&mut self) -> Result<&'a [u8], Error> {
        let marker = self.peek()?;
        let length = if is_text(marker) {
            read::read_str_len(&mut self.rest).ok()
        } else {
            read::read_bin_len(&mut self.rest).ok()
        };
        self.take(length.ok_or_else(|| Error::new("a type must be described in bytes"))?)
    }

    fn unknown(&mut self, ty: &Type) -> Result<Refinements, Error> {
        let meta = read::read_ext_meta(&mut self.rest).map_err(|_| Error::truncated())?;
        let payload = self.take(meta.size)?;
        // Of an unknown value of any type nothing can be known, and one byte can hold nothing.
        if meta.typeid != REFINED || payload.len() <= 1 || *ty == Type::Dynamic {
            return Ok(Refinements::default());
        }
        refinements::decode(payload, ty)
    }

    /// A length that is not more than there are bytes for.
    pub(super) fn array_length(&mut self, ty: &Type) -> Result<usize, Error> {
        let marker = self.peek()?;
        let length = read::read_array_len(&mut self.rest).map_err(|_| wrong(ty, marker))?;
        self.believed(length, 1)
    }

    pub(super) fn map_length(&mut self, ty: &Type) -> Result<usize, Error> {
        let marker = self.peek()?;
        let length = read::read_map_len(&mut self.rest).map_err(|_| wrong(ty, marker))?;
        self.believed(length, 2)
    }

    /// An element has at least one byte.
    fn believed(&self, length: u32, least_bytes: usize) -> Result<usize, Error> {
        let length = usize::try_from(length).map_err(|_| Error::truncated())?;
        match length.checked_mul(least_bytes) {
            Some(bytes) if bytes <= self.rest.len() => Ok(length),
            _ => Err(Error::truncated()),
        }
    }

    fn take(&mut self, length: u32) -> Result<&'a [u8], Error> {
        let length = usize::try_from(length).map_err(|_| Error::truncated())?;
        let (taken, rest) = self.rest.split_at_checked(length).ok_or_else(Error::truncated)?;
        self.rest = rest;
        Ok(taken)
    }

    pub(super) fn peek(&self) -> Result<Marker, Error> {
        self.rest.first().map(|byte| Marker::from_u8(*byte)).ok_or_else(Error::truncated)
    }

    /// Passes over one value, whatever it is.
    pub(super) fn skip(&mut self, depth: usize) -> Result<(), Error> {
        if depth > MAX_DEPTH {
            return Err(Error::too_deep());
        }
        let marker = self.peek()?;
        match marker {
            Marker::Null => self.take(1).map(drop),
            Marker::True | Marker::False => self.bool().map(drop),
            Marker::Bin8 | Marker::Bin16 | Marker::Bin32 => self.bytes().map(drop),
            Marker::FixArray(_) | Marker::Array16 | Marker::Array32 => {
                let length = self.array_length(&Type::Tuple(Vec::new()))?;
                (0..length).try_for_each(|_| self.skip(depth + 1))
            }
            Marker::FixMap(_) | Marker::Map16 | Marker::Map32 => {
                let length = self.map_length(&Type::Object(BTreeMap::new()))?;
                (0..length).try_for_each(|_| self.skip(depth + 1).and_then(|()| self.skip(depth + 1)))
            }
            Marker::Reserved => Err(Error::new("this is no msgpack")),
            _ if is_extension(marker) => self.unknown(&Type::Dynamic).map(drop),
            _ if is_text(marker) => self.bytes().map(drop),
            Marker::F32 => read::read_f32(&mut self.rest).map(drop).map_err(|_| Error::truncated()),
            Marker::F64 => read::read_f64(&mut self.rest).map(drop).map_err(|_| Error::truncated()),
            Marker::U64 => read::read_u64(&mut self.rest).map(drop).map_err(|_| Error::truncated()),
            _ => self.integer().map(drop),
        }
    }
}

fn index_step(index: usize) -> Step {
    Step::Index(i64::try_from(index).unwrap_or(i64::MAX))
}

fn wrong(ty: &Type, marker: Marker) -> Error {
    Error::mismatch(ty, name_of(marker))
}

fn is_extension(marker: Marker) -> bool {
    matches!(
        marker,
        Marker::FixExt1
            | Marker::FixExt2
            | Marker::FixExt4
            | Marker::FixExt8
            | Marker::FixExt16
            | Marker::Ext8
            | Marker::Ext16
            | Marker::Ext32
    )
}

fn is_text(marker: Marker) -> bool {
    matches!(marker, Marker::FixStr(_) | Marker::Str8 | Marker::Str16 | Marker::Str32)
}

fn name_of(marker: Marker) -> &'static str {
    match marker {
        Marker::Null => "null",
        Marker::True | Marker::False => "a bool",
        Marker::FixArray(_) | Marker::Array16 | Marker::Array32 => "a list",
        Marker::FixMap(_) | Marker::Map16 | Marker::Map32 => "a map",
        Marker::Bin8 | Marker::Bin16 | Marker::Bin32 => "bytes",
        _ if is_text(marker) => "a string",
        _ if is_extension(marker) => "an unknown value",
        Marker::Reserved => "something that is no msgpack",
        _ => "a number",
    }
}
