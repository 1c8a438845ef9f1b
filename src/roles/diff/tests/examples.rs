//! One example a rule.

use std::collections::{BTreeMap, BTreeSet};

use super::arbitrary::name;
use crate::roles::{
    Change, DatabaseName, Desired, GrantsMode, HeldMembership, HeldPrivilege, MemberRule, MembershipOptions,
    Oid, PasswordChange, Privilege, Role, RoleAttributes, RoleName, RoleOption, Server, Settings, ValidUntil,
    diff, foreign_members, member_pattern_error, parse_privileges,
};

fn server(version: u32) -> Server {
    Server { version, user: name("me"), superuser: false }
}

fn superuser(version: u32) -> Server {
    Server { superuser: true, ..server(version) }
}

fn role() -> Role {
    Role {
        oid: Oid(500),
        name: name("bob"),
        attributes: RoleAttributes { login: true, ..RoleAttributes::default() },
        comment: None,
        settings: Settings::new(),
        database_settings: BTreeMap::new(),
        memberships: Vec::new(),
        members: Vec::new(),
        privileges: Vec::new(),
        owned_databases: Vec::new(),
    }
}

/// What `role` is.
fn desired() -> Desired {
    Desired {
        name: name("bob"),
        attributes: role().attributes,
        comment: None,
        settings: Settings::new(),
        database_settings: BTreeMap::new(),
        memberships: BTreeMap::new(),
        looks_after_limits: true,
        rds_iam: Some(false),
        privileges: BTreeMap::new(),
        grants_mode: GrantsMode::Authoritative,
        member_rule: MemberRule::Any,
        password: PasswordChange::Keep,
    }
}

/// Options by the letters a, i, s.
fn options(letters: &str) -> MembershipOptions {
    MembershipOptions {
        admin: letters.contains('a'),
        inherit: letters.contains('i'),
        set: letters.contains('s'),
    }
}

fn held(other: &str, grantor: &str, letters: &str) -> HeldMembership {
    let grantor_oid = match grantor {
        "rdsadmin" => Oid::BOOTSTRAP_SUPERUSER,
        "me" => Oid(100),
        _ => Oid(102),
    };
    HeldMembership {
        other: name(other),
        other_oid: Oid(200),
        grantor: (grantor != "gone").then(|| name(grantor)),
        grantor_oid,
        options: options(letters),
    }
}

fn database(text: &str) -> DatabaseName {
    DatabaseName::new(text).unwrap()
}

fn privilege(database_name: &str, text: &str, grantor: &str) -> HeldPrivilege {
    let (privileges, grant_option) = Privilege::parse(text).unwrap();
    HeldPrivilege {
        database: database(database_name),
        privilege: privileges[0],
        grant_option,
        grantor: Some(name(grantor)),
    }
}

fn described(actual: &Role, desired: &Desired, server: &Server) -> Vec<String> {
    diff(Some(actual), desired, server).changes.iter().map(Change::describe).collect()
}

#[test]
fn a_new_role_is_made_whole_with_the_password_last() {
    let desired = Desired {
        comment: Some("Applications".to_owned()),
        settings: Settings::from([("work_mem".to_owned(), "4MB".to_owned())]),
        memberships: BTreeMap::from([(name("app"), options("is"))]),
        privileges: BTreeMap::from([(database("myapp"), parse_privileges(["CONNECT"]).unwrap())]),
        password: PasswordChange::Set,
        ..desired()
    };
    let changes = diff(None, &desired, &server(150_018)).changes;
    assert_eq!(
        changes[0],
        Change::Create {
            name: name("bob"),
            attributes: RoleAttributes { login: true, ..Default::default() }
        }
    );
    let described: Vec<_> = changes.iter().map(Change::describe).collect();
    assert_eq!(
        described,
        [
            "create the role",
            "set the comment",
            "set work_mem",
            "grant CONNECT on database myapp",
            "grant membership in app to bob with INHERIT, SET",
            "set the password",
        ]
    );
}

#[test]
fn a_rename_comes_first_and_the_rest_uses_the_new_name() {
    let mut actual = role();
    actual.name = name("robert");
    actual.comment = Some("old".to_owned());
    // It granted itself a group, by the name it had then.
    actual.memberships = vec![held("app", "robert", "is")];
    let changes = diff(Some(&actual), &desired(), &server(160_014)).changes;
    assert_eq!(
        changes,
        [
            Change::Rename { from: name("robert"), to: name("bob") },
            Change::Comment { name: name("bob"), text: None },
            Change::RevokeMembership { group: name("app"), member: name("bob"), grantor: Some(name("bob")) },
        ]
    );
}

/// `NOSUPERUSER` is refused to a master even as a no-op.
#[test]
fn an_alter_names_only_what_differs() {
    let mut desired = desired();
    desired.attributes.login = false;
    desired.attributes.connection_limit = 20;
    let changes = diff(Some(&role()), &desired, &server(150_018)).changes;
    let options = vec![RoleOption::Login(false), RoleOption::ConnectionLimit(20)];
    assert_eq!(changes, [Change::Alter { name: name("bob"), options }]);
}

#[test]
fn equal_spellings_are_no_drift() {
    let mut actual = role();
    actual.attributes.valid_until = ValidUntil::Text("2030-01-01 00:00:00+00".to_owned());
    actual.comment = None;
    actual.settings = Settings::from([
        ("TimeZone".to_owned(), "UTC".to_owned()),
        ("statement_timeout".to_owned(), "5s".to_owned()),
        ("search_path".to_owned(), "a, b".to_owned()),
    ]);
    let mut desired = desired();
    desired.attributes.valid_until = ValidUntil::parse("2030-01-01T01:00:00+01:00").unwrap();
    desired.comment = Some(String::new());
    desired.settings = Settings::from([
        ("timezone".to_owned(), "UTC".to_owned()),
        ("STATEMENT_TIMEOUT".to_owned(), "5000".to_owned()),
        ("search_path".to_owned(), "\"a\",b".to_owned()),
    ]);
    assert_eq!(described(&actual, &desired, &server(180_004)), [""; 0]);
}

#[test]
fn settings_are_set_and_reset_by_place() {
    let mut actual = role();
    let settings = |rows: &[(&str, &str)]| -> Settings {
        rows.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    };
    actual.settings = settings(&[("jit", "off"), ("work_mem", "4MB")]);
    actual.database_settings = BTreeMap::from([(database("myapp"), settings(&[("jit", "off")]))]);
    let mut desired = desired();
    desired.settings = settings(&[("work_mem", "8MB")]);
    desired.database_settings = BTreeMap::from([(database("other"), settings(&[("jit", "off")]))]);
    assert_eq!(
        described(&actual, &desired, &server(130_023)),
        ["reset jit", "set work_mem", "reset jit in database myapp", "set jit in database other"]
    );
}

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
fn privileges_are_granted_and_revoked_by_grantor() {
    let mut actual = role();
    actual.privileges = vec![
        privilege("myapp", "CONNECT", "owner"),
        privilege("myapp", "CREATE", "owner"),
        privilege("myapp", "CREATE", "me"),
        privilege("myapp", "TEMP", "owner"),
    ];
    let wanted = parse_privileges(["CONNECT WITH GRANT OPTION"]).unwrap();
    let desired = Desired { privileges: BTreeMap::from([(database("myapp"), wanted)]), ..desired() };
    let changes = diff(Some(&actual), &desired, &server(150_018)).changes;
    let described: Vec<_> = changes.iter().map(Change::describe).collect();
    assert_eq!(
        described,
        [
            "grant CONNECT WITH GRANT OPTION on database myapp",
            "revoke CREATE on database myapp",
            "revoke CREATE, TEMPORARY on database myapp (granted by owner)",
        ]
    );
}

#[test]
fn a_surplus_grant_option_goes_and_the_privilege_stays() {
    let mut actual = role();
    actual.privileges =
        vec![privilege("myapp", "CONNECT WITH GRANT OPTION", "owner"), privilege("myapp", "CONNECT", "bob")];
    let wanted = parse_privileges(["CONNECT"]).unwrap();
    let desired = Desired { privileges: BTreeMap::from([(database("myapp"), wanted)]), ..desired() };
    assert_eq!(
        described(&actual, &desired, &server(150_018)),
        [
            "revoke CONNECT on database myapp (granted by bob)",
            "revoke the grant option of CONNECT on database myapp (granted by owner)",
        ]
    );
}

#[test]
fn an_owner_holds_everything_and_loses_nothing() {
    let mut actual = role();
    actual.owned_databases = vec![database("own")];
    let mut desired = desired();
    assert_eq!(described(&actual, &desired, &server(150_018)), [""; 0]);
    let wanted = parse_privileges(["ALL WITH GRANT OPTION"]).unwrap();
    desired.privileges = BTreeMap::from([(database("own"), wanted)]);
    assert_eq!(described(&actual, &desired, &server(150_018)), [""; 0]);
    // And a state shows of it just what is written.
    assert_eq!(actual.effective_privileges(&desired.privileges), desired.privileges);
    assert!(actual.effective_privileges(&BTreeMap::new()).is_empty());
}

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

#[test]
fn one_s_own_attributes_come_last() {
    let mut desired = Desired {
        memberships: BTreeMap::from([(name("app"), options("is"))]),
        password: PasswordChange::Set,
        ..desired()
    };
    desired.attributes.create_role = true;
    let bob = Server { user: name("bob"), ..server(150_018) };
    assert_eq!(
        described(&role(), &desired, &bob),
        ["grant membership in app to bob with INHERIT, SET", "change CREATEROLE", "set the password"]
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

#[test]
fn a_groups_limits_are_nobodys() {
    let mut actual = role();
    actual.attributes.connection_limit = 5;
    actual.attributes.valid_until = ValidUntil::from_server("2030-01-01 00:00:00+00");
    let group = Desired { looks_after_limits: false, rds_iam: None, ..desired() };
    assert_eq!(described(&actual, &group, &server(180_004)), [""; 0]);
    assert_eq!(described(&actual, &desired(), &server(180_004)).len(), 1);
}
