//! `pgum_roster`, as its users see it.

mod announced;
mod drift;
mod failures;
mod function;
mod going;
mod imports;
mod lifecycle;
mod passwords;
mod removals;
mod room;
mod safety;
mod unmanaged;
mod words;

use crate::support::postgres::Cluster;
use crate::support::terraform::Workspace;
use serde_json::Value;

const ROSTER: &str = "pgum_roster.all";

/// A roster with these lines.
fn roster(lines: &str) -> String {
    format!("resource \"pgum_roster\" \"all\" {{\n{lines}\n}}\n")
}

/// Entries of a map: names and what is written in `jsonencode({ ... })`.
fn map(attribute: &str, entries: &[(&str, &str)]) -> String {
    let entries = entries.iter().map(|(name, text)| format!("    {name:?} = jsonencode({{ {text} }})\n"));
    format!("  {attribute} = {{\n{}  }}\n", entries.collect::<String>())
}

fn users(entries: &[(&str, &str)]) -> String {
    map("users", entries)
}

fn groups(entries: &[(&str, &str)]) -> String {
    map("groups", entries)
}

/// The document of an entry in the state or a plan.
fn document(attributes: &Value, map: &str, name: &str) -> Value {
    match attributes[map][name].as_str() {
        Some(text) => serde_json::from_str(text).unwrap(),
        None => Value::Null,
    }
}

/// A workspace with this roster.
fn workspace(cluster: &Cluster, lines: &str) -> Workspace {
    let workspace = Workspace::new(cluster);
    workspace.main(&roster(lines));
    workspace
}

/// The roles that are neither the server's nor the test's own.
fn roles(cluster: &Cluster) -> Vec<String> {
    cluster.column(
        "SELECT rolname FROM pg_roles WHERE rolname !~ '^(pg_|rds)' AND rolname <> 'postgres' AND oid > 16383 \
         AND NOT rolsuper ORDER BY 1",
    )
}
