//! Random types, and random values of a type.

use std::collections::BTreeMap;

use proptest::collection::{btree_map, vec};
use proptest::prelude::*;

use super::set;
use crate::sdk::{Number, Refinements, Type, Value};

/// Any type that Terraform has.
pub(super) fn any_type() -> BoxedStrategy<Type> {
    let leaf = prop_oneof![Just(Type::Bool), Just(Type::Number), Just(Type::String), Just(Type::Dynamic)];
    leaf.prop_recursive(3, 16, 4, |inner| {
        prop_oneof![
            inner.clone().prop_map(Type::list),
            inner.clone().prop_map(Type::set),
            inner.clone().prop_map(Type::map),
            vec(inner.clone(), 0..4).prop_map(Type::Tuple),
            btree_map("[a-z]{1,6}", inner, 0..4).prop_map(Type::Object),
        ]
    })
    .boxed()
}

/// Any type with any value of it, unknown ones among them if asked for.
pub(super) fn any_typed(unknown: bool) -> impl Strategy<Value = (Type, Value)> {
    any_type().prop_flat_map(move |ty| {
        let value = any_value(&ty, unknown, 2);
        (Just(ty), value)
    })
}

fn any_value(ty: &Type, unknown: bool, dynamic_depth: u32) -> BoxedStrategy<Value> {
    let of = |ty: &Type| any_value(ty, unknown, dynamic_depth);
    let known = match ty {
        Type::Bool => any::<bool>().prop_map(Value::Bool).boxed(),
        Type::Number => any_number().prop_map(Value::Number).boxed(),
        Type::String => any_text().prop_map(Value::String).boxed(),
        Type::List(element) => vec(of(element), 0..4).prop_map(Value::List).boxed(),
        Type::Set(element) => {
            vec(of(element), 0..4).prop_map(|elements| Value::Set(set::canonical(elements))).boxed()
        }
        Type::Map(element) => btree_map(any_text(), of(element), 0..4).prop_map(Value::Map).boxed(),
        Type::Tuple(elements) => elements.iter().map(of).collect::<Vec<_>>().prop_map(Value::Tuple).boxed(),
        Type::Object(attributes) => {
            let names: Vec<String> = attributes.keys().cloned().collect();
            let values: Vec<_> = attributes.values().map(of).collect();
            values
                .prop_map(move |values| {
                    Value::Object(names.iter().cloned().zip(values).collect::<BTreeMap<_, _>>())
                })
                .boxed()
        }
        // The type in a value of any type is a real one.
        Type::Dynamic if dynamic_depth == 0 => Just(Value::Null).boxed(),
        Type::Dynamic => any_type()
            .prop_filter("a type of its own", |ty| *ty != Type::Dynamic)
            .prop_flat_map(move |ty| {
                let value = any_value(&ty, unknown, dynamic_depth - 1);
                value.prop_map(move |value| Value::Dynamic(Box::new((ty.clone(), value))))
            })
            .boxed(),
    };
    if unknown {
        let unknown = any_refinements(ty).prop_map(|known| Value::Unknown(Box::new(known)));
        prop_oneof![6 => known, 1 => Just(Value::Null), 2 => unknown].boxed()
    } else {
        prop_oneof![6 => known, 1 => Just(Value::Null)].boxed()
    }
}

fn any_text() -> impl Strategy<Value = String> {
    prop_oneof![3 => "[a-zA-Z0-9_ ]{0,12}", 1 => any::<String>(), 1 => "[a-z]{30,34}", 1 => "[a-z]{250,260}"]
}

/// Integers of all sizes, exact floats, and decimals that are none.
fn any_number() -> impl Strategy<Value = Number> {
    let text = |text: String| Number::parse(&text).unwrap();
    prop_oneof![
        any::<i8>().prop_map(|n| Number::from(i64::from(n))),
        any::<i64>().prop_map(Number::from),
        any::<u64>().prop_map(move |n| text(n.to_string())),
        "-?[1-9][0-9]{20,150}".prop_map(text),
        "-?[0-9]{1,20}\\.[0-9]{1,40}".prop_map(text),
        any::<f32>()
            .prop_filter("finite", |float| float.is_finite())
            .prop_map(|float| Number::from_f64(f64::from(float)).unwrap()),
    ]
}

/// What can be known of a value of the type, as far as it survives the wire.
fn any_refinements(ty: &Type) -> BoxedStrategy<Refinements> {
    let nothing = Just(Refinements::default());
    let not_null = prop_oneof![Just(None), Just(Some(true))];
    match ty {
        Type::Dynamic => nothing.boxed(),
        Type::String => (not_null, proptest::option::of("[a-zé]{1,100}"))
            .prop_map(|(not_null, string_prefix)| Refinements {
                not_null,
                string_prefix,
                ..Refinements::default()
            })
            .boxed(),
        Type::Number => {
            let bound = || proptest::option::of((any_number(), any::<bool>()));
            (not_null, bound(), bound())
                .prop_map(|(not_null, number_lower, number_upper)| Refinements {
                    not_null,
                    number_lower,
                    number_upper,
                    ..Refinements::default()
                })
                .boxed()
        }
        Type::List(_) | Type::Set(_) | Type::Map(_) => {
            let bound = || proptest::option::of(0..u64::from(u32::MAX));
            (not_null, bound(), bound())
                .prop_map(|(not_null, length_lower, length_upper)| Refinements {
                    not_null,
                    length_lower,
                    length_upper,
                    ..Refinements::default()
                })
                .boxed()
        }
        Type::Bool | Type::Object(_) | Type::Tuple(_) => {
            not_null.prop_map(|not_null| Refinements { not_null, ..Refinements::default() }).boxed()
        }
    }
}
