//! From a role as it is to its state. What the state says in other words, and means, stays in those words.

use std::collections::BTreeMap;

use crate::roles::{
    DatabaseName, MemberRule, MembershipOptions, PrivilegeSet, Role, RoleName, Server, Settings, ValidUntil,
    canonical_setting_name, foreign_members, settings_equal,
};
use crate::sdk::{Attr, Number, Value};

use super::grants::{RDS_IAM, known_texts, state_memberships, state_privileges, text_set};
use super::private::Private;
use super::{AuthMethod, Kind, RoleModel};

/// What is there of the role, as its state.
pub(super) struct Look<'a> {
    pub kind: Kind,
    pub role: &'a Role,
    pub server: &'a Server,
    /// Whether only what was wanted is shown.
    pub additive: bool,
    pub private: &'a Private,
}

impl Look<'_> {
    /// The state that follows `before`.
    pub(super) fn state(&self, before: &Value, model: &RoleModel) -> Value {
        let role = self.role;
        let mut state = before.clone();
        state.set(self.kind.name_attribute(), Value::string(role.name.as_str()));
        state.set("oid", Value::Number(Number::from(i64::from(role.oid.0))));
        state_memberships(&self.memberships(), &mut state);
        state_privileges(&self.privileges(), &mut state);
        for (name, held) in [
            ("inherit", role.attributes.inherit),
            ("create_database", role.attributes.create_database),
            ("create_role", role.attributes.create_role),
            ("superuser", role.attributes.superuser),
            ("replication", role.attributes.replication),
            ("bypass_row_level_security", role.attributes.bypass_row_level_security),
        ] {
            state.set(name, Value::Bool(held));
        }
        let comment = role.comment.as_deref().unwrap_or_default();
        if model.description.known().map_or("", String::as_str) != comment {
            state.set("description", if comment.is_empty() { Value::Null } else { Value::string(comment) });
        }
        state.set("settings", settings_value(before.get("settings"), &role.settings));
        state.set(
            "database_settings",
            database_settings_value(before.get("database_settings"), &role.database_settings),
        );
        match self.kind {
            Kind::User => self.user(model, &mut state),
            Kind::Group => self.group(model, &mut state),
        }
        state
    }

    fn user(&self, model: &RoleModel, state: &mut Value) {
        let role = self.role;
        let in_rds_iam = role.is_direct_member(&RoleName::rds_iam());
        state.set(
            "connection_limit",
            Value::Number(Number::from(i64::from(role.attributes.connection_limit))),
        );
        state.set(RDS_IAM, Value::Bool(in_rds_iam));
        let written =
            model.valid_until.known().map_or(Some(ValidUntil::Never), |text| ValidUntil::parse(text).ok());
        if !written.is_some_and(|written| written.is_same(&role.attributes.valid_until)) {
            state.set(
                "valid_until",
                match &role.attributes.valid_until {
                    ValidUntil::Never => Value::Null,
                    until => Value::string(until.to_string()),
                },
            );
        }
        if self.private.imported {
            state.set("auth_method", Value::string(if in_rds_iam { "iam" } else { "password" }));
            state.set("enabled", Value::Bool(true));
            state.set("can_login", Value::Bool(role.attributes.login));
        } else {
            let mut enabled = model.enabled.known().copied().unwrap_or(true);
            let mut can_login = model.can_login.known().copied().unwrap_or(true);
            if (enabled && can_login) != role.attributes.login {
                // Drift of the login shows on `enabled` first, and on `can_login` only where that says no.
                enabled = role.attributes.login;
                can_login |= role.attributes.login;
            }
            state.set("enabled", Value::Bool(enabled));
            state.set("can_login", Value::Bool(can_login));
        }
        let made_anew = self.private.oid().is_some_and(|oid| oid != role.oid);
        let by_password = AuthMethod::of(model) == Some(AuthMethod::Password);
        state.set("password_in_sync", Value::Bool(!(made_anew && by_password)));
    }

    fn group(&self, model: &RoleModel, state: &mut Value) {
        state.set("can_login", Value::Bool(self.role.attributes.login));
        let rule = match &model.allowed_members {
            Attr::Known(_) => {
                MemberRule::Only(state.get("allowed_members").and_then(known_texts).unwrap_or_default())
            }
            Attr::Null | Attr::Unknown => MemberRule::Any,
        };
        state.set("foreign_members", text_set(foreign_members(self.role, &rule, self.server)));
    }

    /// Memberships as they are shown.
    fn memberships(&self) -> BTreeMap<RoleName, MembershipOptions> {
        let wanted = self.private.wanted_memberships();
        let mut held = self.role.effective_memberships(&wanted, self.server);
        if self.kind == Kind::Group {
            // Nobody looks after a group's rds_iam.
            held.remove(&RoleName::rds_iam());
        }
        if self.additive {
            held.retain(|group, _| wanted.contains_key(group));
        }
        held
    }

    fn privileges(&self) -> BTreeMap<DatabaseName, PrivilegeSet> {
        let wanted = self.private.wanted_privileges();
        let mut held = self.role.effective_privileges(&wanted);
        if self.additive {
            held.retain(|database, privileges| {
                let named = wanted.get(database);
                privileges.retain(|privilege, _| named.is_some_and(|named| named.contains_key(privilege)));
                !privileges.is_empty()
            });
        }
        held
    }
}

/// Settings as they are, each in the words of the state where those mean the same.
fn settings_value(before: Option<&Value>, held: &Settings) -> Value {
    let written: Vec<(&String, &str)> = match before {
        Some(Value::Map(entries)) => entries
            .iter()
            .filter_map(|(name, value)| match value {
                Value::String(text) => Some((name, text.as_str())),
                _ => None,
            })
            .collect(),
        _ => Vec::new(),
    };
    let entries = held.iter().map(|(name, value)| {
        match written
            .iter()
            .find(|(written, _)| canonical_setting_name(written) == canonical_setting_name(name))
        {
            Some((as_written, text)) if settings_equal(name, text, value) => {
                ((*as_written).clone(), Value::string(*text))
            }
            Some((as_written, _)) => ((*as_written).clone(), Value::string(value.as_str())),
            None => (name.clone(), Value::string(value.as_str())),
        }
    });
    Value::Map(entries.collect())
}

fn database_settings_value(before: Option<&Value>, held: &BTreeMap<DatabaseName, Settings>) -> Value {
    let written = match before {
        Some(Value::Map(entries)) => entries.clone(),
        _ => BTreeMap::new(),
    };
    let mut entries: BTreeMap<String, Value> = held
        .iter()
        .filter(|(_, settings)| !settings.is_empty())
        .map(|(database, settings)| {
            (database.to_string(), settings_value(written.get(database.as_str()), settings))
        })
        .collect();
    // A database that is written with no setting asks for nothing, and stays as written.
    for (database, value) in written {
        if matches!(&value, Value::Map(settings) if settings.is_empty()) {
            entries.entry(database).or_insert(value);
        }
    }
    Value::Map(entries)
}
