//! Writing: a serde serializer that is led by a type.

use std::collections::BTreeMap;
use std::fmt::Display;

use serde::ser::{
    Error as _, Impossible, Serialize, SerializeMap, SerializeSeq, SerializeStruct, SerializeTuple,
    SerializeTupleStruct, Serializer,
};

use super::attr;
use super::error::ModelError;
use crate::sdk::{Number, Step, Type, Value, number};

type Result<T> = std::result::Result<T, ModelError>;

/// Writes one value of one type.
#[derive(Clone, Copy)]
pub(super) struct ValueSerializer<'t> {
    ty: &'t Type,
}

impl<'t> ValueSerializer<'t> {
    pub(super) fn new(ty: &'t Type) -> Self {
        Self { ty }
    }

    /// A simple value, which has to be of the wanted type.
    fn simple(self, ty: Type, value: Value) -> Result<Value> {
        match self.ty {
            Type::Dynamic => Ok(Value::Dynamic(Box::new((ty, value)))),
            wanted if *wanted == ty => Ok(value),
            wanted => Err(mismatch(kind(&ty), wanted)),
        }
    }

    fn number(self, number: impl Into<Number>) -> Result<Value> {
        self.simple(Type::Number, Value::Number(number.into()))
    }
}

/// What a type is, in words.
fn kind(ty: &Type) -> &'static str {
    match ty {
        Type::Bool => "true or false",
        Type::Number => "a number",
        Type::String => "text",
        Type::List(_) => "a list",
        Type::Set(_) => "a set",
        Type::Map(_) => "a map",
        Type::Object(_) => "an object",
        Type::Tuple(_) => "a tuple",
        Type::Dynamic => "of any type",
    }
}

fn mismatch(written: impl Display, wanted: &Type) -> ModelError {
    ModelError::here(format!("is {written} in the model and {} in the schema", kind(wanted)))
}

/// A value without the type that a `Dynamic` carries, and that type.
fn untyped(value: Value) -> (Type, Value) {
    match value {
        Value::Dynamic(inner) => *inner,
        // Null and unknown: nothing says what they would be.
        other => (Type::Dynamic, other),
    }
}

macro_rules! integers {
    ($($method:ident $ty:ident $wide:ident;)*) => {$(
        fn $method(self, number: $ty) -> Result<Value> {
            self.number($wide::from(number))
        }
    )*};
}

impl<'t> Serializer for ValueSerializer<'t> {
    type Ok = Value;
    type Error = ModelError;
    type SerializeSeq = Elements<'t>;
    type SerializeTuple = Elements<'t>;
    type SerializeTupleStruct = Elements<'t>;
    type SerializeTupleVariant = Impossible<Value, ModelError>;
    type SerializeMap = Entries<'t>;
    type SerializeStruct = Entries<'t>;
    type SerializeStructVariant = Impossible<Value, ModelError>;

    fn serialize_bool(self, value: bool) -> Result<Value> {
        self.simple(Type::Bool, Value::Bool(value))
    }

    integers! {
        serialize_i8 i8 i64;
        serialize_i16 i16 i64;
        serialize_i32 i32 i64;
        serialize_i64 i64 i64;
        serialize_u8 u8 u64;
        serialize_u16 u16 u64;
        serialize_u32 u32 u64;
        serialize_u64 u64 u64;
    }

    fn serialize_f32(self, number: f32) -> Result<Value> {
        self.serialize_f64(f64::from(number))
    }

    fn serialize_f64(self, number: f64) -> Result<Value> {
        self.number(Number::from_f64(number).map_err(|error| ModelError::here(error.to_string()))?)
    }

    fn serialize_char(self, character: char) -> Result<Value> {
        self.serialize_str(character.encode_utf8(&mut [0; 4]))
    }

    fn serialize_str(self, text: &str) -> Result<Value> {
        self.simple(Type::String, Value::String(text.to_owned()))
    }

    fn serialize_bytes(self, _bytes: &[u8]) -> Result<Value> {
        Err(mismatch("bytes", self.ty))
    }

    fn serialize_none(self) -> Result<Value> {
        Ok(Value::Null)
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<Value> {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Result<Value> {
        Ok(Value::Null)
    }

    fn serialize_unit_struct(self, _name: &'static str) -> Result<Value> {
        Ok(Value::Null)
    }

    fn serialize_unit_variant(self, name: &'static str, _index: u32, variant: &'static str) -> Result<Value> {
        match (name, variant) {
            (attr::SERDE_NAME, attr::NULL) => Ok(Value::Null),
            (attr::SERDE_NAME, _) => Ok(Value::unknown()),
            _ => self.serialize_str(variant),
        }
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, name: &'static str, value: &T) -> Result<Value> {
        if name != number::SERDE_NAME {
            return value.serialize(self);
        }
        match value.serialize(ValueSerializer::new(&Type::String))? {
            Value::String(text) => {
                self.number(Number::parse(&text).map_err(|error| ModelError::here(error.to_string()))?)
            }
            _ => Err(ModelError::custom("a number without its text")),
        }
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        name: &'static str,
        _index: u32,
        _variant: &'static str,
        value: &T,
    ) -> Result<Value> {
        if name == attr::SERDE_NAME {
            value.serialize(self)
        } else {
            Err(mismatch("an enum with fields", self.ty))
        }
    }

    fn serialize_seq(self, length: Option<usize>) -> Result<Elements<'t>> {
        match self.ty {
            Type::List(_) | Type::Set(_) | Type::Tuple(_) | Type::Dynamic => {
                // The length is only told, so it is no reason to allocate whatever it says.
                Ok(Elements { ty: self.ty, written: Vec::with_capacity(length.unwrap_or(0).min(1024)) })
            }
            wanted => Err(mismatch("a sequence", wanted)),
        }
    }

    fn serialize_tuple(self, length: usize) -> Result<Elements<'t>> {
        self.serialize_seq(Some(length))
    }

    fn serialize_tuple_struct(self, _name: &'static str, length: usize) -> Result<Elements<'t>> {
        self.serialize_seq(Some(length))
    }

    fn serialize_tuple_variant(
        self,
        _name: &'static str,
        _index: u32,
        _variant: &'static str,
        _length: usize,
    ) -> Result<Self::SerializeTupleVariant> {
        Err(mismatch("an enum with fields", self.ty))
    }

    fn serialize_map(self, _length: Option<usize>) -> Result<Entries<'t>> {
        match self.ty {
            Type::Map(_) | Type::Object(_) | Type::Dynamic => Ok(Entries::new(self.ty)),
            wanted => Err(mismatch("a map", wanted)),
        }
    }

    fn serialize_struct(self, _name: &'static str, _length: usize) -> Result<Entries<'t>> {
        match self.ty {
            Type::Object(_) | Type::Dynamic => Ok(Entries::new(self.ty)),
            wanted => Err(mismatch("a struct", wanted)),
        }
    }

    fn serialize_struct_variant(
        self,
        _name: &'static str,
        _index: u32,
        _variant: &'static str,
        _length: usize,
    ) -> Result<Self::SerializeStructVariant> {
        Err(mismatch("an enum with fields", self.ty))
    }
}

/// A list, set, tuple, or (where any type goes) a tuple.
pub(super) struct Elements<'t> {
    ty: &'t Type,
    written: Vec<Value>,
}

impl Elements<'_> {
    fn push<T: Serialize + ?Sized>(&mut self, element: &T) -> Result<()> {
        let position = self.written.len();
        let ty = match self.ty {
            Type::List(element) | Type::Set(element) => element,
            Type::Tuple(elements) => match elements.get(position) {
                Some(ty) => ty,
                None => return Err(self.wrong_length(position + 1)),
            },
            other => other,
        };
        let element = element.serialize(ValueSerializer::new(ty)).map_err(|error| match self.ty {
            Type::Set(_) => error,
            _ => error.within(Step::Index(i64::try_from(position).unwrap_or(i64::MAX))),
        })?;
        self.written.push(element);
        Ok(())
    }

    fn wrong_length(&self, written: usize) -> ModelError {
        let wanted = match self.ty {
            Type::Tuple(elements) => elements.len(),
            _ => written,
        };
        ModelError::here(format!("has {written} elements in the model and {wanted} in the schema"))
    }

    fn finish(self) -> Result<Value> {
        match self.ty {
            Type::Set(_) => {
                let mut elements = self.written;
                elements.sort();
                // Two unknown elements may turn out to be two.
                elements.dedup_by(|one, other| one == other && one.is_wholly_known());
                Ok(Value::Set(elements))
            }
            Type::Tuple(types) if types.len() != self.written.len() => {
                Err(self.wrong_length(self.written.len()))
            }
            Type::Tuple(_) => Ok(Value::Tuple(self.written)),
            Type::Dynamic => {
                let (types, values) = self.written.into_iter().map(untyped).unzip();
                Ok(Value::Dynamic(Box::new((Type::Tuple(types), Value::Tuple(values)))))
            }
            _ => Ok(Value::List(self.written)),
        }
    }
}

impl SerializeSeq for Elements<'_> {
    type Ok = Value;
    type Error = ModelError;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, element: &T) -> Result<()> {
        self.push(element)
    }

    fn end(self) -> Result<Value> {
        self.finish()
    }
}

impl SerializeTuple for Elements<'_> {
    type Ok = Value;
    type Error = ModelError;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, element: &T) -> Result<()> {
        self.push(element)
    }

    fn end(self) -> Result<Value> {
        self.finish()
    }
}

impl SerializeTupleStruct for Elements<'_> {
    type Ok = Value;
    type Error = ModelError;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, element: &T) -> Result<()> {
        self.push(element)
    }

    fn end(self) -> Result<Value> {
        self.finish()
    }
}

/// A map, an object, or (where any type goes) an object.
pub(super) struct Entries<'t> {
    ty: &'t Type,
    written: BTreeMap<String, Value>,
    key: Option<String>,
}

impl<'t> Entries<'t> {
    fn new(ty: &'t Type) -> Self {
        Self { ty, written: BTreeMap::new(), key: None }
    }

    fn insert<T: Serialize + ?Sized>(&mut self, name: String, value: &T) -> Result<()> {
        let step = match self.ty {
            Type::Map(_) => Step::Key(name.clone()),
            _ => Step::Attribute(name.clone()),
        };
        let ty = match self.ty {
            Type::Map(element) => element,
            Type::Object(attributes) => match attributes.get(&name) {
                Some(ty) => ty,
                None => return Err(ModelError::here("is not an attribute of the schema").within(step)),
            },
            other => other,
        };
        let value = value.serialize(ValueSerializer::new(ty)).map_err(|error| error.within(step))?;
        self.written.insert(name, value);
        Ok(())
    }

    fn finish(self) -> Value {
        let mut written = self.written;
        match self.ty {
            Type::Object(attributes) => {
                for name in attributes.keys() {
                    if !written.contains_key(name) {
                        written.insert(name.clone(), Value::Null);
                    }
                }
                Value::Object(written)
            }
            Type::Dynamic => {
                let (types, values) = written
                    .into_iter()
                    .map(|(name, value)| {
                        let (ty, value) = untyped(value);
                        ((name.clone(), ty), (name, value))
                    })
                    .unzip();
                Value::Dynamic(Box::new((Type::Object(types), Value::Object(values))))
            }
            _ => Value::Map(written),
        }
    }
}

impl SerializeMap for Entries<'_> {
    type Ok = Value;
    type Error = ModelError;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<()> {
        match key.serialize(ValueSerializer::new(&Type::String))? {
            Value::String(key) => {
                self.key = Some(key);
                Ok(())
            }
            _ => Err(ModelError::here("has a key that is null or not known yet")),
        }
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<()> {
        match self.key.take() {
            Some(key) => self.insert(key, value),
            None => Err(ModelError::custom("a value was written before its key")),
        }
    }

    fn end(self) -> Result<Value> {
        Ok(self.finish())
    }
}

impl SerializeStruct for Entries<'_> {
    type Ok = Value;
    type Error = ModelError;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, name: &'static str, value: &T) -> Result<()> {
        self.insert(name.to_owned(), value)
    }

    fn end(self) -> Result<Value> {
        Ok(self.finish())
    }
}
