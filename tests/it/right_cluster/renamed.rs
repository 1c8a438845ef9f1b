//! A role that somebody renamed is renamed back and not made a second time; one that only looks so is left alone.

use crate::support::on_every_version;
use crate::support::postgres::{Cluster, default_version};
use crate::support::terraform::{Workspace, connection};

fn user(label: &str, name: &str) -> String {
    format!("resource \"pgum_user\" \"{label}\" {{\n  username = \"{name}\"\n  auth_method = \"iam\"\n}}\n")
}

fn names(cluster: &Cluster) -> Vec<String> {
    cluster.column("SELECT rolname FROM pg_authid WHERE rolcanlogin AND rolname NOT IN ('postgres', 'rdsadmin') ORDER BY oid")
}

on_every_version! {
    fn a_renamed_role_is_never_dropped(version: u16) {
        let cluster = Cluster::start(version);
        let workspace = Workspace::new(&cluster);
        workspace.main(&user("one", "one"));
        workspace.converge();
        let master = cluster.master_session("postgres");
        master.execute("ALTER ROLE one RENAME TO other");
        for options in [&["-refresh=false"][..], &[], &[]] {
            let plan = workspace.plan_with(&[&["-destroy"], options].concat());
            plan.outcome.expect_warning("renamed by hand");
            let refused = workspace.try_destroy(options).expect_failure();
            refused.expect_error("is called \"other\" now. It is left alone");
        }
        workspace.main("");
        workspace.apply_expecting_failure().expect_error("is called \"other\" now. It is left alone");
        assert_eq!(names(&cluster), ["other"]);
        // Written again, it is renamed back, and can go.
        workspace.main(&user("one", "one"));
        workspace.converge();
        assert_eq!(names(&cluster), ["one"]);
        workspace.destroy();
        assert_eq!(names(&cluster), [""; 0]);
    }
}

/// The new name, where it is written, is the role's.
#[test]
fn a_new_name_may_stay() {
    let cluster = Cluster::start(default_version());
    let workspace = Workspace::new(&cluster);
    workspace.main(&user("one", "one"));
    workspace.converge();
    cluster.master_session("postgres").execute("ALTER ROLE one RENAME TO other");
    workspace.main(&user("one", "other"));
    let plan = workspace.plan().expect_only("update", &["pgum_user.one"]);
    assert_eq!(plan.change("pgum_user.one").attributes(), ["oid"]);
    plan.outcome.expect_warning("is called \"other\" now");
    let before = cluster.inventory();
    workspace.apply_plan(&plan).expect_no_warnings();
    assert_eq!(cluster.inventory(), before);
    workspace.plan().expect_empty().outcome.expect_no_warnings();
    workspace.destroy();
    assert_eq!(names(&cluster), [""; 0]);
}

/// A clone has the same identifier, and OIDs that may mean other roles.
#[test]
fn a_role_of_a_clone_that_has_our_oid_is_not_ours() {
    let version = default_version();
    let (cluster, clone) = (Cluster::start(version), Cluster::start(version));
    let workspace = Workspace::new(&cluster);
    let configuration = format!("{}{}", user("a", "a"), user("b", "b"));
    workspace.main(&user("a", "a"));
    workspace.converge();
    workspace.main(&configuration);
    workspace.converge();
    let oid = |cluster: &Cluster, name: &str| {
        cluster.value(&format!("SELECT oid FROM pg_roles WHERE rolname = '{name}'"))
    };
    // There `b` has the OID that `a` has here.
    let wanted = oid(&cluster, "a");
    clone.execute("CREATE ROLE b LOGIN");
    clone.execute(&format!("UPDATE pg_authid SET oid = {wanted} WHERE rolname = 'b'"));
    clone.execute("GRANT b TO postgres WITH ADMIN OPTION");
    workspace.provider(&connection(&clone));
    let error = workspace.plan_expecting_failure().error();
    assert!(error.text().contains("Two states are of the role \"b\""), "{error}");
    let untouched = clone.inventory();
    workspace.try_destroy(&["-refresh=false"]).expect_failure();
    assert_eq!(clone.inventory(), untouched);

    workspace.provider(&format!("{}  allow_cluster_change = true\n", connection(&clone)));
    let plan = workspace.plan();
    assert!(plan.change("pgum_user.a").is("create"));
    assert!(plan.change("pgum_user.b").is("update"));
    workspace.apply_plan(&plan);
    workspace.provider(&connection(&clone));
    workspace.assert_empty_plan();
    assert_eq!(oid(&clone, "b"), wanted);
}

/// A name that belongs to RDS is not given up for ours.
#[test]
fn a_role_with_a_reserved_name_is_not_followed() {
    let cluster = Cluster::start(default_version());
    let workspace = Workspace::new(&cluster);
    workspace.main(&user("one", "one"));
    workspace.converge();
    cluster.execute("ALTER ROLE one RENAME TO rds_one");
    let plan = workspace.plan().expect_only("create", &["pgum_user.one"]);
    plan.outcome.expect_warning("not followed to the name \"rds_one\"");
    workspace.apply_plan(&plan);
    assert_eq!(names(&cluster), ["rds_one", "one"]);
}

/// Each is the other: names decide, and passwords go with them.
#[test]
fn two_roles_that_swapped_names_are_told_by_their_names() {
    let cluster = Cluster::start(default_version());
    let workspace = Workspace::new(&cluster);
    let by_password = |name: &str| {
        format!(
            "resource \"pgum_user\" \"{name}\" {{\n  username = \"{name}\"\n  password = \"of {name}\"\n}}\n"
        )
    };
    workspace.main(&format!("{}{}", by_password("a"), by_password("b")));
    workspace.converge();
    cluster.master_session("postgres").execute(
        "ALTER ROLE a RENAME TO c; ALTER ROLE b RENAME TO a; ALTER ROLE c RENAME TO b; ALTER ROLE a CONNECTION LIMIT 3",
    );
    let plan = workspace.plan().expect_only("update", &["pgum_user.a", "pgum_user.b"]);
    assert_eq!(plan.change("pgum_user.a").attributes(), ["connection_limit", "password_in_sync"]);
    assert_eq!(plan.change("pgum_user.b").attributes(), ["password_in_sync"]);
    workspace.apply_plan(&plan);
    workspace.assert_empty_plan();
    for name in ["a", "b"] {
        assert!(cluster.try_session(name, &format!("of {name}"), "postgres").is_ok(), "{name}");
    }
}
