use proptest::prelude::*;
use proptest::sample::subsequence;

use super::*;
use crate::provider::resources::role::{Kind, entry};
use crate::provider::resources::{group, user};
use crate::sdk::{Diagnostics, Schema, Value};

fn schema(kind: Kind) -> Schema {
    match kind {
        Kind::User => user::schema(),
        Kind::Group => group::schema(),
    }
}

fn settled(kind: Kind, schema: &Schema, document: &Document) -> Value {
    entry::settled(kind, schema, &document.written(schema, (kind.name_attribute(), "one")))
}

fn shown(kind: Kind, written: &str, there: &str) -> String {
    let schema = schema(kind);
    let (written, there) = (parse(written).unwrap(), parse(there).unwrap());
    let states = (settled(kind, &schema, &written), settled(kind, &schema, &there));
    show((kind, &schema), "one", &written, (&states.0, &states.1)).to_text()
}

#[test]
fn what_is_there_stands_in_the_place_of_what_is_written() {
    for (written, there, text) in [
        // Nothing has changed: even the spelling stays.
        (r#"{"connection_limit":5.0}"#, r#"{"connection_limit":5}"#, r#"{"connection_limit":5.0}"#),
        (
            r#"{"connection_limit":5,"inherit":true}"#,
            r#"{"connection_limit":6}"#,
            r#"{"connection_limit":6,"inherit":true}"#,
        ),
        // What is not written and is off comes last.
        (r#"{"inherit":true}"#, r#"{"create_role":true}"#, r#"{"inherit":true,"create_role":true}"#),
        // A list keeps its order.
        (r#"{"groups":["c","a","b"]}"#, r#"{"groups":["a","c","d"]}"#, r#"{"groups":["c","a","d"]}"#),
        // The short form is enough where the full one is its expansion.
        (r#"{}"#, r#"{"groups":["a"]}"#, r#"{"groups":["a"]}"#),
        (r#"{}"#, r#"{"databases":["d"]}"#, r#"{"privileges":["CONNECT"],"databases":["d"]}"#),
        // Of a map the entries that have not changed stay as they are written.
        (
            r#"{"memberships":{"a":{},"b":{"admin":true}}}"#,
            r#"{"memberships":{"a":{},"b":{}}}"#,
            r#"{"memberships":{"a":{},"b":{"admin":false,"inherit":true,"set":true}}}"#,
        ),
        (r#"{"description":"a"}"#, r#"{}"#, r#"{}"#),
        (r#"{}"#, r#"{"description":"<&>"}"#, r#"{"description":"\u003c\u0026\u003e"}"#),
    ] {
        assert_eq!(shown(Kind::User, written, there), text, "{written} {there}");
    }
}

#[test]
fn what_nobody_writes_shows_where_it_is_off() {
    let schema = schema(Kind::User);
    let document = parse(r#"{"auth_method":"iam"}"#).unwrap();
    let before = settled(Kind::User, &schema, &document);
    let mut after = before.clone();
    after.set("rds_iam", Value::Bool(false));
    after.set("password_in_sync", Value::Bool(false));
    after.set("username", Value::string("other"));
    let text = show((Kind::User, &schema), "one", &document, (&before, &after)).to_text();
    assert_eq!(text, r#"{"auth_method":"iam","username":"other","rds_iam":false,"password_in_sync":false}"#);
    let read = parse(&text).unwrap();
    let computed: Vec<(&str, Value)> = read.computed(&schema).collect();
    assert_eq!(computed, [("rds_iam", Value::Bool(false)), ("password_in_sync", Value::Bool(false))]);
    let config = read.written(&schema, ("username", "one"));
    assert_eq!(config.get("username"), Some(&Value::string("other")));
    // And goes again.
    assert_eq!(
        show((Kind::User, &schema), "one", &read, (&after, &before)).to_text(),
        r#"{"auth_method":"iam"}"#
    );
}

#[test]
fn mistakes_are_found_with_their_place() {
    for (text, said) in [
        (r#"{"gruops":[]}"#, "gruops: There is no such attribute"),
        (r#"{"groups":["a",5]}"#, "groups[1]: This value cannot be read"),
        (r#"{"groups":["a",null]}"#, "groups[1]: This value cannot be read"),
        (r#"{"groups":["a","rds_iam","b"]}"#, "groups[1]: rds_iam is not written as a group"),
        (r#"{"settings":{"jit":5}}"#, "settings[\"jit\"]: This value cannot be read"),
        (r#"{"memberships":{"a":{"admin":1}}}"#, "memberships[\"a\"].admin: This value cannot be read"),
        (r#"{"on_destroy":{"acton":"drop"}}"#, "on_destroy.acton: There is no such attribute"),
        (r#"{"on_destroy":[]}"#, "on_destroy: This value cannot be read"),
        (r#"{"password":"p"}"#, "password: A password does not stand in a document"),
        (r#"{"rds_iam":true}"#, "rds_iam: This cannot be written"),
        (r#"{"username":"two"}"#, "username: The name contradicts the key"),
    ] {
        let mut diagnostics = Diagnostics::new();
        let schema = schema(Kind::User);
        checked((Kind::User, &schema), &parse(text).unwrap(), "one", |_| {}, &mut diagnostics);
        let all: Vec<String> = diagnostics
            .into_iter()
            .map(|message| {
                format!(
                    "{}: {}",
                    message.path.map(|path| path.to_string()).unwrap_or_default(),
                    message.summary
                )
            })
            .collect();
        assert_eq!(all, [said], "{text}");
    }
}

#[test]
fn text_that_is_no_document_is_not_repeated() {
    for text in ["\"hunter2\"", "[\"hunter2\"]", "hunter2", "{\"a\": hunter2}", "{\"a\":\"hunter2\"", ""] {
        let why = parse(text).unwrap_err();
        assert!(!why.contains("hunter2") && why.starts_with("It is"), "{text}: {why}");
    }
    assert!(parse(r#"{"a":1,"a":2}"#).unwrap_err().contains("\"a\" is written twice"));
}

/// Documents of a user, without contradictions.
fn documents() -> impl Strategy<Value = Document> {
    let parts = [
        r#""auth_method":"iam""#,
        r#""connection_limit":7"#,
        r#""enabled":false"#,
        r#""can_login":false"#,
        r#""inherit":false"#,
        r#""create_role":true"#,
        r#""description":"a < b""#,
        r#""valid_until":"2040-01-01T00:00:00Z""#,
        r#""settings":{"jit":"off","work_mem":"4MB"}"#,
        r#""database_settings":{"d":{"jit":"off"}}"#,
        r#""on_destroy":{"action":"disable"}"#,
        r#""iam_role":"arn:aws:iam::123456789012:role/a""#,
    ];
    let groups = prop_oneof![
        Just(""),
        Just(r#""groups":["b","a"]"#),
        Just(r#""memberships":{"a":{"admin":true},"b":{}}"#),
        Just(r#""memberships":{"a":{}},"groups":["a"]"#),
    ];
    let privileges = prop_oneof![
        Just(""),
        Just(r#""databases":["d"]"#),
        Just(r#""databases":["d","e"],"privileges":["TEMP","CREATE"]"#),
        Just(r#""database_privileges":{"d":["ALL"],"e":["CONNECT WITH GRANT OPTION"]}"#),
    ];
    (subsequence(parts.to_vec(), 0..=parts.len()).prop_shuffle(), groups, privileges).prop_map(
        |(mut parts, groups, privileges)| {
            parts.extend([groups, privileges].into_iter().filter(|text| !text.is_empty()));
            parse(&format!("{{{}}}", parts.join(","))).unwrap()
        },
    )
}

proptest! {
    /// Whatever is there: its document means it, and what is there already is shown as it is written.
    #[test]
    fn a_document_means_what_is_there(written in documents(), there in documents()) {
        let schema = schema(Kind::User);
        let (before, mut after) =
            (settled(Kind::User, &schema, &written), settled(Kind::User, &schema, &there));
        // What only the configuration knows is not read.
        for attribute in ["on_destroy", "iam_role", "auth_method", "rds_iam"] {
            after.set(attribute, before.get(attribute).cloned().unwrap());
        }
        let shown = show((Kind::User, &schema), "one", &written, (&before, &after));
        prop_assert_eq!(settled(Kind::User, &schema, &shown), after.clone());
        prop_assert_eq!(parse(&shown.to_text()).unwrap(), shown.clone());
        prop_assert_eq!(show((Kind::User, &schema), "one", &shown, (&after, &after)), shown);
        prop_assert_eq!(show((Kind::User, &schema), "one", &written, (&before, &before)), written);
    }

    #[test]
    fn the_canonical_text_is_one(written in documents()) {
        let text = canonical(&written);
        prop_assert_eq!(canonical(&parse(&text).unwrap()), text);
    }
}

#[test]
fn a_name_that_is_written_twice_is_found_wherever_it_is() {
    for text in [
        r#"{"a":1,"a":1}"#,
        r#"{"a":null,"b":{"c":":","c":[]}}"#,
        r#"{"a":[{"\"":1,"b":2,"\"":3}]}"#,
        r#"{"a":"\\","a":1}"#,
    ] {
        assert!(parse(text).is_err_and(|why| why.contains("is written twice")), "{text}");
    }
    for text in [r#"{"a":":","b":"\":\\"}"#, r#"{"a":{"a":{"a":1.50}}}"#, r#"{ "a" : 1e400 }"#, "{}"] {
        assert!(parse(text).is_ok(), "{text}");
    }
}

#[test]
fn says_that_it_logs_in_by_password_as_the_document_does() {
    for (text, says) in [
        ("{}", true),
        (r#"{"description":"auth_method"}"#, true),
        (r#"{"auth_method":null}"#, true),
        (r#"{"auth_method":"pass\u0077ord","groups":["a"]}"#, true),
        (r#"{"auth_method":"iam"}"#, false),
        (r#"{"auth_method":1}"#, false),
        ("{", false),
    ] {
        assert_eq!(says_by_password(text), says, "{text}");
    }
}
