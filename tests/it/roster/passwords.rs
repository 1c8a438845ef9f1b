//! Passwords stand beside the documents and are kept nowhere.

use super::{ROSTER, document, roster, users, workspace};
use crate::support::on_versions;
use crate::support::postgres::{Cluster, default_version};
use crate::support::terraform::Workspace;
use serde_json::json;

fn with(password: &str, version: &str) -> String {
    roster(&format!(
        "{}  passwords_wo = {{ one = \"{password}\" }}\n  password_versions = {{ one = \"{version}\" }}\n",
        users(&[("one", ""), ("two", "auth_method = \"iam\"")])
    ))
}

on_versions! {
    [13, 16, 18]
    fn is_sent_once_and_with_each_version(version: u16) {
        let cluster = Cluster::start(version);
        let mut workspace = Workspace::new(&cluster);
        workspace.set_env("TF_LOG_PROVIDER", "TRACE");
        workspace.main(&with("s3cret-one", "1"));
        let first = workspace.converge().output();
        assert!(cluster.try_session("one", "s3cret-one", "myapp").is_ok());
        // Another text alone is not seen.
        workspace.main(&with("s3cret-two", "1"));
        workspace.assert_empty_plan();
        workspace.main(&with("s3cret-two", "2"));
        let plan = workspace.plan();
        assert_eq!(plan.change(ROSTER).attributes(), ["password_versions"]);
        let second = workspace.converge().output();
        assert!(cluster.try_session("one", "s3cret-two", "myapp").is_ok());
        assert!(cluster.try_session("one", "s3cret-one", "myapp").is_err());
        for (name, text) in [
            ("first run", first),
            ("second run", second),
            ("state", workspace.state_file()),
            ("plan", format!("{:?}", plan.changes())),
            ("server's log", cluster.log()),
        ] {
            assert!(!text.contains("s3cret"), "{name}: {text}");
        }
        assert_eq!(workspace.attributes(ROSTER)["password_versions"], json!({"one": "2"}));
    }
}

/// A user that was dropped and made anew by hand has lost its password, which shows, and gets it again.
#[test]
fn is_sent_again_to_a_user_made_anew() {
    let cluster = Cluster::start(default_version());
    let workspace = Workspace::new(&cluster);
    workspace.main(&with("s3cret-one", "1"));
    workspace.converge();
    cluster.master_session("postgres").execute("DROP ROLE one; CREATE ROLE one LOGIN PASSWORD 'other'");
    let change = workspace.plan().change(ROSTER);
    assert_eq!(document(&change.before, "users", "one")["password_in_sync"], json!(false));
    assert_eq!(document(&change.after, "users", "one"), json!({}));
    workspace.converge();
    assert!(cluster.try_session("one", "s3cret-one", "myapp").is_ok());
}

/// What is wrong with a password says so at the place where a roster has it.
#[test]
fn mistakes_have_their_place() {
    let cluster = Cluster::start(default_version());
    let inside = "a password";
    let workspace = workspace(&cluster, &users(&[("one", &format!("password = \"{inside}\""))]));
    let error = workspace.plan_expecting_failure().error();
    assert!(
        error.text().contains("passwords_wo") && error.text().contains("users[\"one\"].password"),
        "{error}"
    );
    assert!(!error.text().contains(inside), "{error}");

    workspace.main(&roster(&users(&[("one", "")])));
    let error = workspace.plan_expecting_failure().error();
    assert!(error.text().contains("Write passwords_wo[\"one\"] (never kept in the state). For"), "{error}");

    workspace.main(&roster(&format!(
        "{}  passwords_wo = {{ oen = \"p\" }}\n",
        users(&[("one", "auth_method = \"iam\"")])
    )));
    workspace.plan_expecting_failure().expect_error("There is no user \"oen\" in this roster");

    workspace.main(&roster(&format!("{}  password_versions = {{ one = \"1\" }}\n", users(&[("one", "")]))));
    workspace
        .plan_expecting_failure()
        .expect_error("password_versions[\"one\"] without passwords_wo[\"one\"]");

    // One that was sent would stay valid.
    workspace.main(&with("p", "1"));
    workspace.apply();
    workspace.main(&roster(&users(&[("one", ""), ("two", "auth_method = \"iam\"")])));
    let outcome = workspace.plan_expecting_failure();
    let error = outcome.expect_error("The password was taken out of the configuration");
    assert!(error.text().contains("At passwords_wo[\"one\"]: "), "{}", error.text());
}
