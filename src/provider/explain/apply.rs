//! What an apply came to.

use std::collections::BTreeSet;

use crate::postgres::{Applied, ApplyError, Error};
use crate::provider::resources::role::{AuthMethod, Kind, RoleModel};
use crate::roles::{Change, RoleName};
use crate::sdk::{Diagnostic, Diagnostics, Path};

use super::lockout::{self, Allowed, Planned};
use super::{bullets, causes, inquiry, path};

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
        ApplyError::AlreadyThere { .. } => {
            Diagnostic::error(causes::there_already(name), causes::already_there(kind, name)).at(at_name)
        }
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
        ApplyError::NameTaken { oid, .. } => {
            Diagnostic::error(summary, causes::name_taken(name, *oid)).at(at_name)
        }
        ApplyError::Unmet(unmet) => {
            Diagnostic::error(summary, causes::unmet(unmet)).at(path::of_unmet(config, unmet))
        }
        ApplyError::CannotRevoke { change, grantor, error } => {
            let detail = causes::cannot_revoke(&change.describe(), grantor, &said(error.as_ref()));
            Diagnostic::error(summary, detail).at(path::of_change(kind, config, change))
        }
        ApplyError::StillDiffers { left, warnings } => {
            let at = left.first().map_or(at_name, |change| path::of_change(kind, config, change));
            still_differs(summary, left, warnings).at(at)
        }
        ApplyError::Failed { change: Some(change), error } => failed(summary, change, error)
            .at(path::of_change(kind, config, change)),
        ApplyError::Failed { change: None, error } => Diagnostic::error(summary, error.to_detail()),
        ApplyError::Stopped => Diagnostic::error(summary, "The run was stopped before this was begun. Nothing was changed."),
    };
    diagnostic.into()
}

/// A role that a roster would create is there already.
pub(crate) fn already_there_in_roster(kind: Kind, name: &RoleName) -> Diagnostic {
    let name_text = name.as_str();
    Diagnostic::error(
        causes::there_already(name),
        format!(
            "It is not in the state of this roster. To take it over in the next apply, write adopt_existing = true in its \
             document. To take over many, or to see beforehand what would change, import them: terraform import \
             pgum_roster.<name> {name_text:?}, or all, before the roster is created. Otherwise choose another name."
        ),
    )
    .at(path::name(kind))
}

/// A roster would take a role away that this resource has.
pub(crate) fn would_go_with_roster(kind: Kind, name: &RoleName) -> Diagnostic {
    Diagnostic::error(
        format!("A roster would take the {} {:?} away", kind.noun(), name.as_str()),
        "Its unmanaged says that roles which it does not name are disabled or dropped. Name this one in its \
         unmanaged_ignore, or move it from here into the roster.",
    )
    .at(path::name(kind))
}

/// Two resources are for one role, as the second of them sees it.
pub(crate) fn two_resources(kind: Kind, name: &RoleName) -> Diagnostic {
    Diagnostic::error(causes::for_one_role(name), causes::TWO_RESOURCES).at(path::name(kind))
}

fn said(error: Option<&Error>) -> String {
    error.map_or_else(String::new, |error| format!("\n\nThe server said: {}", error.to_detail()))
}

fn still_differs(summary: String, left: &[Change], warnings: &[String]) -> Diagnostic {
    let left: Vec<String> = left.iter().map(Change::describe).collect();
    let mut detail = format!(
        "Every statement succeeded, and still the role is not as planned, so nothing was kept. Still to do:\n{}",
        bullets(&left)
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
    if error.sqlstate().map(|state| state.code()) == Some(INSUFFICIENT_PRIVILEGE) {
        detail.push_str("\n\n");
        detail.push_str(causes::remedy(change));
    }
    Diagnostic::error(summary, detail)
}

/// The summaries of warnings, for an apply that is not to repeat them.
pub(crate) fn said_in(diagnostics: &Diagnostics) -> BTreeSet<String> {
    let warnings = diagnostics.iter().filter(|diagnostic| !diagnostic.is_error());
    warnings.map(|warning| warning.summary.clone()).collect()
}

/// Leaves out the warnings that were said before.
pub(crate) fn no_news(said: &BTreeSet<String>, diagnostics: &mut Diagnostics) {
    diagnostics.retain(|diagnostic| diagnostic.is_error() || !said.contains(&diagnostic.summary));
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
            inquiry::stays_logged_in(kind, &applied.role.name),
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
