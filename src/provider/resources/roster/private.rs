//! What is kept beside the state of a roster, unseen: the private state of each role, by name.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::roles::{Oid, RoleName};
use crate::sdk::PrivateState;

const VERSION: u32 = 1;

/// Private state of a roster. What belongs to a role is the single resource's own.
#[derive(Debug, Default, Clone, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Private {
    version: u32,
    /// Of a plan: the cluster that it saw.
    planned_for: Option<i64>,
    /// The OIDs of the roles that the roster does not name, by name, as a read has seen them: see
    /// [`unmanaged`](super::unmanaged).
    strangers: BTreeMap<String, u32>,
    /// The roles that came by an import, until there is an apply: what it does not write of them it lets go.
    imported: BTreeSet<String>,
    /// As it is carried: who wants to know reads it.
    roles: BTreeMap<String, Box<RawValue>>,
}

impl Private {
    /// What Terraform carried; nothing where it carried nothing that can be read.
    pub(super) fn decode(state: &PrivateState) -> Self {
        serde_json::from_slice(&state.0).unwrap_or_default()
    }

    /// As bytes to carry.
    pub(super) fn encode(mut self) -> PrivateState {
        self.version = VERSION;
        PrivateState(serde_json::to_vec(&self).unwrap_or_default())
    }

    /// The same as that of a plan which saw that cluster.
    pub(super) fn planned_for(self, cluster: Option<i64>) -> Self {
        Self { planned_for: cluster, ..self }
    }

    /// The cluster that the plan saw, where this is of a plan.
    pub(super) fn cluster_planned_for(&self) -> Option<i64> {
        self.planned_for
    }

    /// The same after a read that saw those roles beside the roster's.
    pub(super) fn beside(self, strangers: BTreeMap<String, u32>) -> Self {
        Self { strangers, ..self }
    }

    /// Keeps what belongs to a role that came by an import.
    pub(super) fn import(&mut self, name: &str, state: PrivateState) {
        self.imported.insert(name.to_owned());
        self.keep(name, state);
    }

    /// Whether a role came by an import, and there was no apply since.
    pub(super) fn is_imported(&self, name: &str) -> bool {
        self.imported.contains(name)
    }

    /// The same for a state that the other's has become without an apply of all; those for which `is_applied` are.
    pub(super) fn imported_as(self, other: &Private, is_applied: impl Fn(&str) -> bool) -> Self {
        let imported = other.imported.iter().filter(|name| !is_applied(name)).cloned().collect();
        Self { imported, ..self }
    }

    /// Whether a read saw a role that the roster does not name under that name.
    pub(super) fn is_stranger(&self, name: &RoleName, oid: Oid) -> bool {
        self.strangers.get(name.as_str()) == Some(&oid.0)
    }

    /// The roles that a read saw beside the roster's.
    pub(super) fn strangers(&self) -> impl Iterator<Item = (RoleName, Oid)> {
        self.strangers.iter().map(|(name, oid)| (RoleName::from_catalog(name), Oid(*oid)))
    }

    /// What belongs to a role.
    pub(super) fn role(&self, name: &str) -> PrivateState {
        PrivateState(self.roles.get(name).map(|json| json.get().into()).unwrap_or_default())
    }

    /// Keeps what belongs to a role.
    pub(super) fn keep(&mut self, name: &str, state: PrivateState) {
        if let Ok(json) = serde_json::from_slice(&state.0) {
            self.roles.insert(name.to_owned(), json);
        }
    }

    /// Keeps what another one has of a role.
    pub(super) fn keep_of(&mut self, name: &str, other: &Private) {
        if let Some(json) = other.roles.get(name) {
            self.roles.insert(name.to_owned(), json.clone());
        }
    }
}
