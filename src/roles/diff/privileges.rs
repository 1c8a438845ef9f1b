//! Privileges on databases. What any grantor granted is held; what must go is revoked from each grantor's own
//! entry, since a REVOKE of another's entry changes nothing and says nothing.

use std::collections::{BTreeMap, BTreeSet};

use super::Sides;
use crate::roles::{
    Change, DatabaseName, GrantOption, GrantsMode, HeldPrivilege, Privilege, PrivilegeSet, RoleName,
};

pub(super) fn changes(sides: &Sides<'_>) -> Vec<Change> {
    let mut held = BTreeMap::<&DatabaseName, Vec<&HeldPrivilege>>::new();
    for entry in &sides.actual.privileges {
        held.entry(&entry.database).or_default().push(entry);
    }
    let databases: BTreeSet<_> = held.keys().copied().chain(sides.desired.privileges.keys()).collect();
    databases
        .into_iter()
        .flat_map(|database| match sides.actual.owned_databases.get(database) {
            Some(held) => on_own_database(sides, database, held).into_iter().collect(),
            None => {
                let entries = held.get(database).map(Vec::as_slice).unwrap_or_default();
                on_database(sides, database, entries)
            }
        })
        .collect()
}

/// The owner may grant all of them, whatever its entry says, and nothing is surplus there. What it was deprived of it lacks.
fn on_own_database(sides: &Sides<'_>, database: &DatabaseName, held: &BTreeSet<Privilege>) -> Option<Change> {
    let wanted = sides.desired.privileges.get(database)?.keys();
    let privileges: PrivilegeSet =
        wanted.filter(|privilege| !held.contains(privilege)).map(|privilege| (*privilege, false)).collect();
    (!privileges.is_empty()).then(|| Change::GrantPrivileges {
        database: database.clone(),
        grantee: sides.desired.name.clone(),
        privileges,
    })
}

fn on_database(sides: &Sides<'_>, database: &DatabaseName, entries: &[&HeldPrivilege]) -> Vec<Change> {
    let wanted = sides.desired.privileges.get(database);
    let mut granted = PrivilegeSet::new();
    let mut revoked = Revoked::new();
    for privilege in Privilege::ALL {
        let entries: Vec<_> = entries.iter().copied().filter(|entry| entry.privilege == privilege).collect();
        match wanted.and_then(|wanted| wanted.get(&privilege)) {
            Some(grant_option) => {
                heal(sides, privilege, *grant_option, &entries, &mut granted, &mut revoked);
            }
            None if is_surplus(sides, database, privilege) => {
                for entry in entries {
                    revoked.add(sides, entry, false);
                }
            }
            None => {}
        }
    }
    let mut changes = Vec::new();
    if !granted.is_empty() {
        changes.push(Change::GrantPrivileges {
            database: database.clone(),
            grantee: sides.desired.name.clone(),
            privileges: granted,
        });
    }
    changes.extend(revoked.into_changes(sides, database));
    changes
}

/// One wanted privilege.
fn heal(
    sides: &Sides<'_>,
    privilege: Privilege,
    grant_option: GrantOption,
    entries: &[&HeldPrivilege],
    granted: &mut PrivilegeSet,
    revoked: &mut Revoked,
) {
    let may_grant = entries.iter().any(|entry| entry.grant_option);
    if entries.is_empty() || (grant_option && !may_grant) {
        granted.insert(privilege, grant_option);
    } else if may_grant && !grant_option {
        for entry in entries {
            if entry.grant_option {
                revoked.add(sides, entry, true);
            } else if entry.grantor.as_ref() == Some(&sides.actual.name) {
                // What it granted to itself hangs on the grant option that goes.
                revoked.add(sides, entry, false);
            }
        }
    }
}

fn is_surplus(sides: &Sides<'_>, database: &DatabaseName, privilege: Privilege) -> bool {
    match &sides.desired.grants_mode {
        GrantsMode::Authoritative => true,
        GrantsMode::Additive { former_privileges, .. } => {
            former_privileges.get(database).is_some_and(|former| former.contains(&privilege))
        }
    }
}

/// What goes, by the statement that takes it. Statements of the role itself come first, since what it granted
/// to itself depends on what others granted to it; for the rest any order does.
struct Revoked(BTreeMap<RevokeStatement, Vec<Privilege>>);

#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct RevokeStatement {
    by_another: bool,
    grantor: Option<RoleName>,
    grant_option_only: bool,
}

impl Revoked {
    fn new() -> Self {
        Self(BTreeMap::new())
    }

    fn add(&mut self, sides: &Sides<'_>, entry: &HeldPrivilege, grant_option_only: bool) {
        let grantor = entry.grantor.as_ref();
        let statement = RevokeStatement {
            by_another: grantor != Some(&sides.actual.name),
            grantor: sides.grantor(grantor.filter(|grantor| **grantor != sides.server.user)),
            grant_option_only,
        };
        self.0.entry(statement).or_default().push(entry.privilege);
    }

    fn into_changes(self, sides: &Sides<'_>, database: &DatabaseName) -> impl Iterator<Item = Change> {
        self.0.into_iter().map(|(statement, privileges)| Change::RevokePrivileges {
            database: database.clone(),
            grantee: sides.desired.name.clone(),
            privileges,
            grant_option_only: statement.grant_option_only,
            grantor: statement.grantor,
        })
    }
}
