use std::sync::{Arc, Mutex};

use super::*;
use crate::sdk::resource::ClientCapabilities;
use crate::sdk::{Diagnostics, Path};

const MODERN: ClientCapabilities =
    ClientCapabilities { deferral_allowed: false, write_only_attributes_allowed: true };

fn errors(diagnostics: &Diagnostics) -> Vec<String> {
    diagnostics
        .iter()
        .map(|error| {
            let path = error.path.as_ref().map(ToString::to_string).unwrap_or_default();
            format!("{path}: {}", error.summary)
        })
        .collect()
}

#[test]
fn null_elements_are_errors_where_they_are() {
    let written = config(&[
        ("groups", Value::Set(vec![Value::string("a"), Value::Null])),
        (
            "settings",
            map(&[
                ("a", map(&[("k", Value::Null), ("l", Value::string("v"))])),
                ("b", Value::Null),
                ("c", Value::unknown()),
            ]),
        ),
        ("steps", Value::List(vec![Value::Null, member(&[])])),
        ("members", map(&[("m", Value::Null)])),
    ]);
    assert_eq!(
        errors(&schema().validate(&written, MODERN)),
        [
            "groups: `groups` has an element that is null",
            "settings[\"b\"]: `settings` has an element that is null",
            "settings[\"a\"][\"k\"]: `settings[\"a\"]` has an element that is null",
            "steps[0]: `steps` has an element that is null",
            "members[\"m\"]: `members` has an element that is null",
        ]
    );
    assert!(schema().validate(&config(&[]), MODERN).is_empty());
}

#[test]
fn members_of_plain_objects_and_tuples_may_be_null() {
    let inner = Type::object([("x", Type::list(Type::Bool))]);
    let schema = Schema::new(
        "",
        vec![Attribute::new("a", Type::Tuple(vec![inner, Type::Bool]), Presence::Optional, "")],
    );
    let with = |x: Value| object(&[("a", Value::Tuple(vec![object(&[("x", x)]), Value::Null]))]);
    assert!(schema.validate(&with(Value::Null), MODERN).is_empty());
    assert_eq!(
        errors(&schema.validate(&with(Value::List(vec![Value::Null])), MODERN)),
        ["a[0].x[0]: `a[0].x` has an element that is null"]
    );
}

#[test]
fn write_only_needs_a_client_that_knows_it() {
    let old = ClientCapabilities::default();
    for value in [Value::string("hunter2"), Value::unknown()] {
        let secret = member(&[("token_wo", value.clone())]);
        let written = config(&[("password_wo", value), ("members", map(&[("m", secret)]))]);
        assert!(schema().validate(&written, MODERN).is_empty());
        let diagnostics = schema().validate(&written, old);
        assert_eq!(
            errors(&diagnostics),
            [
                "password_wo: `password_wo` needs Terraform 1.11 or OpenTofu 1.11",
                "members[\"m\"].token_wo: `members[\"m\"].token_wo` needs Terraform 1.11 or OpenTofu 1.11",
            ]
        );
        assert!(diagnostics.iter().all(|error| !error.detail.contains("hunter")));
    }
    assert!(schema().validate(&config(&[("password", Value::string("x"))]), old).is_empty());
}

/// Attributes `a` (text), `l` (list of text), `n` (map of objects with `b`) that record what their validators see.
fn recording() -> (Schema, Arc<Mutex<Vec<String>>>) {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let record = |attribute: Attribute| {
        let seen = Arc::clone(&seen);
        attribute.check(move |value, path, _| seen.lock().unwrap().push(format!("{path} = {value:?}")))
    };
    let schema = Schema::new(
        "",
        vec![
            record(Attribute::new("a", Type::String, Presence::Optional, "")),
            record(Attribute::new("l", Type::list(Type::String), Presence::Optional, "")),
            record(Attribute::nested(
                "n",
                Nesting::Map,
                vec![record(Attribute::new("b", Type::Bool, Presence::Optional, ""))],
                Presence::Optional,
                "",
            )),
        ],
    );
    (schema, seen)
}

fn seen(config: Value) -> Vec<String> {
    let (schema, seen) = recording();
    schema.validate(&config, MODERN);
    let seen = seen.lock().unwrap();
    seen.clone()
}

#[test]
fn validators_see_what_is_wholly_known() {
    let nested = |b: Value| map(&[("k", object(&[("b", b)]))]);
    assert_eq!(
        seen(object(&[
            ("a", Value::string("x")),
            ("l", Value::List(vec![Value::string("y")])),
            ("n", nested(Value::Bool(true))),
        ])),
        ["a = \"x\"", "l = List[\"y\"]", "n[\"k\"].b = true", "n = Map{\"k\": Object{\"b\": true}}"]
    );
    assert_eq!(
        seen(object(&[
            ("a", Value::unknown()),
            ("l", Value::List(vec![Value::string("y"), Value::unknown()])),
            ("n", nested(Value::unknown())),
        ])),
        [] as [&str; 0]
    );
    // Nothing is set, or the elements that would be looked at are null.
    assert_eq!(seen(object(&[("a", Value::Null), ("l", Value::List(vec![Value::Null]))])), [] as [&str; 0]);
}

#[test]
fn an_unknown_part_does_not_stop_the_checks_of_the_rest() {
    let nested = map(&[
        ("j", Value::unknown()),
        ("k", object(&[("b", Value::unknown())])),
        ("l", object(&[("b", Value::Bool(false))])),
    ]);
    assert_eq!(
        seen(object(&[("a", Value::unknown()), ("l", Value::List(vec![])), ("n", nested)])),
        ["l = List[]", "n[\"l\"].b = false"]
    );
}

#[test]
fn a_sensitive_value_is_in_no_message() {
    let leak = |value: &Value, path: &Path, diagnostics: &mut Diagnostics| {
        let Value::String(text) = value else { return };
        diagnostics.error(
            path.clone(),
            format!("bad: {text}"),
            format!("It is {text:?}.\nIt is {text}.\nRemedy."),
        );
    };
    let whole = |value: &Value, path: &Path, diagnostics: &mut Diagnostics| {
        if let Some(Value::String(text)) = value.get("secret") {
            diagnostics.error(path.clone(), "bad object", format!("Its secret is {text:?}."));
        }
    };
    let schema = Schema::new(
        "",
        vec![
            Attribute::new("open", Type::String, Presence::Optional, "").check(leak),
            Attribute::new("secret", Type::String, Presence::Optional, "").sensitive().check(leak),
            Attribute::new("secret_wo", Type::String, Presence::Optional, "").write_only().check(leak),
            Attribute::nested(
                "outer",
                Nesting::Single,
                vec![Attribute::new("secret", Type::String, Presence::Optional, "").sensitive()],
                Presence::Optional,
                "",
            )
            .check(whole),
            Attribute::nested(
                "sensitive",
                Nesting::Single,
                vec![Attribute::new("part", Type::String, Presence::Optional, "").check(leak)],
                Presence::Optional,
                "",
            )
            .sensitive(),
        ],
    );
    for secret in ["hunter2", "it's \"quoted\"", "two\nlines", "\"", "back\\slash\t\u{301}"] {
        let value = || Value::string(secret);
        let diagnostics = schema.validate(
            &object(&[
                ("secret", value()),
                ("secret_wo", value()),
                ("outer", object(&[("secret", value())])),
                ("sensitive", object(&[("part", value())])),
            ]),
            MODERN,
        );
        assert_eq!(diagnostics.iter().count(), 4);
        let quoted = format!("{secret:?}");
        for message in diagnostics.iter() {
            for text in [&message.summary, &message.detail] {
                for part in secret.lines().chain([quoted.as_str()]) {
                    assert!(!text.contains(part), "{text}");
                }
            }
        }
        let first = diagnostics.iter().next().unwrap();
        assert_eq!(first.summary, "`secret` is not allowed");
        assert_eq!(first.detail, "Remedy.");
    }
    let open = schema.validate(&object(&[("open", Value::string("shown"))]), MODERN);
    assert_eq!(errors(&open), ["open: bad: shown"]);
    assert!(open.iter().all(|message| message.detail.contains("\"shown\"")));
}

proptest! {
    #[test]
    fn any_configuration_is_judged(written in any_config()) {
        fn null_elements(value: &Value) -> usize {
            let of = |elements: &mut dyn Iterator<Item = &Value>| {
                elements.map(|element| usize::from(element.is_null()) + null_elements(element)).sum()
            };
            match value {
                Value::List(elements) | Value::Set(elements) => of(&mut elements.iter()),
                Value::Map(elements) => of(&mut elements.values()),
                Value::Object(attributes) => attributes.values().map(null_elements).sum(),
                _ => 0,
            }
        }
        prop_assert_eq!(schema().validate(&written, MODERN).iter().count(), null_elements(&written));
    }
}
