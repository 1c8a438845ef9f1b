//! Looking at all roles of a roster.

use std::collections::BTreeMap;

use super::Roster;
use super::document::{parse, show};
use super::place::Gathered;
use super::private::Private;
use super::processors::on_all_processors;
use super::schema::{OIDS, UNMANAGED_ROLES};
use super::side::{Side, entries};
use crate::provider::context::Unseen;
use crate::provider::explain;
use crate::sdk::resource::StateResponse;
use crate::sdk::{Diagnostics, PrivateState, Resource, Value};

impl Roster {
    pub(super) async fn read_all(
        &self,
        state: Value,
        private: PrivateState,
        diagnostics: &mut Diagnostics,
    ) -> StateResponse {
        let _call = self.context.walk.enter();
        self.context.remember_refresh();
        let before = Private::decode(&private);
        // Who looks in vain has seen nobody who could go.
        let as_it_was = |state: Value, before: Private| StateResponse {
            state: Some(state),
            private: before.beside(BTreeMap::new()).encode(),
        };
        let Some(session) = self.context.session_or_warn(diagnostics) else {
            return as_it_was(state, before);
        };
        let snapshot = match session.snapshot().await {
            Ok(snapshot) => snapshot,
            Err(unseen) => {
                if let Unseen::First(error) = unseen {
                    diagnostics.push(explain::looking(None, &error));
                }
                return as_it_was(state, before);
            }
        };
        let mut kept = Private::default();
        let mut said = Gathered::default();
        let mut read = state.clone();
        let mut oids = BTreeMap::new();
        for side in self.sides() {
            let mut there = BTreeMap::new();
            let looks = entries(&state, side.attribute).iter().filter_map(|(name, written)| {
                let Value::String(text) = written else { return None };
                let (state, private) = (&state, before.role(name));
                Some(async move {
                    let mut of_role = Diagnostics::new();
                    let looked = self.look_at(side, state, (name, text), private, &mut of_role).await;
                    (name, looked, of_role)
                })
            });
            for (name, looked, of_role) in on_all_processors(looks).await {
                said.add(side, name, of_role);
                let Some(Looked { text, oid, private }) = looked else { continue };
                there.insert(name.clone(), Value::String(text));
                oids.insert(name.clone(), oid);
                kept.keep(name, private);
            }
            if !matches!(state.get(side.attribute), None | Some(Value::Null)) {
                read.set(side.attribute, Value::Map(there));
            }
        }
        let failed = said.has_errors();
        said.say(diagnostics);
        if failed {
            return as_it_was(state, before);
        }
        read.set(OIDS, Value::Map(oids));
        let beside = self.beside(&read, &snapshot, session.cluster.protection());
        read.set(UNMANAGED_ROLES, beside.unmanaged);
        StateResponse {
            state: Some(read),
            private: kept.imported_as(&before, |_| false).beside(beside.strangers).encode(),
        }
    }

    /// Looks at one role; none where it is gone.
    async fn look_at(
        &self,
        side: &Side,
        roster: &Value,
        (name, text): (&str, &str),
        private: PrivateState,
        diagnostics: &mut Diagnostics,
    ) -> Option<Looked> {
        let mut before = side.state(roster, name, text);
        let read = side.resource.read(before.clone(), private, diagnostics).await;
        let after = read.state?;
        let oid = after.get("oid").cloned().unwrap_or(Value::Null);
        // Another OID says nothing that `oids` does not.
        before.set("oid", oid.clone());
        let text = if before == after {
            text.to_owned()
        } else {
            let document = parse(text).unwrap_or_default();
            show((side.kind, &side.schema), name, &document, (&before, &after)).to_text()
        };
        Some(Looked { text, oid, private: read.private })
    }
}

/// What was seen of a role.
struct Looked {
    text: String,
    oid: Value,
    private: PrivateState,
}
