//! One order for the elements of sets, so that equal sets are equal values and equal bytes.

use std::cmp::Ordering;

use super::types;
use crate::sdk::Value;

/// Sorts elements and drops repeated ones. Unknown elements all stay: they may turn out to differ.
pub(super) fn canonical(mut elements: Vec<Value>) -> Vec<Value> {
    elements.sort_by(compare);
    elements.dedup_by(|a, b| a == b && a.is_wholly_known());
    elements
}

/// A total order; what it is means nothing.
fn compare(a: &Value, b: &Value) -> Ordering {
    match (a, b) {
        (Value::Bool(a), Value::Bool(b)) => a.cmp(b),
        (Value::Number(a), Value::Number(b)) => a.cmp(b),
        (Value::String(a), Value::String(b)) => a.cmp(b),
        (Value::List(a), Value::List(b))
        | (Value::Set(a), Value::Set(b))
        | (Value::Tuple(a), Value::Tuple(b)) => compare_all(a.iter().zip(b), a.len(), b.len()),
        (Value::Map(a), Value::Map(b)) | (Value::Object(a), Value::Object(b)) => {
            let names = a.keys().cmp(b.keys());
            names.then_with(|| compare_all(a.values().zip(b.values()), a.len(), b.len()))
        }
        (Value::Dynamic(a), Value::Dynamic(b)) => {
            types::encode(&a.0).cmp(&types::encode(&b.0)).then_with(|| compare(&a.1, &b.1))
        }
        (a, b) => rank(a).cmp(&rank(b)),
    }
}

fn compare_all<'a>(
    mut pairs: impl Iterator<Item = (&'a Value, &'a Value)>,
    a_len: usize,
    b_len: usize,
) -> Ordering {
    pairs
        .find_map(|(a, b)| Some(compare(a, b)).filter(|order| order.is_ne()))
        .unwrap_or_else(|| a_len.cmp(&b_len))
}

fn rank(value: &Value) -> u8 {
    match value {
        Value::Null => 0,
        Value::Bool(_) => 1,
        Value::Number(_) => 2,
        Value::String(_) => 3,
        Value::List(_) => 4,
        Value::Set(_) => 5,
        Value::Map(_) => 6,
        Value::Object(_) => 7,
        Value::Tuple(_) => 8,
        Value::Dynamic(_) => 9,
        Value::Unknown(_) => 10,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn order_and_repetition_mean_nothing() {
        let a = || Value::string("a");
        let b = || Value::string("b");
        assert_eq!(canonical(vec![b(), a(), b(), Value::Null]), vec![Value::Null, a(), b()]);
    }

    #[test]
    fn unknown_elements_stay() {
        let elements = canonical(vec![Value::unknown(), Value::string("a"), Value::unknown()]);
        assert_eq!(elements, vec![Value::string("a"), Value::unknown(), Value::unknown()]);
    }
}
