//! The functions, called by a real Terraform.

use crate::support::terraform::Workspace;
use serde_json::json;

const CALL: &str = "provider::pgum::rds_connect_arn";
const CLUSTER: &str = "cluster-ABCDEFGHIJKL01234";

/// A workspace with these outputs.
fn outputs(expressions: &[(&str, &str)]) -> Workspace {
    let workspace = Workspace::empty();
    let written =
        expressions.iter().map(|(name, text)| format!("output \"{name}\" {{\n  value = {text}\n}}\n"));
    workspace.main(&written.collect::<String>());
    workspace
}

#[test]
fn arns() {
    let workspace = outputs(&[
        ("user", &format!("{CALL}(\"aws\", \"us-east-2\", \"123456789012\", \"{CLUSTER}\", \"db_user\")")),
        ("all", &format!("{CALL}(\"aws-us-gov\", \"us-gov-west-1\", \"012345678901\", \"*\", \"*\")")),
        ("odd", &format!("{CALL}(\"aws-cn\", \"cn-north-1\", \"123456789012\", \"prx-0a1\", \"a b/é@x\")")),
    ]);
    workspace.converge();
    for (name, arn) in [
        ("user", "arn:aws:rds-db:us-east-2:123456789012:dbuser:cluster-ABCDEFGHIJKL01234/db_user"),
        ("all", "arn:aws-us-gov:rds-db:us-gov-west-1:012345678901:dbuser:*/*"),
        ("odd", "arn:aws-cn:rds-db:cn-north-1:123456789012:dbuser:prx-0a1/a b/é@x"),
    ] {
        assert_eq!(workspace.output(name), json!(arn));
    }
}

#[test]
fn the_policy_is_the_same_for_the_same_users() {
    let arn = |user: &str| format!("arn:aws:rds-db:eu-west-1:123456789012:dbuser:{CLUSTER}/{user}");
    let policy = |users: &[&str]| {
        let arns: Vec<String> = users.iter().map(|user| format!("\"{}\"", arn(user))).collect();
        format!("provider::pgum::rds_connect_policy([{}])", arns.join(", "))
    };
    let workspace = outputs(&[
        ("one", &policy(&["b", "a", "b"])),
        ("other", &policy(&["a", "b"])),
        ("of_a_set", &format!("provider::pgum::rds_connect_policy(toset([\"{}\"]))", arn("a"))),
    ]);
    workspace.converge();
    let text = workspace.output("one");
    assert_eq!(workspace.output("other"), text);
    let document: serde_json::Value = serde_json::from_str(text.as_str().unwrap()).unwrap();
    let expected = |users: &[&str]| {
        json!({
            "Version": "2012-10-17",
            "Statement": [{
                "Effect": "Allow",
                "Action": "rds-db:connect",
                "Resource": users.iter().map(|user| arn(user)).collect::<Vec<_>>(),
            }],
        })
    };
    assert_eq!(document, expected(&["a", "b"]));
    let of_a_set = workspace.output("of_a_set");
    let of_a_set: serde_json::Value = serde_json::from_str(of_a_set.as_str().unwrap()).unwrap();
    assert_eq!(of_a_set, expected(&["a"]));
}

/// The error names the argument, which Terraform underlines, and says where to find the right value.
#[test]
fn mistakes() {
    let long = "x".repeat(64);
    for (expression, argument, said) in [
        (
            format!("{CALL}(\"amazon\", \"eu-west-1\", \"123456789012\", \"*\", \"*\")"),
            "partition",
            "no partition",
        ),
        (format!("{CALL}(\"aws\", \"cn-north-1\", \"123456789012\", \"*\", \"*\")"), "region", "aws-cn"),
        (format!("{CALL}(\"aws\", \"eu-west-1\", 1234567890, \"*\", \"*\")"), "account_id", "Zeros"),
        (
            format!("{CALL}(\"aws\", \"eu-west-1\", \"123456789012\", \"my-cluster\", \"*\")"),
            "resource_id",
            "cluster_resource_id",
        ),
        (
            format!(
                "{CALL}(\"aws\", \"eu-west-1\", \"123456789012\", \"arn:aws:rds:eu-west-1:123456789012:cluster:x\", \"*\")"
            ),
            "resource_id",
            "is an ARN",
        ),
        (format!("{CALL}(\"aws\", \"eu-west-1\", \"123456789012\", \"*\", \"\")"), "username", "empty"),
        (
            format!("{CALL}(\"aws\", \"eu-west-1\", \"123456789012\", \"*\", \"{long}\")"),
            "username",
            "63 bytes",
        ),
        ("provider::pgum::rds_connect_policy([])".to_owned(), "arns", "at least one"),
        ("provider::pgum::rds_connect_policy([\"*\", null])".to_owned(), "arns", "arns[0]"),
        (
            "provider::pgum::rds_connect_policy([\"arn:aws:rds-db:*:*:dbuser:*/*\", null])".to_owned(),
            "arns",
            "arns[1]",
        ),
        (
            "provider::pgum::rds_connect_policy([\"arn:aws:iam::123456789012:role/x\"])".to_owned(),
            "arns",
            "no ARN of a database user",
        ),
    ] {
        let outcome = outputs(&[("x", &expression)]).plan_expecting_failure();
        let text = outcome.error().text();
        let unwrapped = text.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(unwrapped.contains(argument) && unwrapped.contains(said), "{expression}: {text}");
    }
}

/// With an argument that is not known yet the result is not either, and no error comes of it.
#[test]
fn what_is_not_known_yet() {
    let workspace = outputs(&[(
        "x",
        &format!("{CALL}(\"aws\", \"eu-west-1\", \"123456789012\", terraform_data.cluster.output, \"app\")"),
    )]);
    workspace.write(
        "cluster.tf",
        &format!("resource \"terraform_data\" \"cluster\" {{\n  input = \"{CLUSTER}\"\n}}\n"),
    );
    workspace.converge();
    assert!(workspace.output("x").as_str().unwrap().ends_with("/app"));
}
