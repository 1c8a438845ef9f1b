//! One role and more than one resource: who has it, who gives it up, and that nobody drops what is another's by then.

use crate::support::postgres::{Cluster, default_version};
use crate::support::terraform::Workspace;

fn user(label: &str, rest: &str) -> String {
    format!(
        "resource \"pgum_user\" \"{label}\" {{\n  username = \"one\"\n  auth_method = \"iam\"\n{rest}}}\n"
    )
}

fn oid(cluster: &Cluster) -> String {
    cluster.value("SELECT oid FROM pg_roles WHERE rolname = 'one' AND rolcanlogin")
}

/// The old resource's destroy comes after the new one's adoption, and must not drop what is the new one's.
#[test]
fn what_another_resource_has_adopted_is_not_dropped() {
    let cluster = Cluster::start(default_version());
    let workspace = Workspace::new(&cluster);
    let eager = "  adopt_existing = true\n  lifecycle {\n    create_before_destroy = true\n  }\n";
    workspace.main(&user("it", eager));
    workspace.apply();
    let before = oid(&cluster);
    let replaced = workspace.try_apply(&["-replace=pgum_user.it"]).expect_success();
    replaced.expect_warning("another resource has taken it over");
    assert_eq!(oid(&cluster), before);
    workspace.assert_empty_plan();
}

#[test]
fn two_resources_for_one_role_are_an_error() {
    let cluster = Cluster::start(default_version());
    let workspace = Workspace::new(&cluster);
    for rest in ["", "  adopt_existing = true\n"] {
        let second = format!("{rest}  depends_on = [pgum_user.it]\n");
        workspace.main(&format!("{}{}", user("it", ""), user("second", &second)));
        let error = workspace.plan_expecting_failure().error();
        assert!(error.text().contains("Two resources are for the role \"one\""), "{error}");
        // Where a plan does not know the name yet, the apply finds it out.
        let named_later = second + "}\nresource \"terraform_data\" \"name\" {\n  input = \"one\"\n";
        let written = format!("{}{}", user("it", ""), user("second", &named_later));
        workspace.main(&written.replacen("\"second\" {\n  username = \"one\"", LATER, 1));
        let error = workspace.apply_expecting_failure().error();
        assert!(error.text().contains("Two resources are for the role \"one\""), "{error}");
        assert_eq!(workspace.addresses(), ["pgum_user.it", "terraform_data.name"]);
        workspace.try_destroy(&["-refresh=false"]).expect_success();
    }
}

/// Whichever of the two Terraform looks at first.
#[test]
fn a_second_resource_for_a_role_in_the_state_is_an_error() {
    let cluster = Cluster::start(default_version());
    let workspace = Workspace::new(&cluster);
    workspace.main(&user("it", ""));
    workspace.apply();
    for rest in ["", "  adopt_existing = true\n", "  depends_on = [pgum_user.it]\n"] {
        workspace.main(&format!(
            "{}{}",
            user("it", ""),
            user("second", &format!("  connection_limit = 7\n{rest}"))
        ));
        for _ in 0..3 {
            let error = workspace.plan_expecting_failure().error();
            assert!(error.text().contains("Two resources are for the role \"one\""), "{error}");
            assert_eq!(error.address.as_deref(), Some("pgum_user.second"));
        }
    }
    workspace.main(&user("it", ""));
    workspace.plan_with(&["-replace=pgum_user.it"]).outcome.expect_no_warnings();
}

/// Terraform knows no order between the two, so the plan says the same in either.
#[test]
fn a_name_that_another_resource_gives_up_is_no_error() {
    let cluster = Cluster::start(default_version());
    let mut workspace = Workspace::new(&cluster);
    workspace.set_env("PGUM_SQL_LOG", "statements.jsonl");
    workspace.main(&user("it", ""));
    workspace.apply();
    let given_up = [
        // By a rename.
        format!(
            "{}{}",
            user("it", "").replace("\"one\"", "\"two\""),
            user("new", "  connection_limit = 7\n")
        ),
        // By a drop.
        user("other", "  connection_limit = 7\n"),
    ];
    for written in given_up {
        workspace.main(&written);
        let said = (0..4).map(|_| {
            workspace.remove("statements.jsonl");
            let plan = workspace.plan();
            plan.outcome.expect_warning("The name \"one\" is another role's until this run takes it away");
            let log = std::fs::read_to_string(workspace.directory().join("statements.jsonl")).unwrap();
            let mut statements =
                log.lines().map(|line| line.split("\"sql\":").last().unwrap().to_owned()).collect::<Vec<_>>();
            statements.sort();
            (plan.outcome.warnings().len(), statements)
        });
        let said = said.collect::<Vec<_>>();
        assert!(said.iter().all(|one| *one == said[0]), "{said:#?}");
        assert_eq!(said[0].1.len(), if written.contains("\"two\"") { 3 } else { 4 }, "{said:#?}");
        // One of the two may come too early; then the second apply finds its way.
        if workspace.try_apply(&[]).code != Some(0) {
            workspace.apply();
        }
        workspace.assert_empty_plan();
        workspace.main(&user("it", ""));
        workspace.try_apply(&[]);
        workspace.converge();
    }
}

/// Who belongs to whom is turned round: the one grant is to wait for the other's revoke.
#[test]
fn a_circle_that_another_resource_opens_is_no_error() {
    let cluster = Cluster::start(default_version());
    let workspace = Workspace::new(&cluster);
    let groups = |a: &str, b: &str| {
        format!(
            "resource \"pgum_group\" \"a\" {{\n  name = \"a\"\n  groups = [{a}]\n}}\n\
             resource \"pgum_group\" \"b\" {{\n  name = \"b\"\n  groups = [{b}]\n}}\n"
        )
    };
    workspace.main(&groups("", ""));
    workspace.apply();
    workspace.main(&groups("\"b\"", ""));
    workspace.apply();
    workspace.main(&groups("", "\"a\""));
    for _ in 0..4 {
        workspace.plan().expect_only("update", &["pgum_group.a", "pgum_group.b"]);
    }
}

const LATER: &str = "\"second\" {\n  username = terraform_data.name.output";

/// Both are in the state: one was imported where another had it already.
#[test]
fn two_resources_with_one_role_in_the_state_are_an_error() {
    let cluster = Cluster::start(default_version());
    let workspace = Workspace::new(&cluster);
    workspace.main(&user("it", ""));
    workspace.apply();
    workspace.main(&format!("{}{}", user("it", ""), user("second", "")));
    workspace.import("pgum_user.second", "one");
    let error = workspace.plan_expecting_failure().error();
    assert!(error.text().contains("Two resources are for the role \"one\""), "{error}");
    workspace.run(&["state", "rm", "pgum_user.second"]).expect_success();
    workspace.main(&user("it", ""));
    workspace.assert_empty_plan();
}

/// With parallelism 1 the first of the two always comes too early.
#[test]
fn a_name_that_is_not_given_up_yet_is_explained() {
    let cluster = Cluster::start(default_version());
    let workspace = Workspace::new(&cluster);
    let users = |first: &str, second: &str| {
        format!(
            "resource \"pgum_group\" \"first\" {{\n  name = \"{first}\"\n}}\n\
             resource \"pgum_group\" \"second\" {{\n  name = \"{second}\"\n  depends_on = [pgum_group.first]\n}}\n"
        )
    };
    workspace.main(&users("a", "b"));
    workspace.apply();
    workspace.main(&users("b", "c"));
    let error = workspace.apply_expecting_failure().error();
    assert!(error.text().contains("gives the name up"), "{error}");
    assert_eq!(error.line, Some(2));
    workspace.main(&users("a", "c"));
    workspace.apply();
    workspace.main(&users("b", "c"));
    workspace.converge();
}
