//! A plan as data: `terraform show -json` of a saved plan.

use super::outcome::Outcome;
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// What a plan does to one resource.
#[derive(Clone, Debug)]
pub(crate) struct Change {
    /// `create`, `update`, `delete`; two of them for a replacement.
    pub(crate) actions: Vec<String>,
    /// The state before, null for a create.
    pub(crate) before: Value,
    /// The state after, null for a delete; unknown attributes are left out.
    pub(crate) after: Value,
    /// The attributes that are known after the apply only, each `true`.
    pub(crate) after_unknown: Value,
    pub(crate) is_import: bool,
}

impl Change {
    fn from_json(resource: &Value) -> Change {
        let part = |name: &str| resource.pointer(&format!("/change/{name}")).cloned().unwrap_or_default();
        let actions = part("actions").as_array().map(Vec::as_slice).unwrap_or_default().to_vec();
        Change {
            actions: actions.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
            before: part("before"),
            after: part("after"),
            after_unknown: part("after_unknown"),
            is_import: !part("importing").is_null(),
        }
    }

    /// Whether anything happens: an import alone does.
    fn is_change(&self) -> bool {
        self.is_import
            || !matches!(self.actions.as_slice(), [action] if action == "no-op" || action == "read")
    }

    pub(crate) fn is(&self, action: &str) -> bool {
        matches!(self.actions.as_slice(), [only] if only == action)
    }

    /// The names of the attributes whose value changes or becomes unknown.
    pub(crate) fn attributes(&self) -> Vec<String> {
        let empty = serde_json::Map::new();
        let [before, after, unknown] =
            [&self.before, &self.after, &self.after_unknown].map(|value| value.as_object().unwrap_or(&empty));
        let mut names = before.keys().chain(after.keys()).chain(unknown.keys()).cloned().collect::<Vec<_>>();
        names.sort();
        names.dedup();
        names.retain(|name| before.get(name) != after.get(name));
        names
    }
}

/// A plan, saved and read.
pub(crate) struct Plan {
    pub(crate) outcome: Outcome,
    /// The saved plan, for `apply_plan`.
    pub(crate) file: PathBuf,
    /// All of `terraform show -json`.
    pub(crate) json: Value,
}

impl Plan {
    /// What happens, by resource address. Resources that stay as they are are left out.
    pub(crate) fn changes(&self) -> BTreeMap<String, Change> {
        self.resources("resource_changes", Change::is_change)
    }

    /// What the refresh found changed by others, by resource address.
    pub(crate) fn drift(&self) -> BTreeMap<String, Change> {
        self.resources("resource_drift", |_| true)
    }

    fn resources(&self, list: &str, wanted: impl Fn(&Change) -> bool) -> BTreeMap<String, Change> {
        let list = self.json.get(list).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        let changes = list.iter().filter_map(|resource| {
            let change = Change::from_json(resource);
            wanted(&change).then_some((resource.get("address")?.as_str()?.to_owned(), change))
        });
        changes.collect()
    }

    /// The change of this resource. Fails the test if there is none.
    #[track_caller]
    pub(crate) fn change(&self, address: &str) -> Change {
        match self.changes().remove(address) {
            Some(change) => change,
            None => panic!("no change of {address}: {}", self.described()),
        }
    }

    /// Fails the test unless the plan does nothing.
    #[track_caller]
    pub(crate) fn expect_empty(self) -> Plan {
        assert!(self.changes().is_empty(), "the plan should be empty: {}", self.described());
        // 2 means that there is something to do: a change of an output would show here.
        assert_eq!(self.outcome.code, Some(0), "{}", self.described());
        self
    }

    /// Fails the test unless the plan is this action for these resources and nothing else.
    #[track_caller]
    pub(crate) fn expect_only(self, action: &str, addresses: &[&str]) -> Plan {
        let changes = self.changes();
        let mut expected = addresses.to_vec();
        expected.sort_unstable();
        let found = changes.keys().map(String::as_str).collect::<Vec<_>>();
        assert!(
            found == expected && changes.values().all(|change| change.is(action)),
            "`{action}` of {expected:?} was expected: {}",
            self.described()
        );
        self
    }

    /// Terraform's words and the changes with their values.
    pub(crate) fn described(&self) -> String {
        let mut text = self.outcome.to_string();
        for (address, change) in self.changes() {
            text.push_str(&format!("\n{address}: {:?}", change.actions));
            for name in change.attributes() {
                let show = |value: &Value| value.get(&name).map_or("(unset)".to_owned(), Value::to_string);
                let after = match change.after_unknown.get(&name) {
                    Some(Value::Bool(true)) => "(known after apply)".to_owned(),
                    _ => show(&change.after),
                };
                text.push_str(&format!("\n    {name}: {} -> {after}", show(&change.before)));
            }
        }
        text
    }
}
