//! What a role belongs to, rds_iam included.

use super::*;

#[test]
fn a_user_that_becomes_iam_gets_the_group_and_loses_the_password() {
    let desired = Desired { rds_iam: Some(true), password: PasswordChange::Clear, ..desired() };
    assert_eq!(
        described(&role(), &desired, &server(160_014)),
        ["grant membership in rds_iam to bob with INHERIT, SET", "remove the password"]
    );
}

#[test]
fn a_user_that_becomes_password_loses_the_group_and_gets_a_password() {
    let mut actual = role();
    actual.memberships = vec![held("rds_iam", "me", "is"), held("rds_iam", "rdsadmin", "a")];
    let desired = Desired { password: PasswordChange::Set, ..desired() };
    assert_eq!(
        described(&actual, &desired, &server(160_014)),
        [
            "revoke membership in rds_iam from bob",
            "revoke membership in rds_iam from bob (granted by rdsadmin)",
            "set the password"
        ]
    );
}

#[test]
fn any_membership_of_rds_iam_will_do_but_admin_is_for_those_who_asked() {
    let mut actual = role();
    actual.memberships = vec![held("rds_iam", "another", "i")];
    let mut desired = Desired { rds_iam: Some(true), ..desired() };
    assert_eq!(described(&actual, &desired, &server(160_014)), [""; 0]);

    actual.memberships = vec![held("rds_iam", "another", "ais")];
    let revoked = ["revoke ADMIN on rds_iam from bob (granted by another)"];
    assert_eq!(described(&actual, &desired, &server(160_014)), revoked);
    assert_eq!(described(&actual, &desired, &server(150_018)), ["revoke ADMIN on rds_iam from bob"]);
    desired.grants_mode =
        GrantsMode::Additive { former_groups: BTreeSet::new(), former_privileges: BTreeMap::new() };
    assert_eq!(described(&actual, &desired, &server(160_014)), [""; 0]);

    desired.memberships = BTreeMap::from([(RoleName::rds_iam(), options("ais"))]);
    assert_eq!(described(&actual, &desired, &server(160_014)), [""; 0]);
    actual.memberships = vec![held("rds_iam", "another", "is")];
    let granted = ["grant membership in rds_iam to bob with ADMIN, INHERIT, SET"];
    assert_eq!(described(&actual, &desired, &server(160_014)), granted);
}

#[test]
fn nobody_looks_after_rds_iam_of_a_group() {
    let mut actual = role();
    actual.memberships = vec![held("rds_iam", "me", "ais")];
    let desired = Desired { rds_iam: None, ..desired() };
    assert_eq!(described(&actual, &desired, &server(160_014)), [""; 0]);
}

#[test]
fn what_another_granted_is_held() {
    let mut actual = role();
    actual.memberships = vec![held("app", "another", "i"), held("app", "rdsadmin", "s")];
    let desired = Desired { memberships: BTreeMap::from([(name("app"), options("is"))]), ..desired() };
    assert_eq!(described(&actual, &desired, &server(170_010)), [""; 0]);
}

/// A second GRANT to a NOINHERIT role says nothing of INHERIT unless it is written out.
#[test]
fn missing_options_are_granted_in_full() {
    let mut actual = role();
    actual.attributes.inherit = false;
    actual.memberships = vec![held("app", "me", "s")];
    let mut desired = Desired { memberships: BTreeMap::from([(name("app"), options("is"))]), ..desired() };
    desired.attributes.inherit = false;
    assert_eq!(
        described(&actual, &desired, &server(160_014)),
        ["grant membership in app to bob with INHERIT, SET"]
    );
    assert_eq!(described(&actual, &desired, &server(150_018)), [""; 0]);
}

#[test]
fn surplus_options_go_from_whose_row_they_are_on() {
    let mut actual = role();
    actual.memberships = vec![
        held("app", "another", "ais"),
        held("app", "me", "ais"),
        held("app", "third", "a"),
        held("app", "fourth", "s"),
    ];
    let desired = Desired { memberships: BTreeMap::from([(name("app"), options("i"))]), ..desired() };
    assert_eq!(
        described(&actual, &desired, &server(160_014)),
        [
            "revoke membership in app from bob (granted by another)",
            "revoke ADMIN on app from bob",
            "revoke ADMIN on app from bob (granted by third)",
            "revoke membership in app from bob (granted by fourth)",
            "grant membership in app to bob with INHERIT",
        ]
    );
}

#[test]
fn up_to_15_admin_is_the_only_option() {
    let mut actual = role();
    actual.memberships = vec![held("app", "gone", "ais"), held("web", "another", "is")];
    let wanted = BTreeMap::from([(name("app"), options("is")), (name("web"), options("ais"))]);
    let desired = Desired { memberships: wanted, ..desired() };
    assert_eq!(
        described(&actual, &desired, &server(150_018)),
        ["revoke ADMIN on app from bob", "grant membership in web to bob with ADMIN, INHERIT, SET"]
    );
}

#[test]
fn a_surplus_membership_goes_row_by_row() {
    let mut actual = role();
    actual.memberships =
        vec![held("pg_read_all_data", "me", "is"), held("pg_read_all_data", "another", "is")];
    assert_eq!(
        described(&actual, &desired(), &server(160_014)),
        [
            "revoke membership in pg_read_all_data from bob",
            "revoke membership in pg_read_all_data from bob (granted by another)"
        ]
    );
    // A superuser's own rows are the bootstrap superuser's.
    actual.memberships = vec![held("app", "rdsadmin", "is"), held("app", "me", "is")];
    assert_eq!(
        described(&actual, &desired(), &superuser(160_014)),
        ["revoke membership in app from bob", "revoke membership in app from bob (granted by me)"]
    );
    actual.memberships = vec![held("app", "gone", "is")];
    assert_eq!(described(&actual, &desired(), &server(150_018)), ["revoke membership in app from bob"]);
}

#[test]
fn the_creator_s_membership_is_no_drift() {
    let mut actual = role();
    actual.memberships = vec![held("made", "rdsadmin", "a")];
    actual.members = vec![held("me", "rdsadmin", "a")];
    let desired = Desired { member_rule: MemberRule::Only(BTreeSet::new()), ..desired() };
    assert_eq!(described(&actual, &desired, &server(160_014)), [""; 0]);
    assert!(foreign_members(&actual, &desired.member_rule, &server(160_014)).is_empty());
    // There is no such thing up to 15.
    assert_eq!(
        described(&actual, &desired, &server(150_018)),
        ["revoke membership in bob from me", "revoke membership in made from bob"]
    );
}

/// A GRANT by a superuser goes over the creator's row, and what the creator granted must not lose its ground.
#[test]
fn a_grant_over_the_creator_s_row_takes_admin_first() {
    let mut actual = role();
    actual.memberships = vec![held("made", "rdsadmin", "a")];
    let mut desired = Desired { memberships: BTreeMap::from([(name("made"), options("is"))]), ..desired() };
    assert_eq!(
        described(&actual, &desired, &superuser(160_014)),
        ["revoke ADMIN on made from bob", "grant membership in made to bob with INHERIT, SET"]
    );
    assert_eq!(
        described(&actual, &desired, &server(160_014)),
        ["grant membership in made to bob with INHERIT, SET"]
    );
    // It granted itself something by that ADMIN.
    actual.memberships.push(held("made", "bob", "i"));
    assert_eq!(
        described(&actual, &desired, &superuser(160_014)),
        [
            "revoke membership in made from bob (granted by bob)",
            "revoke ADMIN on made from bob",
            "grant membership in made to bob with INHERIT, SET"
        ]
    );
    actual.memberships.pop();
    desired.memberships = BTreeMap::from([(name("made"), options("a"))]);
    assert_eq!(described(&actual, &desired, &superuser(160_014)), [""; 0]);
}

/// 0LP01 otherwise.
#[test]
fn admin_is_not_granted_to_oneself() {
    let mut actual = role();
    actual.memberships = vec![held("made", "rdsadmin", "a")];
    let desired = Desired { memberships: BTreeMap::from([(name("made"), options("ais"))]), ..desired() };
    let bob = Server { user: name("bob"), ..server(160_014) };
    assert_eq!(described(&actual, &desired, &bob), ["grant membership in made to bob with INHERIT, SET"]);
    assert_eq!(
        described(&actual, &desired, &server(160_014)),
        ["grant membership in made to bob with ADMIN, INHERIT, SET"]
    );
}

#[test]
fn additive_leaves_alone_what_was_never_written() {
    let mut actual = role();
    actual.memberships = vec![held("app", "me", "is"), held("web", "me", "is"), held("kept", "me", "ais")];
    actual.privileges = vec![
        privilege("myapp", "CONNECT", "me"),
        privilege("myapp", "CREATE", "me"),
        privilege("other", "CONNECT", "me"),
    ];
    let desired = Desired {
        memberships: BTreeMap::from([(name("kept"), options("is"))]),
        grants_mode: GrantsMode::Additive {
            former_groups: BTreeSet::from([name("web"), name("kept")]),
            former_privileges: BTreeMap::from([(database("myapp"), BTreeSet::from([Privilege::Create]))]),
        },
        ..desired()
    };
    assert_eq!(
        described(&actual, &desired, &server(160_014)),
        [
            "revoke CREATE on database myapp",
            "revoke ADMIN on kept from bob",
            "revoke membership in web from bob"
        ]
    );
}

#[test]
fn a_state_shows_rds_iam_and_the_creator_s_row_only_where_they_mean_something() {
    let mut actual = role();
    actual.memberships = vec![
        held("app", "another", "i"),
        held("app", "me", "s"),
        held("made", "rdsadmin", "a"),
        held("rds_iam", "me", "is"),
    ];
    let none = BTreeMap::new();
    let shown = |named: &BTreeMap<_, _>, version| actual.effective_memberships(named, &server(version));
    assert_eq!(shown(&none, 160_014), BTreeMap::from([(name("app"), options("is"))]));
    let named = BTreeMap::from([(name("made"), options("a")), (RoleName::rds_iam(), options("ais"))]);
    assert_eq!(
        shown(&named, 160_014),
        BTreeMap::from([
            (name("app"), options("is")),
            (name("made"), options("a")),
            (RoleName::rds_iam(), options("is"))
        ])
    );
    assert!(actual.is_direct_member(&RoleName::rds_iam()) && !actual.is_direct_member(&name("web")));

    actual.memberships = vec![held("rds_iam", "me", "ais"), held("app", "gone", "")];
    actual.attributes.inherit = false;
    assert_eq!(
        actual.effective_memberships(&none, &server(150_018)),
        BTreeMap::from([(name("app"), options("s")), (RoleName::rds_iam(), options("as"))])
    );
}
