//! What cannot be decoded or encoded.

use std::fmt;

use crate::sdk::{NumberError, Path, Step, Type, Value};

/// Bytes that are no value of the type, or a value that is none. Holds no part of the value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Error {
    /// Innermost first, as the error passes outwards.
    steps: Vec<Step>,
    message: String,
}

impl Error {
    pub(super) fn new(message: impl Into<String>) -> Self {
        Self { steps: Vec::new(), message: message.into() }
    }

    pub(super) fn truncated() -> Self {
        Self::new("the encoded value ends too early")
    }

    pub(super) fn too_deep() -> Self {
        Self::new("the value is nested too deeply")
    }

    pub(super) fn mismatch(ty: &Type, found: &str) -> Self {
        Self::new(format!("{} is required, not {found}", name_of_type(ty)))
    }

    /// The same, as seen from one step further out.
    pub(super) fn within(mut self, step: Step) -> Self {
        self.steps.push(step);
        self
    }

    /// The same, as seen from the set around it: no path leads into a set.
    pub(super) fn within_set(mut self) -> Self {
        self.steps.clear();
        self
    }

    /// Where.
    pub fn path(&self) -> Path {
        self.steps.iter().rev().fold(Path::root(), |path, step| path.join(step.clone()))
    }

    /// What is wrong, in words.
    pub fn message(&self) -> &str {
        &self.message
    }
}

/// What the number is, the message says; never which.
impl From<NumberError> for Error {
    fn from(error: NumberError) -> Self {
        Self::new(format!("a number is required, and this {error}"))
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = self.path();
        if path.is_root() { f.write_str(&self.message) } else { write!(f, "{path}: {}", self.message) }
    }
}

impl std::error::Error for Error {}

fn name_of_type(ty: &Type) -> &'static str {
    match ty {
        Type::Bool => "a bool",
        Type::Number => "a number",
        Type::String => "a string",
        Type::List(_) => "a list",
        Type::Set(_) => "a set",
        Type::Map(_) => "a map",
        Type::Object(_) => "an object",
        Type::Tuple(_) => "a tuple",
        Type::Dynamic => "a value with its type",
    }
}

/// What kind of value this is, for messages.
pub(super) fn name_of_value(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Unknown(_) => "an unknown value",
        Value::Bool(_) => "a bool",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::List(_) => "a list",
        Value::Set(_) => "a set",
        Value::Map(_) => "a map",
        Value::Object(_) => "an object",
        Value::Tuple(_) => "a tuple",
        Value::Dynamic(_) => "a value with its type",
    }
}
