//! Of the roles that a roster does not name an apply takes those that its plan has named, and touches no other.

use super::{ROSTER, groups, roles, roster, users, workspace};
use crate::support::on_versions;
use crate::support::postgres::{Cluster, default_version};
use crate::support::terraform::{Plan, Workspace};
use serde_json::json;

fn with(lines: &str) -> String {
    format!("{}{lines}\n", users(&[("one", "auth_method = \"iam\"")]))
}

/// What becomes of roles between plan and apply: `kept` and `again` are taken away, `renamed` has another name, `later` is new,
/// and under the name of `again` there is another role.
const MEANWHILE: &str =
    "DROP ROLE again; CREATE ROLE again LOGIN; ALTER ROLE renamed RENAME TO other; CREATE ROLE later LOGIN";
const BEFORE: &str = "CREATE ROLE seen LOGIN; CREATE ROLE again LOGIN; CREATE ROLE renamed LOGIN";

/// Applies a plan that announces `BEFORE`, after `MEANWHILE`: `seen` goes, and the others are left with a word.
#[track_caller]
fn apply_after_it(cluster: &Cluster, workspace: &Workspace, plan: &Plan, verb: &str) {
    let warning =
        plan.outcome.expect_warning(&format!("3 roles that the roster does not name will be {verb}"));
    assert!(warning.text().contains("\"again\", \"renamed\", \"seen\""), "{warning}");
    cluster.master_session("postgres").execute(MEANWHILE);
    let warning = workspace
        .apply_plan(plan)
        .expect_warning(&format!("3 roles that the roster does not name are not {verb}"));
    assert!(warning.text().contains("\"again\", \"later\", \"other\""), "{warning}");
}

on_versions! {
    [13, 18]
    /// There is no state yet that could tell the apply what its plan has named.
    fn a_first_apply_takes_nobody(version: u16) {
        let cluster = Cluster::start(version);
        cluster.master_session("postgres").execute("CREATE ROLE seen LOGIN");
        let workspace = workspace(&cluster, &with("  unmanaged = \"drop\""));
        let plan = workspace.plan();
        let warning = plan.outcome.expect_warning("1 roles that the roster does not name will be dropped by the apply after this one");
        assert!(warning.text().contains("\"seen\""), "{warning}");
        cluster.master_session("postgres").execute("CREATE ROLE later LOGIN");
        workspace.apply_plan(&plan);
        assert_eq!(roles(&cluster), ["later", "one", "seen"]);
        assert_eq!(workspace.attributes(ROSTER)["unmanaged_roles"], json!(["later", "seen"]));
        let next = workspace.plan();
        assert_eq!(next.change(ROSTER).before["unmanaged_roles"], json!(["later", "seen"]));
        assert_eq!(next.change(ROSTER).after["unmanaged_roles"], json!([]));
        workspace.apply_plan(&next);
        assert_eq!(roles(&cluster), ["one"]);
        workspace.assert_empty_plan();
    }
}

/// Whatever the state has shown of them before, and however it was told.
#[test]
fn an_update_drops_what_its_plan_named() {
    let cluster = Cluster::start(default_version());
    let workspace = workspace(&cluster, &with("  unmanaged = \"drop\""));
    for before in [
        "  unmanaged = \"drop\"",
        "",
        "  unmanaged_ignore = [\"later\"]",
        "  unmanaged = \"disable\"\n  unmanaged_ignore = [\"*\"]",
    ] {
        workspace.main(&roster(&with(before)));
        workspace.converge();
        cluster.master_session("postgres").execute(BEFORE);
        workspace.main(&roster(&with("  unmanaged = \"drop\"")));
        apply_after_it(&cluster, &workspace, &workspace.plan(), "dropped");
        assert_eq!(roles(&cluster), ["again", "later", "one", "other"], "{before}");
        workspace.converge();
        assert_eq!(roles(&cluster), ["one"], "{before}");
    }
}

#[test]
fn disables_what_its_plan_named() {
    let cluster = Cluster::start(default_version());
    let workspace = workspace(&cluster, &with(""));
    workspace.converge();
    cluster.master_session("postgres").execute(BEFORE);
    workspace.main(&roster(&with("  unmanaged = \"disable\"")));
    apply_after_it(&cluster, &workspace, &workspace.plan(), "disabled");
    let log_in = "SELECT rolname FROM pg_roles WHERE rolcanlogin AND rolname IN ('seen', 'again', 'renamed', 'other', 'later') ORDER BY 1";
    assert_eq!(cluster.column(log_in), ["again", "later", "other"]);
    workspace.converge();
    assert_eq!(cluster.column(log_in), [""; 0]);
}

/// Without a refresh the plan names whom the last one has seen.
#[test]
fn without_a_refresh_nobody_else_goes() {
    let cluster = Cluster::start(default_version());
    cluster.master_session("postgres").execute("CREATE ROLE seen");
    let workspace = workspace(&cluster, &with(""));
    workspace.converge();
    workspace.run(&["apply", "-refresh-only", "-json", "-auto-approve"]).expect_success();
    cluster.master_session("postgres").execute("CREATE ROLE later");
    workspace.main(&roster(&with("  unmanaged = \"drop\"")));
    let plan = workspace.plan_with(&["-refresh=false"]);
    let warning = plan.outcome.expect_warning("1 roles that the roster does not name will be dropped");
    assert!(warning.text().contains("\"seen\""), "{warning}");
    workspace.apply_plan(&plan).expect_warning("1 roles that the roster does not name are not dropped");
    assert_eq!(roles(&cluster), ["later", "one"]);
}

/// Who cannot look has seen nobody who could go.
#[test]
fn a_plan_that_could_not_look_takes_nobody() {
    let cluster = Cluster::start(default_version());
    cluster.master_session("postgres").execute("CREATE ROLE seen");
    let workspace = workspace(&cluster, &with(""));
    let host = |version: &str| {
        workspace.write(
            "host.tf",
            &format!("resource \"terraform_data\" \"host\" {{\n  input = {:?}\n  triggers_replace = {version:?}\n}}\n", cluster.host()),
        );
    };
    host("1");
    let connection = crate::support::terraform::connection(&cluster);
    workspace.provider(&connection.replace(&format!("{:?}", cluster.host()), "terraform_data.host.output"));
    workspace.apply();
    workspace.converge();
    host("2");
    workspace.main(&roster(&with("  unmanaged = \"drop\"")));
    let plan = workspace.plan();
    workspace.apply_plan(&plan).expect_warning("1 roles that the roster does not name are not dropped");
    assert_eq!(roles(&cluster), ["one", "seen"]);
    workspace.converge();
    assert_eq!(roles(&cluster), ["one"]);
}

/// A plan that does not know whom the roster names cannot name the others.
#[test]
fn what_is_not_known_yet_is_refused() {
    let cluster = Cluster::start(default_version());
    cluster.master_session("postgres").execute("CREATE ROLE seen");
    let workspace = workspace(&cluster, &with(""));
    let later = |text: &str| {
        workspace
            .write("later.tf", &format!("resource \"terraform_data\" \"later\" {{\n  input = {text}\n}}\n"))
    };
    later("1");
    workspace.converge();
    later("2");
    for lines in [
        with("  unmanaged = terraform_data.later.output == 1 ? \"drop\" : \"drop\""),
        with("  unmanaged = \"drop\"\n  unmanaged_ignore = [tostring(terraform_data.later.output)]"),
        "  unmanaged = \"drop\"\n  users = { (terraform_data.later.output == 1 ? \"one\" : \"one\") = \"{}\" }".to_owned(),
    ] {
        workspace.main(&roster(&lines));
        workspace.plan_expecting_failure().expect_error("Who would go with the roles that the roster does not name is not known yet");
    }
    workspace.main(&roster(&with("  unmanaged = \"drop\"")));
    workspace.converge();
    assert_eq!(roles(&cluster), ["one"]);
}

/// A role of the roster that is made anew in between is still the roster's, and one that comes under the name of a new entry is
/// not taken over.
#[test]
fn what_the_roster_names_is_none_of_them() {
    let cluster = Cluster::start(default_version());
    let workspace = workspace(&cluster, &with("  unmanaged = \"drop\""));
    workspace.converge();
    workspace.main(&roster(&(with("  unmanaged = \"drop\"") + &groups(&[("team", "")]))));
    let plan = workspace.plan();
    cluster.master_session("postgres").execute("DROP ROLE one; CREATE ROLE one LOGIN; CREATE ROLE team");
    let outcome = workspace.try_apply_plan(&plan).expect_failure();
    outcome.expect_error("\"team\"");
    assert_eq!(roles(&cluster), ["one", "team"]);
    cluster.master_session("postgres").execute("DROP ROLE team");
    workspace.converge();
    assert_eq!(roles(&cluster), ["one", "team"]);
}
