//! Golden bytes of what Terraform writes, round trips, and bytes that are nothing.

use proptest::prelude::*;

use super::super::strategies;
use super::{decode, encode};
use crate::sdk::{Number, Path, Refinements, Type, Value};

fn num(text: &str) -> Value {
    Value::Number(Number::parse(text).unwrap())
}

fn object() -> Type {
    Type::object([("a", Type::String), ("b", Type::map(Type::set(Type::object([("c", Type::Bool)]))))])
}

/// Both ways: these bytes are this value, and this value is these bytes.
#[track_caller]
fn golden(ty: &Type, value: &Value, bytes: &[u8]) {
    assert_eq!(encode(value, ty).as_deref(), Ok(bytes));
    assert_eq!(decode(bytes, ty).as_ref(), Ok(value));
}

#[test]
fn primitives() {
    golden(&Type::String, &Value::Null, b"\xc0");
    golden(&Type::Bool, &Value::Bool(true), b"\xc3");
    golden(&Type::Bool, &Value::Bool(false), b"\xc2");
    golden(&Type::String, &Value::string("hello"), b"\xa5hello");
    golden(&Type::String, &Value::string(""), b"\xa0");
    golden(&Type::String, &Value::string("a".repeat(32)), &[b"\xd9\x20".as_slice(), &[b'a'; 32]].concat());
}

#[test]
fn numbers() {
    golden(&Type::Number, &num("0"), b"\x00");
    golden(&Type::Number, &num("127"), b"\x7f");
    golden(&Type::Number, &num("128"), b"\xcc\x80");
    golden(&Type::Number, &num("-1"), b"\xff");
    golden(&Type::Number, &num("-33"), b"\xd0\xdf");
    golden(&Type::Number, &num("5432"), b"\xcd\x15\x38");
    golden(&Type::Number, &num("9223372036854775807"), b"\xcf\x7f\xff\xff\xff\xff\xff\xff\xff");
    golden(&Type::Number, &num("-9223372036854775808"), b"\xd3\x80\0\0\0\0\0\0\0");
    golden(&Type::Number, &num("1.5"), b"\xcb\x3f\xf8\0\0\0\0\0\0");
    golden(&Type::Number, &num("0.1"), b"\xa30.1");
    golden(&Type::Number, &num("9223372036854775808"), b"\xb39223372036854775808");
    golden(&Type::Number, &num("1e30"), b"\xbf1000000000000000000000000000000");
}

#[test]
fn numbers_in_forms_that_we_do_not_write() {
    for (bytes, text) in [
        (b"\xcf\xff\xff\xff\xff\xff\xff\xff\xff".as_slice(), "18446744073709551615"),
        (b"\xd2\x00\x00\x00\x05", "5"),
        (b"\xca\x3f\x80\x00\x00", "1"),
        (b"\xcb\x3f\xf0\0\0\0\0\0\0", "1"),
        (b"\xd9\x03-42", "-42"),
        (b"\xa41e10", "10000000000"),
    ] {
        assert_eq!(decode(bytes, &Type::Number), Ok(num(text)), "{text}");
    }
    for bytes in [b"\xcb\x7f\xf0\0\0\0\0\0\0".as_slice(), b"\xa3Inf", b"\xa3NaN", b"\xa0", b"\xc3", b"\x90"] {
        assert!(decode(bytes, &Type::Number).is_err(), "{bytes:x?}");
    }
}

#[test]
fn collections() {
    let strings = || vec![Value::string("a"), Value::string("b")];
    golden(&Type::list(Type::String), &Value::List(strings()), b"\x92\xa1a\xa1b");
    golden(&Type::set(Type::String), &Value::Set(strings()), b"\x92\xa1a\xa1b");
    golden(&Type::list(Type::String), &Value::List(vec![]), b"\x90");
    golden(&Type::map(Type::Number), &Value::Map([("x".to_owned(), num("1"))].into()), b"\x81\xa1x\x01");
    golden(
        &Type::object([("a", Type::String), ("b", Type::Bool)]),
        &Value::Object([("a".to_owned(), Value::Null), ("b".to_owned(), Value::Bool(true))].into()),
        b"\x82\xa1a\xc0\xa1b\xc3",
    );
    golden(
        &Type::Tuple(vec![Type::String, Type::Bool]),
        &Value::Tuple(vec![Value::string("a"), Value::Bool(false)]),
        b"\x92\xa1a\xc2",
    );
}

#[test]
fn values_of_any_type() {
    golden(&Type::Dynamic, &Value::Null, b"\xc0");
    golden(&Type::Dynamic, &Value::unknown(), b"\xd4\0\0");
    golden(
        &Type::Dynamic,
        &Value::Dynamic(Box::new((Type::String, Value::string("a")))),
        b"\x92\xc4\x08\"string\"\xa1a",
    );
    golden(
        &Type::Dynamic,
        &Value::Dynamic(Box::new((Type::list(Type::Bool), Value::Null))),
        b"\x92\xc4\x0f[\"list\",\"bool\"]\xc0",
    );
    // The type as text instead of bytes.
    assert_eq!(
        decode(b"\x92\xa8\"string\"\xa1a", &Type::Dynamic),
        Ok(Value::Dynamic(Box::new((Type::String, Value::string("a")))))
    );
}

#[test]
fn unknown() {
    golden(&Type::String, &Value::unknown(), b"\xd4\x00\x00");
    let not_null = || Refinements { not_null: Some(true), ..Refinements::default() };
    golden(&Type::Bool, &Value::Unknown(Box::new(not_null())), b"\xc7\x03\x0c\x81\x01\xc2");
    golden(
        &Type::String,
        &Value::Unknown(Box::new(Refinements { string_prefix: Some("ab".to_owned()), ..not_null() })),
        b"\xc7\x07\x0c\x82\x01\xc2\x02\xa2ab",
    );
    golden(
        &Type::Number,
        &Value::Unknown(Box::new(Refinements {
            number_lower: Some((Number::from(1_i64), true)),
            number_upper: Some((Number::from(5_i64), false)),
            ..Refinements::default()
        })),
        b"\xc7\x09\x0c\x82\x03\x92\x01\xc3\x04\x92\x05\xc2",
    );
    golden(
        &Type::list(Type::String),
        &Value::Unknown(Box::new(Refinements {
            length_lower: Some(2),
            length_upper: Some(300),
            ..Refinements::default()
        })),
        b"\xc7\x07\x0c\x82\x05\x02\x06\xcd\x01\x2c",
    );
}

#[test]
fn every_extension_is_unknown() {
    let plain = Ok(Value::unknown());
    for bytes in [
        b"\xd4\x00\x00".as_slice(),
        b"\xd4\x0c\x00",             // refined, but no room for anything
        b"\xc7\x00\x00",             // no payload
        b"\xd5\x07ab",               // a code of the future
        b"\xc7\x03\x2aabc",          // likewise
        b"\xd6\x0c\x81\x63\x91\xc0", // a refinement of the future: key 99, [null]
        b"\xd8\x00aaaaaaaaaaaaaaaa",
    ] {
        assert_eq!(decode(bytes, &Type::String), plain, "{bytes:x?}");
        assert_eq!(decode(bytes, &Type::list(Type::Bool)), plain, "{bytes:x?}");
    }
    // What cannot be true of the type is passed over.
    assert_eq!(decode(b"\xc7\x05\x0c\x81\x02\xa2ab", &Type::Bool), plain);
    // A prefix too long for Terraform is not sent.
    let long = Refinements { string_prefix: Some("a".repeat(257)), ..Refinements::default() };
    assert_eq!(encode(&Value::Unknown(Box::new(long)), &Type::String).as_deref(), Ok(b"\xd4\0\0".as_slice()));
}

#[test]
fn sets_have_one_form() {
    let ty = Type::set(Type::String);
    let value = Value::Set(vec![Value::string("a"), Value::string("b")]);
    assert_eq!(decode(b"\x93\xa1b\xa1a\xa1b", &ty), Ok(value));
    let unordered = Value::Set(vec![Value::string("b"), Value::string("a"), Value::string("b")]);
    assert_eq!(encode(&unordered, &ty).as_deref(), Ok(b"\x92\xa1a\xa1b".as_slice()));
}

#[test]
fn errors_say_where() {
    let error = decode(b"\x82\xa1a\xa1x\xa1b\x81\xa1k\x91\x81\xa1c\x01", &object()).unwrap_err();
    // No path leads into a set.
    assert_eq!(error.path(), Path::attribute("b").with_key("k"));
    assert_eq!(error.message(), "a bool is required, not a number");
    let error = decode(b"\x82\xa1a\xc3\xa1b\xc0", &object()).unwrap_err();
    assert_eq!(error.to_string(), "a: a string is required, not a bool");
    let list = Value::List(vec![Value::Null, Value::Bool(true)]);
    let error = encode(&list, &Type::list(Type::String)).unwrap_err();
    assert_eq!(error.to_string(), "[1]: a string is required, not a bool");
}

#[test]
fn malformed() {
    for (ty, bytes) in [
        (object(), b"".as_slice()),
        (object(), b"\x80"),                                // no attributes
        (object(), b"\x81\xa1a\xc0"),                       // one is missing
        (object(), b"\x82\xa1a\xc0\xa1z\xc0"),              // one is not ours
        (object(), b"\x82\xa1a\xc0\xa1a\xc0"),              // one twice
        (Type::map(Type::Bool), b"\x82\xa1a\xc3\xa1a\xc3"), // a key twice
        (Type::map(Type::Bool), b"\x81\x01\xc3"),           // a key that is no string
        (Type::String, b"\xa5hell"),                        // cut off
        (Type::String, b"\xa1\xff"),                        // not UTF-8
        (Type::String, b"\xa1a\xa1a"),                      // something behind it
        (Type::String, b"\xdb\xff\xff\xff\xffa"),           // four gigabytes announced
        (Type::list(Type::Bool), b"\xdd\xff\xff\xff\xff\xc3"),
        (Type::map(Type::Bool), b"\xdf\xff\xff\xff\xff\xa1a\xc3"),
        (Type::Bool, b"\xc9\xff\xff\xff\xff\x0c"),
        (Type::Bool, b"\xc1"),
        (Type::String, b"\xc7\x04\x0c\x81\x01\xa1a"), // nullness that is no bool
        (Type::Tuple(vec![Type::Bool]), b"\x92\xc3\xc3"),
        (Type::Dynamic, b"\x91\xc4\x08\"string\""),
        (Type::Dynamic, b"\x92\xc4\x05\"int\"\x01"),
        (Type::Dynamic, b"\xa1a"),
    ] {
        assert!(decode(bytes, &ty).is_err(), "{ty:?}: {bytes:x?}");
    }
}

#[test]
fn depth_has_an_end() {
    // A value of any type in a value of any type, and so on.
    let mut bytes = b"\x92\xc4\x09\"dynamic\"".repeat(100_000);
    bytes.push(0xc0);
    assert!(decode(&bytes, &Type::Dynamic).is_err());
    // The same inside a refinement that is passed over: [[[[...
    let payload = [b"\x81\x63".as_slice(), &vec![0x91; 60_000]].concat();
    let length = u16::try_from(payload.len()).unwrap().to_be_bytes();
    let bytes = [b"\xc8".as_slice(), &length, b"\x0c", &payload].concat();
    assert!(decode(&bytes, &Type::Bool).is_err());
    let value = (0..1000).fold(Value::Null, |inner, _| Value::Dynamic(Box::new((Type::Dynamic, inner))));
    assert!(encode(&value, &Type::Dynamic).is_err());
}

proptest! {
    #[test]
    fn round_trip((ty, value) in strategies::any_typed(true)) {
        let bytes = encode(&value, &ty).unwrap();
        prop_assert_eq!(decode(&bytes, &ty).unwrap(), value);
    }

    #[test]
    fn cut_off((ty, value) in strategies::any_typed(true), cut in any::<prop::sample::Index>()) {
        let bytes = encode(&value, &ty).unwrap();
        prop_assert!(decode(&bytes[..cut.index(bytes.len())], &ty).is_err());
    }

    #[test]
    fn one_byte_changed(
        (ty, value) in strategies::any_typed(true),
        at in any::<prop::sample::Index>(),
        byte in any::<u8>(),
    ) {
        let mut bytes = encode(&value, &ty).unwrap();
        let at = at.index(bytes.len());
        bytes[at] = byte;
        // Whatever it now is, it is a value that can be written again, or an error.
        if let Ok(value) = decode(&bytes, &ty) {
            prop_assert!(encode(&value, &ty).is_ok());
        }
    }

    #[test]
    fn any_bytes(ty in strategies::any_type(), bytes in prop::collection::vec(any::<u8>(), 0..128)) {
        if let Ok(value) = decode(&bytes, &ty) {
            prop_assert!(encode(&value, &ty).is_ok());
        }
    }
}
