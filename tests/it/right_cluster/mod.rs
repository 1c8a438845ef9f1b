//! The cluster at the end of the connection is the one in the state, and the role there is the state's: or the run says
//! so before it touches anything.

mod renamed;
mod saved;

use crate::support::on_every_version;
use crate::support::postgres::{Cluster, MASTER, MASTER_PASSWORD, default_version};
use crate::support::terraform::{Workspace, connection};

const ALLOW: &str = "PGUM_ALLOW_CLUSTER_CHANGE";

/// Users `u0`, `u1`, ..., with a password, and the group that they belong to.
fn users(count: usize, description: &str) -> String {
    format!(
        r#"
        resource "pgum_group" "all" {{
          name = "all_users"
        }}
        resource "pgum_user" "u" {{
          count       = {count}
          username    = "u${{count.index}}"
          password    = "a secret of u${{count.index}}"
          groups      = [pgum_group.all.name]
          description = "{description}"
        }}
        "#
    )
}

fn identifier(cluster: &Cluster) -> String {
    cluster.value("SELECT system_identifier FROM pg_control_system()")
}

fn connect_to(workspace: &mut Workspace, cluster: &Cluster) {
    workspace.set_env("PGHOST", cluster.host());
    workspace.set_env("PGPORT", &cluster.port().to_string());
}

on_every_version! {
    fn another_cluster_is_an_error_that_is_said_once(version: u16) {
        let cluster = Cluster::start(version);
        let other = Cluster::builder(version).of_its_own().start();
        other.master_session("postgres").execute("CREATE ROLE u1 LOGIN; CREATE ROLE theirs; GRANT theirs TO u1");
        let untouched = other.inventory();
        let mut workspace = Workspace::empty();
        workspace.provider(&format!("  username = \"{MASTER}\"\n  password = \"{MASTER_PASSWORD}\"\n"));
        connect_to(&mut workspace, &cluster);
        workspace.main(&users(3, "first"));
        workspace.converge();

        // A plan that was saved for one cluster, applied to another.
        workspace.main(&users(3, "second"));
        let saved = workspace.plan();
        connect_to(&mut workspace, &other);
        let applied = workspace.run(&["apply", "-json", &saved.file.display().to_string()]).expect_failure();
        applied.expect_error("another cluster");
        assert_eq!(other.inventory(), untouched);

        let error = workspace.plan_expecting_failure().error();
        let (host, port) = (other.host(), other.port());
        for text in [&identifier(&cluster), &identifier(&other), &format!("{host}:{port}"), "allow_cluster_change"] {
            assert!(error.text().contains(text), "{error}");
        }
        // Nor is the state's OID taken for one of this cluster by those that look at nothing.
        workspace.try_plan(&["-refresh=false"]).expect_failure().error();
        let destroyed = workspace.try_destroy(&["-refresh=false"]).expect_failure();
        destroyed.expect_error("another cluster");
        workspace.try_destroy(&[]).expect_failure();
        assert_eq!(other.inventory(), untouched);
        assert_eq!(workspace.addresses().len(), 4);

        // Where it is meant, names count.
        workspace.set_env(ALLOW, "true");
        let refused = workspace.try_apply(&["-refresh=false"]).expect_failure();
        refused.expect_error("not compared with this cluster yet");
        assert_eq!(other.inventory(), untouched);
        let plan = workspace.plan();
        plan.outcome.expect_warning("compared with another cluster");
        assert_eq!(plan.outcome.warnings().len(), 1, "{}", plan.outcome);
        assert!(plan.change("pgum_user.u[0]").is("create"));
        let changed = plan.change("pgum_user.u[1]");
        assert_eq!(changed.attributes(), ["description", "groups", "memberships", "password_in_sync"]);
        workspace.apply_plan(&plan);
        workspace.assert_empty_plan();
        workspace.set_env(ALLOW, "false");
        workspace.assert_empty_plan();
        let groups = "SELECT roleid::regrole::text FROM pg_auth_members WHERE member = 'u1'::regrole";
        assert_eq!(other.column(groups), ["all_users"]);
        assert!(other.try_session("u1", "a secret of u1", "myapp").is_ok());
        // From now on it is the other one's.
        connect_to(&mut workspace, &cluster);
        let error = workspace.plan_expecting_failure().error();
        assert!(error.text().contains("another cluster"), "{error}");
    }
}

/// As after a major upgrade: the same roles, and another identifier.
#[test]
fn a_state_learns_its_new_cluster_where_nothing_else_changes() {
    let version = default_version();
    let cluster = Cluster::start(version);
    let upgraded = Cluster::builder(version).of_its_own().start();
    let mut workspace = Workspace::new(&cluster);
    workspace.main("resource \"pgum_user\" \"one\" {\n  username = \"one\"\n  auth_method = \"iam\"\n}\n");
    workspace.converge();
    upgraded.master_session("postgres").execute("CREATE ROLE one LOGIN; GRANT rds_iam TO one");
    workspace.provider(&format!("{}  allow_cluster_change = true\n", connection(&upgraded)));
    workspace.assert_empty_plan();
    workspace.apply().expect_warning("compared with another cluster");
    workspace.apply().expect_no_warnings();
    workspace.provider(&connection(&upgraded));
    workspace.apply().expect_no_warnings();
    workspace.provider(&connection(&cluster));
    workspace.plan_expecting_failure().error();
    // An import is of the cluster that it was made from, too.
    workspace.run(&["state", "rm", "pgum_user.one"]).expect_success();
    workspace.import("pgum_user.one", "one");
    workspace.provider(&connection(&upgraded));
    workspace.plan_expecting_failure().error();
    workspace.set_env(ALLOW, "1");
    workspace.apply();
}

/// Where the server does not let us see its identifier, nothing is compared.
#[test]
fn an_identifier_that_cannot_be_read_is_not_compared() {
    let version = default_version();
    let cluster = Cluster::start(version);
    let other = Cluster::builder(version).of_its_own().start();
    other.execute("REVOKE EXECUTE ON FUNCTION pg_control_system() FROM PUBLIC");
    let workspace = Workspace::new(&cluster);
    workspace.main("resource \"pgum_user\" \"one\" {\n  username = \"one\"\n  auth_method = \"iam\"\n}\n");
    workspace.converge();
    workspace.provider(&connection(&other));
    workspace.plan().expect_only("create", &["pgum_user.one"]).outcome.expect_no_warnings();
    workspace.converge();
    // The state has learnt nothing, and nothing is held against another.
    workspace.provider(&connection(&cluster));
    workspace.converge();
    workspace.destroy();
}
