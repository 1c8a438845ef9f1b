//! Reading: a serde deserializer over a value.

use std::collections::{BTreeMap, btree_map};
use std::fmt::Display;
use std::slice;

use serde::de::value::StrDeserializer;
use serde::de::{
    DeserializeSeed, Deserializer, EnumAccess, Error as _, IntoDeserializer, MapAccess, SeqAccess,
    VariantAccess, Visitor,
};
use serde::forward_to_deserialize_any;

use super::attr;
use super::error::ModelError;
use crate::sdk::{Number, Step, Value, number};

type Result<T> = std::result::Result<T, ModelError>;

/// Reads one value.
#[derive(Clone, Copy)]
pub(super) struct ValueDeserializer<'de> {
    value: &'de Value,
}

impl<'de> ValueDeserializer<'de> {
    pub(super) fn new(value: &'de Value) -> Self {
        let mut value = value;
        while let Value::Dynamic(inner) = value {
            value = &inner.1;
        }
        Self { value }
    }

    /// The error of a value that is not of the wanted kind.
    fn mismatch(self, wanted: &str) -> ModelError {
        match self.value {
            Value::Null => ModelError::here("is not set"),
            Value::Unknown(_) => ModelError::here("is not known yet"),
            other => ModelError::here(format!("is {}: wanted is {wanted}", kind(other))),
        }
    }

    fn number(self) -> Result<&'de Number> {
        match self.value {
            Value::Number(number) => Ok(number),
            _ => Err(self.mismatch("a number")),
        }
    }

    fn text(self) -> Result<&'de str> {
        match self.value {
            Value::String(text) => Ok(text),
            _ => Err(self.mismatch("text")),
        }
    }

    fn elements(self) -> Result<Elements<'de>> {
        match self.value {
            Value::List(elements) | Value::Tuple(elements) => {
                Ok(Elements { rest: elements.iter(), index: Some(0) })
            }
            Value::Set(elements) => Ok(Elements { rest: elements.iter(), index: None }),
            _ => Err(self.mismatch("a list or a set")),
        }
    }
}

/// What a value is, in words.
fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Unknown(_) => "not known yet",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "text",
        Value::List(_) => "a list",
        Value::Set(_) => "a set",
        Value::Map(_) => "a map",
        Value::Object(_) => "an object",
        Value::Tuple(_) => "a tuple",
        Value::Dynamic(_) => "of any type",
    }
}

fn out_of_range(min: impl Display, max: impl Display) -> ModelError {
    ModelError::here(format!("must be a whole number from {min} to {max}"))
}

macro_rules! integers {
    ($($method:ident $ty:ident $read:ident $visit:ident;)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
            let number = self.number()?;
            match number.$read().and_then(|number| $ty::try_from(number).ok()) {
                Some(number) => visitor.$visit(number),
                None => Err(out_of_range($ty::MIN, $ty::MAX)),
            }
        }
    )*};
}

impl<'de> Deserializer<'de> for ValueDeserializer<'de> {
    type Error = ModelError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        match self.value {
            Value::Null => visitor.visit_unit(),
            Value::Unknown(_) | Value::Dynamic(_) => Err(self.mismatch("a value")),
            Value::Bool(value) => visitor.visit_bool(*value),
            Value::Number(number) => match (number.as_i64(), number.as_u64(), number.to_f64()) {
                (Some(whole), _, _) => visitor.visit_i64(whole),
                (_, Some(whole), _) => visitor.visit_u64(whole),
                (_, _, Some(nearest)) => visitor.visit_f64(nearest),
                _ => visitor.visit_string(number.to_text()),
            },
            Value::String(text) => visitor.visit_borrowed_str(text),
            Value::List(_) | Value::Set(_) | Value::Tuple(_) => self.deserialize_seq(visitor),
            Value::Map(_) | Value::Object(_) => self.deserialize_map(visitor),
        }
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        match self.value {
            Value::Bool(value) => visitor.visit_bool(*value),
            _ => Err(self.mismatch("true or false")),
        }
    }

    integers! {
        deserialize_i8 i8 as_i64 visit_i8;
        deserialize_i16 i16 as_i64 visit_i16;
        deserialize_i32 i32 as_i64 visit_i32;
        deserialize_i64 i64 as_i64 visit_i64;
        deserialize_u8 u8 as_u64 visit_u8;
        deserialize_u16 u16 as_u64 visit_u16;
        deserialize_u32 u32 as_u64 visit_u32;
        deserialize_u64 u64 as_u64 visit_u64;
    }

    fn deserialize_f32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        self.deserialize_f64(visitor)
    }

    fn deserialize_f64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        match self.number()?.to_f64() {
            Some(nearest) => visitor.visit_f64(nearest),
            None => Err(ModelError::here("is too large a number")),
        }
    }

    fn deserialize_char<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        visitor.visit_borrowed_str(self.text()?)
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        visitor.visit_borrowed_str(self.text()?)
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        visitor.visit_borrowed_str(self.text()?)
    }

    fn deserialize_identifier<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        visitor.visit_borrowed_str(self.text()?)
    }

    /// Null is `None`. An unknown value goes on to the inner type: only [`attr::Attr`] takes it.
    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        match self.value {
            Value::Null => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        match self.value {
            Value::Null => visitor.visit_unit(),
            _ => Err(self.mismatch("null")),
        }
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(self, _name: &'static str, visitor: V) -> Result<V::Value> {
        self.deserialize_unit(visitor)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, name: &'static str, visitor: V) -> Result<V::Value> {
        if name == number::SERDE_NAME {
            visitor.visit_string(self.number()?.to_text())
        } else {
            visitor.visit_newtype_struct(self)
        }
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        visitor.visit_seq(&mut self.elements()?)
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, length: usize, visitor: V) -> Result<V::Value> {
        let mut elements = self.elements()?;
        let found = elements.rest.len();
        if found != length {
            return Err(ModelError::here(format!("has {found} elements: wanted are {length}")));
        }
        visitor.visit_seq(&mut elements)
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        length: usize,
        visitor: V,
    ) -> Result<V::Value> {
        self.deserialize_tuple(length, visitor)
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        match self.value {
            Value::Map(entries) => {
                visitor.visit_map(Entries { rest: entries.iter(), step: Step::Key, next: None })
            }
            Value::Object(entries) => {
                visitor.visit_map(Entries { rest: entries.iter(), step: Step::Attribute, next: None })
            }
            _ => Err(self.mismatch("a map or an object")),
        }
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value> {
        match self.value {
            Value::Object(attributes) => {
                visitor.visit_map(Fields { attributes, rest: fields.iter(), next: None })
            }
            _ => Err(self.mismatch("an object")),
        }
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        _variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value> {
        if name == attr::SERDE_NAME {
            visitor.visit_enum(AttrAccess(self))
        } else {
            visitor.visit_enum(self.text()?.into_deserializer())
        }
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        visitor.visit_unit()
    }

    forward_to_deserialize_any! { bytes byte_buf }
}

/// The elements of a list, tuple or set. A set's have no index, as paths have no step for them.
struct Elements<'de> {
    rest: slice::Iter<'de, Value>,
    index: Option<i64>,
}

impl<'de> SeqAccess<'de> for Elements<'de> {
    type Error = ModelError;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>> {
        let Some(element) = self.rest.next() else { return Ok(None) };
        let index = self.index;
        if let Some(index) = &mut self.index {
            *index += 1;
        }
        seed.deserialize(ValueDeserializer::new(element)).map(Some).map_err(|error| match index {
            Some(index) => error.within(Step::Index(index)),
            None => error,
        })
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.rest.len())
    }
}

/// All entries of a map or object.
struct Entries<'de> {
    rest: btree_map::Iter<'de, String, Value>,
    step: fn(String) -> Step,
    next: Option<(&'de str, &'de Value)>,
}

impl<'de> MapAccess<'de> for Entries<'de> {
    type Error = ModelError;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>> {
        let Some((name, value)) = self.rest.next() else { return Ok(None) };
        self.next = Some((name, value));
        seed.deserialize(key(name)).map(Some).map_err(|error| error.within((self.step)(name.clone())))
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value> {
        let (name, value) = taken(self.next.take())?;
        seed.deserialize(ValueDeserializer::new(value))
            .map_err(|error| error.within((self.step)(name.to_owned())))
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.rest.len())
    }
}

/// The attributes that a struct has fields for.
struct Fields<'de> {
    attributes: &'de BTreeMap<String, Value>,
    rest: slice::Iter<'static, &'static str>,
    next: Option<(&'static str, &'de Value)>,
}

impl<'de> MapAccess<'de> for Fields<'de> {
    type Error = ModelError;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>> {
        for &field in self.rest.by_ref() {
            if let Some(value) = self.attributes.get(field) {
                self.next = Some((field, value));
                return seed.deserialize(key(field)).map(Some);
            }
        }
        Ok(None)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value> {
        let (field, value) = taken(self.next.take())?;
        seed.deserialize(ValueDeserializer::new(value))
            .map_err(|error| error.within(Step::Attribute(field.to_owned())))
    }
}

fn key(name: &str) -> StrDeserializer<'_, ModelError> {
    name.into_deserializer()
}

/// Serde promises to ask for a key before its value; a visitor that does not is at fault.
fn taken<T>(next: Option<T>) -> Result<T> {
    next.ok_or_else(|| ModelError::custom("a value was asked for before its key"))
}

/// An [`attr::Attr`]: the one type that takes every value.
struct AttrAccess<'de>(ValueDeserializer<'de>);

impl<'de> EnumAccess<'de> for AttrAccess<'de> {
    type Error = ModelError;
    type Variant = Self;

    fn variant_seed<V: DeserializeSeed<'de>>(self, seed: V) -> Result<(V::Value, Self)> {
        let variant = match self.0.value {
            Value::Null => attr::NULL,
            Value::Unknown(_) => attr::UNKNOWN,
            _ => attr::KNOWN,
        };
        Ok((seed.deserialize(key(variant))?, self))
    }
}

impl<'de> VariantAccess<'de> for AttrAccess<'de> {
    type Error = ModelError;

    fn unit_variant(self) -> Result<()> {
        Ok(())
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value> {
        seed.deserialize(self.0)
    }

    fn tuple_variant<V: Visitor<'de>>(self, _length: usize, visitor: V) -> Result<V::Value> {
        Err(ModelError::invalid_type(serde::de::Unexpected::TupleVariant, &visitor))
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        _fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value> {
        Err(ModelError::invalid_type(serde::de::Unexpected::StructVariant, &visitor))
    }
}
