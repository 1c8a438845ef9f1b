//! Roles that are there already when Terraform comes to make them.

use crate::support::on_versions;
use crate::support::postgres::{Cluster, default_version};
use crate::support::terraform::Workspace;

const BY_HAND: &str = "CREATE ROLE app; CREATE ROLE other; CREATE ROLE one LOGIN PASSWORD 'old' CONNECTION LIMIT 7; \
     GRANT app, other TO one; GRANT CREATE ON DATABASE myapp TO one; COMMENT ON ROLE one IS 'by hand'";

fn configuration(extra: &str) -> String {
    format!(
        "resource \"pgum_user\" \"one\" {{\n  username = \"one\"\n  password = \"new\"\n  groups = [\"app\"]\n{extra}\n}}\n"
    )
}

on_versions! {
    [13, 16, 18]
    /// The error shows what to write instead.
    fn a_role_that_is_there_is_an_error_with_the_import_block(version: u16) {
        let cluster = Cluster::start(version);
        cluster.master_session("postgres").execute(BY_HAND);
        let before = cluster.inventory();
        let workspace = Workspace::new(&cluster);
        workspace.main(&configuration(""));
        let error = workspace.apply_expecting_failure().error();
        for words in ["import {", "id = \"one\"", "adopt_existing"] {
            assert!(error.text().contains(words), "{words}: {error}");
        }
        assert_eq!(cluster.inventory(), before);
        assert!(cluster.try_session("one", "old", "myapp").is_ok());
    }
}

on_versions! {
    [13, 16, 18]
    fn a_role_is_taken_over_where_that_is_asked(version: u16) {
        let cluster = Cluster::start(version);
        cluster.master_session("postgres").execute(BY_HAND);
        let oid = cluster.value("SELECT 'one'::regrole::oid");
        let workspace = Workspace::new(&cluster);
        workspace.main(&configuration("adopt_existing = true"));
        let outcome = workspace.converge();
        // What was revoked is said.
        let warning = outcome.expect_warning("one");
        assert!(warning.text().contains("other") && warning.text().contains("CREATE"), "{outcome}");
        assert_eq!(cluster.value("SELECT 'one'::regrole::oid"), oid);
        assert!(cluster.try_session("one", "new", "myapp").is_ok());
        assert_eq!(cluster.column("SELECT roleid::regrole FROM pg_auth_members WHERE member = 'one'::regrole"), ["app"]);
        assert_eq!(cluster.value("SELECT shobj_description('one'::regrole, 'pg_authid')"), "");
        assert_eq!(cluster.value("SELECT rolconnlimit FROM pg_roles WHERE rolname = 'one'"), "-1");
    }
}

#[test]
fn a_role_is_taken_over_with_what_others_gave_it() {
    let cluster = Cluster::start(default_version());
    cluster.master_session("postgres").execute(BY_HAND);
    let workspace = Workspace::new(&cluster);
    workspace.main(&configuration("adopt_existing = true\ngrants_mode = \"additive\""));
    workspace.converge().expect_no_warnings();
    let groups = "SELECT roleid::regrole::text FROM pg_auth_members WHERE member = 'one'::regrole ORDER BY 1";
    assert_eq!(cluster.column(groups), ["app", "other"]);
    assert_eq!(cluster.value("SELECT has_database_privilege('one', 'myapp', 'CREATE')"), "t");

    // To rule over all of them is a step of its own, and says what it takes.
    workspace.main(&configuration("adopt_existing = true"));
    workspace.plan().outcome.expect_warning("other");
    workspace.converge();
    assert_eq!(cluster.column(groups), ["app"]);
}

/// A write-only password has been set already, as far as anybody can say; its version is recorded.
#[test]
fn a_write_only_password_is_not_sent_to_a_role_that_is_taken_over() {
    let cluster = Cluster::start(default_version());
    cluster.master_session("postgres").execute("CREATE ROLE one LOGIN PASSWORD 'old'");
    let workspace = Workspace::new(&cluster);
    let configuration = |version: u8| {
        format!(
            "resource \"pgum_user\" \"one\" {{\n  username = \"one\"\n  password_wo = \"new\"\n  \
             password_wo_version = \"{version}\"\n  adopt_existing = true\n}}\n"
        )
    };
    workspace.main(&configuration(1));
    workspace.converge();
    assert!(cluster.try_session("one", "old", "myapp").is_ok());
    workspace.main(&configuration(2));
    workspace.converge();
    assert!(cluster.try_session("one", "new", "myapp").is_ok());
}

/// What the provider's configuration says for all.
#[test]
fn defaults_are_for_whoever_does_not_say_otherwise() {
    let cluster = Cluster::start(default_version());
    cluster.master_session("postgres").execute("CREATE ROLE theirs");
    let workspace = Workspace::new(&cluster);
    workspace.provider(&format!(
        "{}defaults = {{ grants_mode = \"additive\", on_destroy = {{ action = \"disable\" }} }}\n",
        crate::support::terraform::connection(&cluster)
    ));
    let user = |name: &str, extra: &str| {
        format!(
            "resource \"pgum_user\" \"{name}\" {{\n  username = \"{name}\"\n  auth_method = \"iam\"\n{extra}\n}}\n"
        )
    };
    let own = "grants_mode = \"authoritative\"\non_destroy = { action = \"drop\" }";
    workspace.main(&[user("one", ""), user("two", own)].concat());
    workspace.converge();
    cluster.master_session("postgres").execute("GRANT theirs TO one, two");
    workspace.plan().expect_only("update", &["pgum_user.two"]);
    workspace.apply();
    workspace.destroy();
    assert_eq!(cluster.column("SELECT rolname FROM pg_roles WHERE rolname IN ('one', 'two')"), ["one"]);
    assert_eq!(cluster.value("SELECT rolcanlogin FROM pg_roles WHERE rolname = 'one'"), "f");
}
