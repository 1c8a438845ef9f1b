//! Values as Terraform has them: any of them may be null or not yet known.

use std::collections::BTreeMap;

use super::{Number, Type};

/// What is known of an unknown value.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Refinements {
    /// It will not be null (`true`), will be null (`false`), or either.
    pub not_null: Option<bool>,
    /// A string starts with this.
    pub string_prefix: Option<String>,
    /// A number is not below this: bound, inclusive.
    pub number_lower: Option<(Number, bool)>,
    /// A number is not above this: bound, inclusive.
    pub number_upper: Option<(Number, bool)>,
    /// A collection has at least so many elements.
    pub length_lower: Option<u64>,
    /// A collection has at most so many elements.
    pub length_upper: Option<u64>,
}

/// A value. Its type is not in it (but for `Dynamic`): the schema has it.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// Not set.
    Null,
    /// Known after the apply.
    Unknown(Refinements),
    /// true or false.
    Bool(bool),
    /// A number.
    Number(Number),
    /// Text.
    String(String),
    /// Elements in order.
    List(Vec<Value>),
    /// Elements each once; the order means nothing.
    Set(Vec<Value>),
    /// Elements by name.
    Map(BTreeMap<String, Value>),
    /// Attributes by name.
    Object(BTreeMap<String, Value>),
    /// Elements, each of its own type.
    Tuple(Vec<Value>),
    /// A value where the schema says any type.
    Dynamic(Box<(Type, Value)>),
}

impl Value {
    /// Known after the apply, and nothing else is known of it.
    pub fn unknown() -> Self {
        Self::Unknown(Refinements::default())
    }

    /// Text.
    pub fn string(text: impl Into<String>) -> Self {
        Self::String(text.into())
    }

    /// Whether this is null.
    pub fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    /// Whether this itself is unknown.
    pub fn is_unknown(&self) -> bool {
        matches!(self, Self::Unknown(_))
    }

    /// Whether this and all in it is known.
    pub fn is_wholly_known(&self) -> bool {
        match self {
            Self::Unknown(_) => false,
            Self::List(elements) | Self::Set(elements) | Self::Tuple(elements) => {
                elements.iter().all(Self::is_wholly_known)
            }
            Self::Map(elements) | Self::Object(elements) => elements.values().all(Self::is_wholly_known),
            Self::Dynamic(inner) => inner.1.is_wholly_known(),
            Self::Null | Self::Bool(_) | Self::Number(_) | Self::String(_) => true,
        }
    }

    /// An attribute of an object; `None` where this is no object or has no such attribute.
    pub fn get(&self, name: &str) -> Option<&Value> {
        match self {
            Self::Object(attributes) => attributes.get(name),
            _ => None,
        }
    }

    /// Sets an attribute of an object; nothing happens to a value that is no object.
    pub fn set(&mut self, name: &str, value: Value) {
        if let Self::Object(attributes) = self {
            attributes.insert(name.to_owned(), value);
        }
    }
}
