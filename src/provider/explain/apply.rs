//! What an apply came to.

use crate::postgres::{Applied, ApplyError, Error};
use crate::provider::resources::role::{AuthMethod, Kind, RoleModel};
use crate::roles::{Change, RoleName, RoleOption};
use crate::sdk::{Diagnostic, Diagnostics, Path};

use super::lockout::{self, Allowed, Planned};
use super::{bullets, path};

/// What to do about a setting that only others may set.
pub(super) const SETTING_IS_NOT_OURS: &str = "Only a superuser may set and reset this for a role (from PostgreSQL 15 on also who was \
    granted SET ON PARAMETER). On RDS and Aurora it is set in the parameter group instead.";
/// SQLSTATE of a missing right.
const INSUFFICIENT_PRIVILEGE: &str = "42501";

/// Why a role is not as it should be. Nothing of it was done.
pub(crate) fn apply(
    kind: Kind,
    name: &RoleName,
    creates: bool,
    config: &RoleModel,
    error: &ApplyError,
) -> Diagnostics {
    let (noun, name_text) = (kind.noun(), name.as_str());
    let verb = if creates { "create" } else { "change" };
    let summary = format!("Cannot {verb} {noun} {name_text:?}");
    let at_name = path::name(kind);
    let diagnostic = match error {
        ApplyError::LocksOut { lost } => {
            let planned = (Planned::Change, config);
            return lockout::applied(kind, name, planned, lost, Allowed(false)).into_iter().collect();
        }
        ApplyError::AlreadyThere { .. } => Diagnostic::error(
            format!("There is a role {name_text:?} already"),
            format!(
                "It is not in the state of this resource. To manage it from here on, import it:\n\n  import {{\n    to = \
                 {}.<name>\n    id = {name_text:?}\n  }}\n\nor set adopt_existing = true, which takes it over in the \
                 next apply. Otherwise choose another name. If another resource of this run gives the name up, let this \
                 one wait for it with depends_on, or apply again.",
                kind.type_name()
            ),
        )
        .at(at_name),
        ApplyError::Gone { name: before, .. } => Diagnostic::error(
            summary,
            format!(
                "The role {:?} is not there any more: somebody dropped it after it was planned. Plan again; it will then \
                 be created anew.",
                before.as_str()
            ),
        )
        .at(at_name),
        ApplyError::MadeAnew { oid, found, .. } => Diagnostic::error(
            summary,
            format!(
                "Somebody dropped it after it was planned and made another role of that name (OID {} then, {} now). \
                 Nothing was changed. Plan again to see what the new one is like.",
                oid.0, found.0
            ),
        )
        .at(at_name),
        ApplyError::NameTaken { oid, .. } => Diagnostic::error(
            summary,
            format!(
                "It cannot be renamed: the name {name_text:?} belongs to another role (OID {}). Choose another name, or \
                 give that role another one first. If another resource of this run gives the name up, let this one wait \
                 for it with depends_on, or apply again. Two that swap their names need a third name in between, in an \
                 apply of its own.",
                oid.0
            ),
        )
        .at(at_name),
        ApplyError::MissingGroup { name: group } => Diagnostic::error(
            summary,
            format!(
                "There is no group {:?}. If this configuration makes it, name it by reference, such as \
                 groups = [pgum_group.example.name], or add depends_on: a bare name makes no order.",
                group.as_str()
            ),
        )
        .at(path::of_group(config, group)),
        ApplyError::MissingDatabase { name: database } => Diagnostic::error(
            summary,
            format!(
                "There is no database {:?}. If this run makes it, name it by reference or add depends_on.",
                database.as_str()
            ),
        )
        .at(path::of_missing_database(config, database)),
        ApplyError::UnknownOptions { group, version } => Diagnostic::error(
            summary,
            format!(
                "PostgreSQL {} has no INHERIT and SET options for the membership in {:?}: up to 15, inherit is the role's own, and \
                 set is always true. Leave the two out, and set inherit on the role itself.",
                version / 10_000,
                group.as_str()
            ),
        )
        .at(path::of_group(config, group)),
        ApplyError::MissingRdsIam => Diagnostic::error(
            summary,
            "This server has no role rds_iam. On RDS and Aurora it is always there; elsewhere auth_method = \"iam\" has no \
             meaning, unless you make such a role yourself: CREATE ROLE rds_iam.",
        )
        .at(Path::attribute("auth_method")),
        ApplyError::CannotRevoke { what, grantor, error } => Diagnostic::error(
            summary,
            format!(
                "Cannot {what}: it was granted by {grantor:?}, and only that role, or one that may act for it, can take it \
                 back.{said}\n\nLet {grantor:?} revoke it, or make the connection's user a member of {grantor:?}; or write it \
                 in the configuration, if it is to stay.",
                grantor = grantor.as_str(),
                said = said(error.as_ref())
            ),
        )
        .at(at_name),
        ApplyError::StillDiffers { what, warnings } => still_differs(summary, what, warnings).at(at_name),
        ApplyError::Failed { change: Some(change), error } => failed(summary, change, error)
            .at(path::of_change(kind, config, change)),
        ApplyError::Failed { change: None, error } => Diagnostic::error(summary, error.to_detail()),
        ApplyError::Stopped => Diagnostic::error(summary, "The run was stopped before this was begun. Nothing was changed."),
    };
    diagnostic.into()
}

/// Two resources are for one role, as the second of them sees it.
pub(crate) fn two_resources(kind: Kind, name: &RoleName) -> Diagnostic {
    Diagnostic::error(
        format!("Two resources are for the role {:?}", name.as_str()),
        "Another resource has created or changed it in this run, and each would undo what the other does. Take one of the \
         two out of the configuration. If the resource got a new address, say so with a moved block.",
    )
    .at(path::name(kind))
}

fn said(error: Option<&Error>) -> String {
    error.map_or_else(String::new, |error| format!("\n\nThe server said: {}", error.to_detail()))
}

fn still_differs(summary: String, what: &[String], warnings: &[String]) -> Diagnostic {
    let mut detail = format!(
        "Every statement succeeded, and still the role is not as planned, so nothing was kept. Still to do:\n{}",
        bullets(what)
    );
    if !warnings.is_empty() {
        detail.push_str(&format!("\n\nThe server warned:\n{}", bullets(warnings)));
    }
    detail.push_str(
        "\n\nPostgreSQL lets a GRANT or REVOKE succeed without effect where the connection's user may not grant what it names, \
         or where another role granted it. Give the connection's user that right WITH GRANT OPTION (memberships: WITH ADMIN \
         OPTION), or let the role that granted it act.",
    );
    Diagnostic::error(summary, detail)
}

fn failed(summary: String, change: &Change, error: &Error) -> Diagnostic {
    let mut detail = format!("Cannot {}.\n\n{}", change.describe(), error.to_detail());
    if let Some(remedy) = remedy(change, error) {
        detail.push_str("\n\n");
        detail.push_str(remedy);
    }
    Diagnostic::error(summary, detail)
}

/// What to do about a step that failed.
fn remedy(change: &Change, error: &Error) -> Option<&'static str> {
    if error.sqlstate().map(|state| state.code()) != Some(INSUFFICIENT_PRIVILEGE) {
        return None;
    }
    let asks_for = |wanted: fn(&RoleOption) -> bool, options: &[RoleOption]| options.iter().any(wanted);
    match change {
        Change::Alter { options, .. } => {
            Some(if asks_for(|option| matches!(option, RoleOption::Superuser(false)), options) {
                "Only a superuser can take SUPERUSER away from whom another superuser gave it. Let one do it: ALTER ROLE ... \
                 NOSUPERUSER. If it is to stay, write superuser = true."
            } else if asks_for(|option| matches!(option, RoleOption::Superuser(_)), options) {
                "Only a superuser can give or take SUPERUSER, and RDS has none to offer. There, membership in rds_superuser is \
                 the most that can be had: groups = [\"rds_superuser\"]."
            } else if asks_for(
                |option| {
                    matches!(
                        option,
                        RoleOption::Replication(false) | RoleOption::BypassRowLevelSecurity(false)
                    )
                },
                options,
            ) {
                "Taking REPLICATION and BYPASSRLS away needs a superuser, or from PostgreSQL 16 on a role that has them itself. Let \
                 one do it: ALTER ROLE ... NOREPLICATION NOBYPASSRLS. If they are to stay, write replication = true or \
                 bypass_row_level_security = true."
            } else if asks_for(|option| matches!(option, RoleOption::Replication(_)), options) {
                "On RDS and Aurora replication is a membership: groups = [\"rds_replication\"]. Elsewhere the connection's user \
                 needs REPLICATION itself (PostgreSQL 16 and later) or has to be a superuser."
            } else if asks_for(|option| matches!(option, RoleOption::BypassRowLevelSecurity(_)), options) {
                "The connection's user needs BYPASSRLS itself (PostgreSQL 16 and later) or has to be a superuser; on RDS only \
                 members of rds_superuser come near it."
            } else {
                "From PostgreSQL 16 on a role with CREATEROLE may alter only roles on which it has ADMIN OPTION: those that it \
                 made itself, or was granted WITH ADMIN OPTION."
            })
        }
        Change::Create { .. } => Some(
            "The connection's user needs CREATEROLE, and can give a new role only what it has itself (CREATEDB, REPLICATION, \
             BYPASSRLS). On RDS and Aurora groups = [\"rds_superuser\"] and [\"rds_replication\"] stand for superuser and \
             replication.",
        ),
        Change::GrantMembership { .. }
        | Change::RevokeMembership { .. }
        | Change::RevokeAdminOption { .. } => Some(
            "From PostgreSQL 16 on the connection's user must have ADMIN OPTION on a group to grant it (on RDS, members of \
             rds_superuser need none). Up to 15 it needs CREATEROLE. Let a role that may: GRANT group TO user WITH ADMIN OPTION.",
        ),
        Change::GrantPrivileges { .. } | Change::RevokePrivileges { .. } => Some(
            "A privilege on a database can be granted by the database's owner, by members of the owner, and by those who have it \
             WITH GRANT OPTION. Connect as one of them, or make the connection's user a member of the owner.",
        ),
        Change::SetSetting { .. } | Change::ResetSetting { .. } => Some(SETTING_IS_NOT_OURS),
        Change::SetPassword { .. } | Change::ClearPassword { .. } => Some(
            "Where RDS restricts password commands (rds.restrict_password_commands) the connection's user must be a member of \
             rds_password. From PostgreSQL 16 on it needs ADMIN OPTION on the user.",
        ),
        Change::Comment { .. } | Change::Rename { .. } => {
            Some("From PostgreSQL 16 on the connection's user needs ADMIN OPTION on the role for this.")
        }
    }
}

/// What there is to know after an apply that succeeded.
pub(crate) fn applied(
    kind: Kind,
    config: &RoleModel,
    planned: &RoleModel,
    applied: &Applied,
    diagnostics: &mut Diagnostics,
) {
    let locked_out = (Planned::Change, config);
    diagnostics.extend(lockout::applied(kind, &applied.role.name, locked_out, &applied.lost, Allowed(true)));
    let name = applied.role.name.as_str();
    if applied.open_sessions > 0 {
        diagnostics.warning(
            Path::attribute("enabled"),
            format!("The {} {name:?} can no longer log in, but is still logged in", kind.noun()),
            format!(
                "It has {} open session(s), which go on until they end. To end them at once, set terminate_sessions = true \
                 beforehand; now: SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usesysid = {}.",
                applied.open_sessions, applied.role.oid.0
            ),
        );
    }
    if let Some(error) = &applied.sessions_error {
        diagnostics.warning(
            Path::attribute("terminate_sessions"),
            format!("The sessions of {name:?} could not be ended"),
            format!(
                "All else was done. {}\n\nEnding another role's sessions needs pg_signal_backend, or membership in that role.",
                error.to_detail()
            ),
        );
    }
    if AuthMethod::of(planned) == Some(AuthMethod::Password)
        && applied.changes.iter().any(|change| matches!(change, Change::Rename { .. }))
        && !applied.changes.iter().any(|change| matches!(change, Change::SetPassword { .. }))
        && kind == Kind::User
    {
        diagnostics.warning(
            Path::attribute("password"),
            format!("The password of {name:?} may be gone"),
            "PostgreSQL clears a password that is stored as MD5 when its user is renamed, and no password is written here that \
             could be sent again. If the user cannot log in, write one.",
        );
    }
}
