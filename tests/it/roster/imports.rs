//! Taking over a cluster that is there.

use super::{ROSTER, document, groups, roles, roster, users, workspace};
use crate::support::on_versions;
use crate::support::postgres::{Cluster, default_version};
use serde_json::json;

const BY_HAND: &str = "CREATE ROLE team; CREATE ROLE extra; CREATE ROLE one LOGIN PASSWORD 'p' CONNECTION LIMIT 7; GRANT team, extra TO one; \
     CREATE ROLE service; CREATE ROLE stray LOGIN; COMMENT ON ROLE service IS 'no login'; GRANT rds_iam TO stray";

on_versions! {
    [13, 16, 18]
    fn takes_over_what_is_written_and_drops_nothing(version: u16) {
        let cluster = Cluster::start(version);
        cluster.master_session("postgres").execute(BY_HAND);
        let before = cluster.inventory();
        let exact = users(&[
            ("one", "connection_limit = 7, groups = [\"team\", \"extra\"]"),
            // It cannot log in, so the import takes it for a group.
            ("service", "auth_method = \"external\", can_login = false, description = \"no login\""),
        ]) + &groups(&[("team", ""), ("extra", "")]);
        let workspace = workspace(&cluster, &exact);
        workspace.import(ROSTER, "all");
        let imported = workspace.attributes(ROSTER);
        assert_eq!(document(&imported, "users", "one"), json!({"connection_limit": 7, "groups": ["extra", "team"]}));
        assert_eq!(document(&imported, "users", "stray"), json!({"auth_method": "iam"}));
        assert_eq!(document(&imported, "groups", "service"), json!({"description": "no login"}));
        let plan = workspace.plan();
        // What is not written is let go, with a word.
        let warning = plan.outcome.expect_warning("imported roles are left alone");
        assert!(warning.text().contains("\"stray\""), "{warning}");
        workspace.apply();
        assert_eq!(cluster.inventory(), before);
        workspace.assert_empty_plan();
        assert!(cluster.try_session("one", "p", "myapp").is_ok());

        // From there on it is a roster like any other.
        let shorter = users(&[("one", "connection_limit = 7, groups = [\"team\"]")]) + &groups(&[("team", ""), ("extra", "")]);
        workspace.main(&roster(&shorter));
        workspace.converge();
        assert_eq!(roles(&cluster), ["extra", "one", "stray", "team"]);
        assert_eq!(cluster.column("SELECT roleid::regrole FROM pg_auth_members WHERE member = 'one'::regrole"), ["team"]);
    }
}

/// What is written as it is there plans nothing, be there users only, groups only, or both, and however their absence is written.
#[test]
fn what_is_there_as_it_is_written_plans_nothing() {
    let cluster = Cluster::start(default_version());
    let master = cluster.master_session("postgres");
    let user = users(&[("one", "connection_limit = 7, groups = [\"extra\", \"team\"]")]);
    let group = groups(&[("team", ""), ("extra", "")]);
    for (id, lines, left) in [
        ("one", user.clone(), vec!["extra", "team"]),
        ("one", format!("{user}  groups = {{}}\n"), vec!["extra", "team"]),
        ("one", format!("{user}  groups = null\n"), vec!["extra", "team"]),
        ("team,extra", group.clone(), vec!["one"]),
        ("team,extra", format!("{group}  users = {{}}\n"), vec!["one"]),
        ("one,team,extra", format!("{user}{group}"), vec![]),
    ] {
        master.execute("CREATE ROLE team; CREATE ROLE extra; CREATE ROLE one LOGIN PASSWORD 'p' CONNECTION LIMIT 7; GRANT team, extra TO one");
        let workspace = workspace(&cluster, &lines);
        workspace.import(ROSTER, id);
        workspace.assert_empty_plan();
        // From there on it is a roster like any other.
        for next in [
            format!("{lines}  max_removals = 20\n"),
            "  users = { late = jsonencode({ auth_method = \"iam\" }) }\n".to_owned(),
            String::new(),
        ] {
            workspace.main(&roster(&next));
            workspace.converge();
        }
        assert_eq!(roles(&cluster), left, "{id}: {lines}");
        master.execute("DROP ROLE IF EXISTS one, extra, team");
    }
}

/// What an import would revoke or change shows in the plan.
#[test]
fn shows_what_it_would_change() {
    let cluster = Cluster::start(default_version());
    cluster.master_session("postgres").execute(BY_HAND);
    let workspace = workspace(&cluster, &users(&[("one", "groups = [\"team\"]")]));
    workspace.import(ROSTER, "one");
    let plan = workspace.plan();
    let change = plan.change(ROSTER);
    assert_eq!(
        document(&change.before, "users", "one"),
        json!({"connection_limit": 7, "groups": ["extra", "team"]})
    );
    plan.outcome.expect_warning("The first apply after the import of user \"one\" will revoke 1 grants");
    workspace.converge();
    assert_eq!(roles(&cluster), ["extra", "one", "service", "stray", "team"]);
}

#[test]
fn globs_choose_and_mistakes_are_explained() {
    let cluster = Cluster::start(default_version());
    cluster.master_session("postgres").execute(BY_HAND);
    let workspace = workspace(&cluster, "  users = {}\n");
    let fails = |id: &str| workspace.run(&["import", "-no-color", ROSTER, id]).expect_failure().output();
    assert!(fails("nobody_*").contains("There are no roles"));
    assert!(fails("rds_iam").contains("There are no roles"));
    assert!(fails("").len() > 1);
    workspace.import(ROSTER, "te*,s*");
    let imported = workspace.attributes(ROSTER);
    assert_eq!(
        imported["oids"].as_object().unwrap().keys().collect::<Vec<_>>(),
        ["service", "stray", "team"]
    );
}
