//! From what went wrong to what a person reads: what cannot be done to whom, what the server said, what to do
//! about it, and the attribute that it concerns.

mod apply;
mod causes;
mod destroy;
mod inquiry;
mod lockout;
mod path;
mod preflight;
mod recognition;

pub(crate) use apply::{
    already_there_in_roster, applied, apply, no_news, said_in, two_resources, would_go_with_roster,
};
pub(crate) use causes::GROUP_BY_REFERENCE;
pub(crate) use destroy::{destroy, destroyed, planned_destroy, taken_over};
pub(crate) use inquiry::{
    Rights, destroy_drops, destroy_takes, logged_in_after, open_to_everybody, refused_setting,
    still_logged_in, without_tls,
};
pub(crate) use lockout::{Allowed, Planned, lockout, own_name, own_password, under_rds_iam};
pub(crate) use preflight::{Planning, nobody_applies, nobody_protected, obstacle, reader, rights_not_known};

pub(crate) use recognition::{
    NEW_NAME_STAYS, another_cluster, cluster_changed, former, not_compared_yet, planned_for_another, renamed,
    reserved, two_states,
};

use crate::postgres::Error;
use crate::provider::resources::role::Kind;
use crate::roles::RoleName;
use crate::sdk::Diagnostic;

/// What an error of a plan ends with.
const FOR_A_DESTROY: &str = "(A destroy plans this first, unless with -refresh=false.)";

/// An error of a plan, with the way around it for a destroy.
pub(crate) fn but_for_a_destroy(mut error: Diagnostic) -> Diagnostic {
    error.detail.push_str(&format!("\n\n{FOR_A_DESTROY}"));
    error
}

/// A role that was not looked for, after another could not be.
pub(crate) fn not_looked_for(kind: Kind, name: &RoleName) -> Diagnostic {
    Diagnostic::error(
        format!("The {} {:?} was not looked for", kind.noun(), name.as_str()),
        "The cluster could not be looked at, or is not the one in the state: see the other error.",
    )
}

/// A role that could not be looked at.
pub(crate) fn looking(role: Option<(Kind, &RoleName)>, error: &Error) -> Diagnostic {
    let whom = role.map_or_else(
        || "users and groups".to_owned(),
        |(kind, name)| format!("{} {:?}", kind.noun(), name.as_str()),
    );
    Diagnostic::error(
        format!("Cannot look at the {whom}"),
        format!(
            "{}\n\nNo other user or group of this cluster was looked at either. To plan without looking at it: \
             -refresh=false.",
            error.to_detail()
        ),
    )
}

/// The catalog could not be read, which a plan of new roles can do without.
pub(crate) fn not_checked(error: &Error) -> Diagnostic {
    Diagnostic::warning(
        "The plan is not checked against the cluster",
        format!(
            "The cluster could not be looked at, so these show only when it is applied: roles that are there already, groups and \
             databases that are not, what the role that applies may not do, settings that the server refuses, what stops or goes \
             with a drop, open sessions, and whether somebody is locked out (which the apply then refuses).\n\n{}",
            error.to_detail()
        ),
    )
}

fn bullets(lines: &[String]) -> String {
    lines.iter().map(|line| format!("  - {line}")).collect::<Vec<_>>().join("\n")
}
