//! Another cluster than the state's, and roles that are not under the name that the state has.

use crate::provider::recognition::Identifiers;
use crate::provider::resources::role::Kind;
use crate::roles::{Oid, RoleName};
use crate::sdk::Diagnostic;

use super::path;

/// The connection goes to another cluster than the state's.
pub(crate) fn another_cluster(endpoint: &str, Identifiers { kept, found }: Identifiers) -> Diagnostic {
    Diagnostic::error(
        "This is another cluster than the one in the state",
        format!(
            "The state is of the cluster with the system identifier {kept}; the one at {endpoint} has {found}. Nothing was \
             compared, and no user or group of the state is touched.\n\nIf that is a mistake, correct the provider's host and \
             port, or take the workspace or state that belongs to this cluster. If the state is to go with it, after a move to \
             a new cluster or a major upgrade (which keeps the roles, and gives a cluster a new identifier), set \
             allow_cluster_change = true, or PGUM_ALLOW_CLUSTER_CHANGE=true, for one apply: the state is then compared by names, \
             and is this cluster's from then on."
        ),
    )
}

/// The connection goes to another cluster than the one that the plan was made for.
pub(crate) fn planned_for_another(endpoint: &str, Identifiers { kept, found }: Identifiers) -> Diagnostic {
    Diagnostic::error(
        "This is another cluster than the one that was planned for",
        format!(
            "The plan was made for the cluster with the system identifier {kept}; the one at {endpoint} has {found}. Nothing was \
             created.\n\nA saved plan keeps what is written in the provider's configuration, and not the environment (POSTGRES_HOST, \
             PGHOST and such). If that is a mistake, correct it. If this cluster is meant, plan again; or set \
             allow_cluster_change = true, or PGUM_ALLOW_CLUSTER_CHANGE=true, for one apply."
        ),
    )
}

/// The same, where it is allowed.
pub(crate) fn cluster_changed(endpoint: &str, Identifiers { kept, found }: Identifiers) -> Diagnostic {
    Diagnostic::warning(
        "The state is compared with another cluster",
        format!(
            "It is of the cluster with the system identifier {kept}; the one at {endpoint} has {found}, and allow_cluster_change \
             is set. Users and groups are looked up by their names. The apply makes the state this cluster's, also where there \
             is nothing to change; take allow_cluster_change out after it."
        ),
    )
}

/// A state that has not been compared with the cluster that it is to be of.
pub(crate) fn not_compared_yet(kind: Kind, name: &RoleName) -> Diagnostic {
    Diagnostic::error(
        format!("The {} {:?} was not compared with this cluster yet", kind.noun(), name.as_str()),
        "Its state is of another cluster. allow_cluster_change lets the next look compare it by names, so plan without \
         -refresh=false.",
    )
    .at(path::name(kind))
}

/// What to do about a role that somebody renamed on purpose.
pub(crate) const NEW_NAME_STAYS: &str = "If the new name is to stay, write that.";

/// A role that somebody renamed.
pub(crate) fn renamed(kind: Kind, (name, oid): (&RoleName, Oid), now: &RoleName) -> Diagnostic {
    Diagnostic::warning(
        format!("The {} {:?} is called {:?} now", kind.noun(), name.as_str(), now.as_str()),
        format!(
            "No role has the name of the state, and the role with its OID ({}) has that one: somebody renamed it. The apply \
             gives it the name that is written. {NEW_NAME_STAYS}\n\nA restored or cloned cluster can look like this, too: there the OID may mean another role. If {:?} is none of this {}, do not apply; with \
             allow_cluster_change = true names alone count, and {:?} is made anew.",
            oid.0,
            now.as_str(),
            kind.noun(),
            name.as_str()
        ),
    )
    .at(path::name(kind))
}

/// A role that has another name now, while its own belongs to another role.
pub(crate) fn former(kind: Kind, name: &RoleName, now: &RoleName) -> Diagnostic {
    let (noun, name, now) = (kind.noun(), name.as_str(), now.as_str());
    Diagnostic::warning(
        format!("The {noun} {name:?} is another role than before, which is called {now:?} now"),
        format!(
            "The OID in the state is that of {now:?}. If somebody has renamed it and made another of its name, {now:?} still has \
             what was given to {name:?}, a password included: look at it, and drop it if nobody needs it. The plan is about the \
             role that has the name. (A restored or cloned cluster can look like this, too, where OIDs mean other roles.)"
        ),
    )
    .at(path::name(kind))
}

/// A role whose new name says that it is not ours to touch.
pub(crate) fn reserved(kind: Kind, name: &RoleName, now: &RoleName) -> Diagnostic {
    Diagnostic::warning(
        format!("The {} {:?} is not followed to the name {:?}", kind.noun(), name.as_str(), now.as_str()),
        format!(
            "No role has the name of the state, and the role with its OID has one that {}. So \
             {:?} is planned to be made anew. If somebody has renamed it, rename it back by hand: ALTER ROLE ... RENAME TO.",
            if now.is_unreadable() { "is no UTF-8" } else { "PostgreSQL or RDS keeps for itself" },
            name.as_str()
        ),
    )
    .at(path::name(kind))
}

/// A role that two states mean, one of them by its OID only.
pub(crate) fn two_states(kind: Kind, (gone, oid): (&RoleName, Oid), now: &RoleName) -> Diagnostic {
    let (gone, now) = (gone.as_str(), now.as_str());
    Diagnostic::error(
        format!("Two states are of the role {now:?}"),
        format!(
            "One resource calls it {now:?}. Another calls it {gone:?}: no role has that name, and the OID in its state ({}) is that of \
             {now:?}. Either {gone:?} was renamed to {now:?}, and then one of the two resources is too many: take it out of the state \
             with terraform state rm. Or this cluster was restored or cloned, and the OID means another role by now: set \
             allow_cluster_change = true for one apply, with which names alone count, and {gone:?} is made anew.",
            oid.0
        ),
    )
    .at(path::name(kind))
}
