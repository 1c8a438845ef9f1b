//! `PGUM_SQL_LOG`: the statements of a plan, and those of an apply.

use std::collections::BTreeMap;
use std::fs;

use serde_json::Value;

use crate::support::on_versions;
use crate::support::postgres::{Cluster, default_version};
use crate::support::terraform::{Outcome, Workspace};

const FILE: &str = "statements.jsonl";
const PASSWORDS: [&str; 3] = ["first-Xq7-password", "second-Zk3-password", "written-Vb9-password"];
const KEY: &str = "key-Wm4-of-an-application";

/// What must be in no log: passwords, verifiers, keys of applications, and how the provider logs in.
const SECRETS: [&str; 6] = [
    PASSWORDS[0],
    PASSWORDS[1],
    PASSWORDS[2],
    "SCRAM-SHA-256",
    KEY,
    crate::support::postgres::MASTER_PASSWORD,
];

fn workspace(cluster: &Cluster) -> Workspace {
    let mut workspace = Workspace::new(cluster);
    workspace.set_env("PGUM_SQL_LOG", FILE);
    workspace
}

fn configuration(password: &str, rest: &str) -> String {
    format!(
        r#"
resource "pgum_group" "app" {{
  name                = "app"
  database_privileges = {{ myapp = ["CONNECT WITH GRANT OPTION", "TEMPORARY"] }}
}}

resource "pgum_user" "alice" {{
  username            = "alice"
  password_wo         = "{password}"
  password_wo_version = "{password}"
  memberships         = {{ (pgum_group.app.name) = {{ admin = true }} }}
  databases           = ["postgres"]
  settings            = {{ search_path = "app, public" }}
  {rest}
}}

resource "pgum_user" "bob" {{
  username = "bob"
  password = "{}"
  groups   = [pgum_group.app.name]
}}
"#,
        PASSWORDS[2]
    )
}

/// The lines so far, which are taken away.
fn take(workspace: &Workspace) -> Vec<Value> {
    let path = workspace.directory().join(FILE);
    let text = fs::read_to_string(&path).unwrap_or_default();
    for secret in SECRETS {
        assert!(!text.contains(secret), "{secret:?} is in the log of statements:\n{text}");
    }
    let _ = fs::remove_file(path);
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}")))
        .collect()
}

fn text<'a>(line: &'a Value, name: &str) -> &'a str {
    line.get(name).and_then(Value::as_str).unwrap_or_default()
}

type Statements = BTreeMap<String, Vec<String>>;

/// The statements of a phase, by `pgum_user alice` and the like.
fn statements(lines: &[Value], phase: &str) -> Statements {
    let mut statements = Statements::new();
    for line in lines.iter().filter(|line| text(line, "phase") == phase && line.get("role").is_some()) {
        let whose = format!("{} {}", text(line, "resource"), text(line, "role"));
        statements.entry(whose).or_default().push(text(line, "sql").to_owned());
    }
    statements
}

/// Applies; gives what was run, which is what was planned.
#[track_caller]
fn apply(workspace: &Workspace, cluster: &Cluster) -> Statements {
    workspace.apply();
    let lines = take(workspace);
    let (planned, run) = (statements(&lines, "plan"), statements(&lines, "apply"));
    assert!(!run.is_empty());
    assert_eq!(planned, run, "what was planned, and what was run");
    for line in &lines {
        let cluster = format!("{}:{}/postgres", cluster.host(), cluster.port());
        assert_eq!(text(line, "cluster"), cluster, "{line}");
        assert!(text(line, "time").starts_with("20") && text(line, "time").ends_with('Z'), "{line}");
        let outcome = if text(line, "phase") == "plan" { "" } else { "ok" };
        assert_eq!(text(line, "outcome"), outcome, "{line}");
    }
    // Whatever was run is followed by the COMMIT of its transaction.
    let mut open = Vec::new();
    for line in lines.iter().filter(|line| text(line, "phase") == "apply") {
        let transaction = text(line, "transaction");
        assert!(!transaction.is_empty(), "{line}");
        if text(line, "sql") == "COMMIT" {
            open.retain(|of| *of != transaction);
        } else {
            open.push(transaction);
        }
    }
    assert_eq!(open, [""; 0]);
    run
}

/// A plan that has nothing to do.
#[track_caller]
fn assert_nothing(workspace: &Workspace) {
    workspace.assert_empty_plan();
    assert_eq!(take(workspace), [] as [Value; 0]);
}

fn grant(group: &str, member: &str, admin: bool, version: u16) -> String {
    match (version >= 16, admin) {
        (true, _) => {
            let admin = if admin { "TRUE" } else { "FALSE" };
            format!("GRANT \"{group}\" TO \"{member}\" WITH ADMIN {admin}, INHERIT TRUE, SET TRUE")
        }
        (false, true) => format!("GRANT \"{group}\" TO \"{member}\" WITH ADMIN OPTION"),
        (false, false) => format!("GRANT \"{group}\" TO \"{member}\""),
    }
}

fn of(statements: &[(&str, &[&str])]) -> Statements {
    let statements = statements.iter().map(|(whose, statements)| {
        ((*whose).to_owned(), statements.iter().map(|text| (*text).to_owned()).collect())
    });
    statements.collect()
}

on_versions! {
    [13, 15, 16, 18]
    fn an_apply_runs_what_was_planned(version: u16) {
        let cluster = Cluster::start(version);
        let workspace = workspace(&cluster);
        workspace.main(&configuration(PASSWORDS[0], ""));
        let run = apply(&workspace, &cluster);
        let member = grant("app", "alice", true, version);
        assert_eq!(run, of(&[
            ("pgum_group app", &[
                "CREATE ROLE \"app\"",
                "GRANT TEMPORARY ON DATABASE \"myapp\" TO \"app\"",
                "GRANT CONNECT ON DATABASE \"myapp\" TO \"app\" WITH GRANT OPTION",
            ]),
            ("pgum_user alice", &[
                "CREATE ROLE \"alice\" LOGIN",
                "SELECT pg_catalog.set_config('search_path', 'app, public', true)",
                "ALTER ROLE \"alice\" SET \"search_path\" FROM CURRENT",
                "SET LOCAL search_path = pg_catalog, pg_temp",
                "GRANT CONNECT ON DATABASE \"postgres\" TO \"alice\"",
                &member,
                "ALTER ROLE \"alice\" PASSWORD NULL",
                "ALTER ROLE \"alice\" PASSWORD '***'",
            ]),
            ("pgum_user bob", &[
                "CREATE ROLE \"bob\" LOGIN",
                &grant("app", "bob", false, version),
                "ALTER ROLE \"bob\" PASSWORD NULL",
                "ALTER ROLE \"bob\" PASSWORD '***'",
            ]),
        ]));
        assert!(cluster.try_session("alice", PASSWORDS[0], "postgres").is_ok());
        assert_nothing(&workspace);

        // An update, of two attributes of which one is a password.
        workspace.main(&configuration(PASSWORDS[1], "connection_limit = 5"));
        assert_eq!(apply(&workspace, &cluster), of(&[("pgum_user alice", &[
            "ALTER ROLE \"alice\" CONNECTION LIMIT 5",
            "ALTER ROLE \"alice\" PASSWORD NULL",
            "ALTER ROLE \"alice\" PASSWORD '***'",
        ])]));

        // Drift, partly by the hands of others whom the connection can act for, or must.
        cluster.master_session("postgres").execute(
            "ALTER ROLE bob NOLOGIN; REVOKE app FROM bob; COMMENT ON ROLE bob IS 'mine'; CREATE ROLE other; \
             GRANT other TO bob; GRANT CONNECT ON DATABASE myapp TO other WITH GRANT OPTION");
        if version >= 16 {
            cluster.master_session("postgres").execute("GRANT other TO postgres");
        }
        cluster.master_session("postgres").execute(if version >= 16 {
            "SET ROLE other; GRANT CONNECT ON DATABASE myapp TO bob"
        } else {
            "GRANT other TO postgres; SET ROLE other; GRANT CONNECT ON DATABASE myapp TO bob"
        });
        let run = apply(&workspace, &cluster);
        let bob: Vec<&str> = run["pgum_user bob"].iter().map(String::as_str).collect();
        assert_eq!(bob, [
            "ALTER ROLE \"bob\" LOGIN",
            "COMMENT ON ROLE \"bob\" IS NULL",
            "SET LOCAL ROLE \"other\"",
            "REVOKE CONNECT ON DATABASE \"myapp\" FROM \"bob\"",
            "SET LOCAL ROLE \"postgres\"",
            &grant("app", "bob", false, version),
            "REVOKE \"other\" FROM \"bob\"",
        ]);
        assert_nothing(&workspace);

        // Names.
        workspace.main(&configuration(PASSWORDS[1], "connection_limit = 5").replace("\"alice\"\n", "\"carol\"\n"));
        let run = apply(&workspace, &cluster);
        assert_eq!(run["pgum_user carol"][0], "ALTER ROLE \"alice\" RENAME TO \"carol\"");

        // Part of it goes, then all.
        workspace.main(&configuration(PASSWORDS[1], "connection_limit = 5").split("resource \"pgum_user\" \"bob\"").next().unwrap().replace("\"alice\"\n", "\"carol\"\n"));
        assert_eq!(apply(&workspace, &cluster), of(&[("pgum_user bob", &["ALTER ROLE \"bob\" NOLOGIN", "DROP ROLE \"bob\""])]));
        workspace.main("");
        assert_eq!(apply(&workspace, &cluster), of(&[
            ("pgum_group app", &["REVOKE ALL PRIVILEGES ON DATABASE \"myapp\" FROM \"app\"", "REVOKE ALL PRIVILEGES ON DATABASE \"myapp\" FROM \"app\"", "DROP ROLE \"app\""]),
            ("pgum_user carol", &["ALTER ROLE \"carol\" NOLOGIN", "REVOKE ALL PRIVILEGES ON DATABASE \"postgres\" FROM \"carol\"", "DROP ROLE \"carol\""]),
        ]));
    }
}

on_versions! {
    [13, 16, 18]
    fn plans_of_a_destroy_and_of_a_replacement(version: u16) {
        let cluster = Cluster::start(version);
        let workspace = workspace(&cluster);
        workspace.main("resource \"pgum_user\" \"one\" {\n  username = \"one\"\n  auth_method = \"iam\"\n}\n");
        workspace.apply();
        take(&workspace);
        let expected = of(&[("pgum_user one", &["ALTER ROLE \"one\" NOLOGIN", "DROP ROLE \"one\""])]);
        workspace.plan_with(&["-destroy"]);
        let lines = take(&workspace);
        assert_eq!(statements(&lines, "plan"), expected);
        assert_eq!(statements(&lines, "apply"), Statements::new());

        workspace.try_apply(&["-replace=pgum_user.one"]).expect_success();
        let lines = take(&workspace);
        let planned = statements(&lines, "plan");
        assert_eq!(planned, statements(&lines, "apply"));
        assert_eq!(planned["pgum_user one"], [
            "ALTER ROLE \"one\" NOLOGIN",
            "DROP ROLE \"one\"",
            "CREATE ROLE \"one\" LOGIN",
            &grant("rds_iam", "one", false, version),
        ]);

        workspace.destroy();
        let lines = take(&workspace);
        assert_eq!(statements(&lines, "plan"), expected);
        assert_eq!(statements(&lines, "apply"), expected);
    }
}

on_versions! {
    [13, 18]
    /// What only the configuration knows is planned as an update, for which nothing is run.
    fn an_import_that_changes_nothing_is_not_logged(version: u16) {
        let cluster = Cluster::start(version);
        cluster.master_session("postgres").execute("CREATE ROLE one LOGIN; CREATE ROLE plain; GRANT plain TO one");
        let workspace = workspace(&cluster);
        workspace.main(r#"
            import {
              to = pgum_user.one
              id = "one"
            }
            resource "pgum_user" "one" {
              username    = "one"
              auth_method = "external"
              groups      = ["plain"]
              on_destroy  = { action = "disable" }
            }
        "#);
        let plan = workspace.plan();
        assert_eq!(plan.outcome.code, Some(2), "{}", plan.outcome);
        workspace.converge();
        assert_eq!(take(&workspace), [] as [Value; 0]);
        workspace.main("");
        workspace.apply();
        let lines = take(&workspace);
        let disabled = of(&[("pgum_user one", &["ALTER ROLE \"one\" NOLOGIN"])]);
        assert_eq!(statements(&lines, "plan"), disabled);
        assert_eq!(statements(&lines, "apply"), disabled);
    }
}

on_versions! {
    [13, 18]
    /// What was run and what became of it: after an error nothing stays. What a plan cannot foresee is another session's
    /// open transaction.
    fn an_apply_that_fails_shows_where_and_that_it_was_undone(version: u16) {
        let cluster = Cluster::start(version);
        let workspace = workspace(&cluster);
        workspace.provider(&format!("{}lock_timeout = 1\n", crate::support::terraform::connection(&cluster)));
        workspace.main("resource \"pgum_user\" \"one\" {\n  username = \"one\"\n  auth_method = \"external\"\n  \
            databases = [\"myapp\"]\n  description = \"d\"\n}\n");
        let other = cluster.superuser_session("postgres");
        other.execute("BEGIN; GRANT TEMPORARY ON DATABASE myapp TO pg_monitor");
        workspace.try_apply(&[]).expect_failure();
        other.execute("ROLLBACK");
        let lines = take(&workspace);
        let run: Vec<_> = lines.iter().filter(|line| text(line, "phase") == "apply").map(|line| (text(line, "sql"), text(line, "outcome"))).collect();
        assert_eq!(run, [
            ("CREATE ROLE \"one\" LOGIN", "ok"),
            ("COMMENT ON ROLE \"one\" IS 'd'", "ok"),
            ("GRANT CONNECT ON DATABASE \"myapp\" TO \"one\"", "55P03"),
            ("ROLLBACK", "ok"),
        ]);
    }
}

/// A setting of an application may be its key. (Only superusers may set one.)
#[test]
fn keys_of_applications_are_masked() {
    let cluster = Cluster::start(default_version());
    cluster.execute("CREATE ROLE boss SUPERUSER LOGIN PASSWORD 'secret'");
    let workspace = workspace(&cluster);
    let connection = crate::support::terraform::connection(&cluster);
    workspace.provider(
        &connection
            .lines()
            .filter(|line| !line.contains("username") && !line.contains("password"))
            .map(|line| format!("{line}\n"))
            .chain(["username = \"boss\"\npassword = \"secret\"\n".to_owned()])
            .collect::<String>(),
    );
    workspace.main(&format!(
        "resource \"pgum_group\" \"one\" {{\n  name = \"one\"\n  settings = {{ \"app.key\" = \"{KEY}\" }}\n}}\n"
    ));
    let run = apply(&workspace, &cluster);
    assert_eq!(
        run["pgum_group one"],
        ["CREATE ROLE \"one\"", "ALTER ROLE \"one\" SET \"app\".\"key\" TO '***'"]
    );
    assert_eq!(cluster.value("SELECT setconfig[1] FROM pg_db_role_setting"), format!("app.key={KEY}"));
}

/// Two configurations of the provider, each a process of its own in each walk.
#[test]
fn several_processes_write_to_one_file() {
    let clusters = [Cluster::start(default_version()), Cluster::start(default_version())];
    let mut workspace = workspace(&clusters[0]);
    workspace.set_env("TF_CLI_ARGS_apply", "-parallelism=40");
    let second = crate::support::terraform::connection(&clusters[1]);
    workspace.write("second.tf", &format!("provider \"pgum\" {{\n  alias = \"second\"\n{second}}}\n"));
    workspace.main(
        "resource \"pgum_group\" \"one\" {\n  count = 60\n  name = \"one_${count.index}\"\n  description = \"d\"\n}\n\
         resource \"pgum_group\" \"two\" {\n  count = 60\n  name = \"two_${count.index}\"\n  description = \"d\"\n  \
         provider = pgum.second\n}\n",
    );
    workspace.apply();
    let lines = take(&workspace);
    let (planned, run) = (statements(&lines, "plan"), statements(&lines, "apply"));
    assert_eq!(planned, run);
    assert_eq!(run.len(), 120);
    for (cluster, prefix) in clusters.iter().zip(["one_", "two_"]) {
        let port = format!(":{}/", cluster.port());
        let is_here = |line: &&Value| text(line, "cluster").contains(&port);
        assert!(
            lines
                .iter()
                .filter(is_here)
                .filter(|line| line.get("role").is_some())
                .all(|line| text(line, "role").starts_with(prefix))
        );
        assert_eq!(
            lines.iter().filter(is_here).filter(|line| text(line, "sql").starts_with("CREATE")).count(),
            120
        );
    }
}

#[cfg(unix)]
#[test]
fn the_file_is_its_owners() {
    use std::os::unix::fs::PermissionsExt;

    let cluster = Cluster::start(default_version());
    let mut workspace = workspace(&cluster);
    workspace.main("resource \"pgum_group\" \"one\" {\n  name = \"one\"\n}\n");
    workspace.plan();
    let mode = |path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(workspace.directory().join(FILE)), 0o600);

    workspace.set_env("PGUM_SQL_LOG", "no/such/directory");
    let outcome: Outcome = workspace.plan_expecting_failure();
    let error = outcome.error();
    for word in ["PGUM_SQL_LOG", "no/such/directory", "No such file or directory"] {
        assert!(error.text().contains(word), "{word}: {outcome}");
    }
    assert_eq!(cluster.value("SELECT count(*) FROM pg_roles WHERE rolname = 'one'"), "0");
}

/// The same as log lines of the provider, with or without a file.
#[test]
fn statements_are_log_lines_too() {
    let cluster = Cluster::start(default_version());
    let mut workspace = Workspace::new(&cluster);
    workspace.set_env("TF_LOG_PROVIDER", "INFO");
    workspace.main(&configuration(PASSWORDS[0], ""));
    let outcome = workspace.try_apply(&[]).expect_success();
    for (phase, count) in [("plan", 1), ("apply", 1)] {
        let phase = format!("phase={phase}");
        let lines = outcome.stderr.lines().filter(|line| line.contains("[INFO]") && line.contains(&phase));
        let lines: Vec<&str> = lines.collect();
        for words in [["CREATE ROLE", "alice"], ["PASSWORD '***'", "bob"]] {
            let found = lines.iter().filter(|line| words.iter().all(|word| line.contains(word))).count();
            assert_eq!(found, count, "{words:?} {phase}: {outcome}");
        }
    }
    for secret in SECRETS {
        assert!(!outcome.stderr.contains(secret), "{secret:?} is in the log");
    }
    assert!(!workspace.directory().join(FILE).exists());
}
