//! What becomes of a role, its objects and its sessions when it leaves the configuration.

use crate::support::postgres::{Cluster, default_version};
use crate::support::terraform::Workspace;
use crate::support::{on_every_version, on_versions};

const OTHERS: &str = "resource \"pgum_user\" \"heir\" {\n  username = \"heir\"\n  auth_method = \"iam\"\n}\n";

/// A user who can log in and make objects; `attributes` say how it goes.
fn user(attributes: &str) -> String {
    format!(
        "{OTHERS}resource \"pgum_user\" \"one\" {{\n  username = \"one\"\n  password = \"secret\"\n  \
         database_privileges = {{ myapp = [\"CONNECT\", \"CREATE\"], postgres = [\"CREATE\"] }}\n{attributes}\n}}\n"
    )
}

/// A table in each of two databases, each in a schema of its own.
fn make_objects(cluster: &Cluster) {
    for database in ["myapp", "postgres"] {
        let session = cluster.try_session("one", "secret", database).expect("the user's login");
        session.execute("CREATE SCHEMA of_one; CREATE TABLE of_one.things (number int)");
    }
}

fn owner_of_things(cluster: &Cluster, database: &str) -> String {
    let query = "SELECT coalesce((SELECT pg_get_userbyid(relowner) FROM pg_class WHERE relname = 'things'), 'nobody')";
    cluster.superuser_session(database).value(query)
}

fn is_there(cluster: &Cluster, role: &str) -> bool {
    cluster.value(&format!("SELECT count(*) FROM pg_roles WHERE rolname = '{role}'")) == "1"
}

on_every_version! {
    /// Objects are lost only where somebody said so: else the error lists them, and the user stays, disabled.
    fn an_owner_stays_until_somebody_says_what_becomes_of_the_objects(version: u16) {
        let cluster = Cluster::start(version);
        let workspace = Workspace::new(&cluster);
        workspace.main(&user(""));
        workspace.converge();
        make_objects(&cluster);
        workspace.main(OTHERS);
        let outcome = workspace.apply_expecting_failure();
        let error = outcome.error();
        for word in ["one", "myapp", "postgres", "things", "reassign_owned_to"] {
            assert!(error.text().contains(word), "{word}: {outcome}");
        }
        assert!(is_there(&cluster, "one"));
        assert!(cluster.try_session("one", "secret", "myapp").is_err());
        assert_eq!(owner_of_things(&cluster, "myapp"), "one");

        // The configuration says so, and the same destroy goes on.
        workspace.main(&user("on_destroy = { reassign_owned_to = \"heir\" }"));
        workspace.converge();
        workspace.main(OTHERS);
        workspace.converge();
        assert!(!is_there(&cluster, "one"));
        assert_eq!(owner_of_things(&cluster, "myapp"), "heir");
        assert_eq!(owner_of_things(&cluster, "postgres"), "heir");
    }
}

on_every_version! {
    fn objects_are_dropped_where_that_is_asked(version: u16) {
        let cluster = Cluster::start(version);
        let workspace = Workspace::new(&cluster);
        workspace.main(&user("on_destroy = { drop_owned = true }"));
        workspace.converge();
        make_objects(&cluster);
        workspace.main(OTHERS);
        workspace.converge();
        assert!(!is_there(&cluster, "one"));
        assert_eq!(owner_of_things(&cluster, "myapp"), "nobody");
        assert_eq!(owner_of_things(&cluster, "postgres"), "nobody");
    }
}

on_versions! {
    [13, 16, 18]
    fn a_role_is_disabled_where_that_is_asked(version: u16) {
        let cluster = Cluster::start(version);
        let workspace = Workspace::new(&cluster);
        workspace.main(&user("on_destroy = { action = \"disable\" }\nterminate_sessions = true"));
        workspace.converge();
        let session = cluster.try_session("one", "secret", "myapp").expect("the user's login");
        workspace.main(OTHERS);
        workspace.converge();
        assert!(is_there(&cluster, "one"));
        assert!(session.try_query("SELECT 1").is_err());
        assert!(cluster.try_session("one", "secret", "myapp").is_err());
        assert_eq!(cluster.value("SELECT has_database_privilege('one', 'myapp', 'CREATE')"), "t");
        assert_eq!(workspace.addresses(), ["pgum_user.heir"]);
    }
}

/// To forget, Terraform's state is enough: the server may be gone.
#[test]
fn a_role_is_forgotten_without_a_connection() {
    let mut cluster = Cluster::start(default_version());
    let workspace = Workspace::new(&cluster);
    workspace.main(
        "resource \"pgum_group\" \"one\" {\n  name = \"one\"\n  on_destroy = { action = \"forget\" }\n}\n",
    );
    workspace.converge();
    cluster.stop();
    workspace.try_destroy(&["-refresh=false"]).expect_success();
    cluster.start_again();
    assert!(is_there(&cluster, "one"));
    assert_eq!(workspace.addresses(), [""; 0]);
}

on_versions! {
    [13, 16, 18]
    /// A role of that name that is another one is nobody's to drop.
    fn a_role_made_anew_by_another_is_not_dropped(version: u16) {
        let cluster = Cluster::start(version);
        let workspace = Workspace::new(&cluster);
        workspace.main("resource \"pgum_group\" \"one\" {\n  name = \"one\"\n}\n");
        workspace.converge();
        cluster.master_session("postgres").execute("DROP ROLE one; CREATE ROLE one");
        let plan = workspace.plan_with(&["-destroy", "-refresh=false"]);
        plan.outcome.expect_warning("is not the one that was applied");
        workspace.try_destroy(&["-refresh=false"]).expect_failure().expect_error("one");
        assert!(is_there(&cluster, "one"));
    }
}

on_every_version! {
    /// Groups and their members go in whatever order, with what was granted by them and to them.
    fn whole_trees_of_groups_go(version: u16) {
        let cluster = Cluster::start(version);
        let before = cluster.inventory();
        let workspace = Workspace::new(&cluster);
        workspace.main(r#"
            locals {
              levels = ["top", "middle", "bottom"]
            }
            resource "pgum_group" "level" {
              for_each            = toset(local.levels)
              name                = each.key
              create_role         = true
              database_privileges = { myapp = ["CONNECT WITH GRANT OPTION"] }
            }
            resource "pgum_user" "member" {
              count       = 5
              username    = "member_${count.index}"
              password    = "secret"
              memberships = { for level in pgum_group.level : level.name => { admin = true } }
            }
        "#);
        workspace.converge();
        // A member with ADMIN grants on its own account.
        cluster.execute("CREATE ROLE stranger");
        cluster.try_session("member_0", "secret", "myapp").expect("a login").execute("GRANT top TO stranger");
        workspace.destroy();
        cluster.execute("DROP ROLE stranger");
        assert_eq!(cluster.inventory(), before);
    }
}

on_versions! {
    [13, 16, 18]
    fn a_role_that_somebody_else_has_dropped_is_gone(version: u16) {
        let cluster = Cluster::start(version);
        let workspace = Workspace::new(&cluster);
        workspace.main("resource \"pgum_group\" \"one\" {\n  name = \"one\"\n}\n");
        workspace.converge();
        cluster.master_session("postgres").execute("DROP ROLE one");
        workspace.try_destroy(&["-refresh=false"]).expect_success();
        assert_eq!(workspace.addresses(), [""; 0]);
    }
}
