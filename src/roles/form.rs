//! The short and the full form of privileges: "One rule for what is written and what is there".

use std::collections::{BTreeMap, BTreeSet};

use super::{DatabaseName, Privilege, PrivilegeSet};

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

#[cfg(test)]
mod tests;
