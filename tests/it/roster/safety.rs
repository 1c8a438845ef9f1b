//! What guards single resources guards a roster.

use super::{roles, roster, users, workspace};
use crate::support::on_versions;
use crate::support::postgres::{Cluster, default_version};
use crate::support::terraform::connection;

on_versions! {
    [13, 15, 18]
    /// A protected role in a roster, and what would lock it out.
    fn nobody_is_locked_out(version: u16) {
        let cluster = Cluster::start(version);
        let guard = |text: &str| users(&[("guard", &format!("auth_method = \"iam\"{text}"))]);
        let workspace = workspace(&cluster, &guard(""));
        workspace.provider(&format!("{}  protected_roles = [\"guard\"]\n", connection(&cluster)));
        workspace.converge();
        workspace.main(&roster(&guard(", enabled = false")));
        let error = workspace.plan_expecting_failure().error();
        assert!(error.text().contains("users[\"guard\"].enabled"), "{error}");
        // Nor does it go.
        workspace.main(&roster("  users = {}\n"));
        let error = workspace.plan_expecting_failure().error();
        assert!(error.text().contains("\"guard\""), "{error}");
        // Nor by unmanaged, if the roster forgets it.
        workspace.main(&roster("  users = {}\n  unmanaged = \"drop\"\n"));
        workspace.plan_expecting_failure();
        assert_eq!(roles(&cluster), ["guard"]);
    }
}

/// What a plan finds in the way shows at the place of the entry, and what would run is logged as the roster's.
#[test]
fn preflight_and_the_log_of_statements() {
    let cluster = Cluster::start(default_version());
    let mut workspace =
        workspace(&cluster, &users(&[("one", "auth_method = \"iam\", settings = { work_mem = \"much\" }")]));
    let error = workspace.plan_expecting_failure().error();
    assert!(error.text().contains("users[\"one\"].settings[\"work_mem\"]"), "{error}");
    workspace.main(&roster(&users(&[("one", "auth_method = \"iam\"")])));
    let log = workspace.directory().join("statements.jsonl");
    workspace.set_env("PGUM_SQL_LOG", &log.display().to_string());
    workspace.apply();
    let lines = std::fs::read_to_string(&log).unwrap();
    let of_roster = |phase: &str| {
        lines.lines().any(|line| {
            let line: serde_json::Value = serde_json::from_str(line).unwrap();
            line["resource"] == "pgum_roster"
                && line["role"] == "one"
                && line.to_string().contains("CREATE ROLE")
                && line.to_string().contains(phase)
        })
    };
    assert!(of_roster("plan") && of_roster("apply"), "{lines}");
}

/// With 1,000 warnings of one kind there is one, with the first names.
#[test]
fn warnings_are_one_a_kind() {
    let cluster = Cluster::start(default_version());
    let workspace = workspace(
        &cluster,
        "  users = { for number in range(30) : \"user_${number}\" => jsonencode({ auth_method = \"iam\", valid_until = \"2040-01-01T00:00:00Z\" }) }\n",
    );
    let warnings = workspace.plan().outcome.warnings();
    assert_eq!(warnings.len(), 1, "{warnings:?}");
    assert!(
        warnings[0].text().contains("The same goes for") && warnings[0].text().contains("and 19 more"),
        "{warnings:?}"
    );
}

/// An unknown document is planned as unknown, and applied when it is known.
#[test]
fn what_is_known_later_is_applied_then() {
    let cluster = Cluster::start(default_version());
    let workspace = workspace(
        &cluster,
        "  users = { a = jsonencode({ auth_method = \"iam\", description = terraform_data.later.output }), b = jsonencode({ auth_method = \"iam\" }) }\n",
    );
    workspace.write("later.tf", "resource \"terraform_data\" \"later\" {\n  input = \"words\"\n}\n");
    workspace.converge();
    assert_eq!(cluster.value("SELECT shobj_description('a'::regrole, 'pg_authid')"), "words");
    assert_eq!(roles(&cluster), ["a", "b"]);
}
