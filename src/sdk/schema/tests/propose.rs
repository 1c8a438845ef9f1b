use super::*;

#[test]
fn a_create_has_defaults_and_unknowns() {
    let written = config(&[("name", Value::string("app"))]);
    assert_eq!(
        schema().propose(&written, None),
        object(&[
            ("name", Value::string("app")),
            ("comment", Value::Null),
            ("limit", number(-1)),
            ("groups", Value::unknown()),
            ("oid", Value::unknown()),
            ("in_sync", Value::Bool(true)),
            ("password", Value::Null),
            ("password_wo", Value::Null),
            ("settings", Value::Null),
            ("owner", Value::Null),
            ("steps", Value::Null),
            ("members", Value::unknown()),
        ])
    );
}

#[test]
fn an_update_keeps_what_its_rule_says_and_nothing_else() {
    let prior = config(&[
        ("name", Value::string("app")),
        ("comment", Value::string("old")),
        ("limit", number(5)),
        ("groups", Value::Set(vec![Value::string("a")])),
        ("oid", number(4711)),
        ("in_sync", Value::Bool(false)),
        ("members", map(&[("a", member(&[("inherit", Value::Bool(true))]))])),
    ]);
    let proposed = schema().propose(&config(&[("name", Value::string("app"))]), Some(&prior));
    // Taken out of the configuration: null, and the default where there is one.
    assert_eq!(proposed.get("comment"), Some(&Value::Null));
    assert_eq!(proposed.get("limit"), Some(&number(-1)));
    assert_eq!(proposed.get("groups"), Some(&Value::unknown()));
    assert_eq!(proposed.get("oid"), Some(&number(4711)));
    assert_eq!(proposed.get("in_sync"), Some(&Value::Bool(true)));
    assert_eq!(proposed.get("members"), prior.get("members"));
}

#[test]
fn what_is_written_wins_even_unknown() {
    let prior = config(&[("limit", number(5)), ("groups", Value::Set(vec![Value::string("a")]))]);
    let written = config(&[
        ("limit", Value::unknown()),
        ("groups", Value::Set(vec![Value::string("b"), Value::unknown()])),
        ("members", Value::unknown()),
        ("password_wo", Value::string("hunter2")),
    ]);
    let proposed = schema().propose(&written, Some(&prior));
    for name in ["limit", "groups", "members", "password_wo"] {
        assert_eq!(proposed.get(name), written.get(name), "{name}");
    }
}

#[test]
fn a_prior_value_of_null_is_kept() {
    let prior = schema().null_object();
    let proposed = schema().propose(&schema().null_object(), Some(&prior));
    assert_eq!(proposed.get("oid"), Some(&Value::Null));
}

#[test]
fn nested_objects_find_their_prior_by_index_and_key() {
    let named = |name: &str| member(&[("name", Value::string(name))]);
    let before = |inherit: bool| member(&[("name", Value::string("x")), ("inherit", Value::Bool(inherit))]);
    let prior = config(&[
        ("owner", before(true)),
        ("steps", Value::List(vec![before(true), before(false)])),
        ("members", map(&[("a", before(true)), ("b", before(false))])),
    ]);
    let written = config(&[
        ("owner", named("o")),
        ("steps", Value::List(vec![named("0"), named("1"), named("2")])),
        ("members", map(&[("b", named("b")), ("c", named("c")), ("d", Value::unknown())])),
    ]);
    let merged = |name: &str, inherit: Value| {
        member(&[("name", Value::string(name)), ("admin", Value::Bool(false)), ("inherit", inherit)])
    };
    let proposed = schema().propose(&written, Some(&prior));
    assert_eq!(proposed.get("owner"), Some(&merged("o", Value::Bool(true))));
    assert_eq!(
        proposed.get("steps"),
        Some(&Value::List(vec![
            merged("0", Value::Bool(true)),
            merged("1", Value::Bool(false)),
            merged("2", Value::unknown()),
        ]))
    );
    assert_eq!(
        proposed.get("members"),
        Some(&map(&[
            ("b", merged("b", Value::Bool(false))),
            ("c", merged("c", Value::unknown())),
            ("d", Value::unknown()),
        ]))
    );
}

#[test]
fn a_nested_object_that_is_not_written_is_not_made_by_its_defaults() {
    let prior = config(&[("owner", member(&[("admin", Value::Bool(true))]))]);
    let proposed = schema().propose(&schema().null_object(), Some(&prior));
    assert_eq!(proposed.get("owner"), Some(&Value::Null));
}

#[test]
fn write_only_values_go_at_any_depth() {
    let secret = member(&[("name", Value::string("n")), ("token_wo", Value::string("hunter2"))]);
    let unknown_secret = member(&[("name", Value::string("n")), ("token_wo", Value::unknown())]);
    let bare = member(&[("name", Value::string("n"))]);
    let with = |member: &Value, other: &Value, password: Value| {
        config(&[
            ("password", Value::string("kept")),
            ("password_wo", password),
            ("owner", member.clone()),
            ("steps", Value::List(vec![member.clone(), other.clone(), Value::unknown(), Value::Null])),
            ("members", map(&[("a", other.clone()), ("b", member.clone())])),
        ])
    };
    assert_eq!(
        schema().without_write_only(with(&secret, &unknown_secret, Value::string("hunter2"))),
        with(&bare, &bare, Value::Null)
    );
    assert_eq!(schema().without_write_only(Value::Null), Value::Null);
    assert_eq!(
        schema().without_write_only(config(&[("members", Value::unknown())])),
        config(&[("members", Value::unknown())])
    );
}

/// What is written is in the proposal, where it is no null.
fn assert_contains(proposed: &Value, written: &Value) {
    match (proposed, written) {
        (_, Value::Null) => {}
        (Value::Object(proposed), Value::Object(written)) | (Value::Map(proposed), Value::Map(written)) => {
            assert!(proposed.keys().eq(written.keys()));
            written.iter().for_each(|(name, written)| assert_contains(&proposed[name], written));
        }
        (Value::List(proposed), Value::List(written)) => {
            assert_eq!(proposed.len(), written.len());
            proposed.iter().zip(written).for_each(|(proposed, written)| assert_contains(proposed, written));
        }
        (proposed, written) => assert_eq!(proposed, written),
    }
}

proptest! {
    #[test]
    fn proposing_again_from_the_proposal_changes_nothing(written in any_config(), prior in proptest::option::of(any_config())) {
        let proposed = schema().propose(&written, prior.as_ref());
        prop_assert_eq!(schema().propose(&written, Some(&proposed)), proposed);
    }

    #[test]
    fn a_proposal_holds_all_that_is_written(written in any_config(), prior in proptest::option::of(any_config())) {
        assert_contains(&schema().propose(&written, prior.as_ref()), &written);
    }

    #[test]
    fn nothing_write_only_is_left(written in any_config()) {
        fn assert_clean(value: &Value) {
            match value {
                Value::Object(attributes) => attributes.iter().for_each(|(name, value)| {
                    assert!(!name.ends_with("_wo") || value.is_null());
                    assert_clean(value);
                }),
                Value::Map(elements) => elements.values().for_each(assert_clean),
                Value::List(elements) => elements.iter().for_each(assert_clean),
                _ => {}
            }
        }
        let clean = schema().without_write_only(written);
        assert_clean(&clean);
        prop_assert_eq!(schema().without_write_only(clean.clone()), clean);
    }
}
