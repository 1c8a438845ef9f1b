//! Values in other words that mean the same, where something else of the same value is known only in the apply.

use crate::support::postgres::{Cluster, default_version};
use crate::support::terraform::Workspace;
use serde_json::json;

fn main(number: u8, (statement_timeout, temporary): (&str, &str), more: &str) -> String {
    format!(
        "resource \"terraform_data\" \"later\" {{\n  input = {number}\n}}\n\
         resource \"pgum_user\" \"one\" {{\n  username = \"one\"\n  auth_method = \"iam\"\n{more}\
         settings = {{ work_mem = terraform_data.later.output == 2 ? \"4MB\" : \"4MB\", statement_timeout = {statement_timeout:?} }}\n\
         database_settings = {{ myapp = {{ work_mem = terraform_data.later.output == 2 ? \"4MB\" : \"4MB\", statement_timeout = {statement_timeout:?} }} }}\n\
         database_privileges = {{ myapp = [{temporary:?}, terraform_data.later.output == 2 ? \"CREATE\" : \"CREATE\"] }}\n}}\n\
         resource \"pgum_group\" \"two\" {{\n  name = \"two\"\n  databases = [\"myapp\"]\n{more}\
         privileges = [{temporary:?}, terraform_data.later.output == 2 ? \"CREATE\" : \"CREATE\"]\n}}\n"
    )
}

/// What is not known yet comes to what was there: the plan that is made again for the apply is the first one.
#[test]
fn are_planned_as_they_are_written_where_others_are_not_known_yet() {
    let cluster = Cluster::start(default_version());
    let workspace = Workspace::new(&cluster);
    let (before, after) = (("5s", "TEMP"), ("5000ms", "TEMPORARY"));
    workspace.main(&main(1, before, ""));
    workspace.converge();
    // By themselves they are no change.
    workspace.main(&main(1, after, ""));
    workspace.assert_empty_plan();
    workspace.main(&main(2, after, ""));
    workspace.converge();
    let user = workspace.attributes("pgum_user.one");
    assert_eq!(user["settings"]["statement_timeout"], "5000ms");
    assert_eq!(user["database_privileges"]["myapp"], json!(["CREATE", "TEMPORARY"]));
    // Nor do they stand in the way of what else there is to do.
    workspace.main(&main(2, before, "  create_database = true\n"));
    workspace.converge();
    assert_eq!(workspace.attributes("pgum_group.two")["privileges"], json!(["CREATE", "TEMP"]));
    // A saved plan has them as its apply does, refreshed or not.
    workspace.main(&main(2, after, ""));
    for options in [&["-refresh=false"][..], &[]] {
        let plan = workspace.plan_with(options);
        workspace.apply_plan(&plan);
        workspace.assert_empty_plan();
    }
}
