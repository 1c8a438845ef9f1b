//! Who would be locked out by what, and what to do instead.

use super::path;
use crate::provider::resources::role::{Kind, RoleModel};
use crate::roles::lockout::{Loss, Lost, Why, path_text};
use crate::roles::{Change, RoleName};
use crate::sdk::{Diagnostic, Path};

/// What is planned for a resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Planned {
    /// A create or an update.
    Change,
    /// A destroy that drops the role.
    Drop,
    /// A destroy that disables it.
    Disable,
}

/// Whether it is applied all the same (`allow_lockout`).
#[derive(Debug, Clone, Copy)]
pub(crate) struct Allowed(pub(crate) bool);

/// Something that a protected role would lose by a plan: an error, or a warning where that is allowed.
pub(crate) fn lockout(
    kind: Kind,
    name: &RoleName,
    planned: (Planned, &RoleModel),
    lost: &Lost,
    Allowed(allowed): Allowed,
) -> Diagnostic {
    let (planned, config) = planned;
    let what = match planned {
        Planned::Change => "The change",
        Planned::Drop => "The drop",
        Planned::Disable => "The destroy (on_destroy = \"disable\")",
    };
    let (role, noun) = (lost.role.name.as_str(), kind.noun());
    let verb = if allowed { "locks" } else { "would lock" };
    let summary =
        format!("{what} of {noun} {:?} {verb} {role:?} out: {}", name.as_str(), headline(&lost.loss));
    let mut detail =
        format!("{role:?}, {}, {}. {}", lost.role.why, lost.loss.describe(), lost.loss.consequence());
    if allowed {
        detail.push_str("\n\nallow_lockout is set, so this is applied.");
    } else {
        detail.push_str(&format!(
            "\n\n{}\n\nTo do it all the same, set allow_lockout = true in the provider's configuration for the one run.",
            remedy(lost)
        ));
        if matches!(lost.role.why, Why::Connection | Why::Applies) {
            detail.push_str(
                " On AWS, a new master password (ModifyDBCluster) lets the master in again afterwards.",
            );
        }
    }
    let diagnostic =
        if allowed { Diagnostic::warning(summary, detail) } else { Diagnostic::error(summary, detail) };
    match (planned, &lost.by) {
        (Planned::Change, Some(change)) => diagnostic.at(path::of_change(kind, config, change)),
        (Planned::Change, None) => diagnostic.at(path::name(kind)),
        (Planned::Drop | Planned::Disable, _) => diagnostic,
    }
}

/// What protected roles have lost in an apply, or would have, had it not been rolled back.
pub(super) fn applied(
    kind: Kind,
    name: &RoleName,
    planned: (Planned, &RoleModel),
    lost: &[Lost],
    allowed: Allowed,
) -> Vec<Diagnostic> {
    let each = lost.iter().map(|lost| {
        let mut diagnostic = lockout(kind, name, planned, lost, allowed);
        if !allowed.0 {
            diagnostic.detail.push_str(
                "\n\nThe server was asked before the commit, and nothing of it was kept. Where the plan did not say so, a name was \
                 known only now, or the cluster has changed since.",
            );
        }
        diagnostic
    });
    each.collect()
}

/// Password users that come under `rds_iam` through a group, each with the way it is under it by.
pub(crate) fn under_rds_iam(name: &RoleName, config: &RoleModel, ways: &[Vec<RoleName>]) -> Diagnostic {
    let users: Vec<String> =
        ways.iter().filter_map(|way| way.first()).map(|user| format!("{:?}", user.as_str())).collect();
    let group = ways.first().and_then(|way| way.get(1)).map_or("", RoleName::as_str);
    let summary = match &users[..] {
        [user] => format!("The password user {user} comes under rds_iam through group {group:?}"),
        users => {
            format!("{} password users come under rds_iam through group {:?}", users.len(), name.as_str())
        }
    };
    let shown: Vec<String> = ways.iter().take(10).map(|way| format!("  - {}", path_text(way))).collect();
    let more = match ways.len().saturating_sub(shown.len()) {
        0 => String::new(),
        more => format!("\n  - and {more} more"),
    };
    let own = ways.first().and_then(|way| way.first()) == Some(name);
    let path = match ways.first().and_then(|way| way.get(1)) {
        Some(group) if own => path::of_group(config, group),
        _ if config.memberships.is_null() => Path::attribute("groups"),
        _ => Path::attribute("memberships"),
    };
    Diagnostic::warning(
        summary,
        format!(
            "RDS lets members of rds_iam, direct or not, in with an IAM token only, whatever their password:\n{}{more}\n\nLeave \
             them out of the group; or take rds_iam from the group, and give each of its users auth_method = \"iam\" that is \
             to log in with a token; or set auth_method = \"iam\" here, too.",
            shown.join("\n")
        ),
    )
    .at(path)
}

/// The connection's own user cannot be renamed by itself.
pub(crate) fn own_name(kind: Kind, name: &RoleName) -> Diagnostic {
    Diagnostic::error(
        format!("The {} {:?} cannot be renamed by itself", kind.noun(), name.as_str()),
        "It is the role that applies, and PostgreSQL does not rename the user of an open session. Apply this as another role, or rename it by hand as one.",
    )
    .at(path::name(kind))
}

/// Who applies gets another password than the one that the provider logs in with, or perhaps another.
pub(crate) fn own_password(
    name: &RoleName,
    (config, change): (&RoleModel, &Change),
    is_another: bool,
) -> Diagnostic {
    let which = if is_another {
        "It is another than the one that the provider logs in with."
    } else {
        "Whether it is the one that the provider logs in with cannot be seen from here. If it is another:"
    };
    Diagnostic::warning(
        format!("The password of {:?}, which applies this, is set", name.as_str()),
        format!(
            "{which} From the apply on the server refuses the old one, also to connections that the same run opens after that. \
             Change it in a run of its own, and give the provider (password, POSTGRES_PASSWORD, PGPASSWORD or a password file) \
             the new one for the next."
        ),
    )
    .at(path::of_change(Kind::User, config, change))
}

/// The loss in few words: a summary is read in a list.
fn headline(loss: &Loss) -> String {
    match loss {
        Loss::Gone => "it is dropped".to_owned(),
        Loss::Renamed { .. } => "it is renamed".to_owned(),
        Loss::AnotherRole => "another role gets its name".to_owned(),
        Loss::Login => "NOLOGIN".to_owned(),
        Loss::ConnectionLimit => "CONNECTION LIMIT 0".to_owned(),
        Loss::Validity => "VALID UNTIL has passed".to_owned(),
        Loss::Password => "PASSWORD NULL".to_owned(),
        Loss::EntersRdsIam { .. } => "it comes under rds_iam".to_owned(),
        Loss::LeavesRdsIam { .. } => "it leaves rds_iam".to_owned(),
        Loss::Connect => "it loses CONNECT".to_owned(),
        Loss::CreateRole => "it loses CREATEROLE".to_owned(),
        Loss::Superuser => "it loses SUPERUSER".to_owned(),
        Loss::RdsSuperuser => "it leaves rds_superuser".to_owned(),
        Loss::Setting { name, .. } => name.clone(),
    }
}

/// What to change instead.
fn remedy(lost: &Lost) -> String {
    let role = lost.role.name.as_str();
    match &lost.loss {
        Loss::Gone | Loss::Renamed { .. } | Loss::AnotherRole => {
            "Leave the role as it is. To stop managing it, take it out of the state (a removed block with destroy = false, or \
             on_destroy = { action = \"forget\" })."
                .to_owned()
        }
        Loss::Login => "Leave enabled and can_login true.".to_owned(),
        Loss::ConnectionLimit => "Set connection_limit to -1, or to as many as it needs.".to_owned(),
        Loss::Validity => "Set valid_until to a moment to come, or leave it out.".to_owned(),
        Loss::Password => {
            "Leave auth_method = \"password\". To have it log in with IAM, let it (iam_auth = true for the provider itself) \
             do so first."
                .to_owned()
        }
        Loss::EntersRdsIam { path } => match &path[..] {
            [_, group, .., _] => format!(
                "Keep {role:?} out of {:?}, or take rds_iam from what is on the way and give the users who are to log in with \
                 a token auth_method = \"iam\", each for itself. (From PostgreSQL 16 on, who creates a role belongs to it.) Or \
                 have {role:?} log in with IAM first (iam_auth = true for the provider itself).",
                group.as_str()
            ),
            _ => format!(
                "Leave auth_method = \"password\" (or \"external\"); or have {role:?} log in with IAM first (iam_auth = true \
                 for the provider itself)."
            ),
        },
        Loss::LeavesRdsIam { .. } => format!(
            "Leave the way to rds_iam as it is; or give {role:?} rds_iam directly (auth_method = \"iam\") in a run before this."
        ),
        Loss::Connect => format!(
            "Leave CONNECT on that database to {role:?} itself, to a group that it inherits from, or to PUBLIC; what it is to \
             have instead, give it in a run before this."
        ),
        Loss::CreateRole => "Leave create_role = true.".to_owned(),
        Loss::Superuser => "Leave superuser = true.".to_owned(),
        Loss::RdsSuperuser => {
            "Leave rds_superuser among its groups, or set grants_mode = \"additive\".".to_owned()
        }
        Loss::Setting { name, .. } => format!("Leave {name} out of its settings."),
    }
}
