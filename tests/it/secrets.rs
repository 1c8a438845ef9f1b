//! Where passwords must not be: the server's log, Terraform's state, plans and traces.

use crate::support::on_versions;
use crate::support::postgres::{Cluster, default_version};
use crate::support::terraform::Workspace;

/// Words that turn up nowhere by chance.
const WRITTEN: &str = "written-Xq7-password";
const WRITE_ONLY: &str = "writeonly-Zk3-password";
const CHANGED: &str = "changed-Vb9-password";

const CONFIGURATION: &str = r#"
variable "written" {
  type      = string
  sensitive = true
}

variable "write_only" {
  type      = string
  ephemeral = true
}

variable "version_of_it" {
  type = string
}

resource "pgum_user" "written" {
  username = "written"
  password = var.written
}

resource "pgum_user" "write_only" {
  username            = "write_only"
  password_wo         = var.write_only
  password_wo_version = var.version_of_it
}
"#;

/// How a verifier begins, wherever it is shown.
const VERIFIERS: [&str; 2] = ["SCRAM-SHA-256$", "4096:"];

#[track_caller]
fn assert_without(text: &str, what: &str, secrets: &[&str]) {
    for secret in secrets {
        if let Some(place) = text.find(secret) {
            let start = text[..place].rfind('\n').map_or(0, |newline| newline + 1);
            let line = text[start..].lines().next().unwrap_or_default();
            panic!("{what} shows {secret:?}:\n{line}");
        }
    }
}

fn workspace(cluster: &Cluster) -> Workspace {
    let mut workspace = Workspace::new(cluster);
    workspace.main(CONFIGURATION);
    set(&mut workspace, WRITTEN, WRITE_ONLY, "1");
    workspace
}

fn set(workspace: &mut Workspace, written: &str, write_only: &str, version: &str) {
    workspace.set_env("TF_VAR_written", written);
    workspace.set_env("TF_VAR_write_only", write_only);
    workspace.set_env("TF_VAR_version_of_it", version);
}

on_versions! {
    [13, 16, 18]
    fn a_log_of_all_statements_shows_no_password(version: u16) {
        let cluster = Cluster::builder(version).setting("log_statement", "all").start();
        let mut workspace = workspace(&cluster);
        workspace.converge();
        set(&mut workspace, CHANGED, CHANGED, "2");
        workspace.converge();
        assert!(cluster.try_session("written", CHANGED, "myapp").is_ok());
        assert!(cluster.try_session("write_only", CHANGED, "myapp").is_ok());
        workspace.destroy();
        let log = cluster.log();
        assert!(log.contains("CREATE ROLE"), "the statements are in the log:\n{log}");
        assert_without(&log, "the server's log", &[WRITTEN, WRITE_ONLY, CHANGED]);
    }
}

on_versions! {
    [13, 16, 18]
    /// A failing statement is logged in full whatever log_statement says. Here another session holds the role, so
    /// that whatever touches it runs into lock_timeout.
    fn a_failing_statement_puts_no_verifier_into_the_log(version: u16) {
        let cluster = Cluster::builder(version).setting("log_statement", "none").start();
        let mut workspace = workspace(&cluster);
        workspace.provider(&format!("{}lock_timeout = 1\n", crate::support::terraform::connection(&cluster)));
        workspace.converge();
        let other = cluster.master_session("postgres");
        other.execute("BEGIN; ALTER ROLE written CONNECTION LIMIT 5; ALTER ROLE write_only CONNECTION LIMIT 5");
        set(&mut workspace, CHANGED, CHANGED, "2");
        let outcome = workspace.apply_expecting_failure();
        assert_without(&outcome.output(), "Terraform's output", &[WRITTEN, WRITE_ONLY, CHANGED, "SCRAM-SHA-256$"]);
        other.execute("ROLLBACK");
        let log = cluster.log();
        assert!(log.contains("canceling statement due to lock timeout"), "{log}");
        assert_without(&log, "the server's log", &[WRITTEN, WRITE_ONLY, CHANGED, "SCRAM-SHA-256$"]);
        workspace.converge();
        assert!(cluster.try_session("written", CHANGED, "myapp").is_ok());
    }
}

on_versions! {
    [13, 16, 18]
    /// The same for creates that fail after the password was set, and for several at once.
    fn creates_that_fail_put_no_verifier_into_the_log(version: u16) {
        let cluster = Cluster::builder(version).setting("log_statement", "none").start();
        let workspace = Workspace::new(&cluster);
        workspace.provider(&format!("{}lock_timeout = 1\n", crate::support::terraform::connection(&cluster)));
        workspace.main(&format!(r#"
            resource "pgum_user" "it" {{
              count     = 5
              username  = "one_${{count.index}}"
              password  = "{WRITTEN}"
              # What the plan cannot foresee: names that may still come, and a lock. The last one does not fail.
              groups    = count.index == 0 ? ["no_such_group"] : []
              databases = count.index == 1 ? ["no_such_database"] : contains([2, 3], count.index) ? ["myapp"] : []
            }}
        "#));
        let other = cluster.superuser_session("postgres");
        other.execute("BEGIN; GRANT TEMPORARY ON DATABASE myapp TO pg_monitor");
        let outcome = workspace.apply_expecting_failure();
        other.execute("ROLLBACK");
        assert_eq!(outcome.errors().len(), 4, "{outcome}");
        assert_without(&outcome.output(), "Terraform's output", &[WRITTEN, "SCRAM-SHA-256$"]);
        assert_without(&cluster.log(), "the server's log", &[WRITTEN, "SCRAM-SHA-256$"]);
        assert_eq!(cluster.column("SELECT rolname FROM pg_roles WHERE rolname LIKE 'one%'"), ["one_4"]);
        assert!(cluster.try_session("one_4", WRITTEN, "myapp").is_ok());
    }
}

#[test]
fn a_write_only_password_is_nowhere_in_terraform() {
    let cluster = Cluster::start(default_version());
    let mut workspace = workspace(&cluster);
    workspace.set_env("TF_LOG", "TRACE");
    let secrets = [WRITE_ONLY, "SCRAM-SHA-256$"];
    let plan = workspace.plan();
    assert!(plan.outcome.stderr.contains("[TRACE]"), "{}", plan.outcome);
    assert_without(&plan.outcome.output(), "the plan's output and trace", &secrets);
    assert_without(&plan.json.to_string(), "the plan as JSON", &secrets);
    // An ephemeral variable is given again for the apply, since no plan holds it.
    let outcome = workspace.apply_plan(&plan);
    assert_without(&outcome.output(), "the apply's output and trace", &secrets);
    assert_without(&workspace.state_file(), "the state", &secrets);
    assert!(cluster.try_session("write_only", WRITE_ONLY, "myapp").is_ok());

    set(&mut workspace, WRITTEN, CHANGED, "2");
    let outcome = workspace.try_apply(&[]).expect_success();
    assert_without(&outcome.output(), "the second apply's output and trace", &[WRITE_ONLY, CHANGED]);
    assert_without(&workspace.state_file(), "the state", &[WRITE_ONLY, CHANGED]);
    assert!(cluster.try_session("write_only", CHANGED, "myapp").is_ok());
    let outcome = workspace.try_destroy(&[]).expect_success();
    assert_without(&outcome.output(), "the destroy's output and trace", &[WRITE_ONLY, CHANGED]);
}

/// A password that is written is in the state, as Terraform has it; but marked as sensitive, and shown to nobody.
#[test]
fn a_written_password_is_not_shown() {
    let cluster = Cluster::start(default_version());
    let mut workspace = workspace(&cluster);
    workspace.main(&CONFIGURATION.replace("sensitive = true", "sensitive = false"));
    let shown = |workspace: &Workspace| workspace.run(&["plan", "-no-color"]).expect_success();
    assert_without(&shown(&workspace).output(), "the plan", &[WRITTEN]);
    workspace.apply();
    set(&mut workspace, CHANGED, WRITE_ONLY, "1");
    assert_without(&shown(&workspace).output(), "the plan of a change", &[WRITTEN, CHANGED]);
    let outcome = workspace.run(&["show", "-no-color"]).expect_success();
    assert_without(&outcome.output(), "the state as shown", &[WRITTEN]);
    let outcome = workspace.run(&["apply", "-no-color", "-auto-approve"]).expect_success();
    assert_without(&outcome.output(), "the apply", &[WRITTEN, CHANGED]);
}

/// The provider's own lines of the log, at every level.
#[test]
fn the_provider_logs_no_secret() {
    let cluster = Cluster::start(default_version());
    let mut workspace = workspace(&cluster);
    workspace.set_env("TF_LOG_PROVIDER", "TRACE");
    let outcome = workspace.apply();
    assert!(outcome.stderr.contains("pgum"), "{outcome}");
    let mut secrets = vec![WRITTEN, WRITE_ONLY, crate::support::postgres::MASTER_PASSWORD];
    secrets.extend(VERIFIERS);
    assert_without(&outcome.stderr, "the provider's log", &secrets);
}
