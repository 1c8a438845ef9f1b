//! The harness's Terraform tells the truth about what Terraform did.

use crate::support::terraform::Workspace;
use serde_json::json;

#[test]
fn a_plan_an_apply_and_a_destroy_come_back_as_data() {
    let workspace = Workspace::empty();
    workspace.remove("requirement.tf");
    workspace.main("resource \"terraform_data\" \"thing\" {\n  input = \"one\"\n}\noutput \"it\" { value = terraform_data.thing.output }\n");
    let plan = workspace.plan().expect_only("create", &["terraform_data.thing"]);
    assert_eq!(plan.outcome.code, Some(2));
    assert_eq!(plan.change("terraform_data.thing").after, json!({"input": "one", "triggers_replace": null}));
    workspace.apply_plan(&plan).expect_no_warnings();
    workspace.assert_empty_plan();
    assert_eq!(workspace.output("it"), json!("one"));
    assert_eq!(workspace.attributes("terraform_data.thing")["input"], json!("one"));

    workspace.main("resource \"terraform_data\" \"thing\" {\n  input = \"two\"\n}\n");
    let change = workspace.plan().change("terraform_data.thing");
    assert!(change.is("update"));
    assert_eq!(change.attributes(), ["input", "output"]);
    workspace.converge();
    workspace.destroy();
    assert_eq!(workspace.addresses(), [""; 0]);
}

#[test]
fn errors_come_back_with_the_place_they_point_at() {
    let workspace = Workspace::empty();
    workspace.remove("requirement.tf");
    workspace.main("resource \"terraform_data\" \"thing\" {\n  unheard_of = 1\n}\n");
    let outcome = workspace.plan_expecting_failure();
    let error = outcome.expect_error("unheard_of");
    assert_eq!(error.line, Some(2));
    assert_eq!(workspace.validate().error().summary, error.summary);
}

#[test]
fn terraform_has_a_home_and_variables_of_its_own() {
    let mut workspace = Workspace::empty();
    workspace.remove("requirement.tf");
    workspace.set_env("TF_VAR_given", "by the test");
    workspace.main("variable \"given\" {}\noutput \"both\" { value = [var.given, pathexpand(\"~\")] }\n");
    workspace.apply();
    let home = workspace.directory().with_file_name("home");
    assert_eq!(workspace.output("both"), json!(["by the test", home.display().to_string()]));
}
