//! Roles that the roster does not name.
//!
//! An apply takes no other than its plan has said. What a plan has seen of the cluster it can hand to its apply in one way
//! only: private state of a plan is not stored before Terraform 1.16, and planned values must not depend on it. So what goes is
//! what the state's last read has seen, which is all that the plan and its apply have in common, and where there is no state
//! before, nothing does.

mod apply;
mod plan;

use std::collections::{BTreeMap, BTreeSet};

use super::Roster;
use super::entry::{Gone, Sides};
use super::schema::{OIDS, UNMANAGED, UNMANAGED_IGNORE, UNMANAGED_ROLES};
use super::side::{entries, oid_of};
use crate::postgres::Snapshot;
use crate::provider::explain;
use crate::provider::resources::role::known_texts;
use crate::roles::lockout::Protection;
use crate::roles::{CatalogRole, NamePatterns, Oid, RoleName};
use crate::sdk::{Diagnostic, Diagnostics, Value};

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

/// The roles beside those of the roster.
pub(super) struct Beside {
    /// Those that are somebody's business, as the attribute has them.
    pub(super) unmanaged: Value,
    /// All of them, as private state has them.
    pub(super) strangers: BTreeMap<String, u32>,
}

/// As the attribute has them.
fn value(roles: &Roles) -> Value {
    Value::Set(roles.keys().map(|name| Value::string(name.as_str())).collect())
}

/// The names that an attribute has; none where they are not all known.
fn names(roster: &Value, attribute: &str) -> Option<BTreeSet<String>> {
    known_texts(roster.get(attribute).unwrap_or(&Value::Null))
}

/// Whether a state shows those that a configuration means: those that cannot log in are none of `disable`'s.
fn sees_the_same(prior: &Value, how: Unmanaged, config: &Value) -> bool {
    let ignored = names(config, UNMANAGED_IGNORE);
    let before = Unmanaged::of(prior);
    ignored.is_some()
        && ignored == names(prior, UNMANAGED_IGNORE)
        && (before == Some(Unmanaged::Disable)) == (how == Unmanaged::Disable)
}

impl Roster {
    /// The roles of a catalog that a roster does not name. A role that somebody has renamed is still the state's. It depends on
    /// nothing that other resources of the run do, so that every plan sees the same.
    fn strangers<'a>(
        &'a self,
        roster: &'a Value,
        state: Option<&Value>,
        snapshot: &'a Snapshot,
        protection: &'a Protection,
    ) -> impl Iterator<Item = &'a CatalogRole> {
        let named: BTreeSet<&str> = self.names(roster).collect();
        let oids = state.into_iter().flat_map(|state| entries(state, OIDS).values());
        let ours: BTreeSet<Oid> = oids.filter_map(oid_of).map(Oid).collect();
        snapshot.catalog.roles().filter(move |role| {
            !named.contains(role.name.as_str())
                && !ours.contains(&role.oid)
                && role.oid != Oid::BOOTSTRAP_SUPERUSER
                && !role.name.is_system()
                && !snapshot.facts.is_ourselves(role.oid)
                && protection.role(&role.name).is_none()
        })
    }

    /// Those of them that are somebody's business; none where it is not known what the roster names.
    fn unmanaged(
        &self,
        roster: &Value,
        state: Option<&Value>,
        snapshot: &Snapshot,
        protection: &Protection,
    ) -> Option<Roles> {
        self.unmanaged_among(roster, self.strangers(roster, state, snapshot, protection))
    }

    /// The same of strangers.
    fn unmanaged_among<'a>(
        &self,
        roster: &Value,
        strangers: impl Iterator<Item = &'a CatalogRole>,
    ) -> Option<Roles> {
        let how = Unmanaged::of(roster)?;
        let ignored = self.ignored(roster)?;
        let roles = strangers.filter(|role| {
            !ignored.matches(&role.name)
                && (how != Unmanaged::Disable || role.attributes.login)
                // What cannot go is not planned to: it would be for ever.
                && !(how.goes() && role.name.is_unreadable())
        });
        Some(roles.map(|role| (role.name.clone(), role.oid)).collect())
    }

    /// Those that can neither be dropped nor disabled, in the order of their names as they can be shown.
    fn out_of_reach(
        &self,
        sides: &Sides<'_>,
        snapshot: &Snapshot,
        protection: &Protection,
    ) -> Vec<(RoleName, Oid)> {
        let Some(ignored) = self.ignored(sides.config) else { return Vec::new() };
        let all = self.strangers(sides.config, sides.prior, snapshot, protection);
        let unreadable = all.filter(|role| role.name.is_unreadable() && !ignored.matches(&role.name));
        let mut unreadable: Vec<_> = unreadable.map(|role| (role.name.clone(), role.oid)).collect();
        unreadable.sort();
        unreadable
    }

    /// The names that are nobody's business; none where it is not known who is.
    fn ignored(&self, roster: &Value) -> Option<NamePatterns> {
        let names = names(roster, UNMANAGED_IGNORE).filter(|_| self.names_are_known(roster))?;
        Some(NamePatterns::new(&names))
    }

    /// What a read sees.
    pub(super) fn beside(&self, state: &Value, snapshot: &Snapshot, protection: &Protection) -> Beside {
        let all: Vec<_> = self.strangers(state, Some(state), snapshot, protection).collect();
        let unmanaged = self.unmanaged_among(state, all.iter().copied()).unwrap_or_default();
        let strangers = all.iter().map(|role| (role.name.as_str().to_owned(), role.oid.0)).collect();
        Beside { unmanaged: value(&unmanaged), strangers }
    }

    /// What is there after an apply.
    pub(super) async fn unmanaged_now(&self, state: &Value, diagnostics: &mut Diagnostics) -> Value {
        let Some(session) = self.context.ready() else { return Value::Set(Vec::new()) };
        match session.cluster.look_at_all().await {
            Ok(snapshot) => {
                let roles = self.unmanaged(state, Some(state), &snapshot, session.cluster.protection());
                value(&roles.unwrap_or_default())
            }
            Err(error) => {
                // All else is done; the next read fills it in.
                let why = explain::looking(None, &error);
                diagnostics.push(Diagnostic::warning(why.summary, why.detail));
                Value::Set(Vec::new())
            }
        }
    }

    /// What a plan holds for them, from the configuration and the state alone.
    pub(super) fn planned_unmanaged(&self, sides: &Sides<'_>, gone: &[Gone<'_>]) -> Value {
        let Sides { config, prior, .. } = *sides;
        let Some(how) = Unmanaged::of(config) else { return Value::unknown() };
        let Some(prior) = prior else { return Value::unknown() };
        if how.goes() {
            return Value::Set(Vec::new());
        }
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
