//! Settings of a role (`ALTER ROLE SET`).

use std::collections::BTreeMap;

/// Settings by name, as text.
pub type Settings = BTreeMap<String, String>;
