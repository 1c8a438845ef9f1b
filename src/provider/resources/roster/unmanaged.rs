//! Roles that the roster does not name.

use std::collections::{BTreeMap, BTreeSet};

use super::Roster;
use super::entry::{Gone, Sides};
use super::schema::{OIDS, UNMANAGED, UNMANAGED_IGNORE, UNMANAGED_ROLES};
use super::side::{entries, oid_of};
use crate::postgres::Snapshot;
use crate::provider::resources::role::known_texts;
use crate::roles::lockout::Protection;
use crate::roles::{NamePatterns, Oid, RoleName};
use crate::sdk::Value;

/// What becomes of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unmanaged {
    Ignore,
    Warn,
    Error,
    Disable,
    Drop,
}

impl Unmanaged {
    /// What is written; none where that is not known yet.
    pub(super) fn of(roster: &Value) -> Option<Self> {
        match roster.get(UNMANAGED) {
            Some(Value::Unknown(_)) => None,
            Some(Value::String(text)) => Some(match text.as_str() {
                "warn" => Self::Warn,
                "error" => Self::Error,
                "disable" => Self::Disable,
                "drop" => Self::Drop,
                _ => Self::Ignore,
            }),
            _ => Some(Self::Ignore),
        }
    }

    /// Whether an apply does something to them.
    pub(super) fn goes(self) -> bool {
        matches!(self, Self::Disable | Self::Drop)
    }

    /// What is done to them, in a sentence.
    pub(super) fn verb(self) -> &'static str {
        if self == Self::Disable { "disabled" } else { "dropped" }
    }
}

/// Roles by name.
pub(super) type Roles = BTreeMap<RoleName, Oid>;

/// As the attribute has them.
pub(super) fn value(roles: &Roles) -> Value {
    Value::Set(roles.keys().map(|name| Value::string(name.as_str())).collect())
}

/// The names that an attribute has; none where they are not all known.
pub(super) fn names(roster: &Value, attribute: &str) -> Option<BTreeSet<String>> {
    known_texts(roster.get(attribute).unwrap_or(&Value::Null))
}

/// Whether a state shows those that a configuration means: those that cannot log in are none of `disable`'s.
pub(super) fn sees_the_same(prior: &Value, how: Unmanaged, config: &Value) -> bool {
    let ignored = names(config, UNMANAGED_IGNORE);
    let before = Unmanaged::of(prior);
    ignored.is_some()
        && ignored == names(prior, UNMANAGED_IGNORE)
        && (before == Some(Unmanaged::Disable)) == (how == Unmanaged::Disable)
}

impl Roster {
    /// The roles of a catalog that a roster does not name; none where it is not known what it names. A role that somebody
    /// has renamed is still the state's. It depends on nothing that other resources of the run do, so that every plan sees
    /// the same.
    pub(super) fn unmanaged(
        &self,
        roster: &Value,
        state: Option<&Value>,
        snapshot: &Snapshot,
        protection: &Protection,
    ) -> Option<Roles> {
        let how = Unmanaged::of(roster)?;
        if !self.names_are_known(roster) {
            return None;
        }
        let ignored = NamePatterns::new(&names(roster, UNMANAGED_IGNORE)?);
        let named: BTreeSet<&str> = self.names(roster).collect();
        let oids = state.into_iter().flat_map(|state| entries(state, OIDS).values());
        let ours: BTreeSet<Oid> = oids.filter_map(oid_of).map(Oid).collect();
        let roles = snapshot.catalog.roles().filter(|role| {
            !named.contains(role.name.as_str())
                && !ours.contains(&role.oid)
                && role.oid != Oid::BOOTSTRAP_SUPERUSER
                && !role.name.is_system()
                && !snapshot.facts.is_ourselves(role.oid)
                && protection.role(&role.name).is_none()
                && !ignored.matches(&role.name)
                && (how != Unmanaged::Disable || role.attributes.login)
        });
        Some(roles.map(|role| (role.name.clone(), role.oid)).collect())
    }

    /// What a plan holds for them, from the configuration and the state alone.
    pub(super) fn planned_unmanaged(&self, sides: &Sides<'_>, gone: &[Gone<'_>]) -> Value {
        let Sides { config, prior, .. } = *sides;
        let Some(how) = Unmanaged::of(config) else { return Value::unknown() };
        if how.goes() {
            return Value::Set(Vec::new());
        }
        let Some(prior) = prior else { return Value::unknown() };
        let Some(seen) = names(prior, UNMANAGED_ROLES).filter(|_| sees_the_same(prior, how, config)) else {
            return Value::unknown();
        };
        if !self.names_are_known(config) {
            return Value::unknown();
        }
        let written: BTreeSet<&str> = self.names(config).collect();
        // What is only disabled or forgotten comes into view.
        let by_default = self.context.defaults().on_destroy.is_some();
        let may_stay = |role: &Gone<'_>| by_default || role.is_let_go || role.text.contains("\"on_destroy\"");
        if gone.iter().any(may_stay) {
            return Value::unknown();
        }
        Value::Set(
            seen.into_iter().filter(|name| !written.contains(name.as_str())).map(Value::String).collect(),
        )
    }
}
