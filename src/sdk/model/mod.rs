//! Models: plain serde structs converted from and to values.
//!
//! A field of type `T` takes known values only, `Option<T>` known ones and null, [`Attr<T>`] all. Errors
//! say where, and never what: a value may be a secret.
//!
//! - An attribute that the model lacks is ignored when reading and null when written, so several models can
//!   be read from one value. (`#[serde(flatten)]` is not for models: it loses what is unknown.)
//! - Numbers are read as any integer type that holds them, as floats (the nearest one), or as
//!   [`Number`](super::Number).
//! - Lists, sets and tuples are read as any sequence. The elements of a set that are not known are told apart
//!   by `Vec<Attr<T>>`; `BTreeSet<Attr<T>>` makes them one.
//! - A `secrecy::SecretString` can be read; [`write_secret`] writes it.

mod attr;
mod de;
mod error;
mod ser;
#[cfg(test)]
mod tests;

pub use attr::{Attr, write_secret};
pub use error::ModelError;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{Type, Value};

/// Reads a model out of a value.
pub fn from_value<T: DeserializeOwned>(value: &Value) -> Result<T, ModelError> {
    T::deserialize(de::ValueDeserializer::new(value))
}

/// Writes a model as a value of the given type. Fields that the type does not have are an error; attributes
/// that the model does not have become null.
pub fn to_value<T: Serialize + ?Sized>(model: &T, ty: &Type) -> Result<Value, ModelError> {
    model.serialize(ser::ValueSerializer::new(ty))
}
