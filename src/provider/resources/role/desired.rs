//! From a planned state to the role that is asked for.

use std::collections::BTreeMap;

use crate::roles::{
    DatabaseName, Desired, GrantsMode, MemberRule, MembershipOptions, PasswordChange, RoleAttributes,
    RoleName, Settings, ValidUntil,
};
use crate::sdk::{Attr, Diagnostic, Path, Value};

use super::grants::{DATABASE_PRIVILEGES, RDS_IAM, full_privileges_of, known_texts};
use super::model::TextMap;
use super::private::Private;
use super::{AuthMethod, Kind, RoleModel};
use crate::provider::context::Defaults;

/// The role that a planned state asks for.
///
/// # Errors
/// A diagnostic at the attribute where something is unknown that must not be, or is no name: both were looked
/// at before, so this says that something went wrong in between.
pub(super) fn desired(
    kind: Kind,
    planned: &Value,
    model: &RoleModel,
    private: &Private,
    defaults: &Defaults,
    password: PasswordChange,
) -> Result<Desired, Diagnostic> {
    let name = known(&model.name, kind.name_attribute())?;
    let inherit = model.inherit.known().copied().unwrap_or(true);
    let mut memberships = memberships(model, inherit)?;
    let method = AuthMethod::of(model).ok_or_else(|| unknown("auth_method"))?;
    if method != AuthMethod::Iam {
        memberships.remove(&RoleName::from_catalog(RDS_IAM));
    }
    let privileges = planned
        .get(DATABASE_PRIVILEGES)
        .and_then(full_privileges_of)
        .ok_or_else(|| unknown(DATABASE_PRIVILEGES))?;
    Ok(Desired {
        name: role_name(name, kind.name_attribute())?,
        attributes: attributes(kind, model)?,
        looks_after_limits: kind == Kind::User || private.was_user,
        comment: model.description.known().filter(|text| !text.is_empty()).cloned(),
        settings: settings(&model.settings, &Path::attribute("settings"))?,
        database_settings: database_settings(model)?,
        memberships,
        rds_iam: match kind {
            Kind::User => Some(method == AuthMethod::Iam),
            // Who is a group's member would come under it, too.
            Kind::Group => private.was_user.then_some(false),
        },
        privileges,
        grants_mode: if defaults.grants_mode(model) == "additive" {
            let (former_groups, former_privileges) = private.former();
            GrantsMode::Additive { former_groups, former_privileges }
        } else {
            GrantsMode::Authoritative
        },
        member_rule: match planned.get("allowed_members") {
            None | Some(Value::Null) => MemberRule::Any,
            Some(names) => MemberRule::Only(known_texts(names).ok_or_else(|| unknown("allowed_members"))?),
        },
        password,
    })
}

fn attributes(kind: Kind, model: &RoleModel) -> Result<RoleAttributes, Diagnostic> {
    let flag = |attribute: &Attr<bool>, default: bool| attribute.known().copied().unwrap_or(default);
    let limit = model.connection_limit.known().copied().unwrap_or(-1);
    let valid_until = match model.valid_until.known() {
        None => ValidUntil::Never,
        Some(text) => ValidUntil::parse(text)
            .map_err(|_| not_understood("valid_until", "it is no moment in RFC 3339"))?,
    };
    Ok(RoleAttributes {
        login: kind == Kind::User && flag(&model.enabled, true) && flag(&model.can_login, true),
        inherit: flag(&model.inherit, true),
        create_database: flag(&model.create_database, false),
        create_role: flag(&model.create_role, false),
        superuser: flag(&model.superuser, false),
        replication: flag(&model.replication, false),
        bypass_row_level_security: flag(&model.bypass_row_level_security, false),
        connection_limit: i32::try_from(limit)
            .map_err(|_| not_understood("connection_limit", "it is out of range"))?,
        valid_until,
    })
}

fn memberships(
    model: &RoleModel,
    inherit: bool,
) -> Result<BTreeMap<RoleName, MembershipOptions>, Diagnostic> {
    let Attr::Known(entries) = &model.memberships else {
        return if model.memberships.is_null() { Ok(BTreeMap::new()) } else { Err(unknown("memberships")) };
    };
    entries
        .iter()
        .map(|(group, options)| {
            let options = options.known().cloned().unwrap_or_default();
            let options = MembershipOptions {
                admin: options.admin.known().copied().unwrap_or(false),
                inherit: options.inherit.known().copied().unwrap_or(inherit),
                set: options.set.known().copied().unwrap_or(true),
            };
            Ok((role_name(group, "memberships")?, options))
        })
        .collect()
}

fn settings(written: &Attr<TextMap>, path: &Path) -> Result<Settings, Diagnostic> {
    let Attr::Known(entries) = written else { return Ok(Settings::new()) };
    entries
        .iter()
        .map(|(name, value)| match value {
            Attr::Known(value) => Ok((name.clone(), value.clone())),
            Attr::Null | Attr::Unknown => Err(unknown("settings").at(path.with_key(name))),
        })
        .collect()
}

fn database_settings(model: &RoleModel) -> Result<BTreeMap<DatabaseName, Settings>, Diagnostic> {
    let Attr::Known(entries) = &model.database_settings else { return Ok(BTreeMap::new()) };
    let path = Path::attribute("database_settings");
    entries
        .iter()
        .map(|(database, of_database)| {
            let path = path.with_key(database);
            let name = DatabaseName::new(database.clone()).map_err(|_| {
                not_understood("database_settings", "it has a key that is no database's name")
            })?;
            Ok((name, settings(of_database, &path)?))
        })
        .filter(|entry| !matches!(entry, Ok((_, settings)) if settings.is_empty()))
        .collect()
}

fn role_name(name: &str, attribute: &str) -> Result<RoleName, Diagnostic> {
    RoleName::new(name).map_err(|_| not_understood(attribute, "it is no role's name"))
}

fn known<'a, T>(attribute: &'a Attr<T>, name: &str) -> Result<&'a T, Diagnostic> {
    attribute.known().ok_or_else(|| unknown(name))
}

fn unknown(attribute: &str) -> Diagnostic {
    Diagnostic::error(
        format!("{attribute} is still unknown"),
        "An apply needs every value that it is to write. This is a bug in pgum or in Terraform: please report it.",
    )
    .at(Path::attribute(attribute))
}

fn not_understood(attribute: &str, why: &str) -> Diagnostic {
    Diagnostic::error(
        format!("{attribute} cannot be applied"),
        format!("The value is not as it must be: {why}."),
    )
    .at(Path::attribute(attribute))
}
