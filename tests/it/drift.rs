//! What somebody changed by hand shows in the next plan, on the attribute it concerns, and the apply heals it.

use crate::support::on_every_version;
use crate::support::postgres::{Cluster, default_version};
use crate::support::terraform::Workspace;

/// A group and a user in it; each case has its own two.
const CASE: &str = r#"
resource "pgum_group" "app_N" {
  name        = "app_N"
  description = "Applications"
  databases   = ["myapp"]
}

resource "pgum_user" "one_N" {
  username         = "one_N"
  auth_method      = "iam"
  groups           = [pgum_group.app_N.name]
  databases        = ["myapp"]
  connection_limit = 20
  description      = "The first"
  settings         = { statement_timeout = "30s" }

  database_settings = {
    myapp = { search_path = "app, public" }
  }
}
"#;

const OTHER: &str = "resource \"pgum_group\" \"other\" {\n  name = \"other\"\n}\n";

/// The text with the number of a case in its names.
fn numbered(text: &str, number: usize) -> String {
    ["app", "one"].iter().fold(text.replace("_N", &format!("_{number}")), |text, name| {
        let words = text
            .split(' ')
            .map(|word| if word == *name { format!("{name}_{number}") } else { word.to_owned() });
        words.collect::<Vec<_>>().join(" ")
    })
}

struct Drift {
    /// What somebody does.
    by_hand: &'static str,
    address: &'static str,
    /// The attributes that the plan shows as changed.
    attributes: &'static [&'static str],
}

const DRIFTS: &[Drift] = &[
    Drift { by_hand: "ALTER ROLE one NOLOGIN", address: "pgum_user.one_N", attributes: &["enabled"] },
    Drift {
        by_hand: "GRANT other TO one",
        address: "pgum_user.one_N",
        attributes: &["groups", "memberships"],
    },
    Drift {
        by_hand: "REVOKE app FROM one",
        address: "pgum_user.one_N",
        attributes: &["groups", "memberships"],
    },
    Drift {
        by_hand: "GRANT app TO one WITH ADMIN OPTION",
        address: "pgum_user.one_N",
        attributes: &["memberships"],
    },
    Drift {
        by_hand: "REVOKE CONNECT ON DATABASE myapp FROM one",
        address: "pgum_user.one_N",
        attributes: &["database_privileges", "databases", "privileges"],
    },
    Drift {
        by_hand: "GRANT CREATE ON DATABASE myapp TO one",
        address: "pgum_user.one_N",
        attributes: &["database_privileges", "privileges"],
    },
    Drift {
        by_hand: "GRANT CONNECT ON DATABASE postgres TO one WITH GRANT OPTION",
        address: "pgum_user.one_N",
        attributes: &["database_privileges", "databases"],
    },
    Drift { by_hand: "REVOKE rds_iam FROM one", address: "pgum_user.one_N", attributes: &["rds_iam"] },
    Drift {
        by_hand: "COMMENT ON ROLE one IS 'another'",
        address: "pgum_user.one_N",
        attributes: &["description"],
    },
    Drift {
        by_hand: "COMMENT ON ROLE one IS NULL",
        address: "pgum_user.one_N",
        attributes: &["description"],
    },
    Drift {
        by_hand: "ALTER ROLE one CONNECTION LIMIT 5",
        address: "pgum_user.one_N",
        attributes: &["connection_limit"],
    },
    Drift {
        by_hand: "ALTER ROLE one CREATEDB",
        address: "pgum_user.one_N",
        attributes: &["create_database"],
    },
    Drift {
        by_hand: "ALTER ROLE one VALID UNTIL '2040-01-01'",
        address: "pgum_user.one_N",
        attributes: &["valid_until"],
    },
    Drift {
        by_hand: "ALTER ROLE one SET statement_timeout = '5s'",
        address: "pgum_user.one_N",
        attributes: &["settings"],
    },
    Drift { by_hand: "ALTER ROLE one RESET ALL", address: "pgum_user.one_N", attributes: &["settings"] },
    Drift {
        by_hand: "ALTER ROLE one SET work_mem = '8MB'",
        address: "pgum_user.one_N",
        attributes: &["settings"],
    },
    Drift {
        by_hand: "ALTER ROLE one IN DATABASE myapp SET search_path = public",
        address: "pgum_user.one_N",
        attributes: &["database_settings"],
    },
    Drift {
        by_hand: "ALTER ROLE one IN DATABASE postgres SET work_mem = '8MB'",
        address: "pgum_user.one_N",
        attributes: &["database_settings"],
    },
    Drift { by_hand: "ALTER ROLE app LOGIN", address: "pgum_group.app_N", attributes: &["can_login"] },
    Drift { by_hand: "ALTER ROLE app NOINHERIT", address: "pgum_group.app_N", attributes: &["inherit"] },
    Drift {
        by_hand: "GRANT other TO app",
        address: "pgum_group.app_N",
        attributes: &["groups", "memberships"],
    },
    Drift {
        by_hand: "REVOKE CONNECT ON DATABASE myapp FROM app",
        address: "pgum_group.app_N",
        attributes: &["database_privileges", "databases", "privileges"],
    },
    Drift {
        by_hand: "COMMENT ON ROLE app IS 'another'",
        address: "pgum_group.app_N",
        attributes: &["description"],
    },
];

on_every_version! {
    fn each_change_by_hand_shows_and_heals(version: u16) {
        let cluster = Cluster::start(version);
        let workspace = Workspace::new(&cluster);
        let cases = (0..DRIFTS.len()).map(|number| numbered(CASE, number));
        workspace.main(&cases.chain([OTHER.to_owned()]).collect::<String>());
        workspace.converge();
        let wanted = cluster.inventory();
        let master = cluster.master_session("postgres");
        for (number, drift) in DRIFTS.iter().enumerate() {
            master.execute(&numbered(drift.by_hand, number));
        }
        let addresses = DRIFTS.iter().enumerate().map(|(number, drift)| numbered(drift.address, number));
        let addresses = addresses.collect::<Vec<_>>();
        let plan = workspace.plan().expect_only("update", &addresses.iter().map(String::as_str).collect::<Vec<_>>());
        for (drift, address) in DRIFTS.iter().zip(&addresses) {
            assert_eq!(plan.change(address).attributes(), drift.attributes, "{}\n{}", drift.by_hand, plan.described());
        }
        workspace.apply_plan(&plan);
        assert_eq!(cluster.inventory(), wanted);
        workspace.assert_empty_plan();
    }
}

on_every_version! {
    fn a_role_that_is_gone_is_made_again(version: u16) {
        let cluster = Cluster::start(version);
        let workspace = Workspace::new(&cluster);
        workspace.main(&numbered(CASE, 1));
        workspace.converge();
        let wanted = cluster.inventory();
        let master = cluster.master_session("postgres");
        master.execute("REVOKE CONNECT ON DATABASE myapp FROM one_1");
        master.execute("DROP ROLE one_1");
        workspace.plan().expect_only("create", &["pgum_user.one_1"]);
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
