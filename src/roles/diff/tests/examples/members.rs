//! Who belongs to a group, and what hangs on them.

use super::*;
use crate::roles::diff::tests::model::{Cluster, ME, SUBJECT};
use crate::roles::{CatalogMembership, CatalogRole, RoleAttributes};

#[test]
fn members_that_no_name_or_glob_allows_go() {
    let mut actual = role();
    actual.members = vec![
        held("a[b]", "me", "is"),
        held("me", "rdsadmin", "a"),
        held("stranger", "another", "is"),
        held("stranger", "me", "is"),
        held("team/x/y", "me", "is"),
        held("team\n2", "me", "is"),
    ];
    let rule = |patterns: &[&str]| MemberRule::Only(patterns.iter().map(|text| (*text).to_owned()).collect());
    let desired = Desired { member_rule: rule(&["a[b]", "team*"]), ..desired() };
    assert_eq!(
        described(&actual, &desired, &server(160_014)),
        [
            "revoke membership in bob from stranger (granted by another)",
            "revoke membership in bob from stranger"
        ]
    );
    let foreign = foreign_members(&actual, &desired.member_rule, &server(160_014));
    assert_eq!(foreign, BTreeSet::from([name("stranger")]));
    assert!(foreign_members(&actual, &rule(&["*"]), &server(160_014)).is_empty());
    assert!(foreign_members(&actual, &MemberRule::Any, &server(160_014)).is_empty());
    assert_eq!(foreign_members(&actual, &rule(&[]), &server(160_014)).len(), 4);
}

/// What was granted by an ADMIN is revoked before it (2BP01), and granted again where it is to stay.
#[test]
fn what_hangs_on_a_foreign_member_s_admin_comes_before_it() {
    let held = |other, oid, grantor, grantor_oid, letters| HeldMembership {
        other_oid: Oid(oid),
        grantor_oid: Oid(grantor_oid),
        ..held(other, grantor, letters)
    };
    let mut actual = role();
    actual.members = vec![
        held("adam", 1, "me", 100, "ais"),
        held("adam", 1, "adam", 1, "i"),
        held("foreign", 2, "adam", 1, "ais"),
        held("stranger", 3, "foreign", 2, "is"),
        held("team/one", 4, "foreign", 2, "ais"),
        held("team/one", 4, "rdsadmin", 10, "i"),
        held("team/two", 5, "team/one", 4, "is"),
        held("team/three", 6, "adam", 1, "is"),
        held("team/three", 6, "me", 100, "is"),
    ];
    let rule = MemberRule::Only(BTreeSet::from(["team/*".to_owned(), "me".to_owned()]));
    let desired = Desired { member_rule: rule, ..desired() };
    assert_eq!(
        described(&actual, &desired, &server(160_014)),
        [
            "grant membership in bob to team/one with ADMIN, INHERIT, SET",
            "revoke membership in bob from adam (granted by adam)",
            "revoke membership in bob from stranger (granted by foreign)",
            "revoke membership in bob from team/one (granted by foreign)",
            "revoke membership in bob from team/three (granted by adam)",
            "revoke membership in bob from foreign (granted by adam)",
            "revoke membership in bob from adam",
        ]
    );

    // The creator keeps its ADMIN, and with it what it granted.
    actual.members = vec![
        held("adam", 1, "rdsadmin", 10, "a"),
        held("adam", 1, "me", 100, "is"),
        held("team/one", 4, "adam", 1, "is"),
    ];
    assert_eq!(described(&actual, &desired, &server(160_014)), ["revoke membership in bob from adam"]);

    // ADMIN is not to be granted to oneself, nor need it be by who made the group.
    actual.members = vec![
        held("foreign", 2, "me", 100, "ais"),
        held("me", 100, "rdsadmin", 10, "a"),
        held("me", 100, "foreign", 2, "is"),
    ];
    assert_eq!(
        described(&actual, &desired, &server(160_014)),
        [
            "grant membership in bob to me with INHERIT, SET",
            "revoke membership in bob from me (granted by foreign)",
            "revoke membership in bob from foreign",
        ]
    );
}

/// As on RDS: a grant of ours to ourselves goes over the row that we have ADMIN by.
#[test]
fn one_keeps_one_s_own_admin_where_another_is_recorded_as_its_grantor() {
    let role = |oid, text| CatalogRole {
        oid,
        name: name(text),
        attributes: RoleAttributes::default(),
        comment: None,
    };
    let row = |member, grantor, letters| CatalogMembership {
        group: SUBJECT,
        member,
        grantor,
        options: options(letters),
    };
    let (rdsadmin, team) = (Oid::BOOTSTRAP_SUPERUSER, Oid(107));
    for letters in ["a", "as"] {
        let mut cluster = Cluster {
            server: server(180_004),
            recorded_as: rdsadmin,
            roles: vec![role(SUBJECT, "bob"), role(ME, "me"), role(team, "team"), role(rdsadmin, "rdsadmin")],
            memberships: vec![row(ME, rdsadmin, letters), row(team, rdsadmin, "a"), row(ME, team, "i")],
            settings: Vec::new(),
            databases: Vec::new(),
            passwords: Vec::new(),
        };
        // What team holds is no creator's row.
        cluster.memberships[1].options.set = true;
        let rule = MemberRule::Only(BTreeSet::from(["me".to_owned()]));
        let bob = cluster.catalog().role_by_oid(SUBJECT).unwrap();
        let desired =
            Desired { attributes: RoleAttributes::default(), comment: None, member_rule: rule, ..desired() };
        cluster.apply(&diff(Some(&bob), &desired, &cluster.server).changes).unwrap();
        let after = cluster.catalog().role_by_oid(SUBJECT).unwrap();
        let left: Vec<_> = after.members.iter().map(|row| (row.other.as_str(), row.options)).collect();
        assert_eq!(left, [("me", options(letters).or(options("i")))]);
    }
}

/// 2BP01 otherwise.
#[test]
fn what_a_role_granted_to_itself_goes_before_its_admin() {
    let mut actual = role();
    actual.memberships = vec![held("app", "me", "ais"), held("app", "bob", "is")];
    let mut desired = desired();
    let first = "revoke membership in app from bob (granted by bob)";
    let described = |desired: &Desired| described(&actual, desired, &server(160_014));
    assert_eq!(described(&desired), [first, "revoke membership in app from bob"]);
    desired.memberships = BTreeMap::from([(name("app"), options("is"))]);
    assert_eq!(described(&desired), [first, "revoke ADMIN on app from bob"]);
    desired.memberships = BTreeMap::from([(name("app"), options("ais"))]);
    assert_eq!(described(&desired), [""; 0]);
}

#[test]
fn a_broken_glob_is_still_a_name() {
    assert!(member_pattern_error("team/[").is_some());
    assert_eq!(member_pattern_error("team/*"), None);
    let mut actual = role();
    actual.members = vec![held("team/[", "me", "is"), held("team/x", "me", "is")];
    let rule = MemberRule::Only(BTreeSet::from(["team/[".to_owned()]));
    assert_eq!(foreign_members(&actual, &rule, &server(160_014)), BTreeSet::from([name("team/x")]));
}
