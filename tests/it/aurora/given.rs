//! POSTGRES_IAM_TOKEN: a token that was made elsewhere is used as it is.

use super::{all_refused, workspace};
use crate::support::aurora::{Aurora, Refusal};
use crate::support::terraform::Workspace;
use std::time::{Duration, SystemTime};

const ENDPOINT: &str = "db.cluster-abc123.eu-west-1.rds.amazonaws.com:5432";
const MINUTE: Duration = Duration::from_secs(60);

/// With a token for this endpoint, user and region, of so long ago. There are no other credentials.
fn with_token(aurora: &Aurora, authority: &str, user: &str, region: &str, age: Duration) -> Workspace {
    let mut workspace = workspace(&aurora.connection_as("postgres"));
    let token = aurora.accounts.user("ci").iam_token(authority, user, region, SystemTime::now() - age);
    workspace.set_env("POSTGRES_IAM_TOKEN", &token);
    workspace
}

#[test]
fn it_is_used_as_it_is() {
    let aurora = Aurora::start(18);
    let workspace = with_token(&aurora, ENDPOINT, "postgres", "eu-west-1", 5 * MINUTE);
    workspace.converge();
    let logins = aurora.logins();
    assert!(logins.iter().all(|login| login.outcome.is_ok() && login.token == logins[0].token), "{logins:?}");
}

#[test]
fn an_expired_one_says_when_it_was_made() {
    let aurora = Aurora::start(18);
    let workspace = with_token(&aurora, ENDPOINT, "postgres", "eu-west-1", 3 * 60 * MINUTE);
    let made = SystemTime::now() - 3 * 60 * MINUTE;
    let error = workspace.apply_expecting_failure().error();
    for said in [
        "PAM authentication failed for user \"postgres\" (SQLSTATE 28000)",
        "The token in POSTGRES_IAM_TOKEN has expired, 2 hours ago",
        "a token lets nobody in after 15 minutes",
        "or set iam_auth = true",
    ] {
        assert!(error.text().contains(said), "{said}: {error}");
    }
    // To the day and hour: this may take a while.
    let day = time::OffsetDateTime::from(made).date().to_string();
    assert!(error.text().contains(&format!("at {day}T")), "{day}: {error}");
    assert!(!error.text().contains("X-Amz-Signature"), "{error}");
    all_refused(&aurora.logins(), Refusal::Expired);
}

#[test]
fn one_for_something_else_says_so() {
    let aurora = Aurora::start(18);
    for (authority, user, region, said, refusal) in [
        (
            ENDPOINT,
            "Postgres",
            "eu-west-1",
            "for the user \"Postgres\", and \"postgres\"",
            Refusal::OtherUser,
        ),
        (
            "db.cluster-abc123.eu-west-1.rds.amazonaws.com:15432",
            "postgres",
            "eu-west-1",
            "for port 15432, and 5432",
            Refusal::OtherEndpoint,
        ),
        ("127.0.0.1:5432", "postgres", "eu-west-1", "for the host \"127.0.0.1\"", Refusal::OtherEndpoint),
        (ENDPOINT, "postgres", "us-east-1", "us-east-1 is the region of the cluster", Refusal::OtherRegion),
    ] {
        let workspace = with_token(&aurora, authority, user, region, MINUTE);
        let before = aurora.logins().len();
        let error = workspace.apply_expecting_failure().error();
        assert!(error.text().contains(said), "{said}: {error}");
        all_refused(&aurora.logins()[before..], refusal);
    }
}

#[test]
fn one_that_is_cut_is_said_before_anything_is_connected() {
    let aurora = Aurora::start(18);
    let mut workspace = with_token(&aurora, ENDPOINT, "postgres", "eu-west-1", MINUTE);
    workspace
        .set_env("POSTGRES_IAM_TOKEN", "db.cluster-abc123.eu-west-1.rds.amazonaws.com:5432/?Action=connect");
    workspace.plan_expecting_failure().expect_error("POSTGRES_IAM_TOKEN is no IAM token");
    assert!(aurora.logins().is_empty());
}
