//! A server that is not there: said once, and soon.

use crate::support::postgres::{Cluster, default_version};
use crate::support::terraform::Workspace;

#[test]
fn a_server_that_is_down_is_one_error_for_all_roles() {
    let mut cluster = Cluster::start(default_version());
    let mut workspace = Workspace::new(&cluster);
    // One attempt and no more, so that the number of errors is the number of attempts.
    workspace.set_env("PGUM_CONNECT_RETRY", "0");
    workspace.main(
        r#"
        resource "pgum_user" "all" {
          count       = 25
          username    = "user_${count.index}"
          auth_method = "iam"
        }
        "#,
    );
    workspace.apply();
    let state = workspace.state_file();
    cluster.stop();
    let outcome = workspace.plan_expecting_failure();
    assert_eq!(outcome.errors().len(), 1, "{outcome}");
    let said = outcome.error().text();
    assert!(said.contains("Cannot look at the user") && said.contains("No other user or group"), "{outcome}");
    assert_eq!(workspace.state_file(), state);
    cluster.restart();
    workspace.assert_empty_plan();
}

/// A roster looks at the server beforehand. What comes of it is said by who needs it, and once.
#[test]
fn a_server_that_is_down_is_one_error_of_a_roster_and_none_where_it_is_not_needed() {
    let mut cluster = Cluster::start(default_version());
    let mut workspace = Workspace::new(&cluster);
    workspace.set_env("PGUM_CONNECT_RETRY", "0");
    let main = |description: &str| {
        format!(
            r#"
            resource "pgum_roster" "all" {{
              users = {{ for number in range(25) : "user_${{number}}" => jsonencode({{
                auth_method = "iam"
                description = "{description}"
              }}) }}
            }}
            "#
        )
    };
    workspace.main(&main("before"));
    workspace.apply();
    let state = workspace.state_file();
    cluster.stop();
    let outcome = workspace.plan_expecting_failure();
    assert_eq!((outcome.errors().len(), outcome.warnings().len()), (1, 0), "{outcome}");
    let said = outcome.error().text();
    assert!(
        said.contains("Cannot look at the users and groups") && said.contains("-refresh=false"),
        "{outcome}"
    );
    assert_eq!(workspace.state_file(), state);
    let plan = workspace.plan_with(&["-refresh=false"]);
    assert!(plan.outcome.warnings().is_empty(), "{}", plan.outcome);
    workspace.main(&main("after"));
    let plan = workspace.plan_with(&["-refresh=false"]);
    plan.outcome.expect_warning("The plan is not checked against the cluster");
    assert_eq!(plan.outcome.warnings().len(), 1, "{}", plan.outcome);
    cluster.start_again();
    workspace.apply();
    workspace.assert_empty_plan();
}

/// New roles are planned without a server, which may be made by then; that nothing was checked is said once.
#[test]
fn new_roles_are_planned_without_a_server_and_one_warning() {
    let mut cluster = Cluster::start(default_version());
    let mut workspace = Workspace::new(&cluster);
    workspace.set_env("PGUM_CONNECT_RETRY", "0");
    workspace.main(
        r#"
        resource "pgum_user" "all" {
          count       = 25
          username    = "user_${count.index}"
          auth_method = "iam"
        }
        "#,
    );
    cluster.stop();
    let plan = workspace.plan();
    let warning = plan.outcome.expect_warning("The plan is not checked against the cluster");
    for what in ["there already", "databases", "may not do", "settings", "stops", "sessions", "locked out"] {
        assert!(warning.detail.contains(what), "{what}: {warning}");
    }
    assert_eq!(plan.outcome.warnings().len(), 1, "{}", plan.outcome);
    cluster.start_again();
    workspace.apply_plan(&plan);
}
