//! The JSON of one user or group, as a roster and the file of `provider::pgum::roster` hold it: the attributes of the
//! single resource less its name.

mod canonical;
mod check;
mod read;
mod show;
#[cfg(test)]
mod tests;
mod text;

use serde_json::Value as Json;

use crate::sdk::schema::Presence;
use crate::sdk::{Attribute, Schema};

pub(crate) use canonical::canonical;
pub(crate) use check::checked;
pub(crate) use read::PASSWORD_INSIDE;
pub(crate) use show::show;
pub(crate) use text::{Unambiguous, kind_of, parse, says_by_password};

/// The attributes that stand beside the documents and never in one.
const PASSWORDS: [&str; 3] = ["password", "password_wo", "password_wo_version"];

/// What is written, in the order in which it is.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Document {
    members: Vec<(String, Json)>,
}

impl Document {
    /// What is written under that name; null counts as not written.
    pub(crate) fn get(&self, name: &str) -> Option<&Json> {
        self.members
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value)
            .filter(|value| !value.is_null())
    }

    /// The same less what is written under that name.
    pub(crate) fn without(mut self, name: &str) -> Self {
        self.members.retain(|(key, _)| key != name);
        self
    }
}

/// Whether somebody may write this attribute in a document.
fn is_writable(attribute: &Attribute) -> bool {
    attribute.presence != Presence::Computed && !PASSWORDS.contains(&attribute.name.as_str())
}

/// The attributes that somebody may write in a document.
fn writable(schema: &Schema) -> impl Iterator<Item = &Attribute> {
    schema.attributes.iter().filter(|attribute| is_writable(attribute))
}
