//! Which attribute a change concerns: where the user has written it.

use crate::provider::resources::role::{Kind, RoleModel};
use crate::roles::preflight::Unmet;
use crate::roles::{Change, DatabaseName, RoleName, RoleOption};
use crate::sdk::{Attr, Path};

/// The attribute that a change comes from. `config` decides between the short and the full form.
pub(super) fn of_change(kind: Kind, config: &RoleModel, change: &Change) -> Path {
    match change {
        // What a CREATE ROLE is refused for is, as good as always, what only few may give.
        Change::Create { attributes, .. } if attributes.superuser => Path::attribute("superuser"),
        Change::Create { attributes, .. } if attributes.replication => Path::attribute("replication"),
        Change::Create { attributes, .. } if attributes.bypass_row_level_security => {
            Path::attribute("bypass_row_level_security")
        }
        Change::Create { attributes, .. } if attributes.create_database => Path::attribute("create_database"),
        Change::Create { .. } | Change::Rename { .. } => name(kind),
        Change::Alter { options, .. } => {
            options.first().map_or_else(|| name(kind), |option| of_option(kind, config, option))
        }
        Change::SetPassword { .. } if config.password.is_null() => Path::attribute("password_wo"),
        Change::SetPassword { .. } => Path::attribute("password"),
        Change::ClearPassword { .. } => Path::attribute("auth_method"),
        Change::Comment { .. } => Path::attribute("description"),
        Change::GrantMembership { group, member, .. }
        | Change::RevokeMembership { group, member, .. }
        | Change::RevokeAdminOption { group, member, .. } => of_membership(kind, config, group, member),
        Change::GrantPrivileges { database, .. } | Change::RevokePrivileges { database, .. } => {
            of_database(config, database)
        }
        Change::SetSetting { database, name, .. } | Change::ResetSetting { database, name, .. } => {
            match database {
                // Terraform finds one key in the configuration, and for two shows the whole resource.
                Some(database) => Path::attribute("database_settings").with_key(database.as_str()),
                None => Path::attribute("settings").with_key(name.as_str()),
            }
        }
    }
}

/// The attribute of the role's name.
pub(super) fn name(kind: Kind) -> Path {
    Path::attribute(kind.name_attribute())
}

/// The attribute that names a group.
pub(super) fn of_group(config: &RoleModel, group: &RoleName) -> Path {
    if group.as_str() == "rds_iam" {
        Path::attribute("auth_method")
    } else if config.memberships.is_null() {
        Path::attribute("groups")
    } else {
        Path::attribute("memberships").with_key(group.as_str())
    }
}

/// The attribute that names a database.
pub(super) fn of_database(config: &RoleModel, database: &DatabaseName) -> Path {
    if config.database_privileges.is_null() {
        Path::attribute("databases")
    } else {
        Path::attribute("database_privileges").with_key(database.as_str())
    }
}

/// The attribute that names what is not there.
pub(super) fn of_unmet(config: &RoleModel, unmet: &Unmet) -> Path {
    match unmet {
        Unmet::MissingGroup { name: group } | Unmet::UnknownOptions { group, .. } => of_group(config, group),
        Unmet::MissingDatabase { name } => of_missing_database(config, name),
        Unmet::MissingRdsIam => of_group(config, &RoleName::rds_iam()),
    }
}

/// The attribute that names a database which is not there.
fn of_missing_database(config: &RoleModel, database: &DatabaseName) -> Path {
    let name = database.as_str();
    let in_privileges = match (&config.databases, &config.database_privileges) {
        (_, Attr::Known(full)) => full.contains_key(name),
        (Attr::Known(names), _) => names.contains(&Attr::Known(name.to_owned())),
        _ => false,
    };
    let in_settings = config.database_settings.known().is_some_and(|settings| settings.contains_key(name));
    if in_settings && !in_privileges {
        Path::attribute("database_settings").with_key(name)
    } else {
        of_database(config, database)
    }
}

fn of_membership(kind: Kind, config: &RoleModel, group: &RoleName, member: &RoleName) -> Path {
    let own = config.name.known().map(String::as_str);
    if kind == Kind::Group && own == Some(group.as_str()) && own != Some(member.as_str()) {
        Path::attribute("allowed_members")
    } else {
        of_group(config, group)
    }
}

/// The attribute of an option of ALTER ROLE.
pub(super) fn of_option(kind: Kind, config: &RoleModel, option: &RoleOption) -> Path {
    let attribute = match option {
        RoleOption::Login(_) if kind == Kind::Group => return name(kind),
        RoleOption::Login(false) if config.enabled.known() != Some(&false) => "can_login",
        RoleOption::Login(_) => "enabled",
        RoleOption::Inherit(_) => "inherit",
        RoleOption::CreateDatabase(_) => "create_database",
        RoleOption::CreateRole(_) => "create_role",
        RoleOption::Superuser(_) => "superuser",
        RoleOption::Replication(_) => "replication",
        RoleOption::BypassRowLevelSecurity(_) => "bypass_row_level_security",
        RoleOption::ConnectionLimit(_) => "connection_limit",
        RoleOption::ValidUntil(_) => "valid_until",
    };
    Path::attribute(attribute)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn points_at_the_form_that_is_written() {
        let grant = Change::RevokeMembership {
            group: RoleName::from_catalog("g"),
            member: RoleName::from_catalog("u"),
            grantor: None,
        };
        let short = RoleModel { name: Attr::Known("u".into()), ..RoleModel::default() };
        let full = RoleModel { memberships: Attr::Known(BTreeMap::new()), ..short.clone() };
        assert_eq!(of_change(Kind::User, &short, &grant).to_string(), "groups");
        assert_eq!(of_change(Kind::User, &full, &grant).to_string(), "memberships[\"g\"]");
        let group = RoleModel { name: Attr::Known("g".into()), ..RoleModel::default() };
        assert_eq!(of_change(Kind::Group, &group, &grant).to_string(), "allowed_members");
    }

    #[test]
    fn a_missing_database_is_pointed_at_where_it_is_named() {
        let gone = DatabaseName::from_catalog("gone");
        let settings = RoleModel {
            databases: Attr::Known([Attr::Known("there".to_owned())].into()),
            database_settings: Attr::Known([("gone".to_owned(), Attr::Null)].into()),
            ..RoleModel::default()
        };
        assert_eq!(of_missing_database(&settings, &gone).to_string(), "database_settings[\"gone\"]");
        let both = RoleModel { databases: Attr::Known([Attr::Known("gone".to_owned())].into()), ..settings };
        assert_eq!(of_missing_database(&both, &gone).to_string(), "databases");
    }
}
