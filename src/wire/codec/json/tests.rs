//! State files as Terraform writes them, round trips, and bytes that are nothing.

use proptest::prelude::*;

use super::super::strategies;
use super::{decode, encode};
use crate::sdk::{Number, Path, Type, Value};

fn ty() -> Type {
    Type::object([
        ("name", Type::String),
        ("limit", Type::Number),
        ("groups", Type::set(Type::String)),
        ("memberships", Type::map(Type::object([("admin", Type::Bool)]))),
    ])
}

#[test]
fn as_terraform_writes_it() {
    let json = br#"{"name": "app", "limit": 12345678901234567890.5, "memberships": {"g": {"admin": true}}}"#;
    let value = decode(json, &ty()).unwrap();
    assert_eq!(value.get("name"), Some(&Value::string("app")));
    let limit = Number::parse("12345678901234567890.5").unwrap();
    assert_eq!(value.get("limit"), Some(&Value::Number(limit)));
    // What is not there is null.
    assert_eq!(value.get("groups"), Some(&Value::Null));
    let member = Value::Object([("admin".to_owned(), Value::Bool(true))].into());
    assert_eq!(value.get("memberships"), Some(&Value::Map([("g".to_owned(), member)].into())));
}

#[test]
fn primitives_convert() {
    let value = decode(br#"{"name": 5, "limit": "-1", "groups": [true]}"#, &ty()).unwrap();
    assert_eq!(value.get("name"), Some(&Value::string("5")));
    assert_eq!(value.get("limit"), Some(&Value::Number(Number::from(-1_i64))));
    assert_eq!(value.get("groups"), Some(&Value::Set(vec![Value::string("true")])));
}

#[test]
fn errors_say_where() {
    let error = decode(br#"{"memberships": {"g": {"admin": "perhaps"}}}"#, &ty()).unwrap_err();
    assert_eq!(error.path(), Path::attribute("memberships").with_key("g").with_attribute("admin"));
    assert!(!error.to_string().contains("perhaps"), "{error}");
    let error = decode(br#"{"name": "secret"#, &ty()).unwrap_err();
    assert!(!error.to_string().contains("secret"), "{error}");
}

#[test]
fn malformed() {
    let deep = "[".repeat(100_000);
    for json in
        ["", "{", "[]", "1", r#"{"limit": "many"}"#, r#"{"groups": "a"}"#, r#"{"limit": 1e999999}"#, &deep]
    {
        assert!(decode(json.as_bytes(), &ty()).is_err(), "{json}");
    }
    assert!(decode(br#"{"type": "string"}"#, &Type::Dynamic).is_err());
    assert!(decode(br#"{"value": 1}"#, &Type::Dynamic).is_err());
}

#[test]
fn a_state_holds_nothing_unknown() {
    assert!(encode(&Value::unknown(), &Type::String).is_err());
}

proptest! {
    #[test]
    fn round_trip((ty, value) in strategies::any_typed(false)) {
        let bytes = encode(&value, &ty).unwrap();
        prop_assert_eq!(decode(&bytes, &ty).unwrap(), value);
    }

    #[test]
    fn any_bytes(ty in strategies::any_type(), bytes in prop::collection::vec(any::<u8>(), 0..64)) {
        let _ = decode(&bytes, &ty);
    }
}
