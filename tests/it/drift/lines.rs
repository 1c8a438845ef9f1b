//! A plan's change of a resource as lines of text, one an attribute, down to the entry of a map that differs.

use crate::support::terraform::Change;
use serde_json::Value;

/// `path: before -> after` for all that changes, or the action where it is no update. What is null and what is not
/// there reads the same.
pub(crate) fn lines(address: &str, change: &Change) -> Vec<String> {
    if change.is("create") {
        return vec![format!("{address}: created")];
    }
    if !change.is("update") {
        return vec![format!("{address}: {}", change.actions.join(" and "))];
    }
    let mut lines = Vec::new();
    compare(address, Some(&change.before), Some(&change.after), Some(&change.after_unknown), &mut lines);
    lines.sort();
    lines
}

fn compare(
    path: &str,
    before: Option<&Value>,
    after: Option<&Value>,
    unknown: Option<&Value>,
    lines: &mut Vec<String>,
) {
    match (before, after, unknown) {
        (Some(Value::Object(one)), Some(Value::Object(other)), unknown) => {
            let names = one.keys().chain(other.keys().filter(|name| !one.contains_key(*name)));
            for name in names {
                let unknown = unknown.and_then(|unknown| unknown.get(name));
                compare(&format!("{path}.{name}"), one.get(name), other.get(name), unknown, lines);
            }
        }
        (before, _, Some(Value::Bool(true))) => {
            lines.push(format!("{path}: {} -> (known after apply)", shown(before)));
        }
        (before, after, _) => {
            let (before, after) = (shown(before), shown(after));
            if before != after {
                lines.push(format!("{path}: {before} -> {after}"));
            }
        }
    }
}

fn shown(value: Option<&Value>) -> String {
    match value {
        None | Some(Value::Null) => "null".to_owned(),
        Some(value) => value.to_string(),
    }
}

/// A line read from right to left: what the refresh found, where the plan goes back.
pub(crate) fn turned(line: &str) -> String {
    let turned = line.split_once(": ").and_then(|(path, values)| {
        let (before, after) = values.split_once(" -> ")?;
        Some(format!("{path}: {after} -> {before}"))
    });
    turned.unwrap_or_else(|| line.to_owned())
}
