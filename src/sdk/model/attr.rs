//! An attribute as a model has it: null, unknown, or known.

use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize, Serializer};

/// The name by which serde's model of [`Attr`] is known to the reader and the writer.
pub(super) const SERDE_NAME: &str = "$pgum::sdk::Attr";

/// The names of the variants of [`Attr`].
pub(super) const NULL: &str = "Null";
pub(super) const UNKNOWN: &str = "Unknown";
pub(super) const KNOWN: &str = "Known";

/// A configured value: nobody reads an unknown one by mistake.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
// A literal, as serde's attributes take no constants; a test ties it to SERDE_NAME.
#[serde(rename = "$pgum::sdk::Attr")]
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

    /// The written value itself; `None` where it is null or unknown.
    pub fn into_known(self) -> Option<T> {
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

    /// Whether it is written and known.
    pub fn is_known(&self) -> bool {
        matches!(self, Self::Known(_))
    }

    /// The same with another written value.
    pub fn map<U>(self, convert: impl FnOnce(T) -> U) -> Attr<U> {
        match self {
            Self::Null => Attr::Null,
            Self::Unknown => Attr::Unknown,
            Self::Known(value) => Attr::Known(convert(value)),
        }
    }

    /// The same with a reference to the written value.
    pub fn as_ref(&self) -> Attr<&T> {
        match self {
            Self::Null => Attr::Null,
            Self::Unknown => Attr::Unknown,
            Self::Known(value) => Attr::Known(value),
        }
    }

    /// The default where nothing is written; what is unknown stays so.
    #[must_use]
    pub fn known_or(self, default: T) -> Self {
        self.known_or_else(|| default)
    }

    /// As [`Attr::known_or`], with a default that is made only when it is needed.
    #[must_use]
    pub fn known_or_else(self, default: impl FnOnce() -> T) -> Self {
        match self {
            Self::Null => Self::Known(default()),
            written => written,
        }
    }
}

impl<T: std::ops::Deref> Attr<T> {
    /// The same with what the written value points to: `Attr<String>` to `Attr<&str>`.
    pub fn as_deref(&self) -> Attr<&T::Target> {
        self.as_ref().map(std::ops::Deref::deref)
    }
}

impl<T> From<Option<T>> for Attr<T> {
    fn from(value: Option<T>) -> Self {
        match value {
            Some(value) => Self::Known(value),
            None => Self::Null,
        }
    }
}

/// Writes a secret into a value, which keeps it in the clear: the state holds what is configured. For
/// `#[serde(serialize_with = "...")]`, so that it is asked for by name.
pub fn write_secret<S: Serializer>(secret: &Attr<SecretString>, serializer: S) -> Result<S::Ok, S::Error> {
    secret.as_ref().map(|secret| secret.expose_secret()).serialize(serializer)
}
