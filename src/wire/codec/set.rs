//! One order for the elements of sets, so that equal sets are equal values and equal bytes.

use std::borrow::Borrow;

use crate::sdk::Value;

/// Sorts elements, or references to them, and drops repeated ones. Unknown elements all stay: they may turn out
/// to differ.
pub(super) fn canonical<T: Borrow<Value> + Ord>(mut elements: Vec<T>) -> Vec<T> {
    elements.sort();
    elements.dedup_by(|a, b| a == b && (*a).borrow().is_wholly_known());
    elements
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
        assert_eq!(elements, vec![Value::unknown(), Value::unknown(), Value::string("a")]);
    }
}
