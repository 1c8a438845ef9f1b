//! What one attribute alone cannot say: contradictions. They are found here and never in the plan, because
//! ignore_changes rewrites the configuration in between.

use crate::roles::{expand_privileges, project_privileges};
use crate::sdk::{Attr, Diagnostics, Path, Value, model};

use super::grants::{
    DATABASE_PRIVILEGES, DATABASES, GROUPS, MEMBERSHIPS, PRIVILEGES, RDS_IAM, full_privileges_of,
    known_texts, privileges_of,
};
use super::{AuthMethod, Kind, RoleModel};

/// Checks a configuration, parts of which may be unknown.
pub(super) fn validate(kind: Kind, config: &Value, diagnostics: &mut Diagnostics) {
    let model: RoleModel = match model::from_value(config) {
        Ok(model) => model,
        Err(error) => {
            // A check of the attribute may have said it in better words.
            if !diagnostics.has_error_at(&error.path) {
                diagnostics.error(error.path, "This value cannot be read", error.message);
            }
            return;
        }
    };
    if kind == Kind::User {
        login(&model, diagnostics);
    }
    memberships(kind, &model, config, diagnostics);
    privileges(config, diagnostics);
    on_destroy(&model, diagnostics);
}

fn login(model: &RoleModel, diagnostics: &mut Diagnostics) {
    if model.password.known().is_some() && model.password_wo.known().is_some() {
        diagnostics.error(
            Path::attribute("password_wo"),
            "Two passwords are written",
            "Write either password, which is kept in the state, or password_wo, which is not.",
        );
    }
    if !model.password_wo_version.is_null() && model.password_wo.is_null() {
        diagnostics.error(
            Path::attribute("password_wo_version"),
            "password_wo_version without password_wo",
            "The version says when to send password_wo again, and there is none. Write password_wo too, or take the \
             version out.",
        );
    }
}

fn memberships(kind: Kind, model: &RoleModel, config: &Value, diagnostics: &mut Diagnostics) {
    if let Attr::Known(memberships) = &model.memberships
        && let Some(options) = memberships.get(RDS_IAM)
    {
        let path = Path::attribute(MEMBERSHIPS).with_key(RDS_IAM);
        let admin = options.known().map(|options| &options.admin);
        let may_be_admin = options.is_unknown() || matches!(admin, Some(Attr::Known(true) | Attr::Unknown));
        let method = AuthMethod::of(model);
        if kind == Kind::Group {
            diagnostics.error(
                path,
                "rds_iam cannot be a group's group",
                "Every member of this group would lose its login by password. Set auth_method = \"iam\" on each user that \
                 is to log in with IAM.",
            );
        } else if !may_be_admin || method.is_some_and(|method| method != AuthMethod::Iam) {
            diagnostics.error(
                path,
                "rds_iam is not written as a membership",
                "Membership in rds_iam is what auth_method = \"iam\" means. Only a user with auth_method = \"iam\" that must \
                 be able to grant rds_iam to others names it here: memberships = { rds_iam = { admin = true } }.",
            );
        }
    }
    if let Some(name) = model.name.known() {
        let in_full = match &model.memberships {
            Attr::Known(memberships) => memberships.contains_key(name),
            Attr::Null | Attr::Unknown => false,
        };
        let in_short =
            matches!(&model.groups, Attr::Known(groups) if groups.contains(&Attr::Known(name.clone())));
        if in_full || in_short {
            diagnostics.error(
                if in_full { Path::attribute(MEMBERSHIPS).with_key(name) } else { Path::attribute(GROUPS) },
                format!("{name:?} cannot be a member of itself"),
                "PostgreSQL has no such membership. Leave it out.",
            );
        }
    }
    let (Some(groups), Attr::Known(memberships)) = (written_texts(config, GROUPS), &model.memberships) else {
        return;
    };
    let projection = memberships.keys().filter(|group| *group != RDS_IAM);
    if !groups.iter().eq(projection.clone()) {
        let named: Vec<&str> = projection.map(String::as_str).collect();
        diagnostics.error(
            Path::attribute(GROUPS),
            "groups and memberships contradict each other",
            format!(
                "memberships names {}, groups names {}. Where both are written they must name the same groups; leave \
                 one of them out.",
                list(named.into_iter()),
                list(groups.iter().map(String::as_str)),
            ),
        );
    }
}

fn written_texts(config: &Value, name: &str) -> Option<std::collections::BTreeSet<String>> {
    known_texts(config.get(name).filter(|value| !value.is_null())?)
}

fn privileges(config: &Value, diagnostics: &mut Diagnostics) {
    let written = |name: &str| config.get(name).filter(|value| !value.is_null());
    let short_privileges = written(PRIVILEGES).and_then(privileges_of);
    let short_databases = written(DATABASES).and_then(known_texts);
    if written(DATABASE_PRIVILEGES).is_none() {
        let no_database = written(DATABASES).is_none()
            || short_databases.as_ref().is_some_and(std::collections::BTreeSet::is_empty);
        if no_database && short_privileges.is_some_and(|privileges| !privileges.is_empty()) {
            diagnostics.warning(
                Path::attribute(PRIVILEGES),
                "privileges without databases have no effect",
                "The privileges are granted on each of databases, and there is none. Name the databases, or write \
                 database_privileges.",
            );
        }
        return;
    }
    let Some(full) = written(DATABASE_PRIVILEGES).and_then(full_privileges_of) else { return };
    let contradicts = |name: &str, what: &str, diagnostics: &mut Diagnostics| {
        diagnostics.error(
            Path::attribute(name),
            format!("{name} and database_privileges contradict each other"),
            format!(
                "Where both are written, {name} must be {what} database_privileges. Leave one of the two forms out."
            ),
        );
    };
    let databases: std::collections::BTreeSet<String> = full.keys().map(ToString::to_string).collect();
    if short_databases.as_ref().is_some_and(|short| *short != databases) {
        contradicts(DATABASES, "the databases of", diagnostics);
    }
    // The short form may also be one whose expansion is the full form: `databases` alone means CONNECT.
    let expands = |short: &_| {
        let databases = full.keys().cloned().collect();
        expand_privileges(short, &databases) == full
    };
    if short_privileges.as_ref().is_some_and(|short| *short != project_privileges(&full) && !expands(short)) {
        contradicts(PRIVILEGES, "all the privileges in", diagnostics);
    }
}

fn on_destroy(model: &RoleModel, diagnostics: &mut Diagnostics) {
    let Some(written) = model.on_destroy.known() else { return };
    let path = Path::attribute("on_destroy");
    let action = written.action.known().map_or("drop", String::as_str);
    let drops_owned = written.drop_owned.known() == Some(&true);
    if action == "forget" && (drops_owned || written.reassign_owned_to.known().is_some()) {
        diagnostics.error(
            path.with_attribute("action"),
            "on_destroy contradicts itself",
            "With action = \"forget\" nothing is done to the role, so nothing can be reassigned or dropped. Take \
             reassign_owned_to and drop_owned out.",
        );
    } else if action == "disable" && drops_owned {
        diagnostics.error(
            path.with_attribute("drop_owned"),
            "on_destroy contradicts itself",
            "A role that is only disabled keeps what it owns. Take drop_owned out, or set action = \"drop\".",
        );
    } else if drops_owned && written.reassign_owned_to.known().is_some() {
        diagnostics.error(
            path.with_attribute("drop_owned"),
            "on_destroy contradicts itself",
            "What the role owns is either given to reassign_owned_to or dropped. Take one of the two out.",
        );
    }
    if let (Some(to), Some(name)) = (written.reassign_owned_to.known(), model.name.known())
        && to == name
    {
        diagnostics.error(
            path.with_attribute("reassign_owned_to"),
            "What the role owns cannot be given to the role itself",
            "Name another role.",
        );
    }
}

fn list<'a>(names: impl Iterator<Item = &'a str>) -> String {
    let names: Vec<String> = names.map(|name| format!("{name:?}")).collect();
    if names.is_empty() { "none".to_owned() } else { names.join(", ") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(kind: Kind, written: &[(&str, Value)]) -> Vec<String> {
        let mut config = match kind {
            Kind::User => crate::provider::resources::user::schema().null_object(),
            Kind::Group => crate::provider::resources::group::schema().null_object(),
        };
        for (name, value) in written {
            config.set(name, value.clone());
        }
        let mut diagnostics = Diagnostics::new();
        validate(kind, &config, &mut diagnostics);
        let at = |path: Option<Path>| path.map_or_else(String::new, |path| path.to_string());
        diagnostics.into_iter().map(|said| format!("{}: {}", at(said.path), said.summary)).collect()
    }

    #[test]
    fn no_role_belongs_to_itself() {
        let name = ("name", Value::string("a"));
        let groups = |name| ("groups", Value::Set(vec![Value::string(name), Value::unknown()]));
        assert_eq!(said(Kind::Group, &[name.clone(), groups("b")]), [""; 0]);
        assert_eq!(
            said(Kind::Group, &[name.clone(), groups("a")]),
            ["groups: \"a\" cannot be a member of itself"]
        );
        let full = Value::Map([("a".to_owned(), Value::unknown())].into());
        assert_eq!(
            said(Kind::Group, &[name, ("memberships", full)]),
            ["memberships[\"a\"]: \"a\" cannot be a member of itself"]
        );
    }

    #[test]
    fn what_a_check_has_said_is_not_said_again() {
        let schema = crate::provider::resources::user::schema();
        let mut config = schema.null_object();
        config.set("username", Value::string("u"));
        config.set("connection_limit", Value::Number("1.5".parse().unwrap()));
        let mut diagnostics = schema.validate(&config, Default::default());
        validate(Kind::User, &config, &mut diagnostics);
        assert_eq!(diagnostics.iter().count(), 1, "{diagnostics:?}");
    }
}
