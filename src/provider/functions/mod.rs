//! The functions of the provider: pure, and called in a process that is not configured.

mod rds_connect_arn;
mod rds_connect_policy;
mod roster;

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::sdk::provider::{FunctionError, Parameter};
use crate::sdk::{Function, Type, Value, model as sdk_model};

/// All of them, by name.
pub(crate) fn all() -> BTreeMap<String, Arc<dyn Function>> {
    let arn: Arc<dyn Function> = Arc::new(rds_connect_arn::RdsConnectArn);
    let policy: Arc<dyn Function> = Arc::new(rds_connect_policy::RdsConnectPolicy);
    let roster: Arc<dyn Function> = Arc::new(roster::Roster);
    [("rds_connect_arn", arn), ("rds_connect_policy", policy), ("roster", roster)]
        .into_iter()
        .map(|(name, function)| (name.to_owned(), function))
        .collect()
}

fn parameter(name: &str, ty: Type, description: &str) -> Parameter {
    Parameter { name: name.to_owned(), ty, description: description.to_owned(), allow_null: false }
}

/// An error about the argument at `index`, which Terraform names before it.
fn wrong_argument(index: usize, why: impl std::fmt::Display) -> FunctionError {
    FunctionError { text: why.to_string(), argument: i64::try_from(index).ok() }
}

/// The argument at `index`.
fn argument<T: serde::de::DeserializeOwned>(arguments: &[Value], index: usize) -> Result<T, FunctionError> {
    let value = arguments.get(index).unwrap_or(&Value::Null);
    sdk_model::from_value(value).map_err(|error| wrong_argument(index, error))
}
