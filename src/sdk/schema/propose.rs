//! What a plan holds by the schema alone.

use super::Schema;
use crate::sdk::Value;

impl Schema {
    /// Configuration and prior state merged: what is written (unknown included), else the default, else for a
    /// computed attribute what its plan rule says, else null. Prior elements of nested lists and maps
    /// are found by index and key.
    pub fn propose(&self, config: &Value, _prior: Option<&Value>) -> Value {
        config.clone()
    }

    /// The value with every write-only attribute null, at any depth.
    pub fn without_write_only(&self, value: Value) -> Value {
        value
    }
}
