//! Bad input gets an error on its attribute before anything is touched: by `validate`, which knows no server, and
//! the rest by `plan`.

use crate::support::postgres::{Cluster, default_version};
use crate::support::terraform::Workspace;

/// A configuration that cannot be meant.
struct Bad {
    resource: &'static str,
    attributes: &'static [&'static str],
    /// Which of the attributes the error points at.
    at: usize,
    /// What the error says.
    says: &'static str,
}

const fn user(attributes: &'static [&'static str], at: usize, says: &'static str) -> Bad {
    Bad { resource: "pgum_user", attributes, at, says }
}

const fn group(attributes: &'static [&'static str], at: usize, says: &'static str) -> Bad {
    Bad { resource: "pgum_group", attributes, at, says }
}

/// For errors within an attribute's attributes, where Terraform shows the resource's first line.
const RESOURCE: usize = usize::MAX;

const USERNAME: &str = "username = \"x\"";
const NAME: &str = "name = \"x\"";
const IAM: &str = "auth_method = \"iam\"";

const BAD: &[Bad] = &[
    // Names.
    user(&["username = \"\"", IAM], 0, "at least one character"),
    user(&["username = \"pg_x\"", IAM], 0, "PostgreSQL keeps"),
    user(&["username = \"rds_x\"", IAM], 0, "RDS manages"),
    user(&["username = \"rdsadmin\"", IAM], 0, "RDS manages"),
    user(&["username = \"public\"", IAM], 0, "PostgreSQL keeps"),
    group(&["name = \"none\""], 0, "PostgreSQL keeps"),
    // 32 letters of two bytes each.
    group(&["name = \"éééééééééééééééééééééééééééééééé\""], 0, "63 bytes"),
    user(&[USERNAME, IAM, "groups = [\"éééééééééééééééééééééééééééééééé\"]"], 2, "63 bytes"),
    // Groups.
    user(&[USERNAME, IAM, "groups = [\"rds_iam\"]"], 2, "auth_method = \"iam\""),
    user(
        &[USERNAME, "auth_method = \"external\"", "memberships = { rds_iam = { admin = true } }"],
        2,
        "auth_method",
    ),
    group(&[NAME, "groups = [\"rds_iam\"]"], 1, "auth_method = \"iam\""),
    group(&[NAME, "groups = [\"x\"]"], 1, "member of itself"),
    group(&[NAME, "groups = [\"public\"]"], 1, "PUBLIC"),
    user(&[USERNAME, IAM, "groups = [\"a\"]", "memberships = { b = {} }"], 2, "contradict"),
    // Privileges.
    group(&[NAME, "databases = [\"myapp\"]", "privileges = [\"SELECT\"]"], 2, "tables"),
    group(&[NAME, "databases = [\"myapp\"]", "privileges = [\"FROBNICATE\"]"], 2, "no privilege"),
    group(&[NAME, "database_privileges = { myapp = [\"USAGE\"] }"], 1, "schemas"),
    group(&[NAME, "databases = [\"a\"]", "database_privileges = { b = [\"CONNECT\"] }"], 1, "contradict"),
    group(
        &[NAME, "privileges = [\"CREATE\"]", "database_privileges = { b = [\"CONNECT\"] }"],
        1,
        "contradict",
    ),
    // Passwords.
    user(&[USERNAME, "password = \"\""], 1, "empty"),
    user(&[USERNAME, "password = \"md5c0ffee00c0ffee00c0ffee00c0ffee00\""], 1, "hash"),
    user(
        &[
            USERNAME,
            "password = \"SCRAM-SHA-256$4096:c2FsdA==$c3RvcmVkc3RvcmVkc3RvcmVkc3RvcmVkc3RvcmVkMTI=:c2VydmVyc2VydmVyc2VydmVyc2VydmVyc2VydmVyMTI=\"",
        ],
        1,
        "hash",
    ),
    user(
        &[USERNAME, "password = \"a\"", "password_wo = \"b\"", "password_wo_version = \"1\""],
        2,
        "Two passwords",
    ),
    user(&[USERNAME, "password = \"a\"", "password_wo_version = \"1\""], 2, "without password_wo"),
    // Logins.
    user(&[USERNAME, "auth_method = \"kerberos\""], 1, "external"),
    user(&[USERNAME, IAM, "connection_limit = -2"], 2, "-1"),
    user(&[USERNAME, IAM, "connection_limit = 1.5"], 2, "whole"),
    user(&[USERNAME, "password = \"a\"", "valid_until = \"tomorrow\""], 2, "RFC 3339"),
    user(&[USERNAME, "password = \"a\"", "valid_until = \"2030-02-30T00:00:00Z\""], 2, "RFC 3339"),
    user(&[USERNAME, "password = \"a\"", "valid_until = \"2030-01-01 00:00:00\""], 2, "RFC 3339"),
    user(&[USERNAME, IAM, "iam_role = \"arn:aws:iam::1234:role/x\""], 2, "12 digits"),
    user(&[USERNAME, IAM, "iam_role = \"arn:aws:iam::123456789012:user/x\""], 2, "not a role"),
    user(&[USERNAME, IAM, "iam_role = \"RDSAccessRole\""], 2, "ARN"),
    // The rest.
    user(&[USERNAME, IAM, "grants_mode = \"strict\""], 2, "additive"),
    user(&[USERNAME, IAM, "settings = { \"no name\" = \"x\" }"], 2, "setting"),
    user(&[USERNAME, IAM, "settings = { work_mem = \"1MB\", Work_Mem = \"2MB\" }"], 2, "one setting"),
    user(&[USERNAME, IAM, "on_destroy = { action = \"vanish\" }"], RESOURCE, "disable"),
    group(&[NAME, "allowed_members = [\"[a\"]"], 1, "glob"),
    group(&[NAME, "groups = [null]"], 1, "null"),
];

/// The configuration, and for each of [`BAD`] the line that the error has to point at.
fn configuration() -> (String, Vec<u64>) {
    let mut lines = Vec::new();
    let mut expected = Vec::new();
    for (number, bad) in BAD.iter().enumerate() {
        lines.push(format!("resource \"{}\" \"bad_{number}\" {{", bad.resource));
        expected.push((lines.len() + bad.at.wrapping_add(1)) as u64);
        lines.extend(bad.attributes.iter().map(|attribute| format!("  {attribute}")));
        lines.push("}".to_owned());
    }
    (lines.join("\n") + "\n", expected)
}

#[test]
fn each_bad_value_is_an_error_on_its_attribute() {
    let workspace = Workspace::empty();
    let (text, expected) = configuration();
    workspace.main(&text);
    let outcome = workspace.validate();
    let mut errors = outcome.errors();
    let mut complaints = Vec::new();
    for (bad, line) in BAD.iter().zip(&expected) {
        let found =
            errors.iter().position(|error| error.line == Some(*line) && error.text().contains(bad.says));
        match found {
            Some(place) => drop(errors.remove(place)),
            None => {
                complaints.push(format!("line {line}, {:?}: no error with {:?}", bad.attributes, bad.says))
            }
        }
    }
    complaints.extend(errors.iter().map(|error| format!("not expected: {error}")));
    assert!(complaints.is_empty(), "{}\n\n{outcome}", complaints.join("\n"));
}

/// No password is in the words about it.
#[test]
fn an_error_about_a_password_does_not_show_it() {
    let cluster = Cluster::start(default_version());
    let workspace = Workspace::new(&cluster);
    let password = "md5c0ffee00c0ffee00c0ffee00c0ffee00";
    workspace.main(&format!(
        "variable \"it\" {{\n  default = \"{password}\"\n  sensitive = true\n}}\n\
        resource \"pgum_user\" \"it\" {{\n  username = \"x\"\n  password = var.it\n}}\n"
    ));
    let outcome = workspace.try_plan(&[]).expect_failure();
    outcome.expect_error("hash");
    assert!(!outcome.output().contains(password));
}

/// What only a plan can know, since it depends on what is there already.
#[test]
fn a_password_that_is_missing_is_an_error_in_the_plan() {
    let cluster = Cluster::start(default_version());
    let workspace = Workspace::new(&cluster);
    workspace.main("resource \"pgum_user\" \"it\" {\n  username = \"one\"\n}\n");
    let error = workspace.plan_expecting_failure().expect_error("password");
    assert!(error.detail.contains("external") && error.detail.contains("iam"), "{error}");
    assert_eq!(error.address.as_deref(), Some("pgum_user.it"));

    workspace.main("resource \"pgum_user\" \"it\" {\n  username = \"one\"\n  password = \"x\"\n}\n");
    workspace.converge();
    workspace.main("resource \"pgum_user\" \"it\" {\n  username = \"one\"\n}\n");
    workspace.plan_expecting_failure().expect_error("external");
    assert!(cluster.try_session("one", "x", "myapp").is_ok());
}

/// Values that are not known before the apply are checked when they are.
#[test]
fn a_bad_value_that_comes_late_is_an_error_in_the_apply() {
    let cluster = Cluster::start(default_version());
    let workspace = Workspace::new(&cluster);
    workspace.main(
        "resource \"terraform_data\" \"late\" {\n  input = \"pg_late\"\n}\n\
         resource \"pgum_user\" \"it\" {\n  username = terraform_data.late.output\n  auth_method = \"iam\"\n}\n",
    );
    workspace.plan();
    workspace.apply_expecting_failure().expect_error("PostgreSQL keeps");
}
