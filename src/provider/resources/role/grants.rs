//! "One rule for what is written and what is there": memberships and privileges in their short and full forms, as
//! values of a plan and of a state.

use std::collections::{BTreeMap, BTreeSet};

use crate::roles::{
    DatabaseName, MembershipOptions, PrivilegeSet, RoleName, expand_privileges, parse_privileges,
    privilege_texts, project_privileges,
};
use crate::sdk::Value;

/// The six attributes that this file is about, and `inherit`, of a configuration or a state.
pub(super) const GROUPS: &str = "groups";
pub(super) const MEMBERSHIPS: &str = "memberships";
pub(super) const PRIVILEGES: &str = "privileges";
pub(super) const DATABASES: &str = "databases";
pub(super) const DATABASE_PRIVILEGES: &str = "database_privileges";
pub(super) const RDS_IAM: &str = "rds_iam";

fn get<'a>(value: &'a Value, name: &str) -> &'a Value {
    value.get(name).unwrap_or(&Value::Null)
}

/// The texts of a set, or `None` where it or one of them is unknown. Null is the empty set.
pub(in crate::provider) fn known_texts(value: &Value) -> Option<BTreeSet<String>> {
    match value {
        Value::Null => Some(BTreeSet::new()),
        Value::Set(elements) | Value::List(elements) => elements
            .iter()
            .map(|element| match element {
                Value::String(text) => Some(text.clone()),
                _ => None,
            })
            .collect(),
        _ => None,
    }
}

/// A set of texts.
pub(super) fn text_set<T: ToString>(texts: impl IntoIterator<Item = T>) -> Value {
    Value::Set(texts.into_iter().map(|text| Value::String(text.to_string())).collect())
}

fn map_entries(value: &Value) -> Option<&BTreeMap<String, Value>> {
    match value {
        Value::Map(entries) | Value::Object(entries) => Some(entries),
        _ => None,
    }
}

/// The privileges in the canonical words.
fn privileges_value(privileges: &PrivilegeSet) -> Value {
    text_set(privilege_texts(privileges))
}

/// The privileges of a set of texts, where all is known and understood.
pub(super) fn privileges_of(value: &Value) -> Option<PrivilegeSet> {
    parse_privileges(known_texts(value)?.iter().map(String::as_str)).ok()
}

/// The full form, where all is known and understood. Databases without a privilege are left out: nothing is
/// asked of them.
pub(super) fn full_privileges_of(value: &Value) -> Option<BTreeMap<DatabaseName, PrivilegeSet>> {
    let mut full = BTreeMap::new();
    for (database, texts) in map_entries(value)? {
        let privileges = privileges_of(texts)?;
        if !privileges.is_empty() {
            full.insert(DatabaseName::from_catalog(database), privileges);
        }
    }
    Some(full)
}

/// One membership as a value.
pub(super) fn membership_value(options: MembershipOptions) -> Value {
    Value::Object(
        [("admin", options.admin), ("inherit", options.inherit), ("set", options.set)]
            .map(|(name, value)| (name.to_owned(), Value::Bool(value)))
            .into(),
    )
}

/// Memberships as they are, as a value.
pub(super) fn memberships_value(memberships: &BTreeMap<RoleName, MembershipOptions>) -> Value {
    Value::Map(
        memberships.iter().map(|(group, options)| (group.to_string(), membership_value(*options))).collect(),
    )
}

/// Privileges as they are, as a value.
pub(super) fn database_privileges_value(full: &BTreeMap<DatabaseName, PrivilegeSet>) -> Value {
    Value::Map(full.iter().map(|(database, held)| (database.to_string(), privileges_value(held))).collect())
}

/// Plans `groups` and `memberships`: what is written as it is written, what is not written from what is.
/// `inherit` is the planned `inherit` of the role.
pub(super) fn plan_memberships(config: &Value, prior: Option<&Value>, planned: &mut Value) {
    let inherit = get(planned, "inherit").clone();
    let written = get(config, MEMBERSHIPS);
    let full = match written {
        Value::Null => match (get(config, GROUPS), known_texts(get(config, GROUPS))) {
            (_, Some(groups)) => Value::Map(
                groups
                    .into_iter()
                    .map(|group| {
                        let mut options =
                            membership_value(MembershipOptions { admin: false, inherit: true, set: true });
                        options.set("inherit", inherit.clone());
                        (group, options)
                    })
                    .collect(),
            ),
            // A map's key cannot be unknown, so one unknown name makes all of it unknown.
            (_, None) => Value::unknown(),
        },
        Value::Map(entries) => Value::Map(
            entries.iter().map(|(group, options)| (group.clone(), complete(options, &inherit))).collect(),
        ),
        other => other.clone(),
    };
    let projection = match &full {
        Value::Map(entries) => text_set(entries.keys().filter(|group| *group != RDS_IAM)),
        _ => Value::unknown(),
    };
    planned.set(GROUPS, short(get(config, GROUPS), prior.map(|prior| get(prior, GROUPS)), projection));
    planned.set(MEMBERSHIPS, full);
}

/// A short form beside its full one: what is written, or else the projection. Where ignore_changes makes the two
/// contradict each other, the full form rules, and what was there before is true.
fn short(written: &Value, prior: Option<&Value>, projection: Value) -> Value {
    match prior {
        _ if written.is_null() => projection,
        Some(prior) if *written != projection && *prior == projection => projection,
        _ => written.clone(),
    }
}

/// The options that are not written, filled in.
fn complete(options: &Value, inherit: &Value) -> Value {
    let mut options = options.clone();
    for (name, default) in
        [("admin", Value::Bool(false)), ("inherit", inherit.clone()), ("set", Value::Bool(true))]
    {
        if options.get(name).is_none_or(Value::is_null) {
            options.set(name, default);
        }
    }
    options
}

/// In which of the words that mean the same a plan has what is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Words {
    /// Those of the prior state.
    Prior,
    /// Those of the configuration.
    Written,
}

impl Words {
    /// What is written, or the prior value where that means the same and is to stay.
    pub(super) fn choose(
        self,
        written: &Value,
        prior: Option<&Value>,
        same: impl Fn(&Value, &Value) -> bool,
    ) -> Value {
        keep_equal(written, prior.filter(|_| self == Self::Prior), same)
    }
}

/// Plans `privileges`, `databases` and `database_privileges`.
pub(super) fn plan_privileges(words: Words, config: &Value, prior: Option<&Value>, planned: &mut Value) {
    let written = get(config, DATABASE_PRIVILEGES);
    let (privileges, databases) = (get(config, PRIVILEGES), get(config, DATABASES));
    let full = if written.is_null() {
        match (privileges_of(privileges), known_texts(databases)) {
            (Some(privileges), Some(databases)) => {
                let databases = databases.into_iter().map(DatabaseName::from_catalog).collect();
                database_privileges_value(&expand_privileges(&privileges, &databases))
            }
            _ => Value::unknown(),
        }
    } else {
        let prior = prior.map(|prior| get(prior, DATABASE_PRIVILEGES));
        words.choose(written, prior, same(full_privileges_of))
    };
    let known = full_privileges_of(&full);
    let projection =
        known.as_ref().map_or_else(Value::unknown, |full| privileges_value(&project_privileges(full)));
    let prior_privileges = prior.map(|prior| get(prior, PRIVILEGES));
    let projection = keep_equal(&projection, prior_privileges, same(privileges_of));
    let kept = words.choose(privileges, prior_privileges, same(privileges_of));
    planned.set(
        PRIVILEGES,
        if written.is_null() && !kept.is_null() { kept } else { short(&kept, prior_privileges, projection) },
    );
    // From the meaning: a database that is written with no privilege is not among them.
    let projection = known.map_or_else(Value::unknown, |full| text_set(full.keys()));
    planned.set(DATABASES, short(databases, prior.map(|prior| get(prior, DATABASES)), projection));
    planned.set(DATABASE_PRIVILEGES, full);
}

/// The prior value where it means the same as what is written, else what is written: core allows nothing else.
pub(super) fn keep_equal(
    written: &Value,
    prior: Option<&Value>,
    same: impl Fn(&Value, &Value) -> bool,
) -> Value {
    match prior {
        Some(prior) if !written.is_null() && !prior.is_null() && same(written, prior) => prior.clone(),
        _ => written.clone(),
    }
}

/// Whether two values are understood, and mean the same.
fn same<M: PartialEq>(meaning: impl Fn(&Value) -> Option<M>) -> impl Fn(&Value, &Value) -> bool {
    move |one, other| meaning(one).is_some_and(|meant| meaning(other) == Some(meant))
}

/// Sets the two forms of memberships of a state to what is there.
pub(super) fn state_memberships(held: &BTreeMap<RoleName, MembershipOptions>, state: &mut Value) {
    state.set(GROUPS, text_set(held.keys().filter(|group| group.as_str() != RDS_IAM)));
    state.set(MEMBERSHIPS, memberships_value(held));
}

/// Sets the forms of privileges of a state to what is there; what is written and means it stays as written.
pub(super) fn state_privileges(held: &BTreeMap<DatabaseName, PrivilegeSet>, state: &mut Value) {
    let written = full_privileges_of(get(state, DATABASE_PRIVILEGES));
    if written.as_ref() != Some(held) {
        // Database by database, so that a change on one does not show another's spelling.
        let prior = map_entries(get(state, DATABASE_PRIVILEGES)).cloned().unwrap_or_default();
        let full = held
            .iter()
            .map(|(database, privileges)| {
                let as_written = prior
                    .get(database.as_str())
                    .filter(|texts| privileges_of(texts).as_ref() == Some(privileges));
                (database.to_string(), as_written.cloned().unwrap_or_else(|| privileges_value(privileges)))
            })
            .collect();
        state.set(DATABASE_PRIVILEGES, Value::Map(full));
    }
    let short = privileges_of(get(state, PRIVILEGES))
        .zip(known_texts(get(state, DATABASES)))
        .filter(|_| !get(state, PRIVILEGES).is_null() && !get(state, DATABASES).is_null());
    let still_true = short.is_some_and(|(privileges, databases)| {
        let databases: BTreeSet<_> = databases.into_iter().map(DatabaseName::from_catalog).collect();
        expand_privileges(&privileges, &databases) == *held
            // Both forms written: the short one is the projection, and need not expand to the full one.
            || (privileges == project_privileges(held) && databases.iter().eq(held.keys()))
    });
    if !still_true {
        state.set(PRIVILEGES, privileges_value(&project_privileges(held)));
        state.set(DATABASES, text_set(held.keys()));
    }
}
