//! Each well-known failure, and what is said of it.

use super::{TEAM, all_refused, aws, refusals, with_keys, workspace};
use crate::support::aurora::{Aurora, Refusal};
use crate::support::aws::{ACCOUNT, Keys, Sts, Trust};
use crate::support::terraform::{Diagnostic, Workspace};
use std::time::Duration;

/// The one error of a plan that looks at something known, and the one of an apply that makes something new: the same.
#[track_caller]
fn error(workspace: &Workspace, said: &[&str]) -> Diagnostic {
    let outcome = workspace.apply_expecting_failure();
    let error = outcome.error();
    for text in said {
        assert!(error.text().contains(text), "{text:?} is not in {error}");
    }
    assert!(!outcome.output().contains("X-Amz-Signature"), "no token is shown");
    error
}

const REJECTED: &str = "PAM authentication failed for user \"postgres\" (SQLSTATE 28000)";

#[test]
fn a_wrong_secret() {
    let aurora = Aurora::start(18);
    let keys = Keys { secret_key: "another".to_owned(), ..aurora.accounts.user("ci") };
    let signer = format!("signed by access key {}, from aws.access_key", keys.access_key);
    let secret = format!("the secret key is that of access key {}", keys.access_key);
    error(&workspace(&with_keys(&aurora, &keys)), &[REJECTED, &secret, &signer]);
    all_refused(&aurora.logins(), Refusal::Signature);
}

/// As in a job that runs for longer than the session that it was given lasts.
#[test]
fn a_session_that_has_expired() {
    let aurora = Aurora::start(18);
    let (keys, _) = aurora.accounts.session("arn:aws:iam::123456789012:role/ci", Duration::ZERO);
    let mut workspace = workspace(&aurora.provider());
    for (name, value) in keys.environment() {
        workspace.set_env(name, &value);
    }
    error(
        &workspace,
        &[
            REJECTED,
            "where it is a session's (AWS_SESSION_TOKEN), the session has not expired",
            "from the environment (AWS_ACCESS_KEY_ID)",
        ],
    );
    all_refused(&aurora.logins(), Refusal::Session);
}

#[test]
fn no_policy() {
    let aurora = Aurora::start(18);
    let (keys, sts) = (aurora.accounts.user("ci"), Sts::start(&aurora.accounts));
    let role = sts.role("database", Trust::Principal(format!("arn:aws:iam::{ACCOUNT}:user/ci")));
    aurora.deny(&role);
    let members = format!(
        "{}    assume_role = [{{ role_arn = \"{role}\" }}]\n    endpoints = {{ sts = \"{}\" }}\n",
        keys.attributes(),
        sts.url
    );
    error(
        &workspace(&format!("{}{}", aurora.provider(), aws(&members))),
        &[
            REJECTED,
            "allows rds-db:connect on arn:aws:rds-db:eu-west-1:123456789012:dbuser:RESOURCE-ID/postgres",
            "from the assumed role arn:aws:sts::123456789012:assumed-role/database/terraform-provider-pgum",
        ],
    );
    all_refused(&aurora.logins(), Refusal::Denied);
}

/// Where the name does not say the region, a wrong one is found by the server only.
#[test]
fn a_wrong_region() {
    let aurora = Aurora::builder(18).endpoint("db.example.com", 5432).start();
    let keys = aurora.accounts.user("ci");
    let region = |region: &str| aws(&format!("    region = \"{region}\"\n{}", keys.attributes()));
    let workspace = workspace(&format!("{}{}", aurora.provider(), region("us-east-1")));
    error(
        &workspace,
        &[REJECTED, "us-east-1 is the region of the cluster", "user \"postgres\", region us-east-1"],
    );
    all_refused(&aurora.logins(), Refusal::OtherRegion);
    workspace.provider(&format!("{}{}", aurora.provider(), region("eu-west-1")));
    workspace.converge();
}

/// Where the name says it, what contradicts it is refused before anything is connected.
#[test]
fn a_region_that_contradicts_the_name() {
    let aurora = Aurora::start(18);
    let members = format!("    region = \"us-east-1\"\n{}", aurora.accounts.user("ci").attributes());
    let error = workspace(&format!("{}{}", aurora.provider(), aws(&members)))
        .plan_expecting_failure()
        .expect_error("aws.region is not the region of the host");
    assert!(
        error.text().contains("db.cluster-abc123.eu-west-1.rds.amazonaws.com is in eu-west-1"),
        "{error}"
    );
    // Terraform finds no members of an attribute: the best it can point at is the block.
    assert!(error.code.as_deref().is_some_and(|code| code.contains("provider \"pgum\"")), "{error}");
    assert!(aurora.logins().is_empty());
}

/// The server asks for a password, then.
#[test]
fn the_user_is_not_in_rds_iam() {
    let aurora = Aurora::start(18);
    aurora.cluster.execute("CREATE ROLE admin LOGIN CREATEROLE PASSWORD 'x'");
    let keys = aurora.accounts.user("ci");
    let workspace = workspace(&format!("{}{}", aurora.provider_as("admin"), aws(&keys.attributes())));
    error(
        &workspace,
        &[
            "password authentication failed for user \"admin\" (SQLSTATE 28P01)",
            "\"admin\" is no member of rds_iam, directly or through a group (GRANT rds_iam TO admin)",
            "IAM authentication is switched off on the cluster",
        ],
    );
    aurora.cluster.execute("GRANT rds_iam TO admin WITH ADMIN TRUE");
    workspace.main("resource \"pgum_user\" \"app\" {\n  username = \"app\"\n  auth_method = \"iam\"\n}\n");
    workspace.converge();
}

/// A password, where only a token lets in.
#[test]
fn a_password_of_a_member_of_rds_iam() {
    let aurora = Aurora::start(18);
    let workspace =
        workspace(&format!("{}  password = \"master-of-the-cluster\"\n", aurora.connection_as("postgres")));
    error(
        &workspace,
        &[REJECTED, "\"postgres\" is a member of rds_iam, directly or through a group", "set iam_auth"],
    );
    all_refused(&aurora.logins(), Refusal::NoToken);
}

#[test]
fn tls_that_is_taken_away_on_the_way() {
    let aurora = Aurora::builder(18).without_tls().start();
    let keys = aurora.accounts.user("ci");
    error(
        &workspace(&with_keys(&aurora, &keys)),
        &["the server does not do TLS", "something between here and the server does not pass it on"],
    );
    assert!(aurora.logins().is_empty(), "no token goes without TLS");
}

#[test]
fn tls_that_is_switched_off_here() {
    let aurora = Aurora::start(18);
    let keys = aurora.accounts.user("ci");
    for weak in ["disable", "allow", "prefer"] {
        let provider = format!("{}  sslmode = \"{weak}\"\n", with_keys(&aurora, &keys));
        let error = workspace(&provider).plan_expecting_failure().error();
        let summary = format!("sslmode \"{weak}\" is too weak for a login with IAM");
        assert_eq!(error.summary, summary);
        assert!(error.detail.contains("as good as a password for 15 minutes"), "{error}");
        assert!(error.code.as_deref().is_some_and(|code| code.contains("sslmode")), "{error}");
    }
    // A login with the password, which the server itself refuses then.
    let password = format!("{}  password = \"x\"\n  sslmode = \"disable\"\n", aurora.way_as("postgres"));
    error(
        &workspace(&password),
        &["pg_hba.conf rejects connection", "no encryption", "every IAM login demand TLS", "\"verify-full\""],
    );
    assert!(aurora.logins().is_empty());
}

/// Without a word on TLS: the name is one of RDS, whose authorities have not signed this one.
#[test]
fn a_certificate_that_is_not_trusted() {
    let aurora = Aurora::start(18);
    let keys = aurora.accounts.user("ci");
    let provider = format!("{}  iam_auth = true\n{}", aurora.way_as("postgres"), aws(&keys.attributes()));
    let workspace = workspace(&provider);
    error(
        &workspace,
        &[
            "the server's certificate is not signed by any of the trusted authorities",
            "any of RDS's authorities",
            "set sslrootcert (or PGSSLROOTCERT)",
        ],
    );
    assert!(aurora.logins().is_empty(), "no token has been shown to it");
    workspace.provider(&format!("{provider}{}", aurora.trust()));
    workspace.converge();
}

#[test]
fn a_reader_endpoint() {
    let mut aurora =
        Aurora::builder(18).endpoint("db.cluster-ro-abc123.eu-west-1.rds.amazonaws.com", 5432).start();
    let keys = aurora.accounts.user("ci");
    let workspace = workspace(&with_keys(&aurora, &keys));
    workspace.converge();
    aurora.cluster.demote();
    // Nothing to do, nothing said.
    workspace.assert_empty_plan();
    workspace.main(&format!(
        "{TEAM}\nresource \"pgum_user\" \"more\" {{\n  username = \"more\"\n  auth_method = \"iam\"\n}}\n"
    ));
    let error = workspace.apply_expecting_failure().error();
    assert!(error.text().contains("reader endpoint"), "{error}");
    assert!(refusals(&aurora.logins()).is_empty());
}

/// The server's clock is the right one: a machine that is behind makes tokens that have expired, one that is ahead makes
/// such as are not good yet.
#[test]
fn a_wrong_clock() {
    let aurora = Aurora::start(18);
    let keys = aurora.accounts.user("ci");
    let workspace = workspace(&with_keys(&aurora, &keys));
    for (ahead, refusal) in [(3_600, Refusal::Expired), (-3_600, Refusal::NotYet)] {
        aurora.set_clock(ahead);
        let before = aurora.logins().len();
        error(
            &workspace,
            &[
                REJECTED,
                "the clock of this machine is right: a token is good from when it was signed for 15 minutes",
                "By the clock of this machine it is ",
            ],
        );
        all_refused(&aurora.logins()[before..], refusal);
    }
    aurora.set_clock(0);
    workspace.converge();
    // Also where there is something to look at: one error, in the plan.
    aurora.set_clock(3_600);
    workspace.plan_expecting_failure().expect_error(REJECTED);
}
