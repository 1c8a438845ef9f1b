//! Models read, written, and read again.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use proptest::prelude::*;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};

use super::*;
use crate::sdk::{Diagnostic, Number, Path};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Membership {
    admin: Attr<bool>,
    inherit: Option<bool>,
}

#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Method {
    Password,
    Iam,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Name(String);

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Account {
    name: Name,
    method: Attr<Method>,
    groups: Attr<BTreeSet<Attr<String>>>,
    memberships: Attr<BTreeMap<String, Membership>>,
    limit: Attr<i64>,
    oid: Option<u32>,
    factor: Attr<f64>,
    exact: Attr<Number>,
    enabled: bool,
    tags: Option<Vec<String>>,
}

fn account_type() -> Type {
    Type::object([
        ("name", Type::String),
        ("method", Type::String),
        ("groups", Type::set(Type::String)),
        ("memberships", Type::map(Type::object([("admin", Type::Bool), ("inherit", Type::Bool)]))),
        ("limit", Type::Number),
        ("oid", Type::Number),
        ("factor", Type::Number),
        ("exact", Type::Number),
        ("enabled", Type::Bool),
        ("tags", Type::list(Type::String)),
    ])
}

fn account() -> Account {
    Account {
        name: Name("app".to_owned()),
        method: Attr::Known(Method::Iam),
        groups: Attr::Known(BTreeSet::from([Attr::Known("a".to_owned()), Attr::Unknown])),
        memberships: Attr::Known(BTreeMap::from([(
            "g".to_owned(),
            Membership { admin: Attr::Unknown, inherit: None },
        )])),
        limit: Attr::Known(-1),
        oid: Some(u32::MAX),
        factor: Attr::Null,
        exact: Attr::Known("1.000000000000000000000000000001".parse().unwrap()),
        enabled: true,
        tags: None,
    }
}

fn object(attributes: &[(&str, Value)]) -> Value {
    Value::Object(attributes.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect())
}

fn number(text: &str) -> Value {
    Value::Number(text.parse().unwrap())
}

/// The error of reading an account with one attribute set to this.
fn read_error(attribute: &str, value: Value) -> ModelError {
    let mut account = to_value(&account(), &account_type()).unwrap();
    account.set(attribute, value);
    from_value::<Account>(&account).unwrap_err()
}

#[test]
fn serde_knows_attr_by_the_name_that_the_converters_look_for() {
    struct NameOnly;
    impl<'de> serde::Deserializer<'de> for NameOnly {
        type Error = ModelError;
        fn deserialize_enum<V: serde::de::Visitor<'de>>(
            self,
            name: &'static str,
            variants: &'static [&'static str],
            _visitor: V,
        ) -> Result<V::Value, ModelError> {
            assert_eq!(name, attr::SERDE_NAME);
            assert_eq!(variants, [attr::NULL, attr::UNKNOWN, attr::KNOWN]);
            Err(ModelError::here("seen"))
        }
        fn deserialize_any<V: serde::de::Visitor<'de>>(self, _visitor: V) -> Result<V::Value, ModelError> {
            Err(ModelError::here("asked for something else than an enum"))
        }
        serde::forward_to_deserialize_any! {
            bool i8 i16 i32 i64 u8 u16 u32 u64 f32 f64 char str string bytes byte_buf option unit unit_struct
            newtype_struct seq tuple tuple_struct map struct identifier ignored_any
        }
    }
    assert_eq!(Attr::<bool>::deserialize(NameOnly).unwrap_err().message, "seen");
}

#[test]
fn a_model_becomes_the_value_of_its_type() {
    let value = to_value(&account(), &account_type()).unwrap();
    assert_eq!(
        value,
        object(&[
            ("name", Value::string("app")),
            ("method", Value::string("iam")),
            ("groups", Value::Set(vec![Value::unknown(), Value::string("a")])),
            (
                "memberships",
                Value::Map(BTreeMap::from([(
                    "g".to_owned(),
                    object(&[("admin", Value::unknown()), ("inherit", Value::Null)]),
                )]))
            ),
            ("limit", number("-1")),
            ("oid", number("4294967295")),
            ("factor", Value::Null),
            ("exact", number("1.000000000000000000000000000001")),
            ("enabled", Value::Bool(true)),
            ("tags", Value::Null),
        ])
    );
    assert_eq!(from_value::<Account>(&value).unwrap(), account());
}

#[test]
fn unknown_and_null_are_errors_where_the_model_has_no_place_for_them() {
    let error = read_error("enabled", Value::unknown());
    assert_eq!(error.to_string(), "`enabled` is not known yet");
    assert_eq!(error.path, Path::attribute("enabled"));
    assert_eq!(read_error("enabled", Value::Null).to_string(), "`enabled` is not set");
    assert_eq!(read_error("oid", Value::unknown()).to_string(), "`oid` is not known yet");
    assert_eq!(read_error("name", Value::unknown()).to_string(), "`name` is not known yet");
    assert_eq!(
        read_error("tags", Value::List(vec![Value::string("a"), Value::unknown()])).to_string(),
        "`tags[1]` is not known yet"
    );
    assert_eq!(from_value::<bool>(&Value::Null).unwrap_err().to_string(), "the value is not set");
}

#[test]
fn errors_say_where_at_any_depth() {
    let memberships = Value::Map(BTreeMap::from([(
        "a.b".to_owned(),
        object(&[("admin", Value::Null), ("inherit", Value::string("yes"))]),
    )]));
    let error = read_error("memberships", memberships);
    assert_eq!(error.path, Path::attribute("memberships").with_key("a.b").with_attribute("inherit"));
    assert_eq!(error.to_string(), "`memberships[\"a.b\"].inherit` is text: wanted is true or false");
    // The protocol has no step for an element of a set.
    let error = read_error("groups", Value::Set(vec![number("1")]));
    assert_eq!(error.path, Path::attribute("groups"));
    let diagnostic = Diagnostic::from(error);
    assert_eq!(diagnostic.path, Some(Path::attribute("groups")));
    assert_eq!(diagnostic.summary, "`groups` is a number: wanted is text");
}

#[test]
fn errors_never_hold_the_value() {
    let secret = || Value::string("hunter2");
    for (attribute, value) in [
        ("method", secret()),
        ("limit", secret()),
        ("enabled", secret()),
        ("tags", secret()),
        ("memberships", secret()),
        ("exact", secret()),
        ("name", Value::List(vec![secret()])),
        ("oid", number("47114711471147114711")),
    ] {
        let error = read_error(attribute, value);
        let shown = format!("{error} {error:?}");
        assert!(!shown.contains("hunter") && !shown.contains("4711"), "{shown}");
        assert_eq!(error.path, Path::attribute(attribute));
    }
    assert_eq!(from_value::<char>(&secret()).unwrap_err().message.find("hunter"), None);
}

#[test]
fn integers_are_refused_with_their_limits() {
    for text in ["1.5", "-1", "4294967296"] {
        assert_eq!(
            read_error("oid", number(text)).to_string(),
            "`oid` must be a whole number from 0 to 4294967295"
        );
    }
    assert!(from_value::<i8>(&number("128")).is_err());
    assert_eq!(from_value::<i8>(&number("-128")), Ok(-128));
    assert_eq!(from_value::<u64>(&number("18446744073709551615")), Ok(u64::MAX));
    assert_eq!(from_value::<f64>(&number("0.1")), Ok(0.1));
    assert_eq!(from_value::<f32>(&number("0.5")), Ok(0.5));
    assert!(from_value::<f64>(&number("1e400")).is_err());
}

#[test]
fn attributes_without_a_field_are_ignored() {
    #[derive(Debug, PartialEq, Deserialize)]
    struct Less {
        #[serde(rename = "enabled")]
        on: bool,
    }
    let mut value = to_value(&account(), &account_type()).unwrap();
    value.set("groups", Value::unknown());
    assert_eq!(from_value::<Less>(&value), Ok(Less { on: true }));
}

#[test]
fn fields_without_an_attribute_are_errors() {
    #[derive(Debug, Serialize, Deserialize)]
    struct More {
        enabled: bool,
        no_such: Attr<bool>,
    }
    let error = from_value::<More>(&object(&[("enabled", Value::Bool(true))])).unwrap_err();
    assert_eq!(error.path, Path::attribute("no_such"));
    let written = More { enabled: true, no_such: Attr::Null };
    let error = to_value(&written, &Type::object([("enabled", Type::Bool)])).unwrap_err();
    assert_eq!(error.to_string(), "`no_such` is not an attribute of the schema");
}

#[test]
fn attributes_that_the_model_lacks_are_written_as_null() {
    #[derive(Serialize)]
    struct Less {
        enabled: bool,
    }
    let value = to_value(&Less { enabled: true }, &account_type()).unwrap();
    let Value::Object(attributes) = &value else { panic!("{value:?}") };
    assert_eq!(attributes.len(), 10);
    assert_eq!(value.get("enabled"), Some(&Value::Bool(true)));
    assert_eq!(attributes.values().filter(|value| value.is_null()).count(), 9);
}

#[test]
fn writing_what_the_type_does_not_take_is_an_error() {
    let error = |error: ModelError| error.to_string();
    let list = Type::list(Type::Number);
    assert_eq!(
        to_value(&vec!["a"], &list).map_err(error).unwrap_err(),
        "`[0]` is text in the model and a number in the schema"
    );
    assert!(to_value(&true, &Type::String).is_err());
    assert!(to_value(&1, &Type::String).is_err());
    assert!(to_value("1", &Type::Number).is_err());
    assert!(to_value(&f64::NAN, &Type::Number).is_err());
    assert!(to_value(&vec![1], &Type::Number).is_err());
    assert!(to_value(&BTreeMap::from([("a", 1)]), &list).is_err());
    assert!(to_value(&BTreeMap::from([(1, 1)]), &Type::map(Type::Number)).is_err());
    assert!(to_value(&(1, 2), &Type::Tuple(vec![Type::Number])).is_err());
    assert!(to_value(&[1], &Type::Tuple(vec![Type::Number, Type::Number])).is_err());
    assert!(to_value(&Membership { admin: Attr::Null, inherit: None }, &Type::map(Type::Bool)).is_err());
}

#[test]
fn sets_are_written_with_each_element_once() {
    let set = Type::set(Type::String);
    assert_eq!(
        to_value(&vec!["b", "a", "b"], &set),
        Ok(Value::Set(vec![Value::string("a"), Value::string("b")]))
    );
    let unknown = vec![Attr::<String>::Unknown, Attr::Unknown];
    assert_eq!(to_value(&unknown, &set), Ok(Value::Set(vec![Value::unknown(), Value::unknown()])));
}

#[test]
fn tuples_have_their_length() {
    let ty = Type::Tuple(vec![Type::Number, Type::String]);
    let value = to_value(&(1, "a"), &ty).unwrap();
    assert_eq!(value, Value::Tuple(vec![number("1"), Value::string("a")]));
    assert_eq!(from_value::<(i64, String)>(&value), Ok((1, "a".to_owned())));
    assert!(from_value::<(i64,)>(&Value::Tuple(vec![number("1"), number("2")])).is_err());
    assert!(from_value::<(i64, i64)>(&Value::List(vec![number("1")])).is_err());
}

#[test]
fn any_type_is_written_with_its_own() {
    let value = to_value(&account().memberships, &Type::Dynamic).unwrap();
    let Value::Dynamic(inner) = &value else { panic!("{value:?}") };
    assert_eq!(
        inner.0,
        Type::object([("g", Type::object([("admin", Type::Dynamic), ("inherit", Type::Dynamic)]))])
    );
    assert_eq!(from_value::<Attr<BTreeMap<String, Membership>>>(&value), Ok(account().memberships));
    let value = to_value(&vec![Some(1), None], &Type::Dynamic).unwrap();
    assert_eq!(
        value,
        Value::Dynamic(Box::new((
            Type::Tuple(vec![Type::Number, Type::Dynamic]),
            Value::Tuple(vec![number("1"), Value::Null])
        )))
    );
}

#[test]
fn secrets_are_read_guarded_and_written_on_demand() {
    #[derive(Debug, Serialize, Deserialize)]
    struct Login {
        #[serde(serialize_with = "write_secret")]
        password: Attr<SecretString>,
    }
    let ty = Type::object([("password", Type::String)]);
    let value = object(&[("password", Value::string("hunter2"))]);
    let login: Login = from_value(&value).unwrap();
    assert_eq!(login.password.known().map(|secret| secret.expose_secret()), Some("hunter2"));
    assert!(!format!("{login:?}").contains("hunter"));
    assert_eq!(to_value(&login, &ty), Ok(value));
    for other in [Value::Null, Value::unknown()] {
        let value = object(&[("password", other)]);
        assert_eq!(to_value(&from_value::<Login>(&value).unwrap(), &ty), Ok(value));
    }
}

#[test]
fn values_of_no_fixed_shape_are_read_as_they_are() {
    let value = object(&[
        ("a", Value::List(vec![number("1"), number("18446744073709551615"), number("0.5"), Value::Null])),
        ("b", Value::Map(BTreeMap::from([("k".to_owned(), Value::Bool(true))]))),
    ]);
    let json: serde_json::Value = from_value(&value).unwrap();
    assert_eq!(
        json,
        serde_json::json!({"a": [1, 18_446_744_073_709_551_615_u64, 0.5, null], "b": {"k": true}})
    );
    let error = from_value::<serde_json::Value>(&object(&[("a", Value::unknown())])).unwrap_err();
    assert_eq!(error.to_string(), "`a` is not known yet");
}

#[test]
fn attr_helpers_keep_null_and_unknown_apart() {
    let known = Attr::Known(2);
    assert_eq!(known.map(|n| n + 1), Attr::Known(3));
    assert_eq!(Attr::<i32>::Unknown.map(|n| n + 1), Attr::Unknown);
    assert_eq!(Attr::Null.known_or(5), Attr::Known(5));
    assert_eq!(Attr::Unknown.known_or(5), Attr::Unknown);
    assert_eq!(known.known_or(5), known);
    assert_eq!(Attr::<i32>::default(), Attr::Null);
    assert_eq!(Attr::from(Some(1)).into_known(), Some(1));
    assert_eq!(Attr::<i32>::from(None), Attr::Null);
    assert_eq!(Attr::<i32>::Unknown.into_known(), None);
    assert_eq!(Attr::Known("a".to_owned()).as_deref(), Attr::Known("a"));
    assert_eq!(known.as_ref().known(), Some(&&2));
}

fn any_attr<T: Clone + std::fmt::Debug + 'static>(
    known: impl Strategy<Value = T> + 'static,
) -> impl Strategy<Value = Attr<T>> {
    prop_oneof![Just(Attr::Null), Just(Attr::Unknown), known.prop_map(Attr::Known)]
}

fn any_account() -> impl Strategy<Value = Account> {
    use proptest::collection::{btree_map, btree_set, vec};
    use proptest::option;
    let membership = (any_attr(any::<bool>()), option::of(any::<bool>()))
        .prop_map(|(admin, inherit)| Membership { admin, inherit });
    (
        any::<String>().prop_map(Name),
        any_attr(prop_oneof![Just(Method::Password), Just(Method::Iam)]),
        any_attr(btree_set(any_attr(any::<String>()), 0..4)),
        any_attr(btree_map(any::<String>(), membership, 0..4)),
        any_attr(any::<i64>()),
        option::of(any::<u32>()),
        any_attr(proptest::num::f64::NORMAL),
        any_attr("-?[0-9]{1,30}(\\.[0-9]{1,30})?".prop_map(|text| text.parse::<Number>().unwrap())),
        any::<bool>(),
        option::of(vec(any::<String>(), 0..4)),
    )
        .prop_map(|(name, method, groups, memberships, limit, oid, factor, exact, enabled, tags)| {
            Account { name, method, groups, memberships, limit, oid, factor, exact, enabled, tags }
        })
}

proptest! {
    #[test]
    fn models_round_trip(account in any_account()) {
        let value = to_value(&account, &account_type()).unwrap();
        let again: Account = from_value(&value).unwrap();
        prop_assert_eq!(&again, &account);
        prop_assert_eq!(to_value(&again, &account_type()).unwrap(), value);
    }

    #[test]
    fn maps_of_any_hasher_round_trip(map: HashMap<String, Option<i16>>) {
        let value = to_value(&map, &Type::map(Type::Number)).unwrap();
        prop_assert_eq!(from_value::<HashMap<String, Option<i16>>>(&value).unwrap(), map);
    }
}
