//! What a destroy came to.

use crate::postgres::{DestroyAction, DestroyError, DestroyReason, Destroyed};
use crate::provider::resources::role::{Kind, RoleModel};
use crate::roles::RoleName;
use crate::sdk::{Diagnostic, Diagnostics, Path};

use super::lockout::{self, Allowed, Planned};
use super::{bullets, inquiry};

/// Why a role is still there, what was done to it, and what is left.
pub(crate) fn destroy(
    kind: Kind,
    name: &RoleName,
    (action, model): (DestroyAction, &RoleModel),
    error: &DestroyError,
) -> Diagnostics {
    let (noun, role, name) = (kind.noun(), name, name.as_str());
    let on_destroy = Path::attribute("on_destroy");
    let (why, path) = match &error.reason {
        DestroyReason::OtherRole { oid, found } => (
            format!(
                "The role {name:?} on the server is not the one that was applied: it was dropped and made anew (OID {} then, \
                 {} now), or this is another cluster. It is left alone. If it is nobody's, drop it by hand; in any case take \
                 it out of the state: terraform state rm.",
                oid.0, found.0
            ),
            None,
        ),
        DestroyReason::Renamed { now } => (
            format!(
                "The role was renamed by hand and is called {now:?} now. It is left alone, because a destroy drops only what \
                 agrees in name and OID. Rename it back, or take it out of the state (terraform state rm) and import it under \
                 its new name.",
                now = now.as_str()
            ),
            None,
        ),
        DestroyReason::Ourselves => (
            "It is the role that applies (that this run is logged in as, or apply_username), which is never dropped or disabled. \
             Take it out of the state with terraform state rm, or set on_destroy = { action = \"forget\" } and apply that first."
                .to_owned(),
            None,
        ),
        DestroyReason::NoHeir { name: heir } => (
            format!(
                "There is no other role {:?} that could get what it owns. Name one that is there in \
                 on_destroy.reassign_owned_to, and apply that first.",
                heir.as_str()
            ),
            Some(on_destroy.with_attribute("reassign_owned_to")),
        ),
        DestroyReason::LocksOut { lost } => {
            let lost = lockout::applied(kind, role, (planned(action), model), lost, Allowed(false));
            let with_done = |mut diagnostic: Diagnostic| {
                diagnostic.detail.push_str(&done_so_far(error));
                diagnostic
            };
            return lost.into_iter().map(with_done).collect();
        }
        DestroyReason::Dependents => (
            "There are things that depend on it, listed below. Say what is to become of what it owns, and apply that first: \
             on_destroy = { reassign_owned_to = \"...\" } gives it to another role, on_destroy = { drop_owned = true } drops it \
             (never databases, and nothing that others depend on). Or see to it by hand, in each of the databases."
                .to_owned(),
            Some(on_destroy),
        ),
        DestroyReason::Failed { doing } => (format!("Cannot {doing}."), None),
        DestroyReason::Stopped => ("The run was stopped.".to_owned(), None),
    };
    let mut detail = why;
    if let Some(said) = &error.error {
        detail.push_str(&format!("\n\nThe server said: {}", said.to_detail()));
    }
    if !error.left.is_empty() {
        detail.push_str(&format!("\n\nLeft:\n{}", bullets(&error.left)));
    }
    detail.push_str(&done_so_far(error));
    if !matches!(
        error.reason,
        DestroyReason::OtherRole { .. } | DestroyReason::Renamed { .. } | DestroyReason::Ourselves
    ) {
        detail.push_str(CAN_BE_REPEATED);
    }
    let diagnostic = Diagnostic::error(format!("Cannot destroy {noun} {name:?}"), detail);
    match path {
        Some(path) => diagnostic.at(path).into(),
        None => diagnostic.into(),
    }
}

/// What will stop a destroy, as it looks before any of it: a warning, for much may go earlier in the same run, and a plan
/// that fails would keep the rest from being destroyed.
pub(crate) fn planned_destroy(
    kind: Kind,
    name: &RoleName,
    planned: (DestroyAction, &RoleModel),
    reason: DestroyReason,
    left: Vec<String>,
) -> Diagnostics {
    let then = match reason {
        DestroyReason::Dependents => "fails with this, after it has disabled the role.",
        _ => "fails with this.",
    };
    let error = DestroyError { reason, done: vec![], left, error: None };
    let stops = destroy(kind, name, planned, &error).into_iter();
    let warning = |stops: Diagnostic| {
        let detail = stops.detail.trim_end_matches(CAN_BE_REPEATED);
        let detail = format!("{detail}\n\nIf nothing changes that before, the apply {then}");
        Diagnostic { path: stops.path, ..Diagnostic::warning(stops.summary, detail) }
    };
    stops.map(warning).collect()
}

const CAN_BE_REPEATED: &str = "\n\nThe destroy can be run again; it goes on from what is there.";

fn done_so_far(error: &DestroyError) -> String {
    match error.done.is_empty() {
        true => String::new(),
        false => format!("\n\nDone so far, and kept:\n{}", bullets(&error.done)),
    }
}

/// What is planned where a destroy does that.
pub(crate) fn planned(action: DestroyAction) -> Planned {
    match action {
        DestroyAction::Drop => Planned::Drop,
        DestroyAction::Disable => Planned::Disable,
    }
}

/// A role that is not destroyed, because it is another resource's by now.
pub(crate) fn taken_over(kind: Kind, name: &RoleName, diagnostics: &mut Diagnostics) {
    diagnostics.push(Diagnostic::warning(
        format!("The {} {:?} is not dropped: another resource has taken it over", kind.noun(), name.as_str()),
        "A resource with adopt_existing = true has taken it over in this run, so here it is only forgotten. Where a resource \
         just gets a new address, a moved block says so; where it is to be made anew, take adopt_existing or \
         create_before_destroy out.",
    ));
}

/// What there is to know after a destroy that succeeded.
pub(crate) fn destroyed(
    kind: Kind,
    name: &RoleName,
    (action, model): (DestroyAction, &RoleModel),
    destroyed: &Destroyed,
    diagnostics: &mut Diagnostics,
) {
    let locked_out = (planned(action), model);
    diagnostics.extend(lockout::applied(kind, name, locked_out, &destroyed.lost, Allowed(true)));
    if destroyed.open_sessions > 0 {
        diagnostics.push(Diagnostic::warning(
            inquiry::stays_logged_in_without(kind, name),
            format!(
                "It had {} open session(s), which PostgreSQL does not end with the role: they go on until they end by \
                 themselves. With terminate_sessions = true they would have been ended.",
                destroyed.open_sessions
            ),
        ));
    }
}
