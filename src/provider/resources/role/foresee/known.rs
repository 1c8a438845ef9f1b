//! A planned state of which not all is known yet.

use std::collections::BTreeMap;

use crate::provider::resources::role::grants::{DATABASE_PRIVILEGES, GROUPS, MEMBERSHIPS};
use crate::sdk::Value;

const MAPS: [&str; 4] = [MEMBERSHIPS, DATABASE_PRIVILEGES, "settings", "database_settings"];

/// A planned state with what is there in the place of what is unknown, so that only what is known counts.
pub(super) fn known(planned: &Value, there: impl FnOnce() -> Value) -> Value {
    let Value::Object(attributes) = planned else { return planned.clone() };
    let unknown = |name: &str, value: &Value| !value.is_wholly_known() && !LEFT_UNKNOWN.contains(&name);
    if !attributes.iter().any(|(name, value)| unknown(name, value)) {
        return planned.clone();
    }
    let there = there();
    let mut known = planned.clone();
    for (name, value) in attributes.iter().filter(|(name, value)| unknown(name, value)) {
        let is = there.get(name).filter(|is| !is.is_null()).cloned();
        let empty = if MAPS.contains(&name.as_str()) { Value::Map(BTreeMap::new()) } else { Value::Null };
        let mut value = fill(value, is.unwrap_or(empty));
        if name == MEMBERSHIPS
            && let Value::Map(memberships) = &mut value
        {
            for group in known_groups(attributes) {
                memberships.entry(group).or_insert_with(|| Value::Object(BTreeMap::new()));
            }
        }
        known.set(name, value);
    }
    known
}

/// That a password is given is known, and nothing asks for the OID here.
const LEFT_UNKNOWN: [&str; 4] = ["password", "password_wo", "password_wo_version", "oid"];

/// Of a set with unknown names the known ones count, and so does a group with unknown options.
fn known_groups(planned: &BTreeMap<String, Value>) -> Vec<String> {
    let mut groups = Vec::new();
    if let Some(Value::Map(memberships)) = planned.get(MEMBERSHIPS) {
        groups.extend(memberships.keys().cloned());
    }
    if let Some(Value::Set(names)) = planned.get(GROUPS) {
        groups.extend(names.iter().filter_map(|name| match name {
            Value::String(name) => Some(name.clone()),
            _ => None,
        }));
    }
    groups
}

/// A value with what is there in the place of its unknown parts.
fn fill(planned: &Value, there: Value) -> Value {
    match (planned, there) {
        (Value::Map(entries), there) => {
            let filled = entries.iter().filter_map(|(key, value)| {
                let is = match &there {
                    Value::Map(entries) => entries.get(key).cloned(),
                    _ => None,
                };
                let value = if value.is_wholly_known() { Some(value.clone()) } else { is };
                Some((key.clone(), value?))
            });
            Value::Map(filled.collect())
        }
        (_, there) => there,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map(entries: &[(&str, Value)]) -> Value {
        Value::Map(entries.iter().map(|(key, value)| ((*key).to_owned(), value.clone())).collect())
    }

    #[test]
    fn what_is_unknown_stays_as_it_is() {
        let planned = Value::Object(BTreeMap::from([
            ("name".to_owned(), Value::string("g")),
            ("password".to_owned(), Value::unknown()),
            ("inherit".to_owned(), Value::unknown()),
            ("groups".to_owned(), Value::Set(vec![Value::string("dba"), Value::unknown()])),
            ("memberships".to_owned(), Value::unknown()),
            (
                "settings".to_owned(),
                map(&[
                    ("jit", Value::string("off")),
                    ("role", Value::unknown()),
                    ("work_mem", Value::unknown()),
                ]),
            ),
        ]));
        let there = Value::Object(BTreeMap::from([
            ("inherit".to_owned(), Value::Bool(false)),
            ("memberships".to_owned(), map(&[("old", Value::Null)])),
            ("settings".to_owned(), map(&[("role", Value::string("x")), ("jit", Value::string("on"))])),
        ]));
        let known = known(&planned, || there);
        assert_eq!(known.get("name"), Some(&Value::string("g")));
        assert!(known.get("password").is_some_and(Value::is_unknown));
        assert_eq!(known.get("inherit"), Some(&Value::Bool(false)));
        let Some(Value::Map(memberships)) = known.get("memberships") else { panic!("{known:?}") };
        assert_eq!(memberships.keys().collect::<Vec<_>>(), ["dba", "old"]);
        assert_eq!(
            known.get("settings"),
            Some(&map(&[("jit", Value::string("off")), ("role", Value::string("x"))]))
        );
    }

    #[test]
    fn what_is_known_is_not_looked_up() {
        let planned = Value::Object(BTreeMap::from([("name".to_owned(), Value::string("g"))]));
        assert_eq!(known(&planned, || panic!("looked up")), planned);
    }
}
