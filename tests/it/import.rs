//! Roles that somebody made by hand come under Terraform without a change.

use crate::support::on_every_version;
use crate::support::postgres::{Cluster, default_version};
use crate::support::terraform::Workspace;
use serde_json::json;

/// A role made by hand, and the configuration that says the same.
struct Kind {
    since: u16,
    by_hand: &'static str,
    resource: &'static str,
    id: &'static str,
    configuration: &'static str,
}

const fn user(by_hand: &'static str, configuration: &'static str) -> Kind {
    Kind { since: 13, by_hand, resource: "pgum_user", id: "one", configuration }
}

const fn group(by_hand: &'static str, configuration: &'static str) -> Kind {
    Kind { since: 13, by_hand, resource: "pgum_group", id: "one", configuration }
}

impl Kind {
    /// The name of the role, with a number so that all kinds are there together.
    fn name(&self, number: usize) -> String {
        self.id.replace("one", &format!("one_{number}"))
    }

    fn address(&self, number: usize) -> String {
        format!("{}.kind_{number}", self.resource)
    }

    fn resource(&self, number: usize) -> String {
        let attributes = self.configuration.replace("one", &format!("one_{number}"));
        format!("resource \"{}\" \"kind_{number}\" {{\n{attributes}\n}}\n", self.resource)
    }

    fn import_block(&self, number: usize) -> String {
        let id = self.name(number).replace('"', "\\\"");
        format!("import {{\n  to = {}\n  id = \"{id}\"\n}}\n", self.address(number))
    }
}

/// What the kinds refer to.
const AROUND: &str = "CREATE ROLE app; CREATE ROLE other";

const KINDS: &[Kind] = &[
    user("CREATE ROLE one LOGIN PASSWORD 'x'", "username = \"one\""),
    user("CREATE ROLE one LOGIN", "username = \"one\"\nauth_method = \"password\""),
    user("CREATE ROLE one LOGIN; GRANT rds_iam TO one", "username = \"one\"\nauth_method = \"iam\""),
    user(
        "CREATE ROLE one; GRANT rds_iam, app TO one",
        "username = \"one\"\nauth_method = \"iam\"\ncan_login = false\ngroups = [\"app\"]",
    ),
    user(
        "CREATE ROLE one LOGIN CREATEDB CREATEROLE CONNECTION LIMIT 5 PASSWORD 'x' VALID UNTIL '2040-01-01 00:00+00'",
        "username = \"one\"\ncreate_database = true\ncreate_role = true\nconnection_limit = 5\n\
         valid_until = \"2040-01-01T01:00:00+01:00\"",
    ),
    user("CREATE ROLE one LOGIN VALID UNTIL 'infinity'", "username = \"one\""),
    user(
        "CREATE ROLE one LOGIN NOINHERIT; GRANT app TO one",
        "username = \"one\"\ninherit = false\ngroups = [\"app\"]",
    ),
    user(
        "CREATE ROLE one LOGIN; GRANT app TO one WITH ADMIN OPTION; GRANT other TO one",
        "username = \"one\"\nmemberships = { app = { admin = true }, other = {} }",
    ),
    user(
        "CREATE ROLE one LOGIN; GRANT CONNECT ON DATABASE myapp, postgres TO one",
        "username = \"one\"\ndatabases = [\"postgres\", \"myapp\"]",
    ),
    user(
        "CREATE ROLE one LOGIN; GRANT ALL ON DATABASE myapp TO one; \
         GRANT CONNECT ON DATABASE postgres TO one WITH GRANT OPTION",
        "username = \"one\"\n\
         database_privileges = { myapp = [\"ALL\"], postgres = [\"CONNECT WITH GRANT OPTION\"] }",
    ),
    user(
        "CREATE ROLE one LOGIN; COMMENT ON ROLE one IS 'It''s one'; ALTER ROLE one SET statement_timeout = 5000; \
         ALTER ROLE one SET search_path = app, public; ALTER ROLE one IN DATABASE myapp SET work_mem = '8MB'",
        "username = \"one\"\ndescription = \"It's one\"\n\
         settings = { statement_timeout = \"5s\", search_path = \"app, public\" }\n\
         database_settings = { myapp = { work_mem = \"8192kB\" } }",
    ),
    Kind {
        since: 13,
        by_hand: r#"CREATE ROLE "Odd ""one"" @ home" LOGIN"#,
        resource: "pgum_user",
        id: r#"Odd "one" @ home"#,
        configuration: r#"username = "Odd \"one\" @ home""#,
    },
    Kind {
        since: 16,
        by_hand: "CREATE ROLE one LOGIN; GRANT app TO one WITH INHERIT FALSE; GRANT other TO one WITH SET FALSE",
        resource: "pgum_user",
        id: "one",
        configuration: "username = \"one\"\nmemberships = { app = { inherit = false }, other = { set = false } }",
    },
    group("CREATE ROLE one", "name = \"one\""),
    group(
        "CREATE ROLE one; GRANT one TO other; GRANT app TO one; GRANT CONNECT, CREATE ON DATABASE myapp TO one; \
         COMMENT ON ROLE one IS 'A group'",
        "name = \"one\"\ngroups = [\"app\"]\nprivileges = [\"CREATE\", \"CONNECT\"]\ndatabases = [\"myapp\"]\n\
         description = \"A group\"",
    ),
    group(
        "CREATE ROLE one NOINHERIT CREATEDB CREATEROLE; GRANT app TO one WITH ADMIN OPTION; \
         GRANT TEMPORARY ON DATABASE myapp TO one; GRANT CONNECT ON DATABASE postgres TO one; \
         ALTER ROLE one SET work_mem = '8MB'",
        "name = \"one\"\ninherit = false\ncreate_database = true\ncreate_role = true\n\
         memberships = { app = { admin = true } }\n\
         database_privileges = { myapp = [\"TEMP\"], postgres = [\"CONNECT\"] }\n\
         settings = { work_mem = \"8MB\" }",
    ),
];

on_every_version! {
    fn every_kind_of_role_plans_empty_with_what_says_the_same(version: u16) {
        let cluster = Cluster::start(version);
        let before = cluster.inventory();
        let master = cluster.master_session("postgres");
        master.execute(AROUND);
        let mut configuration = String::new();
        let kinds = KINDS.iter().filter(|kind| kind.since <= version).enumerate().collect::<Vec<_>>();
        for (number, kind) in &kinds {
            master.execute(&kind.by_hand.replace("one", &format!("one_{number}")));
            configuration.push_str(&kind.resource(*number));
        }
        let by_hand = cluster.inventory();
        let workspace = Workspace::new(&cluster);
        workspace.main(&configuration);
        for (number, kind) in &kinds {
            workspace.write(&format!("import_{number}.tf"), &kind.import_block(*number));
        }
        let plan = workspace.plan();
        for (number, kind) in &kinds {
            let change = plan.change(&kind.address(*number));
            assert!(change.is_import && change.is("no-op"), "{}\n{}", kind.by_hand, plan.described());
        }
        workspace.apply_plan(&plan);
        workspace.assert_empty_plan();
        assert_eq!(cluster.inventory(), by_hand);
        // The older way comes to the same.
        let (number, kind) = kinds[kinds.len() - 1];
        workspace.run(&["state", "rm", &kind.address(number)]).expect_success();
        workspace.remove(&format!("import_{number}.tf"));
        workspace.import(&kind.address(number), &kind.name(number));
        workspace.assert_empty_plan();

        workspace.destroy();
        master.execute("DROP ROLE app, other");
        assert_eq!(cluster.inventory(), before);
    }
}

on_every_version! {
    /// What the server does not know is planned once, as an update that runs no statement.
    fn what_only_the_configuration_knows_is_taken_over_without_sql(version: u16) {
        let cluster = Cluster::builder(version).setting("log_statement", "mod").start();
        cluster.master_session("postgres").execute("CREATE ROLE one LOGIN; GRANT rds_iam TO one");
        let workspace = Workspace::new(&cluster);
        workspace.main(r#"
            import {
              to = pgum_user.it
              id = "one"
            }
            resource "pgum_user" "it" {
              username    = "one"
              auth_method = "iam"
              iam_role    = "arn:aws:iam::123456789012:role/RDSAccessRole"
              on_destroy  = { action = "forget" }
            }
        "#);
        let plan = workspace.plan();
        let change = plan.change("pgum_user.it");
        assert!(change.is_import && change.is("update"), "{}", plan.described());
        assert_eq!(change.attributes(), ["iam_role", "on_destroy"]);
        let log_before = cluster.log();
        workspace.apply_plan(&plan);
        let log = cluster.log();
        let new = log.strip_prefix(log_before.as_str()).expect("a log that only grows");
        for word in ["ALTER", "GRANT", "REVOKE", "COMMENT", "CREATE"] {
            assert!(!new.contains(word), "{new}");
        }
        workspace.assert_empty_plan();
    }
}

#[test]
fn a_password_in_the_configuration_is_sent_after_an_import() {
    let cluster = Cluster::start(default_version());
    cluster.master_session("postgres").execute("CREATE ROLE one LOGIN PASSWORD 'old'");
    let workspace = Workspace::new(&cluster);
    workspace.main("resource \"pgum_user\" \"it\" {\n  username = \"one\"\n  password = \"new\"\n}\n");
    workspace.import("pgum_user.it", "one");
    assert_eq!(workspace.plan().change("pgum_user.it").attributes(), ["password"]);
    workspace.converge();
    assert!(cluster.try_session("one", "new", "myapp").is_ok());
}

#[test]
fn a_write_only_password_is_not_sent_by_an_import() {
    let cluster = Cluster::start(default_version());
    cluster.master_session("postgres").execute("CREATE ROLE one LOGIN PASSWORD 'old'");
    let workspace = Workspace::new(&cluster);
    let with_version = |version: u8| {
        format!(
            "resource \"pgum_user\" \"it\" {{\n  username = \"one\"\n  password_wo = \"new\"\n  \
             password_wo_version = \"{version}\"\n}}\n"
        )
    };
    workspace.main(&with_version(1));
    workspace.import("pgum_user.it", "one");
    workspace.converge();
    assert!(cluster.try_session("one", "old", "myapp").is_ok());
    workspace.main(&with_version(2));
    workspace.converge();
    assert!(cluster.try_session("one", "new", "myapp").is_ok());
}

on_every_version! {
    /// The first plan after an import warns of what it would revoke.
    fn an_import_that_would_revoke_says_so(version: u16) {
        let cluster = Cluster::start(version);
        cluster.master_session("postgres").execute(
            "CREATE ROLE app; CREATE ROLE one LOGIN; GRANT rds_iam, app TO one; GRANT CREATE ON DATABASE myapp TO one",
        );
        let workspace = Workspace::new(&cluster);
        workspace.main("resource \"pgum_user\" \"it\" {\n  username = \"one\"\n  auth_method = \"iam\"\n}\n");
        workspace.import("pgum_user.it", "one");
        let plan = workspace.plan().expect_only("update", &["pgum_user.it"]);
        let warnings = plan.outcome.warnings();
        assert_eq!(warnings.len(), 1, "{}", plan.outcome);
        assert!(warnings[0].text().contains("revoke"), "{}", plan.outcome);
        workspace.converge();
    }
}

/// The configuration that Terraform writes for an import holds every attribute; it has to be a legal one.
#[test]
fn a_generated_configuration_plans_empty() {
    let cluster = Cluster::start(default_version());
    cluster.master_session("postgres").execute(
        "CREATE ROLE app; CREATE ROLE one LOGIN CONNECTION LIMIT 5; GRANT rds_iam, app TO one; \
         GRANT CONNECT ON DATABASE myapp TO one; GRANT CREATE, CONNECT ON DATABASE myapp TO app; \
         COMMENT ON ROLE app IS 'Applications'",
    );
    let workspace = Workspace::new(&cluster);
    workspace.main(
        "import {\n  to = pgum_user.it\n  id = \"one\"\n}\nimport {\n  to = pgum_group.app\n  id = \"app\"\n}\n",
    );
    let before = cluster.inventory();
    workspace.plan_with(&["-generate-config-out=generated.tf"]);
    workspace.apply();
    workspace.assert_empty_plan();
    assert_eq!(cluster.inventory(), before);
    let user = workspace.attributes("pgum_user.it");
    assert_eq!(user["memberships"]["app"], json!({"admin": false, "inherit": true, "set": true}));
}

#[test]
fn what_is_not_there_or_not_to_be_managed_is_not_imported() {
    let cluster = Cluster::start(default_version());
    let workspace = Workspace::new(&cluster);
    workspace.main(
        "resource \"pgum_user\" \"it\" {\n  username = \"x\"\n}\nresource \"pgum_group\" \"it\" {\n  name = \"x\"\n}\n",
    );
    for (address, id) in [
        ("pgum_user.it", "nobody_of_that_name"),
        ("pgum_group.it", "nobody_of_that_name"),
        ("pgum_user.it", "rdsadmin"),
        ("pgum_group.it", "rds_superuser"),
        ("pgum_group.it", "pg_monitor"),
        ("pgum_user.it", ""),
    ] {
        let outcome = workspace.run(&["import", "-no-color", address, id]).expect_failure();
        assert!(outcome.stderr.contains(id), "{outcome}");
    }
    assert_eq!(workspace.addresses(), [""; 0]);
}
