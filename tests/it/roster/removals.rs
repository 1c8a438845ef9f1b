//! A file that was cut off must not remove everybody.

use super::{ROSTER, groups, roles, roster, workspace};
use crate::support::postgres::{Cluster, default_version};

fn of(count: usize, lines: &str) -> String {
    format!(
        "  users = {{ for number in range({count}) : \"user_${{number}}\" => jsonencode({{ auth_method = \"iam\" }}) }}\n{lines}\n"
    )
}

#[test]
fn more_than_may_go_is_an_error() {
    let cluster = Cluster::start(default_version());
    let workspace = workspace(&cluster, &of(12, ""));
    workspace.converge();
    // Ten are the default.
    workspace.main(&roster(&of(1, "")));
    let error = workspace.plan_expecting_failure().error();
    assert!(error.text().contains("11 roles would go at once, and max_removals is 10"), "{error}");
    assert!(error.text().contains("\"user_1\"") && error.text().contains("and 1 more"), "{error}");
    assert!(error.text().contains("-refresh=false"), "{error}");
    workspace.main(&roster("  users = null"));
    workspace.plan_expecting_failure().expect_error("12 roles would go at once");

    // Disabled ones count, too, and so do all together.
    let disabled = |max: usize| {
        roster(&format!(
            "  users = {{ for number in range(9) : \"user_${{number}}\" => jsonencode({{ auth_method = \"iam\", enabled = number > 1 }}) }}\n  max_removals = {max}\n"
        ))
    };
    workspace.main(&disabled(4));
    let error = workspace.plan_expecting_failure().error();
    assert!(
        error.text().contains("3 taken out of the roster") && error.text().contains("2 disabled"),
        "{error}"
    );
    assert_eq!(roles(&cluster).len(), 12);
    workspace.main(&disabled(5));
    workspace.converge();
    assert_eq!(roles(&cluster).len(), 9);
    // Once disabled, no more.
    workspace.main(&disabled(0));
    workspace.converge();
    // A destroy is meant.
    workspace.destroy();
    assert_eq!(roles(&cluster), [""; 0]);
}

#[test]
fn unmanaged_ones_count() {
    let cluster = Cluster::start(default_version());
    let master = cluster.master_session("postgres");
    (0..4).for_each(|number| master.execute(&format!("CREATE ROLE stray_{number}")));
    let workspace = workspace(&cluster, &groups(&[("g", "")]));
    workspace.converge();
    workspace.main(&roster(&(groups(&[("g", "")]) + "  unmanaged = \"drop\"\n  max_removals = 3\n")));
    workspace.plan_expecting_failure().expect_error("4 roles would go at once, and max_removals is 3");
    workspace.main(&roster(&(groups(&[("g", "")]) + "  unmanaged = \"drop\"\n  max_removals = 4\n")));
    workspace.converge();
    assert_eq!(roles(&cluster), ["g"]);
}

/// Where the plan does not know yet who is written, the apply counts.
#[test]
fn the_apply_counts_again() {
    let cluster = Cluster::start(default_version());
    let later = |text: &str| format!("resource \"terraform_data\" \"later\" {{\n  input = {text}\n}}\n");
    let lines = "  users = { for name in terraform_data.later.output : name => jsonencode({ auth_method = \"iam\" }) }\n  max_removals = 1\n";
    let workspace = workspace(&cluster, lines);
    workspace.write("later.tf", &later("[\"a\", \"b\", \"c\"]"));
    workspace.converge();
    workspace.write("later.tf", &later("[\"c\"]"));
    let plan = workspace.plan();
    workspace.try_apply_plan(&plan).expect_failure().expect_error("2 roles would go at once");
    assert_eq!(roles(&cluster), ["a", "b", "c"]);
}

/// What happens to one that is taken out is what its document said when it was applied last.
#[test]
fn on_destroy_acts_as_it_was_applied() {
    let cluster = Cluster::start(default_version());
    let document = |action: &str| {
        format!("jsonencode({{ auth_method = \"iam\", on_destroy = {{ action = \"{action}\" }} }})")
    };
    let workspace = workspace(
        &cluster,
        &format!(
            "  users = {{ d = {}, f = {}, x = {} }}\n",
            document("disable"),
            document("forget"),
            document("drop")
        ),
    );
    workspace.converge();
    workspace.main(&roster("  users = {}"));
    workspace.converge();
    assert_eq!(
        cluster.column(
            "SELECT rolname || ' ' || rolcanlogin FROM pg_roles WHERE rolname IN ('d', 'f', 'x') ORDER BY 1"
        ),
        ["d false", "f true"]
    );
    assert_eq!(workspace.attributes(ROSTER)["unmanaged_roles"], serde_json::json!(["d", "f"]));
}
