//! The planned state: a pure function of configuration and prior state. The catalog may only add diagnostics.

use std::fmt;

use crate::roles::{DatabaseName, Privilege, RoleName, ValidUntil, canonical_setting_name, settings_equal};
use crate::sdk::resource::PlanRequest;
use crate::sdk::{Attr, Diagnostics, Path, Value};

use super::grants::{self, RDS_IAM, Words, keep_equal, plan_memberships, plan_privileges};
use super::password::{self, Before};
use super::private::Private;
use super::{AuthMethod, Kind, RoleModel};

/// Plans a create or an update. What is written in other words than the prior state has, and means the same, stays as it was.
pub(super) fn plan(kind: Kind, request: &PlanRequest, private: &Private) -> Value {
    plan_in_words(Words::Prior, kind, request, private)
}

/// The same with all collections as they are written: see `Context::comes_to_nothing`.
pub(super) fn plan_as_written(kind: Kind, request: &PlanRequest, private: &Private) -> Value {
    plan_in_words(Words::Written, kind, request, private)
}

fn plan_in_words(words: Words, kind: Kind, request: &PlanRequest, private: &Private) -> Value {
    let PlanRequest { config, prior, proposed, .. } = request;
    let prior = prior.as_ref();
    let mut planned = proposed.clone();
    plan_memberships(config, prior, &mut planned);
    plan_privileges(words, config, prior, &mut planned);
    for (name, same) in [
        ("settings", same_settings as fn(&Value, &Value) -> bool),
        ("database_settings", same_database_settings),
    ] {
        let kept = words.choose(
            planned.get(name).unwrap_or(&Value::Null),
            prior.and_then(|prior| prior.get(name)),
            same,
        );
        planned.set(name, kept);
    }
    if kind == Kind::User {
        let kept = keep_equal(
            planned.get("valid_until").unwrap_or(&Value::Null),
            prior.and_then(|prior| prior.get("valid_until")),
            same_moment,
        );
        planned.set("valid_until", kept);
        planned.set(
            RDS_IAM,
            match config.get("auth_method") {
                Some(Value::String(method)) => Value::Bool(method == "iam"),
                Some(Value::Unknown(_)) => Value::unknown(),
                _ => Value::Bool(false),
            },
        );
    }
    // The new name of a role that somebody renamed is written now. That is recorded by an apply, which needs a change.
    let name = kind.name_attribute();
    if private.renamed_from.is_some() && prior.and_then(|prior| prior.get(name)) == planned.get(name) {
        planned.set("oid", Value::unknown());
    }
    planned
}

/// What a plan has to say about the password.
pub(super) fn check_password(
    prior: Option<&RoleModel>,
    config: &RoleModel,
    planned: &RoleModel,
    private: &Private,
    diagnostics: &mut Diagnostics,
) {
    let adopts = planned.adopt_existing.known() == Some(&true);
    let before = match prior {
        Some(prior) => Before::Ours(prior),
        None if adopts => Before::Foreign,
        None => Before::Nothing,
    };
    if let Err(error) = password::change(before, config, planned, private) {
        diagnostics.push(error);
    }
    if prior.is_some_and(|prior| password::only_recorded(prior, planned, private)) {
        let name = planned.name.known().map_or("", String::as_str);
        diagnostics.warning(
            Path::attribute("password_wo_version"),
            format!("The password of the imported user {name:?} is not sent"),
            "After an import the version is recorded and the password left as it is. To send it, apply this and then \
             change password_wo_version.",
        );
    }
}

/// What is written and has no effect. Said here and not by the validation, which Terraform calls several times a run:
/// one user would count as three.
pub(super) fn warn_of_no_effect(config: &RoleModel, diagnostics: &mut Diagnostics) {
    let limits_passwords_only = match AuthMethod::of(config) {
        Some(AuthMethod::Iam) => Some("iam"),
        Some(AuthMethod::External) => Some("external"),
        Some(AuthMethod::Password) | None => None,
    };
    let Some(method) = limits_passwords_only else { return };
    if !config.password.is_null() || !config.password_wo.is_null() {
        let attribute = if config.password.is_null() { "password_wo" } else { "password" };
        diagnostics.warning(
            Path::attribute(attribute),
            format!("The password of a user with auth_method = \"{method}\" is ignored"),
            "It is neither sent nor checked. Take it out of the configuration, or set auth_method = \"password\".",
        );
    }
    if config.valid_until.known().is_some_and(|until| !until.eq_ignore_ascii_case("infinity")) {
        diagnostics.warning(
            Path::attribute("valid_until"),
            format!("valid_until limits nothing with auth_method = \"{method}\""),
            "PostgreSQL looks at VALID UNTIL only where a password is checked: this user can log in after that moment \
             too. To end its access then, set enabled = false.",
        );
    }
}

/// Something that a role holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Grant {
    /// A membership in a group.
    Membership(RoleName),
    /// A privilege on a database.
    Privilege(DatabaseName, Privilege),
}

impl fmt::Display for Grant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Membership(group) => write!(f, "membership in {:?}", group.as_str()),
            Self::Privilege(database, privilege) => {
                write!(f, "{privilege} on database {:?}", database.as_str())
            }
        }
    }
}

/// What a state has and a plan has not: an authoritative apply revokes it.
pub(super) fn surplus(prior: &Value, planned: &Value) -> Vec<Grant> {
    let mut surplus = Vec::new();
    if let (Some(Value::Map(held)), Some(Value::Map(wanted))) =
        (prior.get(grants::MEMBERSHIPS), planned.get(grants::MEMBERSHIPS))
    {
        surplus.extend(
            held.keys()
                .filter(|group| !wanted.contains_key(*group))
                .map(|group| Grant::Membership(RoleName::from_catalog(group))),
        );
    }
    let full = |value: &Value| value.get(grants::DATABASE_PRIVILEGES).and_then(grants::full_privileges_of);
    if let (Some(held), Some(wanted)) = (full(prior), full(planned)) {
        for (database, privileges) in held {
            let kept = wanted.get(&database);
            for privilege in
                privileges.keys().filter(|privilege| kept.is_none_or(|kept| !kept.contains_key(privilege)))
            {
                surplus.push(Grant::Privilege(database.clone(), *privilege));
            }
        }
    }
    surplus
}

/// What the plan of an additive role shows as gone, and the apply leaves: it was never looked after. That is so when a
/// role becomes additive, while its state still has all that is there.
pub(super) fn left_alone(prior: &Value, planned: &Value, private: &Private) -> Vec<Grant> {
    let (groups, privileges) = private.former();
    let mut surplus = surplus(prior, planned);
    surplus.retain(|grant| match grant {
        Grant::Membership(group) => !groups.contains(group) && !group.is_rds_iam(),
        Grant::Privilege(database, privilege) => {
            privileges.get(database).is_none_or(|former| !former.contains(privilege))
        }
    });
    surplus
}

fn same_moment(one: &Value, other: &Value) -> bool {
    let parse = |value: &Value| match value {
        Value::String(text) => ValidUntil::parse(text).ok(),
        _ => None,
    };
    parse(one).zip(parse(other)).is_some_and(|(one, other)| one.is_same(&other))
}

fn same_settings(one: &Value, other: &Value) -> bool {
    let (Value::Map(one), Value::Map(other)) = (one, other) else { return false };
    one.len() == other.len()
        && one.iter().all(|(name, value)| {
            other.iter().any(|(other_name, other_value)| {
                canonical_setting_name(name) == canonical_setting_name(other_name)
                    && matches!((value, other_value), (Value::String(value), Value::String(other_value))
                        if settings_equal(name, value, other_value))
            })
        })
}

fn same_database_settings(one: &Value, other: &Value) -> bool {
    let filled = |value: &Value| match value {
        Value::Map(entries) => Some(
            entries
                .iter()
                .filter(|(_, settings)| !matches!(settings, Value::Map(settings) if settings.is_empty()))
                .map(|(database, settings)| (database.clone(), settings.clone()))
                .collect::<Vec<_>>(),
        ),
        _ => None,
    };
    let (Some(one), Some(other)) = (filled(one), filled(other)) else { return false };
    one.len() == other.len()
        && one.iter().zip(&other).all(|((name, settings), (other_name, others))| {
            name == other_name && same_settings(settings, others)
        })
}

/// Whether a plan goes from additive to authoritative, where grants come into view that were not looked at.
pub(super) fn becomes_authoritative(before: &str, after: &str) -> bool {
    before == "additive" && after == "authoritative"
}

/// Whether a user is one that logs in by password.
pub(super) fn by_password(model: &RoleModel) -> bool {
    AuthMethod::of(model) == Some(AuthMethod::Password) && !matches!(model.auth_method, Attr::Unknown)
}
