//! The users or the groups of a roster.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::document::{Document, parse};
use super::schema::{GROUPS, USERS};
use crate::provider::context::Context;
use crate::provider::resources::role::{Kind, RoleResource, entry};
use crate::sdk::{Number, Resource, Schema, Value};

/// One of the two maps, and the resource that its entries are.
pub(super) struct Side {
    pub(super) kind: Kind,
    /// The roster's attribute.
    pub(super) attribute: &'static str,
    /// The single resource's.
    pub(super) schema: Schema,
    pub(super) resource: RoleResource,
}

/// The entries of a map attribute; none where it is null or unknown.
pub(super) fn entries<'a>(roster: &'a Value, attribute: &str) -> &'a BTreeMap<String, Value> {
    static NONE: BTreeMap<String, Value> = BTreeMap::new();
    match roster.get(attribute) {
        Some(Value::Map(entries)) => entries,
        _ => &NONE,
    }
}

/// The text of an entry, where it is known.
pub(super) fn text<'a>(roster: &'a Value, attribute: &str, name: &str) -> Option<&'a str> {
    match entries(roster, attribute).get(name) {
        Some(Value::String(text)) => Some(text),
        _ => None,
    }
}

impl Side {
    pub(super) fn new(kind: Kind, context: &Arc<Context>) -> Self {
        let resource = RoleResource::entry(kind, Arc::clone(context));
        let attribute = match kind {
            Kind::User => USERS,
            Kind::Group => GROUPS,
        };
        Self { kind, attribute, schema: resource.schema(), resource }
    }

    /// The state of the single resource that an entry of the roster's state stands for.
    pub(super) fn state(&self, roster: &Value, name: &str, text: &str) -> Value {
        self.state_of(roster, name, &document(text), |_| {})
    }

    /// The same of an entry that the roster has on its other side. What the two have in common stays.
    pub(super) fn state_from_other(&self, other: &Side, roster: &Value, name: &str, text: &str) -> Value {
        let document = document(text);
        let there = other.state_of(roster, name, &document, |_| {});
        let is = |attribute: &str| there.get(attribute) == Some(&Value::Bool(true));
        match self.kind {
            Kind::User => self.state_of(roster, name, &document, |state| {
                state.set("can_login", Value::Bool(is("can_login")));
            }),
            Kind::Group => self.state_of(roster, name, &document, |state| {
                state.set("can_login", Value::Bool(is("enabled") && is("can_login")));
            }),
        }
    }

    fn state_of(
        &self,
        roster: &Value,
        name: &str,
        document: &Document,
        complete: impl FnOnce(&mut Value),
    ) -> Value {
        let mut config = document.written(&self.schema, (self.kind.name_attribute(), name));
        if self.kind == Kind::User {
            config.set("password_wo_version", version(roster, name));
        }
        let mut state = entry::settled(self.kind, &self.schema, &config);
        for (attribute, value) in document.computed(&self.schema) {
            state.set(attribute, value);
        }
        complete(&mut state);
        let oid = entries(roster, super::schema::OIDS).get(name);
        state.set("oid", oid.filter(|oid| !oid.is_unknown()).cloned().unwrap_or(Value::Null));
        state
    }
}

/// The version of a user's password.
pub(super) fn version(roster: &Value, name: &str) -> Value {
    beside(roster, super::schema::VERSIONS, name)
}

/// What stands beside a user under an attribute: not known where nothing under it is.
pub(super) fn beside(roster: &Value, attribute: &str, name: &str) -> Value {
    match roster.get(attribute) {
        Some(unknown @ Value::Unknown(_)) => unknown.clone(),
        _ => entries(roster, attribute).get(name).cloned().unwrap_or(Value::Null),
    }
}

/// The document of a state. What pgum has written can be read.
fn document(text: &str) -> Document {
    parse(text).unwrap_or_default()
}

/// An OID of a state.
pub(super) fn oid_of(value: &Value) -> Option<u32> {
    match value {
        Value::Number(number) => number.as_u64().and_then(|number| u32::try_from(number).ok()),
        _ => None,
    }
}

/// An OID as a value.
pub(super) fn oid_value(oid: u32) -> Value {
    Value::Number(Number::from(i64::from(oid)))
}
