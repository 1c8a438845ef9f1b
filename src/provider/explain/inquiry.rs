//! What a plan was told by the server: settings that it refuses, databases that are open to everybody, sessions, and what
//! goes with a role.

use super::causes::SETTING_IS_NOT_OURS;
use super::{FOR_A_DESTROY, bullets, path};
use crate::postgres::{Foreseen, OpenSessions, Refusal};
use crate::provider::resources::role::{Kind, RoleModel, first_ten};
use crate::roles::{Change, DatabaseName, Oid, RoleName};
use crate::sdk::{Diagnostic, Path};

/// How much is known of what the role that applies may set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rights {
    /// PostgreSQL's own rules say it.
    Known,
    /// On RDS its members of `rds_superuser` may do more than those say.
    OnRds,
    /// The server was asked as another role.
    AsAnother,
}

/// A setting that the server refuses.
pub(crate) fn refused_setting(
    kind: Kind,
    name: &RoleName,
    config: &RoleModel,
    (change, setting): (&Change, &str),
    refusal: &Refusal,
    rights: Rights,
) -> Diagnostic {
    let (noun, role) = (kind.noun(), name.as_str());
    let (mut detail, of_rights) = match refusal {
        Refusal::Server(error) => (
            format!("The server was asked, and said: {}", error.to_detail()),
            error.kind() == crate::postgres::Kind::InsufficientPrivilege,
        ),
        Refusal::NoRight => {
            (format!("Cannot {}. The role that applies has no right to it.", change.describe()), true)
        }
    };
    if of_rights {
        detail.push_str(&format!("\n\n{SETTING_IS_NOT_OURS}"));
    }
    let at = path::of_change(kind, config, change);
    match rights {
        Rights::OnRds if of_rights => Diagnostic::warning(
            format!("{setting} of {noun} {role:?} may be refused"),
            format!("{detail}\n\nOn RDS, members of rds_superuser may do more than PostgreSQL says: the apply will show it."),
        ),
        Rights::AsAnother if of_rights && matches!(refusal, Refusal::Server(_)) => Diagnostic::warning(
            format!("{setting} of {noun} {role:?} may be refused"),
            format!("{detail}\n\nThe role that applies (apply_username) is another than the one that asked."),
        ),
        _ => Diagnostic::error(
            format!("The server refuses {setting} for {noun} {role:?}"),
            format!("{detail}\n\n{FOR_A_DESTROY}"),
        ),
    }
    .at(at)
}

/// CONNECT is granted where it changes nothing.
pub(crate) fn open_to_everybody(config: &RoleModel, databases: &[DatabaseName]) -> Option<Diagnostic> {
    let first = databases.first()?;
    let names: Vec<String> = databases.iter().map(|name| format!("{:?}", name.as_str())).collect();
    let database = if names.len() == 1 { "database" } else { "databases" };
    let warning = Diagnostic::warning(
        "CONNECT is granted where everybody may connect",
        format!(
            "PUBLIC has CONNECT on {database} {}, as on every new one: who can log in may connect there, with this grant or \
             without it, and after it is revoked. To let in only those who were granted it, take it from PUBLIC, as the \
             database's owner: REVOKE CONNECT ON DATABASE {} FROM PUBLIC.",
            first_ten(&names),
            if names.len() == 1 { names.join("") } else { "...".to_owned() },
        ),
    );
    Some(warning.at(path::of_database(config, first)))
}

/// The summary where a role can no longer log in, and is: in the plan and in the apply, which says it where the plan has not.
pub(super) fn stays_logged_in(kind: Kind, name: &RoleName) -> String {
    format!("The {} {:?} can no longer log in, but stays logged in", kind.noun(), name.as_str())
}

/// The same where a role goes.
pub(super) fn stays_logged_in_without(kind: Kind, name: &RoleName) -> String {
    format!("The {} {:?} is logged in, and stays so when it is gone", kind.noun(), name.as_str())
}

/// A role that is to be disabled and is logged in.
pub(crate) fn still_logged_in(
    kind: Kind,
    name: &RoleName,
    (config, change): (&RoleModel, &Change),
    (oid, open): (Oid, OpenSessions),
) -> Diagnostic {
    Diagnostic::warning(
        stays_logged_in(kind, name),
        format!(
            "It has {} open session(s), which go on after it can no longer log in. To end them with the apply, set \
             terminate_sessions = true; by hand, after it: SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE \
             usesysid = {}.",
            open.all, oid.0
        ),
    )
    .at(path::of_change(kind, config, change))
}

/// A user that is to log in with tokens, and does not use TLS, or perhaps not.
pub(crate) fn without_tls(name: &RoleName, open: OpenSessions) -> Option<Diagnostic> {
    let name = name.as_str();
    let (summary, which) = match open {
        OpenSessions { without_tls: 0, unseen: 0, .. } => return None,
        OpenSessions { without_tls: 0, unseen, .. } => (
            format!("Whether the user {name:?} is logged in with TLS, which IAM needs, cannot be seen"),
            format!(
                "Of {unseen} of its {} open session(s) only members of pg_read_all_stats (or pg_monitor) see whether they have \
                 TLS, and the role that plans is none.",
                open.all
            ),
        ),
        OpenSessions { without_tls, .. } => (
            format!("The user {name:?} is logged in without TLS, which IAM needs"),
            format!("{without_tls} of its {} open session(s) came without TLS.", open.all),
        ),
    };
    let diagnostic = Diagnostic::warning(
        summary,
        format!(
            "{which} They go on, but with auth_method = \"iam\" RDS lets it in over TLS only: whatever connects there needs \
             sslmode = require or more, and a token for a password."
        ),
    );
    Some(diagnostic.at(Path::attribute("auth_method")))
}

/// A role that is to be destroyed and is logged in.
pub(crate) fn logged_in_after(kind: Kind, name: &RoleName, open: OpenSessions) -> Diagnostic {
    Diagnostic::warning(
        stays_logged_in_without(kind, name),
        format!(
            "It has {} open session(s), which PostgreSQL does not end with the role: they go on until they end by themselves. \
             To end them with the destroy, set terminate_sessions = true and apply that first (or in the provider's defaults).",
            open.all
        ),
    )
}

/// A destroy that drops objects.
pub(crate) fn destroy_drops(kind: Kind, name: &RoleName, foreseen: &Foreseen) -> Option<Diagnostic> {
    (foreseen.dropped > 0).then(|| {
        Diagnostic::warning(
            format!(
                "The destroy of {} {:?} drops {} object(s) that it owns",
                kind.noun(),
                name.as_str(),
                foreseen.dropped
            ),
            format!(
                "on_destroy says drop_owned = true:\n{}\n\nNothing goes that others depend on. To keep them, say \
                 reassign_owned_to, and apply that first.",
                bullets(&foreseen.drops)
            ),
        )
        .at(Path::attribute("on_destroy").with_attribute("drop_owned"))
    })
}

/// What was granted to and by a role goes with it. One summary for all roles: a list of many says it once.
pub(crate) fn destroy_takes(
    kind: Kind,
    name: &RoleName,
    foreseen: &Foreseen,
    granted: &[(RoleName, RoleName)],
) -> Option<Diagnostic> {
    let mut lines = foreseen.revokes.clone();
    if !granted.is_empty() {
        let memberships: Vec<String> = granted
            .iter()
            .map(|(group, member)| format!("of {:?} in {:?}", member.as_str(), group.as_str()))
            .collect();
        lines.push(format!(
            "it has granted {} membership(s) to others, which this connection grants again first: {}",
            memberships.len(),
            first_ten(&memberships)
        ));
    }
    (!lines.is_empty()).then(|| {
        Diagnostic::warning(
            "What was granted to a role goes with it",
            format!(
                "The destroy of {} {:?} revokes what it was granted. What it has granted to others in a database would stop it:\n{}",
                kind.noun(),
                name.as_str(),
                bullets(&lines)
            ),
        )
    })
}
