//! Drift that a plan's own text does not tell: behind values that are known only after the apply, and in groups whose
//! `rds_iam` nobody looks after.

use std::collections::{BTreeMap, BTreeSet};

use super::grants::{DATABASE_PRIVILEGES, DATABASES, GROUPS, MEMBERSHIPS, full_privileges_of};
use super::plan::Grant;
use super::private::Private;
use super::unseen::first_ten;
use super::{Kind, RoleModel};
use crate::roles::lockout::path_text;
use crate::roles::{Catalog, DatabaseName, MembershipOptions, PrivilegeSet, Role, RoleName};
use crate::sdk::{Diagnostics, Path, Value};

/// A map's key cannot be unknown, so one unknown name makes all memberships unknown, and one unknown database all
/// privileges. The plan then shows the whole of them as changed, and what somebody else did is lost in it.
pub(super) fn warn_of_hidden(
    kind: Kind,
    config: &Value,
    (prior, planned): (&Value, &Value),
    (model, private): (&RoleModel, &Private),
    diagnostics: &mut Diagnostics,
) {
    // Before its first apply nothing was wanted that others could have changed.
    if private.unapplied || private.oid.is_none() {
        return;
    }
    let of_memberships = changed_memberships as fn(&Value, &Private) -> Vec<String>;
    for (full, short, changed) in
        [(MEMBERSHIPS, GROUPS, of_memberships), (DATABASE_PRIVILEGES, DATABASES, changed_privileges)]
    {
        if planned.get(full).is_none_or(Value::is_wholly_known) {
            continue;
        }
        let changed = changed(prior, private);
        if changed.is_empty() {
            continue;
        }
        let written = if config.get(full).is_none_or(Value::is_null) { short } else { full };
        diagnostics.warning(
            Path::attribute(written),
            format!(
                "The plan cannot show what others changed in the {written} of {} {:?}",
                kind.noun(),
                model.name.known().map_or("", String::as_str)
            ),
            format!(
                "One of the names is known only after the apply, so all of {full} is. Since the last apply somebody has: {}. \
                 The apply brings about what is written then.",
                first_ten(&changed)
            ),
        );
    }
}

/// What of a role's memberships is not as it was last wanted.
fn changed_memberships(prior: &Value, private: &Private) -> Vec<String> {
    let wanted = private.wanted_memberships();
    let held = match prior.get(MEMBERSHIPS) {
        Some(Value::Map(entries)) => entries
            .iter()
            .map(|(group, options)| {
                let has = |name| matches!(options.get(name), Some(Value::Bool(true)));
                let options =
                    MembershipOptions { admin: has("admin"), inherit: has("inherit"), set: has("set") };
                (RoleName::from_catalog(group), options)
            })
            .collect(),
        _ => BTreeMap::new(),
    };
    differences(&held, &wanted, |group| Grant::Membership(group.clone()))
}

/// What of a role's privileges on databases is not as it was last wanted.
fn changed_privileges(prior: &Value, private: &Private) -> Vec<String> {
    let by_privilege = |full: BTreeMap<DatabaseName, PrivilegeSet>| -> BTreeMap<_, _> {
        let each = |(database, privileges): (DatabaseName, PrivilegeSet)| {
            privileges.into_iter().map(move |(privilege, option)| ((database.clone(), privilege), option))
        };
        full.into_iter().flat_map(each).collect()
    };
    let held = prior.get(DATABASE_PRIVILEGES).and_then(full_privileges_of).unwrap_or_default();
    differences(&by_privilege(held), &by_privilege(private.wanted_privileges()), |(database, privilege)| {
        Grant::Privilege(database.clone(), *privilege)
    })
}

fn differences<K: Ord, V: PartialEq>(
    held: &BTreeMap<K, V>,
    wanted: &BTreeMap<K, V>,
    grant: impl Fn(&K) -> Grant,
) -> Vec<String> {
    let keys: BTreeSet<&K> = held.keys().chain(wanted.keys()).collect();
    let difference = |key: &K| match (held.get(key), wanted.get(key)) {
        (Some(_), None) => Some(format!("granted {}", grant(key))),
        (None, Some(_)) => Some(format!("revoked {}", grant(key))),
        (Some(held), Some(wanted)) if held != wanted => {
            Some(format!("changed the options of {}", grant(key)))
        }
        _ => None,
    };
    keys.into_iter().filter_map(difference).collect()
}

/// A password user that is in `rds_iam` through a group cannot log in, and none of its attributes shows it: `rds_iam` is
/// its own membership only, and nobody looks after a group's.
pub(super) fn warn_of_rds_iam_through_groups(role: &Role, catalog: &Catalog, diagnostics: &mut Diagnostics) {
    let rds_iam = RoleName::rds_iam();
    if !role.attributes.login || role.is_direct_member(&rds_iam) {
        return;
    }
    let Some(path) = catalog.role_oid(&rds_iam).and_then(|group| catalog.path_to(role.oid, group)) else {
        return;
    };
    let path: Vec<RoleName> = path.into_iter().filter_map(|oid| catalog.role_name(oid).cloned()).collect();
    // The path begins with the role and ends with rds_iam.
    let last_but_one = path.iter().rev().nth(1).map_or("", RoleName::as_str);
    diagnostics.warning(
        Path::attribute("auth_method"),
        format!("User {:?} cannot log in with its password", role.name.as_str()),
        format!(
            "It is in rds_iam through a group ({}), and RDS lets such a user log in with IAM only. If that is not meant, \
             REVOKE rds_iam FROM {last_but_one:?}, or take the user out of the group; if it is, set auth_method = \"iam\".",
            path_text(&path)
        ),
    );
}
