//! ALTER ROLE SET and ALTER ROLE IN DATABASE SET, always authoritative.

use std::collections::{BTreeMap, BTreeSet};

use super::Sides;
use crate::roles::{Change, DatabaseName, RoleName, Settings, canonical_setting_name, settings_equal};

pub(super) fn changes(sides: &Sides<'_>) -> Vec<Change> {
    let (actual, desired) = (sides.actual, sides.desired);
    let none = Settings::new();
    let mut changes = Vec::new();
    one_place(&desired.name, None, &actual.settings, &desired.settings, &mut changes);
    let databases: BTreeSet<_> =
        actual.database_settings.keys().chain(desired.database_settings.keys()).collect();
    for database in databases {
        let held = actual.database_settings.get(database).unwrap_or(&none);
        let wanted = desired.database_settings.get(database).unwrap_or(&none);
        one_place(&desired.name, Some(database), held, wanted, &mut changes);
    }
    changes
}

fn one_place(
    role: &RoleName,
    database: Option<&DatabaseName>,
    held: &Settings,
    wanted: &Settings,
    changes: &mut Vec<Change>,
) {
    let held = by_canonical_name(held);
    let wanted = by_canonical_name(wanted);
    for (canonical, (name, _)) in &held {
        if !wanted.contains_key(canonical) {
            changes.push(Change::ResetSetting {
                role: role.clone(),
                database: database.cloned(),
                name: (*name).to_owned(),
            });
        }
    }
    for (canonical, (name, value)) in &wanted {
        let is_so = held.get(canonical).is_some_and(|(_, held)| settings_equal(canonical, held, value));
        if !is_so {
            changes.push(Change::SetSetting {
                role: role.clone(),
                database: database.cloned(),
                name: (*name).to_owned(),
                value: (*value).to_owned(),
            });
        }
    }
}

/// Settings by their canonical name, each with the name as it is written and its value.
fn by_canonical_name(settings: &Settings) -> BTreeMap<String, (&str, &str)> {
    settings
        .iter()
        .map(|(name, value)| (canonical_setting_name(name), (name.as_str(), value.as_str())))
        .collect()
}
