//! What is wrong with a value, and where.

use std::fmt;

use serde::{de, ser};

use crate::sdk::{Diagnostic, Path, Step};

/// A value that does not fit its model. It never holds the value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelError {
    /// Where.
    pub path: Path,
    /// What is wrong, as the words that follow the name of the attribute: `is not known yet`.
    pub message: String,
}

impl ModelError {
    /// An error of the value at hand; who holds that value adds the steps to it.
    pub(super) fn here(message: impl Into<String>) -> Self {
        Self { path: Path::root(), message: message.into() }
    }

    /// The same error as seen from the value that holds this one at `step`.
    pub(super) fn within(self, step: Step) -> Self {
        Self { path: self.path.within(step), message: self.message }
    }
}

impl fmt::Display for ModelError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.path.is_root() {
            write!(f, "the value {}", self.message)
        } else {
            write!(f, "`{}` {}", self.path, self.message)
        }
    }
}

impl std::error::Error for ModelError {}

impl From<ModelError> for Diagnostic {
    fn from(error: ModelError) -> Self {
        Diagnostic::error(
            error.to_string(),
            "The provider cannot use the value there. Where it is what the documentation asks for, this is a fault \
             of the provider.",
        )
        .at(error.path)
    }
}

/// Serde's own messages quote the value at hand; these do not.
impl de::Error for ModelError {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self::here(format!("cannot be read: {message}"))
    }

    fn invalid_type(_unexpected: de::Unexpected<'_>, expected: &dyn de::Expected) -> Self {
        Self::here(format!("is of the wrong type: wanted is {expected}"))
    }

    fn invalid_value(_unexpected: de::Unexpected<'_>, expected: &dyn de::Expected) -> Self {
        Self::here(format!("has a value that is not allowed: wanted is {expected}"))
    }

    fn invalid_length(length: usize, expected: &dyn de::Expected) -> Self {
        Self::here(format!("has {length} elements: wanted is {expected}"))
    }

    fn unknown_variant(_variant: &str, expected: &'static [&'static str]) -> Self {
        Self::here(format!("is none of: {}", expected.join(", ")))
    }

    fn unknown_field(field: &str, _expected: &'static [&'static str]) -> Self {
        Self::here("is not expected here").within(Step::Attribute(field.to_owned()))
    }

    fn missing_field(field: &'static str) -> Self {
        Self::here("is not an attribute of the value").within(Step::Attribute(field.to_owned()))
    }

    fn duplicate_field(field: &'static str) -> Self {
        Self::here("is there twice").within(Step::Attribute(field.to_owned()))
    }
}

impl ser::Error for ModelError {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self::here(format!("cannot be written: {message}"))
    }
}
