//! Roles that the roster does not name.

use super::{ROSTER, roles, roster, users, workspace};
use crate::support::on_versions;
use crate::support::postgres::{Cluster, default_version};
use serde_json::json;

const BY_HAND: &str = "CREATE ROLE stray LOGIN; CREATE ROLE app_1 LOGIN; CREATE ROLE quiet";

fn with(lines: &str) -> String {
    format!("{}{lines}\n", users(&[("one", "auth_method = \"iam\"")]))
}

on_versions! {
    [13, 16, 18]
    fn are_shown_and_dropped_or_disabled(version: u16) {
        let cluster = Cluster::start(version);
        cluster.master_session("postgres").execute(BY_HAND);
        let workspace = workspace(&cluster, &with(""));
        workspace.converge().expect_no_warnings();
        // System roles, the master, and the roster's own are not among them.
        assert_eq!(workspace.attributes(ROSTER)["unmanaged_roles"], json!(["app_1", "quiet", "stray"]));

        workspace.main(&roster(&with("  unmanaged = \"warn\"\n  unmanaged_ignore = [\"app_*\"]")));
        workspace.plan().outcome.expect_warning("2 roles of the cluster are not named by the roster");
        workspace.converge();
        assert_eq!(workspace.attributes(ROSTER)["unmanaged_roles"], json!(["quiet", "stray"]));
        assert_eq!(roles(&cluster), ["app_1", "one", "quiet", "stray"]);

        workspace.main(&roster(&with("  unmanaged = \"error\"\n  unmanaged_ignore = [\"app_*\"]")));
        let error = workspace.plan_expecting_failure().error();
        assert!(error.text().contains("\"quiet\", \"stray\"") && error.text().contains("unmanaged_ignore"), "{error}");

        // Who cannot log in needs no disabling.
        workspace.main(&roster(&with("  unmanaged = \"disable\"\n  unmanaged_ignore = [\"app_*\"]")));
        let plan = workspace.plan();
        assert_eq!(plan.change(ROSTER).after["unmanaged_roles"], json!([]));
        plan.outcome.expect_warning("1 roles that the roster does not name will be disabled");
        workspace.converge();
        assert_eq!(cluster.column("SELECT rolname FROM pg_roles WHERE rolcanlogin AND rolname IN ('stray', 'app_1', 'one') ORDER BY 1"), ["app_1", "one"]);

        workspace.main(&roster(&with("  unmanaged = \"drop\"\n  unmanaged_ignore = [\"app_*\"]")));
        workspace.converge();
        assert_eq!(roles(&cluster), ["app_1", "one"]);
        // What comes later shows, and goes with the next apply.
        cluster.master_session("postgres").execute("CREATE ROLE later");
        let change = workspace.plan().change(ROSTER);
        assert_eq!((&change.before["unmanaged_roles"], &change.after["unmanaged_roles"]), (&json!(["later"]), &json!([])));
        workspace.converge();
        assert_eq!(roles(&cluster), ["app_1", "one"]);
    }
}

/// Who is protected is never among them.
#[test]
fn protected_roles_are_left_alone() {
    let cluster = Cluster::start(default_version());
    cluster.master_session("postgres").execute(BY_HAND);
    let workspace = workspace(&cluster, &with("  unmanaged = \"drop\""));
    workspace.provider(&format!(
        "{}  protected_roles = [\"stray\"]\n  apply_username = \"quiet\"\n",
        crate::support::terraform::connection(&cluster)
    ));
    workspace.run(&["apply", "-json", "-auto-approve", "-target=pgum_roster.all"]);
    assert!(roles(&cluster).contains(&"stray".to_owned()) && roles(&cluster).contains(&"quiet".to_owned()));
}

/// A role of another resource must not be dropped: the plan says so, whichever of the two is planned first.
#[test]
fn roles_of_other_resources_are_an_error() {
    let cluster = Cluster::start(default_version());
    let workspace = workspace(&cluster, &with(""));
    let other = "resource \"pgum_user\" \"other\" {\n  username = \"other\"\n  auth_method = \"iam\"\n}\n";
    workspace.write("other.tf", other);
    workspace.apply();
    workspace.main(&roster(&with("  unmanaged = \"drop\"")));
    for depends_on in ["", "  depends_on = [pgum_roster.all]\n"] {
        workspace.write("other.tf", &other.replace("}\n", &format!("{depends_on}}}\n")));
        let outcome = workspace.plan_expecting_failure();
        assert!(outcome.errors().iter().any(|error| error.text().contains("\"other\"")), "{outcome}");
    }
    workspace.main(&roster(&with("  unmanaged = \"drop\"\n  unmanaged_ignore = [\"other\"]")));
    workspace.converge();
    assert_eq!(roles(&cluster), ["one", "other"]);
}

/// Nor must one that a resource is about to take over.
#[test]
fn roles_that_a_resource_adopts_are_an_error() {
    let cluster = Cluster::start(default_version());
    cluster.master_session("postgres").execute("CREATE ROLE other LOGIN");
    let workspace = workspace(&cluster, &with("  unmanaged = \"drop\""));
    for order in ["", "  depends_on = [pgum_roster.all]\n"] {
        workspace.write(
            "other.tf",
            &format!("resource \"pgum_user\" \"other\" {{\n  username = \"other\"\n  auth_method = \"iam\"\n  adopt_existing = true\n{order}}}\n"),
        );
        let outcome = workspace.plan_expecting_failure();
        assert!(outcome.errors().iter().any(|error| error.text().contains("\"other\"")), "{outcome}");
    }
}

/// A role that somebody has renamed is still the roster's, and gets its name back.
#[test]
fn a_renamed_role_is_none_of_them() {
    let cluster = Cluster::start(default_version());
    let workspace = workspace(&cluster, &with(""));
    workspace.converge();
    let oid = cluster.value("SELECT 'one'::regrole::oid");
    for mode in ["error", "disable", "drop"] {
        workspace.main(&roster(&with(&format!("  unmanaged = {mode:?}"))));
        cluster.master_session("postgres").execute("ALTER ROLE one RENAME TO two");
        workspace.converge();
        assert_eq!(workspace.attributes(ROSTER)["unmanaged_roles"], json!([]));
        assert_eq!(cluster.value("SELECT 'one'::regrole::oid"), oid);
    }
}

/// A role that others depend on stays, as one of a resource would, and the state says so.
#[test]
fn what_cannot_go_stays_in_the_state() {
    let cluster = Cluster::start(default_version());
    cluster.master_session("postgres").execute(BY_HAND);
    let workspace = workspace(&cluster, &with(""));
    workspace.converge();
    cluster.superuser_session("myapp").execute("CREATE SCHEMA kept AUTHORIZATION stray");
    workspace.main(&roster(&with("  unmanaged = \"drop\"")));
    workspace.apply_expecting_failure().expect_error("Cannot destroy user \"stray\"");
    assert_eq!(roles(&cluster), ["one", "stray"]);
    assert_eq!(workspace.attributes(ROSTER)["unmanaged_roles"], json!(["stray"]));
}

on_versions! {
    [13, 16, 18]
    /// A name from a database of another encoding may be no UTF-8. It is shown, whoever has it is never taken for somebody else,
    /// and nobody tries to do what cannot be done.
    fn names_that_are_no_utf_8_are_shown_and_left_alone(version: u16) {
        let cluster = Cluster::start(version);
        let superuser = cluster.superuser_session("postgres");
        superuser.execute("CREATE DATABASE latin ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0");
        superuser.execute("CREATE DATABASE bytes ENCODING 'SQL_ASCII' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0");
        // Two that look the same, one that looks like one of the roster's, and one that really has this name.
        cluster.superuser_session("latin").execute("CREATE ROLE \"caf\u{e9}\" LOGIN; CREATE ROLE \"caf\u{e8}\" LOGIN; CREATE ROLE \"on\u{e9}\" LOGIN");
        cluster.superuser_session("bytes").execute("CREATE ROLE \"caf\u{e9}\" LOGIN; CREATE ROLE \"caf\u{fffd}\" LOGIN; GRANT \"caf\u{e9}\" TO postgres WITH ADMIN OPTION");
        let everyone = "SELECT oid::text || rolcanlogin FROM pg_authid WHERE oid > 16383 ORDER BY oid";
        let workspace = workspace(&cluster, &with(""));
        workspace.converge();
        let before = cluster.column(everyone);
        let shown = json!(["caf\u{e9}", "caf\u{fffd}", "on\u{fffd}"]);
        workspace.run(&["apply", "-refresh-only", "-json", "-auto-approve"]).expect_success();
        assert_eq!(workspace.attributes(ROSTER)["unmanaged_roles"], shown);
        for (how, verb) in [("disable", "disabled"), ("drop", "dropped")] {
            workspace.main(&roster(&with(&format!("  unmanaged = {how:?}\n  unmanaged_ignore = [\"caf\u{e9}\"]"))));
            let warning = workspace.plan().outcome.expect_warning(&format!("4 roles that the roster does not name cannot be {verb}"));
            let text = warning.text();
            let names: Vec<&str> = text.split('"').filter(|text| text.contains('\u{fffd}')).collect();
            assert_eq!(names, ["caf\u{fffd}", "caf\u{fffd}", "caf\u{fffd}", "on\u{fffd}"], "{text}");
            workspace.converge();
            assert_eq!(cluster.column(everyone), before);
        }
        workspace.main(&roster(&with("  unmanaged = \"drop\"\n  unmanaged_ignore = [\"caf*\", \"on*\"]")));
        workspace.converge().expect_no_warnings();
        workspace.main(&roster(&with("  unmanaged = \"error\"")));
        workspace.plan_expecting_failure().expect_error("3 roles of the cluster are not named by the roster");
        // Who can be written goes, and nobody who looks like it.
        workspace.main(&roster(&with("  unmanaged = \"drop\"")));
        workspace.converge();
        assert_eq!(cluster.column(everyone).len(), before.len() - 1);
        assert_eq!(cluster.value("SELECT count(*) FROM pg_roles WHERE rolname = 'caf\u{e9}'"), "0");
        // Nor can one be written.
        workspace.main(&roster(&users(&[("caf\u{fffd}", "auth_method = \"iam\""), ("b", "auth_method = \"iam\", groups = [\"caf\u{fffd}\"]")])));
        let outcome = workspace.validate();
        outcome.expect_error("This name cannot be managed");
        outcome.expect_error("This is no group's name");
    }
}
