//! The state that an apply of a roster leaves.

use std::collections::{BTreeMap, BTreeSet};

use super::Roster;
use super::apply::Done;
use super::entry::Sides;
use super::private::Private;
use super::schema::{OIDS, UNMANAGED_ROLES, VERSIONS};
use super::side::{entries, version};
use crate::roles::RoleName;
use crate::sdk::resource::StateResponse;
use crate::sdk::{Diagnostics, Value};

impl Roster {
    /// The state after all went well: what was planned, with what was not known.
    pub(super) async fn state_after(
        &self,
        planned: &Value,
        sides: &Sides<'_>,
        done: &Done,
        diagnostics: &mut Diagnostics,
    ) -> StateResponse {
        let mut state = planned.clone();
        let mut private = Private::default();
        let mut oids = BTreeMap::new();
        for name in self.names(planned) {
            let oid = match done.applied.get(name) {
                Some((oid, of_role)) => {
                    private.keep(name, of_role.clone());
                    Some(oid.clone())
                }
                None => {
                    private.keep_of(name, sides.private);
                    sides.prior.and_then(|prior| entries(prior, OIDS).get(name)).cloned()
                }
            };
            oids.insert(name.to_owned(), oid.unwrap_or(Value::Null));
        }
        state.set(OIDS, Value::Map(oids));
        if state.get(UNMANAGED_ROLES).is_none_or(Value::is_unknown) {
            state.set(UNMANAGED_ROLES, self.unmanaged_now(&state, diagnostics).await);
        }
        StateResponse { state: Some(state), private: private.encode() }
    }

    /// The state after some of it went wrong: what was done as planned, all else as it was.
    pub(super) fn state_half_done(&self, prior: &Value, sides: &Sides<'_>, done: Done) -> StateResponse {
        let mut state = prior.clone();
        let mut private = Private::default();
        let (mut oids, mut versions) = (BTreeMap::new(), BTreeMap::new());
        let names: BTreeSet<&str> = self.names(prior).chain(self.names(sides.config)).collect();
        let mut keep_version = |roster: &Value, name: &str| {
            let version = version(roster, name);
            if !version.is_null() {
                versions.insert(name.to_owned(), version);
            }
        };
        let let_go: BTreeSet<&str> =
            self.gone(sides).into_iter().filter(|role| role.is_let_go).map(|role| role.name).collect();
        let mut maps: BTreeMap<&str, BTreeMap<String, Value>> = BTreeMap::new();
        for name in names {
            let is_done = done.applied.get(name);
            let of = if is_done.is_some() { sides.config } else { prior };
            let entry = self
                .sides()
                .into_iter()
                .find_map(|side| entries(of, side.attribute).get(name).map(|text| (side, text.clone())));
            let Some((side, text)) = entry else { continue };
            if done.removed.contains(name) || let_go.contains(name) {
                continue;
            }
            match is_done {
                Some((oid, of_role)) => {
                    oids.insert(name.to_owned(), oid.clone());
                    private.keep(name, of_role.clone());
                }
                None => {
                    oids.extend(entries(prior, OIDS).get(name).map(|oid| (name.to_owned(), oid.clone())));
                    private.keep_of(name, sides.private);
                }
            }
            keep_version(of, name);
            maps.entry(side.attribute).or_default().insert(name.to_owned(), text);
        }
        for side in self.sides() {
            let map = maps.remove(side.attribute).unwrap_or_default();
            let was_null = prior.get(side.attribute).is_none_or(Value::is_null);
            state.set(side.attribute, if map.is_empty() && was_null { Value::Null } else { Value::Map(map) });
        }
        state.set(OIDS, Value::Map(oids));
        let was_null = prior.get(VERSIONS).is_none_or(Value::is_null);
        state.set(VERSIONS, if versions.is_empty() && was_null { Value::Null } else { Value::Map(versions) });
        if let Some(Value::Set(roles)) = prior.get(UNMANAGED_ROLES) {
            let dealt_with = |role: &Value| matches!(role, Value::String(name) if done.dealt_with.contains(&RoleName::from_catalog(name)));
            let left = roles.iter().filter(|role| !dealt_with(role)).cloned();
            state.set(UNMANAGED_ROLES, Value::Set(left.collect()));
        }
        let private = private.imported_as(sides.private, |name| done.applied.contains_key(name));
        StateResponse { state: Some(state), private: private.encode() }
    }
}
