//! Documents in other words that mean the same, where something else of the same map is known only in the apply.

use super::{ROSTER, workspace};
use crate::support::postgres::{Cluster, default_version};
use crate::support::terraform::Workspace;

const OTHER_WORDS: &str = r#"  users = {
    one = jsonencode({ auth_method = terraform_data.later.output == 2 ? "iam" : "iam" })
    two = "{ \"auth_method\": \"iam\", \"enabled\": true }"
  }"#;

fn later(workspace: &Workspace, number: u8) {
    workspace
        .write("later.tf", &format!("resource \"terraform_data\" \"later\" {{\n  input = {number}\n}}\n"));
}

/// What is not known yet comes to what was there: the plan that is made again for the apply is the first one.
#[test]
fn are_planned_as_they_are_written_where_others_are_not_known_yet() {
    let cluster = Cluster::start(default_version());
    let first = OTHER_WORDS.replace("\\\"enabled\\\": true", "\\\"enabled\\\":   true");
    let workspace = workspace(&cluster, &first);
    later(&workspace, 1);
    workspace.converge();
    // By themselves they are no change.
    workspace.main(&super::roster(OTHER_WORDS));
    workspace.assert_empty_plan();
    later(&workspace, 2);
    workspace.converge();
    let two = workspace.attributes(ROSTER)["users"]["two"].clone();
    assert_eq!(two, "{ \"auth_method\": \"iam\", \"enabled\": true }");
    // Nor do they stand in the way of what else there is to do, be it known or not.
    workspace.main(&super::roster(&first));
    workspace.assert_empty_plan();
    workspace.main(&super::roster(&format!("{first}\n  max_removals = 3\n  groups = {{}}")));
    workspace.converge();
    assert_ne!(workspace.attributes(ROSTER)["users"]["two"], two);
    workspace.main(&super::roster(&format!("{OTHER_WORDS}\n  max_removals = terraform_data.later.output\n")));
    later(&workspace, 3);
    workspace.converge();
    assert_eq!(workspace.attributes(ROSTER)["users"]["two"], two);
}

/// A saved plan has them as its apply does, refreshed or not.
#[test]
fn are_applied_as_they_were_planned() {
    let cluster = Cluster::start(default_version());
    let workspace = workspace(&cluster, OTHER_WORDS);
    later(&workspace, 1);
    workspace.converge();
    workspace
        .main(&super::roster(&format!("{}\n  unmanaged = \"warn\"", OTHER_WORDS.replace("true", " true"))));
    for options in [&["-refresh=false"][..], &[]] {
        let plan = workspace.plan_with(options);
        workspace.apply_plan(&plan);
        workspace.assert_empty_plan();
    }
}
