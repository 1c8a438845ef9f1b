//! What holds for every cluster and every desired role.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::arbitrary::{MEMBERS, case, desired, name, not_empty};
use super::model::{Cluster, ME, RDS_IAM, SUBJECT};
use crate::roles::{
    Change, DatabaseName, Desired, GrantsMode, MemberRule, MembershipOptions, Oid, PasswordChange, Role,
    RoleName, Server, Settings, canonical_setting_name, diff, foreign_members, settings_equal,
};

fn subject(cluster: &Cluster) -> Role {
    cluster.catalog().role_by_oid(SUBJECT).unwrap()
}

fn kept(desired: &Desired) -> Desired {
    Desired { password: PasswordChange::Keep, ..desired.clone() }
}

/// The cluster after the changes, and the changes.
fn applied(cluster: &Cluster, desired: &Desired) -> Result<(Cluster, Vec<Change>), TestCaseError> {
    let actual = cluster.catalog().role_by_oid(SUBJECT);
    let changes = diff(actual.as_ref(), desired, &cluster.server).changes;
    let mut after = cluster.clone();
    after.apply(&changes).map_err(|error| {
        // The server has its reasons, and the diff is not to know them all.
        if desired.name == cluster.server.user && error.contains("0LP01") {
            TestCaseError::reject(error)
        } else {
            TestCaseError::fail(format!("{error}\n{changes:#?}"))
        }
    })?;
    Ok((after, changes))
}

fn looked_after(desired: &Desired, group: &RoleName) -> bool {
    if group.is_rds_iam() {
        return desired.rds_iam.is_some();
    }
    desired.memberships.contains_key(group)
        || match &desired.grants_mode {
            GrantsMode::Authoritative => true,
            GrantsMode::Additive { former_groups, .. } => former_groups.contains(group),
        }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn the_changes_bring_about_what_is_wanted((cluster, desired) in case()) {
        let (after, changes) = applied(&cluster, &desired)?;
        let rest = diff(Some(&subject(&after)), &kept(&desired), &cluster.server);
        prop_assert!(rest.is_empty(), "after {changes:#?}\nthere is left {rest:#?}");
    }

    #[test]
    fn a_new_role_becomes_what_is_wanted((cluster, desired) in case()) {
        let mut cluster = cluster;
        cluster.server.user = name("me");
        if cluster.recorded_as == SUBJECT {
            cluster.recorded_as = ME;
        }
        cluster.roles.retain(|role| role.oid != SUBJECT);
        cluster.memberships.retain(|row| ![row.group, row.member, row.grantor].contains(&SUBJECT));
        cluster.settings.clear();
        for database in &mut cluster.databases {
            database.acl.retain(|entry| ![entry.grantee, entry.grantor].contains(&SUBJECT));
            if database.owner == SUBJECT {
                database.owner = Oid::BOOTSTRAP_SUPERUSER;
            }
        }
        let (after, changes) = applied(&cluster, &desired)?;
        let created = matches!(changes.first(), Some(Change::Create { .. }));
        prop_assert!(created);
        let rest = diff(Some(&subject(&after)), &kept(&desired), &cluster.server);
        prop_assert!(rest.is_empty(), "after {changes:#?}\nthere is left {rest:#?}");
    }

    #[test]
    fn a_state_shows_what_was_wanted((cluster, desired) in case()) {
        let (after, _) = applied(&cluster, &desired)?;
        let role = subject(&after);
        prop_assert_eq!(&role.name, &desired.name);
        prop_assert_eq!(&role.attributes, &desired.attributes);
        prop_assert_eq!(&role.comment, &desired.comment);
        prop_assert_eq!(same_settings(&role.settings, &desired.settings), Ok(()));
        let nowhere = Settings::new();
        for database in role.database_settings.keys().chain(desired.database_settings.keys()) {
            let held = role.database_settings.get(database).unwrap_or(&nowhere);
            let wanted = desired.database_settings.get(database).unwrap_or(&nowhere);
            prop_assert_eq!(same_settings(held, wanted), Ok(()));
        }

        let is_ours = |group: &RoleName| !group.is_rds_iam() || desired.rds_iam == Some(true);
        let mut memberships = role.effective_memberships(&desired.memberships, &cluster.server);
        let authoritative = desired.grants_mode == GrantsMode::Authoritative;
        memberships.retain(|group, _| {
            is_ours(group) && (authoritative || desired.memberships.contains_key(group))
        });
        let mut wanted = desired.memberships.clone();
        wanted.retain(|group, _| is_ours(group));
        prop_assert_eq!(memberships, wanted);

        let wanted = not_empty(&desired.privileges);
        let mut privileges = role.effective_privileges(&wanted);
        for (database, held) in &mut privileges {
            let wanted = wanted.get(database);
            held.retain(|privilege, _| {
                authoritative || wanted.is_some_and(|set| set.contains_key(privilege))
            });
        }
        prop_assert_eq!(not_empty(&privileges), wanted);

        if let Some(rds_iam) = desired.rds_iam {
            prop_assert_eq!(role.is_direct_member(&RoleName::rds_iam()), rds_iam);
        }
        prop_assert!(foreign_members(&role, &desired.member_rule, &cluster.server).is_empty());
    }

    #[test]
    fn what_is_no_longer_written_goes((cluster, desired) in case()) {
        let GrantsMode::Additive { former_groups, former_privileges } = &desired.grants_mode else {
            return Ok(());
        };
        let (after, _) = applied(&cluster, &desired)?;
        let role = subject(&after);
        let held = role.effective_memberships(&BTreeMap::new(), &cluster.server);
        for group in former_groups.iter().filter(|group| !desired.memberships.contains_key(group)) {
            let remains = group.is_rds_iam()
                && desired.rds_iam.is_none()
                && subject(&cluster).is_direct_member(group);
            prop_assert!(remains || !held.contains_key(group), "{group} is still there");
        }
        for (database, privileges) in former_privileges {
            let wanted = desired.privileges.get(database);
            for privilege in privileges {
                prop_assert!(
                    wanted.is_some_and(|set| set.contains_key(privilege))
                        || !role.privileges.iter().any(|held| {
                            held.database == *database && held.privilege == *privilege
                        }),
                    "{privilege} on {database} is still there"
                );
            }
        }
    }

    /// What a role is, wanted in just that way, differs in nothing.
    #[test]
    fn a_role_does_not_differ_from_itself((cluster, _) in case(), additive: bool) {
        let role = subject(&cluster);
        let memberships = role.effective_memberships(&BTreeMap::new(), &cluster.server);
        let wanted = Desired {
            name: role.name.clone(),
            attributes: role.attributes.clone(),
            comment: role.comment.clone(),
            settings: role.settings.clone(),
            database_settings: role.database_settings.clone(),
            looks_after_limits: true,
            rds_iam: Some(role.is_direct_member(&RoleName::rds_iam())),
            memberships,
            privileges: role.effective_privileges(&BTreeMap::new()),
            grants_mode: if additive {
                GrantsMode::Additive { former_groups: BTreeSet::new(), former_privileges: BTreeMap::new() }
            } else {
                GrantsMode::Authoritative
            },
            member_rule: MemberRule::Any,
            password: PasswordChange::Keep,
        };
        let difference = diff(Some(&role), &wanted, &cluster.server);
        prop_assert!(difference.is_empty(), "{difference:#?}");
    }

    #[test]
    fn nothing_is_touched_that_is_not_looked_after((cluster, desired) in case()) {
        let (after, changes) = applied(&cluster, &desired)?;
        let catalog = cluster.catalog();
        // Memberships: in groups that nobody looks after.
        let names = |oid| catalog.role_name(oid).unwrap();
        let foreign = foreign_members(&subject(&cluster), &desired.member_rule, &cluster.server);
        for row in &cluster.memberships {
            let touchable = row.member != SUBJECT || looked_after(&desired, names(row.group));
            prop_assert!(touchable || after.memberships.contains(row), "{row:?} is gone by {changes:#?}");
        }
        // Members that are allowed: they belong to it as before, if not by the same grant.
        for member in MEMBERS.into_iter().filter(|member| !foreign.contains(names(*member))) {
            let of_member = |cluster: &Cluster| {
                let rows = cluster.memberships.iter();
                let rows = rows.filter(|row| row.group == SUBJECT && row.member == member);
                rows.map(|row| row.options).reduce(MembershipOptions::or)
            };
            prop_assert_eq!(of_member(&cluster), of_member(&after), "by {:#?}", changes);
        }
        // Privileges: of others, and those that nobody looks after.
        for database in &cluster.databases {
            let there = after.databases.iter().find(|other| other.oid == database.oid).unwrap();
            let wanted = desired.privileges.get(&database.name);
            for entry in &database.acl {
                let touchable = entry.grantee == SUBJECT
                    && database.owner != SUBJECT
                    && (wanted.is_some_and(|set| set.contains_key(&entry.privilege))
                        || match &desired.grants_mode {
                            GrantsMode::Authoritative => true,
                            GrantsMode::Additive { former_privileges, .. } => former_privileges
                                .get(&database.name)
                                .is_some_and(|former| former.contains(&entry.privilege)),
                        });
                prop_assert!(touchable || there.acl.contains(entry), "{entry:?} is gone by {changes:#?}");
            }
        }
        for role in cluster.roles.iter().filter(|role| role.oid != SUBJECT) {
            prop_assert!(after.roles.contains(role));
        }
        if desired.rds_iam.is_none() {
            let of_rds_iam = |cluster: &Cluster| {
                cluster.memberships.iter().filter(|row| row.group == RDS_IAM).cloned().collect::<Vec<_>>()
            };
            prop_assert_eq!(of_rds_iam(&cluster), of_rds_iam(&after));
        }
    }

    #[test]
    fn the_password_changes_as_asked_and_last((cluster, desired) in case()) {
        let (after, changes) = applied(&cluster, &desired)?;
        let expected: &[&str] = match desired.password {
            PasswordChange::Keep => &[],
            PasswordChange::Set => &["set"],
            PasswordChange::Clear => &["cleared"],
        };
        prop_assert_eq!(&after.passwords, expected);
        if desired.password != PasswordChange::Keep {
            prop_assert!(changes.last().is_some_and(is_password));
        }
    }

    /// What the connection's user may do is what the other changes need.
    #[test]
    fn one_gives_up_attributes_of_its_own_last((cluster, desired) in case()) {
        let (_, changes) = applied(&cluster, &desired)?;
        let altered = changes.iter().position(|change| matches!(change, Change::Alter { .. }));
        if let Some(place) = altered.filter(|_| cluster.server.user == desired.name) {
            let only_password = changes[place + 1..].iter().all(is_password);
            prop_assert!(only_password);
        }
    }

    /// Two runs that change the same groups and databases lock them in the same order.
    #[test]
    fn groups_and_databases_come_in_order((cluster, desired) in case()) {
        let (_, changes) = applied(&cluster, &desired)?;
        let groups: Vec<_> = changes.iter().filter_map(group_of).collect();
        prop_assert!(groups.is_sorted(), "{groups:?}");
        let databases: Vec<_> = changes.iter().filter_map(database_of).collect();
        prop_assert!(databases.is_sorted(), "{databases:?}");
    }

    /// A wish for which everything is there already makes no change, whoever the connection's user is.
    #[test]
    fn what_was_reached_stays_for_another_user((cluster, desired) in case(), user in another_user()) {
        let (after, _) = applied(&cluster, &desired)?;
        let server = Server { version: cluster.server.version, ..user };
        let rest = diff(Some(&subject(&after)), &kept(&desired), &server);
        prop_assert!(rest.is_empty(), "{rest:#?}");
    }

    #[test]
    fn a_role_that_is_there_is_not_made_again(
        (cluster, _) in case(),
        wanted in desired(Server { version: 180_004, user: name("me"), superuser: false }),
    ) {
        let changes = diff(Some(&subject(&cluster)), &wanted, &cluster.server).changes;
        let created = changes.iter().any(|change| matches!(change, Change::Create { .. }));
        prop_assert!(!created);
    }
}

fn another_user() -> impl Strategy<Value = Server> {
    (prop_oneof![Just("me"), Just("another"), Just("rdsadmin")], any::<bool>())
        .prop_map(|(user, superuser)| Server { version: 0, user: name(user), superuser })
}

fn same_settings(held: &Settings, wanted: &Settings) -> Result<(), String> {
    let value_in = |settings: &Settings, name: &str| {
        let same = |other: &&String| canonical_setting_name(other) == canonical_setting_name(name);
        settings.keys().find(same).map(|name| settings[name].clone())
    };
    for (name, _) in held.iter().chain(wanted) {
        match (value_in(held, name), value_in(wanted, name)) {
            (Some(held), Some(wanted)) if settings_equal(name, &held, &wanted) => {}
            pair => return Err(format!("{name}: {pair:?}")),
        }
    }
    Ok(())
}

fn is_password(change: &Change) -> bool {
    matches!(change, Change::SetPassword { .. } | Change::ClearPassword { .. })
}

fn database_of(change: &Change) -> Option<&DatabaseName> {
    match change {
        Change::GrantPrivileges { database, .. } | Change::RevokePrivileges { database, .. } => {
            Some(database)
        }
        _ => None,
    }
}

fn group_of(change: &Change) -> Option<&RoleName> {
    match change {
        Change::GrantMembership { group, .. }
        | Change::RevokeMembership { group, .. }
        | Change::RevokeAdminOption { group, .. } => Some(group),
        _ => None,
    }
}
