//! `rds_connect_policy`.

use std::collections::BTreeSet;

use async_trait::async_trait;

use super::{argument, parameter, wrong_argument};
use crate::aws::{ConnectArn, connect_policy};
use crate::sdk::provider::{FunctionError, FunctionSignature};
use crate::sdk::{Function, Type, Value};

pub(super) struct RdsConnectPolicy;

#[async_trait]
impl Function for RdsConnectPolicy {
    fn signature(&self) -> FunctionSignature {
        FunctionSignature {
            parameters: vec![parameter(
                "arns",
                Type::list(Type::String),
                "At least one ARN of a database user, as `rds_connect_arn` makes them. Their order does not matter, and \
                 one that is there twice counts once.",
            )],
            variadic: None,
            result: Type::String,
            summary: "The JSON of an IAM policy that allows logins with IAM".to_owned(),
            description: "The JSON of an IAM policy that allows `rds-db:connect` to these database users and nothing else. \
                          The same users give the same text."
                .to_owned(),
        }
    }

    async fn call(&self, arguments: Vec<Value>) -> Result<Value, FunctionError> {
        let written: Vec<Option<String>> = argument(&arguments, 0)?;
        let mut arns = BTreeSet::new();
        for (index, text) in written.iter().enumerate() {
            let wrong = |why: &dyn std::fmt::Display| wrong_argument(0, format_args!("arns[{index}]: {why}"));
            let text = text.as_deref().ok_or_else(|| wrong(&"It is null."))?;
            arns.insert(ConnectArn::parse(text).map_err(|error| wrong(&error))?);
        }
        if arns.is_empty() {
            let why = "The list is empty, and a policy needs at least one user.";
            return Err(wrong_argument(0, why));
        }
        connect_policy(&arns).map(Value::String).map_err(|error| wrong_argument(0, error))
    }
}
