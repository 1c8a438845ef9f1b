//! Runs that last, and the ways to the server.

use super::{next_second, refusals, with_keys, workspace};
use crate::support::aurora::{Aurora, Refusal};
use crate::support::aws::{ACCOUNT, Sts, Trust};
use crate::support::on_versions;
use crate::support::terraform::{Outcome, Workspace};
use std::time::{Duration, Instant};

/// One user, something that takes its time, and more users.
const SLOW: &str = r#"
resource "pgum_user" "before" {
  username    = "before"
  auth_method = "iam"
}

resource "terraform_data" "slow" {
  depends_on = [pgum_user.before]
  provisioner "local-exec" {
    command = "touch reached; while [ ! -e go ]; do sleep 0.05; done"
  }
}

resource "pgum_user" "after" {
  count       = 8
  username    = "after-${count.index}"
  auth_method = "iam"
  depends_on  = [terraform_data.slow]
}
"#;

/// Applies; in the middle of it, with `meanwhile`, the server ends all sessions.
fn apply_with(workspace: &Workspace, aurora: &Aurora, meanwhile: impl FnOnce()) -> Outcome {
    workspace.main(SLOW);
    let mut running = workspace.start(&["apply", "-json", "-auto-approve"]);
    let begun = Instant::now();
    while !workspace.directory().join("reached").exists() {
        if !running.is_running() || begun.elapsed() > Duration::from_secs(120) {
            panic!("the middle is not reached: {}", running.wait());
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    meanwhile();
    next_second();
    assert!(aurora.cluster.kill_sessions() > 0, "a session is open meanwhile");
    workspace.write("go", "");
    running.wait()
}

on_versions! {
    [15, 18]
    /// A token outlives its 15 minutes while the run waits for something else.
    fn a_token_that_has_expired_is_replaced(version: u16) {
        let aurora = Aurora::start(version);
        let keys = aurora.accounts.user("ci");
        let workspace = workspace(&format!("{}  max_connections = 1\n", with_keys(&aurora, &keys)));
        apply_with(&workspace, &aurora, || aurora.expire_tokens()).expect_success();
        let logins = aurora.logins();
        let at = logins.iter().position(|login| login.outcome.is_err()).expect("a login with the old token");
        assert_eq!(refusals(&logins), [Refusal::Expired], "it is tried once");
        assert_eq!(logins[at].token, logins[at - 1].token);
        assert_ne!(logins[at + 1].token, logins[at].token);
        workspace.assert_empty_plan();
        assert_eq!(aurora.cluster.value("SELECT count(*) FROM pg_roles WHERE rolname ~ '^after-'"), "8");
    }
}

/// The session of the role has been ended: new credentials are fetched, and all connections share them.
#[test]
fn so_are_the_credentials() {
    let aurora = Aurora::start(18);
    let (keys, sts) = (aurora.accounts.user("ci"), Sts::start(&aurora.accounts));
    let role = sts.role("database", Trust::Principal(format!("arn:aws:iam::{ACCOUNT}:user/ci")));
    let members = format!(
        "{}    assume_role = [{{ role_arn = \"{role}\" }}]\n    endpoints = {{ sts = \"{}\" }}\n",
        keys.attributes(),
        sts.url
    );
    let workspace = workspace(&format!("{}{}", aurora.provider(), super::aws(&members)));
    apply_with(&workspace, &aurora, || aurora.expire_tokens()).expect_success();
    let logins = aurora.logins();
    let refused = refusals(&logins);
    // Each of the four connections that there may be has tried the old one at most once.
    assert!(
        (1..=4).contains(&refused.len()) && refused.iter().all(|it| *it == Refusal::Expired),
        "{logins:?}"
    );
    let mut keys: Vec<_> = logins.iter().filter_map(|login| login.outcome.clone().ok()).collect();
    keys.dedup();
    assert_eq!(keys.len(), sts.asked().len(), "each session of the role is used: {logins:?}");
}

/// Those that last for half a minute are always about to expire: each connection gets new ones before the old ones are
/// refused.
#[test]
fn credentials_are_renewed_before_they_expire() {
    let aurora = Aurora::start(18);
    let (keys, sts) = (aurora.accounts.user("ci"), Sts::start(&aurora.accounts));
    let role = sts.role("database", Trust::Principal(format!("arn:aws:iam::{ACCOUNT}:user/ci")));
    sts.set_lasting(Duration::from_secs(30));
    let members = format!(
        "{}    assume_role = [{{ role_arn = \"{role}\" }}]\n    endpoints = {{ sts = \"{}\" }}\n",
        keys.attributes(),
        sts.url
    );
    let workspace = workspace(&format!("{}{}", aurora.provider(), super::aws(&members)));
    let mut before = Vec::new();
    apply_with(&workspace, &aurora, || before = aurora.logins()).expect_success();
    let logins = aurora.logins();
    assert!(refusals(&logins).is_empty(), "{logins:?}");
    assert!(logins.len() > before.len());
    for later in &logins[before.len()..] {
        assert!(before.iter().all(|earlier| earlier.outcome != later.outcome), "{later:?}");
    }
}

/// A login that stays refused is tried with one new token, and no more: it would be again, and users are locked for less.
#[test]
fn a_new_token_is_tried_once() {
    let aurora = Aurora::start(18);
    let keys = aurora.accounts.user("ci");
    let workspace = workspace(&format!("{}  max_connections = 1\n", with_keys(&aurora, &keys)));
    let mut before = 0;
    let outcome = apply_with(&workspace, &aurora, || {
        before = aurora.logins().len();
        aurora.deny(&format!("arn:aws:iam::{ACCOUNT}:user/ci"));
    })
    .expect_failure();
    outcome.expect_error("PAM authentication failed for user \"postgres\"");
    let logins = &aurora.logins()[before..];
    let first = &logins[0].token;
    assert!(logins.iter().filter(|login| login.token == *first).count() == 1, "{logins:?}");
    assert!(refusals(logins).iter().all(|refusal| *refusal == Refusal::Denied), "{logins:?}");
}

/// Through a tunnel on another port, with the certificate of the endpoint's name: what all the tests here do, said once.
#[test]
fn host_and_port_are_those_of_the_endpoint_whatever_the_way() {
    let aurora = Aurora::builder(18)
        .endpoint("Shop.cluster-abc123.rds.cn-north-1.amazonaws.com.cn", 6432)
        .region("cn-north-1")
        .start();
    let keys = aurora.accounts.user("ci");
    assert!(!aurora.via().ends_with(":6432"));
    let workspace = workspace(&with_keys(&aurora, &keys));
    workspace.converge();
    for login in aurora.logins() {
        assert!(login.outcome.is_ok());
        assert!(
            login.token.starts_with("shop.cluster-abc123.rds.cn-north-1.amazonaws.com.cn:6432/?"),
            "{}",
            login.token
        );
    }
    let count = aurora.logins().len();
    // verify-full without being asked for, as the name is one of RDS: it fails where it is another name.
    let other = aurora.provider().replace("Shop.cluster", "Other.cluster");
    workspace.provider(&format!("{other}{}", super::aws(&keys.attributes())));
    let error =
        workspace.plan_expecting_failure().expect_error("the server's certificate is for another name");
    assert!(error.text().contains("Other.cluster-abc123"), "{error}");
    assert_eq!(aurora.logins().len(), count, "no token has been shown to it");
}

/// A name that says no region: it is written. `require` is then the default, and no certificate is checked.
#[test]
fn a_host_with_a_name_of_its_own() {
    let aurora = Aurora::builder(18).here().region("ap-south-1").start();
    let keys = aurora.accounts.user("ci");
    let endpoint = aurora.endpoint().clone();
    let written = format!(
        "  host = \"{}\"\n  port = {}\n  iam_auth = true\n{}",
        endpoint.host,
        endpoint.port,
        super::aws(&format!("    region = \"ap-south-1\"\n{}", keys.attributes()))
    );
    let mut workspace = workspace(&written);
    workspace.converge();
    // What is written wins over the environment, which is asked where nothing is.
    workspace.set_env("AWS_REGION", "us-east-1");
    workspace.assert_empty_plan();
    assert!(refusals(&aurora.logins()).is_empty());
    workspace.provider(&written.replace("    region = \"ap-south-1\"\n", ""));
    workspace.plan_expecting_failure().expect_error("us-east-1 is the region of the cluster");
    workspace.set_env("AWS_REGION", "ap-south-1");
    workspace.assert_empty_plan();
    workspace.set_env("AWS_REGION", "");
    workspace.plan_expecting_failure().expect_error("Set aws.region (or AWS_REGION)");
}
