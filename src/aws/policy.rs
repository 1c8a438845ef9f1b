//! The policy that lets a role of IAM log in to databases.

use std::collections::BTreeSet;

use serde::Serialize;

use super::ConnectArn;

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Policy<'a> {
    version: &'a str,
    statement: [Statement<'a>; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Statement<'a> {
    effect: &'a str,
    action: &'a str,
    resource: Vec<&'a str>,
}

/// The JSON of a policy that allows `rds-db:connect` to these users: the same text for the same set.
///
/// # Errors
/// Those of serde_json, which has none for plain text.
pub fn connect_policy(arns: &BTreeSet<ConnectArn>) -> Result<String, serde_json::Error> {
    serde_json::to_string(&Policy {
        version: "2012-10-17",
        statement: [Statement {
            effect: "Allow",
            action: "rds-db:connect",
            resource: arns.iter().map(ConnectArn::as_str).collect(),
        }],
    })
}
