//! What somebody changed by hand shows in the next plan, on the attribute it concerns, and the apply heals it.

use crate::support::on_every_version;
use crate::support::postgres::{Cluster, default_version};
use crate::support::terraform::Workspace;

const CONFIGURATION: &str = r#"
resource "pgum_group" "app" {
  name        = "app"
  description = "Applications"
  databases   = ["myapp"]
}

resource "pgum_group" "other" {
  name = "other"
}

resource "pgum_user" "one" {
  username         = "one"
  auth_method      = "iam"
  groups           = [pgum_group.app.name]
  databases        = ["myapp"]
  connection_limit = 20
  description      = "The first"
  settings         = { statement_timeout = "30s" }

  database_settings = {
    myapp = { search_path = "app, public" }
  }
}
"#;

struct Drift {
    /// What somebody does.
    by_hand: &'static str,
    address: &'static str,
    /// The attributes that the plan must show as changed.
    attributes: &'static [&'static str],
}

const DRIFTS: &[Drift] = &[
    Drift { by_hand: "ALTER ROLE one NOLOGIN", address: "pgum_user.one", attributes: &["enabled"] },
    Drift { by_hand: "GRANT other TO one", address: "pgum_user.one", attributes: &["groups", "memberships"] },
    Drift {
        by_hand: "REVOKE app FROM one",
        address: "pgum_user.one",
        attributes: &["groups", "memberships"],
    },
    Drift {
        by_hand: "GRANT app TO one WITH ADMIN OPTION",
        address: "pgum_user.one",
        attributes: &["memberships"],
    },
    Drift {
        by_hand: "REVOKE CONNECT ON DATABASE myapp FROM one",
        address: "pgum_user.one",
        attributes: &["database_privileges", "databases"],
    },
    Drift {
        by_hand: "GRANT CREATE ON DATABASE myapp TO one",
        address: "pgum_user.one",
        attributes: &["database_privileges"],
    },
    Drift {
        by_hand: "GRANT CONNECT ON DATABASE postgres TO one WITH GRANT OPTION",
        address: "pgum_user.one",
        attributes: &["database_privileges", "databases"],
    },
    Drift { by_hand: "REVOKE rds_iam FROM one", address: "pgum_user.one", attributes: &["rds_iam"] },
    Drift {
        by_hand: "COMMENT ON ROLE one IS 'another'",
        address: "pgum_user.one",
        attributes: &["description"],
    },
    Drift { by_hand: "COMMENT ON ROLE one IS NULL", address: "pgum_user.one", attributes: &["description"] },
    Drift {
        by_hand: "ALTER ROLE one CONNECTION LIMIT 5",
        address: "pgum_user.one",
        attributes: &["connection_limit"],
    },
    Drift { by_hand: "ALTER ROLE one CREATEDB", address: "pgum_user.one", attributes: &["create_database"] },
    Drift {
        by_hand: "ALTER ROLE one VALID UNTIL '2040-01-01'",
        address: "pgum_user.one",
        attributes: &["valid_until"],
    },
    Drift {
        by_hand: "ALTER ROLE one SET statement_timeout = '5s'",
        address: "pgum_user.one",
        attributes: &["settings"],
    },
    Drift { by_hand: "ALTER ROLE one RESET ALL", address: "pgum_user.one", attributes: &["settings"] },
    Drift {
        by_hand: "ALTER ROLE one SET work_mem = '8MB'",
        address: "pgum_user.one",
        attributes: &["settings"],
    },
    Drift {
        by_hand: "ALTER ROLE one IN DATABASE myapp SET search_path = public",
        address: "pgum_user.one",
        attributes: &["database_settings"],
    },
    Drift {
        by_hand: "ALTER ROLE one IN DATABASE postgres SET work_mem = '8MB'",
        address: "pgum_user.one",
        attributes: &["database_settings"],
    },
    Drift { by_hand: "ALTER ROLE app LOGIN", address: "pgum_group.app", attributes: &["can_login"] },
    Drift { by_hand: "ALTER ROLE app NOINHERIT", address: "pgum_group.app", attributes: &["inherit"] },
    Drift {
        by_hand: "GRANT other TO app",
        address: "pgum_group.app",
        attributes: &["groups", "memberships"],
    },
    Drift {
        by_hand: "REVOKE CONNECT ON DATABASE myapp FROM app",
        address: "pgum_group.app",
        attributes: &["database_privileges", "databases"],
    },
    Drift {
        by_hand: "COMMENT ON ROLE app IS 'another'",
        address: "pgum_group.app",
        attributes: &["description"],
    },
];

on_every_version! {
    fn each_change_by_hand_shows_and_heals(version: u16) {
        let cluster = Cluster::start(version);
        let workspace = Workspace::new(&cluster);
        workspace.main(CONFIGURATION);
        workspace.converge();
        let wanted = cluster.inventory();
        let master = cluster.master_session("postgres");
        for Drift { by_hand, address, attributes } in DRIFTS {
            master.execute(by_hand);
            let plan = workspace.plan().expect_only("update", &[address]);
            let shown = plan.change(address).attributes();
            for attribute in *attributes {
                assert!(shown.iter().any(|name| name == attribute), "{by_hand}\n{}", plan.described());
            }
            workspace.apply_plan(&plan);
            assert_eq!(cluster.inventory(), wanted, "{by_hand}");
            workspace.assert_empty_plan();
        }
    }
}

on_every_version! {
    fn a_role_that_is_gone_is_made_again(version: u16) {
        let cluster = Cluster::start(version);
        let workspace = Workspace::new(&cluster);
        workspace.main(CONFIGURATION);
        workspace.converge();
        let wanted = cluster.inventory();
        let master = cluster.master_session("postgres");
        master.execute("REVOKE CONNECT ON DATABASE myapp FROM one");
        master.execute("DROP ROLE one");
        workspace.plan().expect_only("create", &["pgum_user.one"]);
        workspace.converge();
        assert_eq!(cluster.inventory(), wanted);
    }
}

on_every_version! {
    fn members_that_nobody_allowed_are_taken_out(version: u16) {
        let cluster = Cluster::start(version);
        let workspace = Workspace::new(&cluster);
        workspace.main(r#"
            resource "pgum_group" "app" {
              name            = "app"
              allowed_members = ["app_*", "one"]
            }
        "#);
        workspace.converge();
        let master = cluster.master_session("postgres");
        master.execute("CREATE ROLE one; CREATE ROLE app_two; CREATE ROLE three; GRANT app TO one, app_two, three");
        let plan = workspace.plan().expect_only("update", &["pgum_group.app"]);
        let change = plan.change("pgum_group.app");
        assert_eq!(change.attributes(), ["foreign_members"]);
        assert_eq!(change.before["foreign_members"], serde_json::json!(["three"]));
        workspace.apply_plan(&plan);
        workspace.assert_empty_plan();
        let members = "SELECT pg_get_userbyid(member) FROM pg_auth_members WHERE roleid = 'app'::regrole \
                       AND member <> 'postgres'::regrole ORDER BY 1";
        assert_eq!(cluster.column(members), ["app_two", "one"]);
    }
}

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
