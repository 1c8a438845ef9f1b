//! Names that were made in a database of another encoding and are no UTF-8: who has one is shown, is never taken for somebody
//! else, and what no statement can do is said in the plan.

use crate::support::on_versions;
use crate::support::postgres::{Cluster, default_version};
use crate::support::terraform::Workspace;
use serde_json::json;

const ONE: &str = "resource \"pgum_user\" \"one\" {\n  username = \"one\"\n  auth_method = \"iam\"\n}\n";

/// A cluster with a database of LATIN1.
fn cluster(version: u16) -> Cluster {
    let cluster = Cluster::start(version);
    let superuser = cluster.superuser_session("postgres");
    superuser.execute(
        "CREATE DATABASE latin OWNER postgres ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0",
    );
    cluster
}

on_versions! {
    [13, 16, 18]
    fn what_cannot_be_revoked_is_an_error_of_the_plan(version: u16) {
        let cluster = cluster(version);
        let workspace = Workspace::new(&cluster);
        workspace.main(&format!("{ONE}resource \"pgum_group\" \"g\" {{\n  name = \"g\"\n  allowed_members = [\"one\"]\n}}\n"));
        workspace.converge();
        let latin = cluster.master_session("latin");
        latin.execute("CREATE ROLE \"caf\u{e9}\" LOGIN; GRANT \"caf\u{e9}\" TO one; GRANT g TO \"caf\u{e9}\"");
        // Nor does one of the name that is shown stand in for it.
        cluster.superuser_session("postgres").execute("CREATE ROLE \"caf\u{fffd}\"; GRANT \"caf\u{fffd}\" TO one");
        let outcome = workspace.plan_expecting_failure();
        for role in ["user \"one\"", "group \"g\""] {
            let error = outcome.expect_error(&format!("Cannot change {role}"));
            assert!(error.text().contains("caf\u{fffd}") && error.text().contains("no UTF-8"), "{}", error.text());
        }
        let changes = workspace.run(&["plan", "-refresh-only", "-no-color"]).expect_success().stdout;
        assert!(changes.contains("+ \"caf\u{fffd}\""), "{changes}");
        cluster.superuser_session("postgres").execute("DROP ROLE \"caf\u{fffd}\"");
        latin.execute("REVOKE \"caf\u{e9}\" FROM one; REVOKE g FROM \"caf\u{e9}\"");
        workspace.assert_empty_plan();
    }
}

/// It is made anew under its own name, as one that has got a name of RDS's.
#[test]
fn who_is_renamed_to_one_is_not_followed() {
    let cluster = cluster(default_version());
    let workspace = Workspace::new(&cluster);
    workspace.main(ONE);
    workspace.converge();
    cluster.master_session("latin").execute("ALTER ROLE one RENAME TO \"on\u{e9}\"");
    let warning = workspace.plan().outcome.expect_warning("is not followed to the name \"on\u{fffd}\"");
    assert!(warning.text().contains("is no UTF-8"), "{}", warning.text());
    workspace.converge();
    let count = "SELECT count(*) FROM pg_roles WHERE rolname LIKE 'on_'";
    assert_eq!(cluster.value(count), "2");
    workspace.destroy();
    assert_eq!(cluster.value(count), "1");
}

/// The roster of all leaves them out, and a resource for one is refused.
#[test]
fn none_is_imported() {
    let cluster = cluster(default_version());
    cluster.master_session("latin").execute("CREATE ROLE \"caf\u{e9}\"; CREATE ROLE plain");
    let workspace = Workspace::new(&cluster);
    workspace
        .main(&format!("{ONE}resource \"pgum_roster\" \"all\" {{\n  groups = {{ plain = \"{{}}\" }}\n}}\n"));
    let refused =
        workspace.run(&["import", "-no-color", "pgum_user.one", "caf\u{fffd}"]).expect_failure().output();
    assert!(refused.contains("U+FFFD"), "{refused}");
    workspace.import("pgum_roster.all", "all");
    let imported = workspace.attributes("pgum_roster.all");
    assert_eq!(imported["groups"], json!({"plain": "{}"}));
    assert_eq!(imported["unmanaged_roles"], json!(["caf\u{fffd}"]));
}
