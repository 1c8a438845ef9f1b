//! The role itself: made, renamed, altered, its settings.

use super::*;

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
fn a_groups_limits_are_nobodys() {
    let mut actual = role();
    actual.attributes.connection_limit = 5;
    actual.attributes.valid_until = ValidUntil::from_server("2030-01-01 00:00:00+00");
    let group = Desired { looks_after_limits: false, rds_iam: None, ..desired() };
    assert_eq!(described(&actual, &group, &server(180_004)), [""; 0]);
    assert_eq!(described(&actual, &desired(), &server(180_004)).len(), 1);
}
