//! The way of a configuration, without a server: planned, made, looked at, and planned again.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::password::Before;
use super::*;
use crate::provider::context::Defaults;
use crate::roles::PasswordChange;
use crate::roles::{DatabaseName, Desired, HeldMembership, HeldPrivilege, Oid, Server};
use crate::sdk::Number;

fn schema(kind: Kind) -> Schema {
    match kind {
        Kind::User => super::super::user::schema(),
        Kind::Group => super::super::group::schema(),
    }
}

fn config(kind: Kind, written: &[(&str, Value)]) -> Value {
    let mut config = schema(kind).null_object();
    for (name, value) in written {
        assert!(config.get(name).is_some(), "{name}");
        config.set(name, value.clone());
    }
    config
}

fn set(texts: &[&str]) -> Value {
    Value::Set(texts.iter().map(|text| Value::string(*text)).collect())
}

fn map<const N: usize>(entries: [(&str, Value); N]) -> Value {
    Value::Map(entries.map(|(name, value)| (name.to_owned(), value)).into())
}

fn member(admin: Value, inherit: Value, set: Value) -> Value {
    Value::Object(
        [("admin", admin), ("inherit", inherit), ("set", set)].map(|(k, v)| (k.to_owned(), v)).into(),
    )
}

fn planned(kind: Kind, config: &Value, prior: Option<&Value>) -> Value {
    let request = PlanRequest {
        config: config.clone(),
        prior: prior.cloned(),
        proposed: schema(kind).propose(config, prior),
        private: PrivateState::default(),
        stored: None,
    };
    schema(kind).without_write_only(plan::plan(kind, &request, &Private::default()))
}

const OID: Oid = Oid(16_400);

fn server(version: u32) -> Server {
    Server { version, user: RoleName::from_catalog("postgres"), superuser: false }
}

/// The role that a server has after what was desired is done.
fn made(desired: &Desired) -> Role {
    let membership = |group: &RoleName, options| HeldMembership {
        other: group.clone(),
        other_oid: Oid(20_000),
        grantor: Some(RoleName::from_catalog("postgres")),
        grantor_oid: Oid(16_384),
        options,
    };
    let mut memberships: Vec<HeldMembership> =
        desired.memberships.iter().map(|(group, options)| membership(group, *options)).collect();
    if desired.rds_iam == Some(true) && !desired.memberships.contains_key(&RoleName::rds_iam()) {
        let options = crate::roles::MembershipOptions { admin: false, inherit: true, set: true };
        memberships.push(membership(&RoleName::rds_iam(), options));
    }
    Role {
        oid: OID,
        name: desired.name.clone(),
        attributes: desired.attributes.clone(),
        comment: desired.comment.clone(),
        settings: desired.settings.clone(),
        database_settings: desired.database_settings.clone(),
        memberships,
        members: Vec::new(),
        privileges: desired
            .privileges
            .iter()
            .flat_map(|(database, privileges)| {
                privileges.iter().map(|(privilege, grant_option)| HeldPrivilege {
                    database: database.clone(),
                    privilege: *privilege,
                    grant_option: *grant_option,
                    grantor: Some(RoleName::from_catalog("postgres")),
                })
            })
            .collect(),
        owned_databases: Default::default(),
    }
}

/// Creates it, as the resource does: the state afterwards, what is kept, and the role.
fn create(kind: Kind, config: &Value, version: u32) -> (Value, Private, Role) {
    let planned = planned(kind, config, None);
    let model = read_model(&planned).expect("a planned state is a model");
    let mut private = Private::default();
    let change = password::change(Before::Nothing, &model, &model, &private).unwrap_or(PasswordChange::Keep);
    let desired = desired::desired(kind, &planned, &model, &private, &Defaults::default(), change)
        .unwrap_or_else(|error| panic!("{error:?}"));
    private.remember(&desired);
    private.oid = Some(OID.0);
    let role = made(&desired);
    let mut state = planned;
    state.set("oid", Value::Number(Number::from(i64::from(OID.0))));
    assert!(state.is_wholly_known(), "{state:?}");
    // What Read then sees is what was planned.
    let read = look(kind, &role, version, &state, &private);
    assert_eq!(read, state, "the first look differs from what was applied");
    (state, private, role)
}

fn look(kind: Kind, role: &Role, version: u32, before: &Value, private: &Private) -> Value {
    let model = read_model(before).expect("a state is a model");
    let additive = model.grants_mode.known().is_some_and(|mode| mode == "additive") && !private.imported;
    Look { kind, role, server: &server(version), additive, private }.state(before, &model)
}

#[test]
fn either_form_plans_empty_when_it_is_true() {
    let forms = [
        vec![
            ("groups", set(&["a", "b"])),
            ("privileges", set(&["TEMP", "connect"])),
            ("databases", set(&["d"])),
        ],
        vec![("databases", set(&["d", "e"]))],
        vec![
            ("memberships", map([("a", member(Value::Bool(true), Value::Null, Value::Null))])),
            ("database_privileges", map([("d", set(&["ALL"])), ("e", set(&["CREATE WITH GRANT OPTION"]))])),
        ],
        vec![("database_privileges", map([("d", set(&[])), ("e", set(&["TEMP"]))]))],
        vec![("privileges", set(&["CONNECT"])), ("databases", set(&[]))],
        vec![("privileges", set(&[])), ("databases", set(&["d"]))],
        vec![
            ("groups", set(&["a"])),
            ("memberships", map([("a", member(Value::Null, Value::Null, Value::Null))])),
            ("databases", set(&["d"])),
            ("privileges", set(&["ALL"])),
            ("database_privileges", map([("d", set(&["CONNECT", "CREATE", "TEMPORARY"]))])),
        ],
    ];
    for written in forms {
        let mut all = vec![("username", Value::string("u")), ("auth_method", Value::string("iam"))];
        all.extend(written);
        let config = config(Kind::User, &all);
        let (state, _, _) = create(Kind::User, &config, 180_000);
        assert_eq!(planned(Kind::User, &config, Some(&state)), state, "{all:?}");
    }
}

#[test]
fn what_is_granted_by_hand_shows_in_both_forms_and_only_there() {
    let config = config(
        Kind::User,
        &[
            ("username", Value::string("u")),
            ("auth_method", Value::string("iam")),
            ("groups", set(&["a"])),
            ("privileges", set(&["TEMP"])),
            ("databases", set(&["d"])),
        ],
    );
    let (state, private, mut role) = create(Kind::User, &config, 180_000);
    role.privileges.push(HeldPrivilege {
        database: DatabaseName::from_catalog("e"),
        privilege: crate::roles::Privilege::Connect,
        grant_option: true,
        grantor: None,
    });
    let mut other = role.memberships[0].clone();
    other.other = RoleName::from_catalog("b");
    role.memberships.push(other);
    let drifted = look(Kind::User, &role, 180_000, &state, &private);
    assert_eq!(drifted.get("groups"), Some(&set(&["a", "b"])));
    assert_eq!(
        drifted.get("database_privileges"),
        Some(&map([("d", set(&["TEMPORARY"])), ("e", set(&["CONNECT WITH GRANT OPTION"]))]))
    );
    assert_ne!(planned(Kind::User, &config, Some(&drifted)), drifted);
    assert_eq!(planned(Kind::User, &config, Some(&drifted)), state);
    let surplus: Vec<String> = plan::surplus(&drifted, &state).iter().map(ToString::to_string).collect();
    assert_eq!(surplus, ["membership in \"b\"", "CONNECT on database \"e\""]);
    // Were it additive from now on, the same would be left alone; but not what was written here.
    assert_eq!(plan::left_alone(&drifted, &state, &private), plan::surplus(&drifted, &state));
    let without = [("username", Value::string("u")), ("auth_method", Value::string("iam"))];
    let without = planned(Kind::User, &self::config(Kind::User, &without), Some(&drifted));
    assert_eq!(plan::surplus(&drifted, &without).len(), 4);
    assert_eq!(plan::left_alone(&drifted, &without, &private), plan::surplus(&drifted, &state));
}

#[test]
fn additive_shows_what_is_wanted_and_there() {
    let config = config(
        Kind::User,
        &[
            ("username", Value::string("u")),
            ("auth_method", Value::string("iam")),
            ("groups", set(&["a"])),
            ("databases", set(&["d"])),
            ("grants_mode", Value::string("additive")),
        ],
    );
    let (state, private, mut role) = create(Kind::User, &config, 150_000);
    let mut other = role.memberships[0].clone();
    other.other = RoleName::from_catalog("b");
    role.memberships.push(other);
    assert_eq!(look(Kind::User, &role, 150_000, &state, &private), state, "another's grant is not looked at");
    role.memberships.retain(|row| row.other.as_str() != "a");
    let drifted = look(Kind::User, &role, 150_000, &state, &private);
    assert_eq!(drifted.get("groups"), Some(&set(&[])));
    // Looked at again without an apply in between, it is still missed.
    assert_eq!(look(Kind::User, &role, 150_000, &drifted, &private), drifted);
}

#[test]
fn an_unknown_group_makes_the_memberships_unknown() {
    let config = config(
        Kind::User,
        &[
            ("username", Value::string("u")),
            ("auth_method", Value::unknown()),
            ("groups", Value::Set(vec![Value::string("a"), Value::unknown()])),
            ("databases", Value::unknown()),
        ],
    );
    let planned = planned(Kind::User, &config, None);
    for name in ["memberships", "database_privileges", "privileges", "rds_iam", "oid"] {
        assert!(planned.get(name).is_some_and(Value::is_unknown), "{name}: {planned:?}");
    }
    assert_eq!(planned.get("groups"), config.get("groups"));
}

#[test]
fn forms_that_ignore_changes_made_contradictory_plan_empty() {
    let ours = [
        ("username", Value::string("u")),
        ("auth_method", Value::string("iam")),
        ("groups", set(&["a"])),
        ("databases", set(&["d"])),
    ];
    let (state, private, mut role) = create(Kind::User, &config(Kind::User, &ours), 180_000);
    let mut by_hand = role.memberships[0].clone();
    by_hand.other = RoleName::from_catalog("b");
    role.memberships.push(by_hand);
    role.privileges.push(HeldPrivilege {
        database: DatabaseName::from_catalog("e"),
        privilege: crate::roles::Privilege::Create,
        grant_option: false,
        grantor: None,
    });
    let drifted = look(Kind::User, &role, 180_000, &state, &private);
    // ignore_changes = [memberships, database_privileges]: core puts the prior values into the configuration.
    let mut ignoring = config(Kind::User, &ours);
    for name in ["memberships", "database_privileges"] {
        ignoring.set(name, drifted.get(name).cloned().unwrap_or(Value::Null));
    }
    assert_eq!(planned(Kind::User, &ignoring, Some(&drifted)), drifted);
}

#[test]
fn equal_spellings_stay_as_they_were() {
    let written = |until: &str, timeout: &str, temp: &str| {
        config(
            Kind::User,
            &[
                ("username", Value::string("u")),
                ("auth_method", Value::string("iam")),
                ("valid_until", Value::string(until)),
                ("settings", map([("statement_timeout", Value::string(timeout))])),
                ("database_privileges", map([("d", set(&[temp]))])),
            ],
        )
    };
    let (state, _, _) = create(Kind::User, &written("2030-01-01T00:00:00Z", "5s", "TEMP"), 170_000);
    let respelled = written("2030-01-01T02:00:00+02:00", "5000ms", "TEMPORARY");
    assert_eq!(planned(Kind::User, &respelled, Some(&state)), state);
    let changed = written("2030-01-01T00:00:01Z", "6s", "CONNECT");
    assert_ne!(planned(Kind::User, &changed, Some(&state)), state);
    // Both forms, and then the full one alone.
    let both = config(
        Kind::User,
        &[
            ("username", Value::string("u")),
            ("auth_method", Value::string("iam")),
            ("privileges", set(&["ALL"])),
            ("database_privileges", map([("d", set(&["ALL"]))])),
        ],
    );
    let (state, _, _) = create(Kind::User, &both, 170_000);
    let mut full = both.clone();
    full.set("privileges", Value::Null);
    assert_eq!(planned(Kind::User, &full, Some(&state)), state);
}

#[test]
fn drift_of_the_login_shows_on_enabled_first() {
    for (enabled, can_login, held, shown) in [
        (true, true, false, (false, true)),
        (false, true, true, (true, true)),
        (true, false, true, (true, true)),
        (false, false, true, (true, true)),
        (false, true, false, (false, true)),
    ] {
        let config = config(
            Kind::User,
            &[
                ("username", Value::string("u")),
                ("auth_method", Value::string("iam")),
                ("enabled", Value::Bool(enabled)),
                ("can_login", Value::Bool(can_login)),
            ],
        );
        let (state, private, mut role) = create(Kind::User, &config, 160_000);
        role.attributes.login = held;
        let drifted = look(Kind::User, &role, 160_000, &state, &private);
        assert_eq!(drifted.get("enabled"), Some(&Value::Bool(shown.0)));
        assert_eq!(drifted.get("can_login"), Some(&Value::Bool(shown.1)));
    }
}

#[test]
fn a_state_that_lacks_attributes_gets_them() {
    for login in [true, false] {
        let config = config(
            Kind::User,
            &[
                ("username", Value::string("u")),
                ("auth_method", Value::string("iam")),
                ("enabled", Value::Bool(login)),
            ],
        );
        let (state, private, role) = create(Kind::User, &config, 160_000);
        let mut lacking = schema(Kind::User).null_object();
        for name in ["username", "auth_method"] {
            lacking.set(name, state.get(name).cloned().unwrap_or(Value::Null));
        }
        assert_eq!(look(Kind::User, &role, 160_000, &lacking, &private), state);
    }
}

#[test]
fn a_group_that_can_log_in_is_drift() {
    let config = config(Kind::Group, &[("name", Value::string("g")), ("allowed_members", set(&["app_*"]))]);
    let (state, private, mut role) = create(Kind::Group, &config, 180_000);
    role.attributes.login = true;
    role.members = ["app_1", "intruder"]
        .map(|name| HeldMembership {
            other: RoleName::from_catalog(name),
            other_oid: Oid(30_000),
            grantor: Some(RoleName::from_catalog("postgres")),
            grantor_oid: Oid(16_384),
            options: crate::roles::MembershipOptions { admin: false, inherit: true, set: true },
        })
        .into();
    let drifted = look(Kind::Group, &role, 180_000, &state, &private);
    assert_eq!(drifted.get("can_login"), Some(&Value::Bool(true)));
    assert_eq!(drifted.get("foreign_members"), Some(&set(&["intruder"])));
    assert_eq!(planned(Kind::Group, &config, Some(&drifted)), state);
}

#[test]
fn a_role_made_anew_has_lost_its_password() {
    let config = config(Kind::User, &[("username", Value::string("u")), ("password", Value::string("p"))]);
    let (state, private, mut role) = create(Kind::User, &config, 150_000);
    role.oid = Oid(99_999);
    let drifted = look(Kind::User, &role, 150_000, &state, &private);
    assert_eq!(drifted.get("password_in_sync"), Some(&Value::Bool(false)));
    assert_eq!(drifted.get("oid"), Some(&Value::Number(Number::from(99_999_i64))));
    assert_eq!(
        planned(Kind::User, &config, Some(&drifted)).get("password_in_sync"),
        Some(&Value::Bool(true))
    );
}

#[test]
fn an_import_reads_canonical_forms() {
    let config =
        config(Kind::User, &[("username", Value::string("u")), ("auth_method", Value::string("iam"))]);
    let (_, _, role) = create(Kind::User, &config, 180_000);
    let mut blank = schema(Kind::User).null_object();
    blank.set("username", Value::string("u"));
    let imported = Private { imported: true, unapplied: true, ..Private::default() };
    let state = look(Kind::User, &role, 180_000, &blank, &imported);
    assert_eq!(planned(Kind::User, &config, Some(&state)), state);
}

/// Spellings of privileges.
fn privilege() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec![
        "CONNECT",
        "create",
        "TEMP",
        "TEMPORARY",
        "ALL",
        "ALL PRIVILEGES",
        "CONNECT WITH GRANT OPTION",
        "temp with grant option",
    ])
}

fn texts(of: impl Strategy<Value = &'static str>) -> impl Strategy<Value = Value> {
    prop::collection::btree_set(of, 0..3)
        .prop_map(|texts| Value::Set(texts.into_iter().map(Value::string).collect()))
}

fn optional(of: impl Strategy<Value = Value>) -> impl Strategy<Value = Value> {
    prop_oneof![Just(Value::Null), of]
}

fn name() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec!["a", "b", "c d", "é"])
}

fn flag() -> impl Strategy<Value = Value> {
    prop_oneof![Just(Value::Null), any::<bool>().prop_map(Value::Bool)]
}

prop_compose! {
    /// Any configuration of a user that validation lets pass: each form is written or not, never both.
    fn any_config()(
        by_form in any::<(bool, bool)>(),
        groups in optional(texts(name())),
        memberships in prop::collection::btree_map(name(), (flag(), flag(), flag()), 0..3),
        privileges in optional(texts(privilege())),
        databases in optional(texts(name())),
        full in prop::collection::btree_map(name(), texts(privilege()), 0..3),
        flags in (flag(), flag(), flag(), flag()),
        settings in optional(prop::collection::btree_map(
            prop::sample::select(vec!["work_mem", "TimeZone", "search_path"]),
            prop::sample::select(vec!["1", "a, b", "UTC"]),
            0..3,
        ).prop_map(|entries| Value::Map(
            entries.into_iter().map(|(k, v)| (k.to_owned(), Value::string(v))).collect()
        ))),
        until in prop::sample::select(vec![None, Some("infinity"), Some("2030-01-01T00:00:00+05:30")]),
        mode in prop::sample::select(vec![None, Some("additive"), Some("authoritative")]),
        description in prop::sample::select(vec![None, Some(""), Some("x")]),
    ) -> Value {
        let text = |text: Option<&str>| text.map_or(Value::Null, Value::string);
        let mut all = vec![
            ("username", Value::string("u")),
            ("auth_method", Value::string("external")),
            ("inherit", flags.0),
            ("enabled", flags.1),
            ("can_login", flags.2),
            ("create_role", flags.3),
            ("settings", settings),
            ("valid_until", text(until)),
            ("grants_mode", text(mode)),
            ("description", text(description)),
        ];
        if by_form.0 {
            all.push(("groups", groups));
        } else {
            let entries: BTreeMap<String, Value> = memberships
                .into_iter()
                .map(|(group, (admin, inherit, set))| (group.to_owned(), member(admin, inherit, set)))
                .collect();
            all.push(("memberships", Value::Map(entries)));
        }
        if by_form.1 {
            all.push(("privileges", privileges));
            all.push(("databases", databases));
        } else {
            let entries = full.into_iter().map(|(database, texts)| (database.to_owned(), texts)).collect();
            all.push(("database_privileges", Value::Map(entries)));
        }
        config(Kind::User, &all)
    }
}

proptest! {
    #[test]
    fn what_was_applied_plans_empty(config in any_config()) {
        let (state, private, role) = create(Kind::User, &config, 180_000);
        prop_assert_eq!(&planned(Kind::User, &config, Some(&state)), &state);
        // And so it does when it is looked at twice.
        let again = look(Kind::User, &role, 180_000, &state, &private);
        prop_assert_eq!(&again, &state);
    }

    #[test]
    fn every_planned_value_is_the_written_or_the_prior_one(first in any_config(), second in any_config()) {
        let (state, _, _) = create(Kind::User, &first, 180_000);
        let planned = planned(Kind::User, &second, Some(&state));
        let Value::Object(attributes) = &second else { panic!("an object") };
        for (attribute, written) in attributes.iter().filter(|(name, value)| !value.is_null() && *name != "memberships") {
            let value = planned.get(attribute);
            prop_assert!(value == Some(written) || value == state.get(attribute), "{}", attribute);
        }
    }
}
