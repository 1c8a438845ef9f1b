//! Looking at all roles of a roster.

use std::collections::BTreeMap;

use super::document::{parse, show};
use super::place::Gathered;
use super::private::Private;
use super::schema::{OIDS, UNMANAGED_ROLES};
use super::side::{Side, entries};
use super::{Roster, unmanaged};
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
        let before = Private::decode(&private);
        let mut kept = Private::default();
        let mut said = Gathered::default();
        let mut read = state.clone();
        let mut oids = BTreeMap::new();
        for side in self.sides() {
            let mut there = BTreeMap::new();
            for (name, written) in entries(&state, side.attribute) {
                let Value::String(text) = written else { continue };
                let mut of_role = Diagnostics::new();
                let looked = self.look_at(side, &state, (name, text), before.role(name), &mut of_role).await;
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
        if failed || self.context.ready().is_none() {
            return StateResponse { state: Some(state), private };
        }
        read.set(OIDS, Value::Map(oids));
        match self.unmanaged_of_snapshot(&read).await {
            Ok(Some(roles)) => read.set(UNMANAGED_ROLES, unmanaged::value(&roles)),
            // It was said already that nothing could be looked at.
            Ok(None) => return StateResponse { state: Some(state), private },
            Err(error) => {
                diagnostics.push(error);
                return StateResponse { state: Some(state), private };
            }
        }
        StateResponse { state: Some(read), private: kept.encode() }
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
