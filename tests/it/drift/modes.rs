//! What leaves the configuration of an additive role, what becomes additive, what has no effect, and what unknown names
//! hide.

use crate::support::on_every_version;
use crate::support::postgres::{Cluster, default_version};
use crate::support::terraform::Workspace;

on_every_version! {
    /// In additive mode, what others give is theirs.
    fn additive_grants_leave_what_others_gave(version: u16) {
        let cluster = Cluster::start(version);
        let workspace = Workspace::new(&cluster);
        let configuration = |groups: &str| format!(r#"
            resource "pgum_group" "g" {{
              for_each = toset(["a", "b"])
              name     = each.key
            }}
            resource "pgum_user" "one" {{
              username    = "one"
              auth_method = "iam"
              grants_mode = "additive"
              groups      = {groups}
              depends_on  = [pgum_group.g]
            }}
        "#);
        workspace.main(&configuration(r#"["a", "b"]"#));
        workspace.converge();
        let master = cluster.master_session("postgres");
        master.execute("CREATE ROLE theirs; GRANT theirs TO one; GRANT CREATE ON DATABASE myapp TO one");
        workspace.assert_empty_plan();
        // What leaves the configuration is revoked, theirs stays.
        workspace.main(&configuration(r#"["a"]"#));
        workspace.converge();
        let groups = "SELECT pg_get_userbyid(roleid) FROM pg_auth_members WHERE member = 'one'::regrole ORDER BY 1";
        assert_eq!(cluster.column(groups), ["a", "rds_iam", "theirs"]);
        assert_eq!(cluster.value("SELECT has_database_privilege('one', 'myapp', 'CREATE')"), "t");
    }
}

/// A plan can only show what leaves the state as removed; that it stays on the server is said.
#[test]
fn what_becomes_additive_leaves_grants_alone_and_says_so() {
    let cluster = Cluster::start(default_version());
    let workspace = Workspace::new(&cluster);
    let user = |rest: &str| {
        format!(
            "resource \"pgum_group\" \"app\" {{\n  name = \"app\"\n}}\nresource \"pgum_user\" \"one\" {{\n  \
             username = \"one\"\n  auth_method = \"iam\"\n  groups = [pgum_group.app.name]\n{rest}}}\n"
        )
    };
    workspace.main(&user(""));
    workspace.apply().expect_no_warnings();
    cluster.master_session("postgres").execute("CREATE ROLE other; GRANT other TO one");
    workspace.main(&user("  grants_mode = \"additive\"\n"));
    let plan = workspace.plan().expect_only("update", &["pgum_user.one"]);
    let warning = plan.outcome.expect_warning("leave the state and stay");
    assert!(warning.text().contains("membership in \"other\""), "{warning}");
    workspace.apply_plan(&plan);
    workspace.assert_empty_plan();
    assert_eq!(
        cluster.column(
            "SELECT roleid::regrole::text FROM pg_auth_members WHERE member = 'one'::regrole ORDER BY 1"
        ),
        ["app", "other", "rds_iam"]
    );
}

/// Terraform validates a resource several times a run; one user is warned of once a plan.
#[test]
fn what_has_no_effect_is_said_once() {
    let cluster = Cluster::start(default_version());
    let workspace = Workspace::new(&cluster);
    workspace.main(
        "resource \"pgum_user\" \"one\" {\n  username = \"one\"\n  auth_method = \"iam\"\n  password = \"idle\"\n}\n",
    );
    let plan = workspace.plan();
    assert_eq!(plan.outcome.warnings().len(), 1, "{}", plan.outcome);
    plan.outcome.expect_warning("is ignored");
}

/// One name that is not known yet makes all memberships unknown in the plan; what others changed is said.
#[test]
fn what_an_unknown_name_hides_is_said() {
    let cluster = Cluster::start(default_version());
    let workspace = Workspace::new(&cluster);
    let configuration = |name: &str, extra: &str| {
        format!(
            r#"
            resource "terraform_data" "name" {{
              input = "{name}"
            }}
            resource "pgum_group" "named_later" {{
              name = terraform_data.name.output
            }}
            resource "pgum_group" "app" {{
              name = "app"
            }}
            resource "pgum_user" "one" {{
              username    = "one"
              auth_method = "iam"
              groups      = [pgum_group.named_later.name, pgum_group.app.name]
              databases   = [{extra}"myapp"]
            }}
            "#
        )
    };
    workspace.main(&configuration("first", ""));
    workspace.converge();
    // Nothing was changed by others: nothing is said.
    workspace.main(&configuration("second", ""));
    workspace.plan().outcome.expect_no_warnings();

    cluster.master_session("postgres").execute(
        "CREATE ROLE other; GRANT other TO one; GRANT app TO one WITH ADMIN OPTION; REVOKE first FROM one; \
         GRANT CREATE ON DATABASE myapp TO one",
    );
    let plan = workspace.plan();
    let warning =
        plan.outcome.expect_warning("cannot show what others changed in the groups of user \"one\"");
    for change in [
        "granted membership in \"other\"",
        "revoked membership in \"first\"",
        "changed the options of membership in \"app\"",
    ] {
        assert!(warning.text().contains(change), "{warning}");
    }
    // The privileges are all known, and show it themselves.
    assert!(plan.change("pgum_user.one").attributes().contains(&"database_privileges".to_owned()));
    assert_eq!(plan.outcome.warnings().len(), 1, "{}", plan.outcome);

    workspace.main(&configuration("second", "terraform_data.name.output == \"\" ? \"\" : \"postgres\", "));
    let warning =
        workspace.plan().outcome.expect_warning("what others changed in the databases of user \"one\"");
    assert!(warning.text().contains("granted CREATE on database \"myapp\""), "{warning}");

    workspace.main(&configuration("second", ""));
    workspace.converge();
    let groups = "SELECT roleid::regrole::text FROM pg_auth_members WHERE member = 'one'::regrole ORDER BY 1";
    assert_eq!(cluster.column(groups), ["app", "rds_iam", "second"]);
}
