//! The short and the full form of what is written: "One rule for what is written and what is there".

use std::collections::{BTreeMap, BTreeSet};

use super::{DatabaseName, MembershipOptions, Privilege, PrivilegeSet, RoleName};

/// The short form of memberships in full: admin false, inherit as the role's, set true.
pub fn expand_memberships(
    groups: &BTreeSet<RoleName>,
    inherit: bool,
) -> BTreeMap<RoleName, MembershipOptions> {
    groups
        .iter()
        .map(|group| (group.clone(), MembershipOptions { admin: false, inherit, set: true }))
        .collect()
}

/// The short form of memberships that are written in full.
pub fn project_memberships(full: &BTreeMap<RoleName, MembershipOptions>) -> BTreeSet<RoleName> {
    full.keys().cloned().collect()
}

/// Whether memberships in the short form say just what the full form says. If so a state keeps the short form
/// as it was written.
pub fn memberships_expansion_matches(
    groups: &BTreeSet<RoleName>,
    inherit: bool,
    full: &BTreeMap<RoleName, MembershipOptions>,
) -> bool {
    expand_memberships(groups, inherit) == *full
}

/// The short form of privileges in full: each on each database, CONNECT where none is written.
pub fn expand_privileges(
    privileges: &PrivilegeSet,
    databases: &BTreeSet<DatabaseName>,
) -> BTreeMap<DatabaseName, PrivilegeSet> {
    let each = if privileges.is_empty() {
        PrivilegeSet::from([(Privilege::Connect, false)])
    } else {
        privileges.clone()
    };
    databases.iter().map(|database| (database.clone(), each.clone())).collect()
}

/// The union of the values: a privilege has its grant option where it has it on every database that has it.
pub fn project_privileges(full: &BTreeMap<DatabaseName, PrivilegeSet>) -> PrivilegeSet {
    let mut union = PrivilegeSet::new();
    for privileges in full.values() {
        for (privilege, grant_option) in privileges {
            union.entry(*privilege).and_modify(|all| *all &= grant_option).or_insert(*grant_option);
        }
    }
    union
}

/// The databases of privileges that are written in full.
pub fn project_databases(full: &BTreeMap<DatabaseName, PrivilegeSet>) -> BTreeSet<DatabaseName> {
    full.keys().cloned().collect()
}

/// Whether privileges in the short form say just what the full form says, a database without any being none.
/// If so a state keeps the short form as it was written.
pub fn privileges_expansion_matches(
    privileges: &PrivilegeSet,
    databases: &BTreeSet<DatabaseName>,
    full: &BTreeMap<DatabaseName, PrivilegeSet>,
) -> bool {
    let expansion = expand_privileges(privileges, databases);
    let full: BTreeMap<_, _> = full.iter().filter(|(_, privileges)| !privileges.is_empty()).collect();
    full.into_iter().eq(&expansion)
}

#[cfg(test)]
mod tests;
