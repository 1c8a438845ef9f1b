//! The schema's functions, each on one schema that has all there is.

mod checks;
mod conform;
mod propose;
mod validate;

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::sdk::Number;

/// Every presence, plan rule and nesting, with defaults, write-only and sensitive attributes at each depth.
fn schema() -> Schema {
    let member = || {
        vec![
            Attribute::new("name", Type::String, Presence::Required, ""),
            Attribute::new("admin", Type::Bool, Presence::Optional, "").default(Value::Bool(false)),
            Attribute::new("inherit", Type::Bool, Presence::OptionalComputed, "").plan_rule(PlanRule::Keep),
            Attribute::new("token_wo", Type::String, Presence::Optional, "").write_only(),
        ]
    };
    Schema::new(
        "",
        vec![
            Attribute::new("name", Type::String, Presence::Required, ""),
            Attribute::new("comment", Type::String, Presence::Optional, ""),
            Attribute::new("limit", Type::Number, Presence::Optional, "").default(number(-1)),
            Attribute::new("groups", Type::set(Type::String), Presence::OptionalComputed, ""),
            Attribute::new("oid", Type::Number, Presence::Computed, "").plan_rule(PlanRule::Keep),
            Attribute::new("in_sync", Type::Bool, Presence::Computed, "")
                .plan_rule(PlanRule::Constant(Value::Bool(true))),
            Attribute::new("password", Type::String, Presence::Optional, "").sensitive(),
            Attribute::new("password_wo", Type::String, Presence::Optional, "").write_only(),
            Attribute::new("settings", Type::map(Type::map(Type::String)), Presence::Optional, ""),
            Attribute::nested("owner", Nesting::Single, member(), Presence::Optional, ""),
            Attribute::nested("steps", Nesting::List, member(), Presence::Optional, ""),
            Attribute::nested("members", Nesting::Map, member(), Presence::OptionalComputed, "")
                .plan_rule(PlanRule::Keep),
        ],
    )
}

fn number(whole: i64) -> Value {
    Value::Number(Number::from(whole))
}

fn object(attributes: &[(&str, Value)]) -> Value {
    Value::Object(attributes.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect())
}

fn map(entries: &[(&str, Value)]) -> Value {
    Value::Map(entries.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect())
}

/// A whole configuration of the schema with these attributes set.
fn config(attributes: &[(&str, Value)]) -> Value {
    let mut config = schema().null_object();
    for (name, value) in attributes {
        assert!(schema().attribute(name).is_some(), "{name} is not in the schema");
        config.set(name, value.clone());
    }
    config
}

/// A nested object with these attributes set.
fn member(attributes: &[(&str, Value)]) -> Value {
    let mut member = object(&[
        ("name", Value::Null),
        ("admin", Value::Null),
        ("inherit", Value::Null),
        ("token_wo", Value::Null),
    ]);
    for (name, value) in attributes {
        assert!(member.get(name).is_some(), "{name} is not in the schema");
        member.set(name, value.clone());
    }
    member
}

/// Any value of a type, null and unknown at any depth.
fn any_value(ty: &Type) -> BoxedStrategy<Value> {
    use proptest::collection::{btree_map, vec};
    let known = match ty {
        Type::Bool => any::<bool>().prop_map(Value::Bool).boxed(),
        Type::Number => any::<i64>().prop_map(number).boxed(),
        Type::String => "[a-z]{0,3}".prop_map(Value::string).boxed(),
        Type::List(element) => vec(any_value(element), 0..3).prop_map(Value::List).boxed(),
        Type::Set(element) => vec(any_value(element), 0..3).prop_map(Value::Set).boxed(),
        Type::Map(element) => btree_map("[a-c]", any_value(element), 0..3).prop_map(Value::Map).boxed(),
        Type::Object(types) => any_object(types),
        Type::Tuple(_) | Type::Dynamic => panic!("the schema has no {ty:?}"),
    };
    prop_oneof![4 => known, 2 => Just(Value::Null), 1 => Just(Value::unknown())].boxed()
}

fn any_object(types: &BTreeMap<String, Type>) -> BoxedStrategy<Value> {
    let names: Vec<String> = types.keys().cloned().collect();
    let values: Vec<BoxedStrategy<Value>> = types.values().map(any_value).collect();
    values.prop_map(move |values| Value::Object(names.iter().cloned().zip(values).collect())).boxed()
}

/// Any value of the whole schema.
fn any_config() -> BoxedStrategy<Value> {
    match schema().ty() {
        Type::Object(types) => any_object(&types),
        other => panic!("a schema's type is an object, not {other:?}"),
    }
}
