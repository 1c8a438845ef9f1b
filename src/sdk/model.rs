//! Models: plain serde structs converted from and to values.
//!
//! A field of type `T` takes known values only, `Option<T>` known ones and null, [`Attr<T>`] all. Errors
//! say where.

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{Path, Type, Value};

/// A configured value: nobody reads an unknown one by mistake.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Attr<T> {
    /// Not written.
    #[default]
    Null,
    /// Known after the apply.
    Unknown,
    /// Written.
    Known(T),
}

impl<T> Attr<T> {
    /// The written value; `None` where it is null or unknown.
    pub fn known(&self) -> Option<&T> {
        match self {
            Self::Known(value) => Some(value),
            Self::Null | Self::Unknown => None,
        }
    }

    /// Whether nothing is written.
    pub fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    /// Whether it is not yet known.
    pub fn is_unknown(&self) -> bool {
        matches!(self, Self::Unknown)
    }
}

/// A value that does not fit its model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelError {
    /// Where.
    pub path: Path,
    /// What is wrong, in words.
    pub message: String,
}

/// Reads a model out of a value.
pub fn from_value<T: DeserializeOwned>(_value: &Value) -> Result<T, ModelError> {
    Err(ModelError { path: Path::root(), message: String::new() })
}

/// Writes a model as a value of the given type. Fields that the type does not have are an error; attributes
/// that the model does not have become null.
pub fn to_value<T: Serialize>(_model: &T, _ty: &Type) -> Result<Value, ModelError> {
    Err(ModelError { path: Path::root(), message: String::new() })
}
