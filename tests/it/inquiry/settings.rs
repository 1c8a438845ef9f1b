//! A setting that ALTER ROLE SET refuses is refused in the plan, and no other is.

use super::{statements_since, warnings};
use crate::support::on_every_version;
use crate::support::postgres::{Cluster, MASTER, MASTER_PASSWORD, default_version};
use crate::support::terraform::Workspace;
use std::fmt::Write as _;

/// Names and values, good and bad: which is which, the server says.
const SETTINGS: [(&str, &str); 54] = [
    ("work_mem", "4MB"),
    ("work_mem", "1"),
    ("work_mem", "0x100"),
    ("work_mem", "64.4"),
    ("work_mem", "5s"),
    ("work_mem", "plenty"),
    ("Sort_Mem", "1MB"),
    ("temp_buffers", "1kB"),
    ("temp_buffers", "8MB"),
    ("statement_timeout", "5min"),
    ("statement_timeout", "1"),
    ("statement_timeout", "-1"),
    ("statement_timeout", "0x1"),
    ("idle_in_transaction_session_timeout", "0x1"),
    ("vacuum_cost_delay", "1.5"),
    ("vacuum_cost_delay", "1e1"),
    ("vacuum_cost_delay", "101"),
    ("random_page_cost", "1.1"),
    ("random_page_cost", "-1"),
    ("extra_float_digits", "3"),
    ("extra_float_digits", "4"),
    ("jit", "tru"),
    ("jit", "o"),
    ("bytea_output", "Hex"),
    ("bytea_output", "octal"),
    ("default_transaction_isolation", "repeatable read"),
    ("default_transaction_isolation", "none at all"),
    ("TimeZone", "Europe/Berlin"),
    ("TimeZone", "Mars/Olympus"),
    ("DateStyle", "ISO, DMY"),
    ("DateStyle", "nonsense"),
    ("client_encoding", "LATIN1"),
    ("client_encoding", "UTF9"),
    ("lc_monetary", "C"),
    ("lc_monetary", "nowhere"),
    ("application_name", "it's \u{e9}t\u{e9}"),
    ("search_path", "\\\"$user\\\", public"),
    ("default_tablespace", "nowhere"),
    ("default_text_search_config", "nothing"),
    ("default_table_access_method", "nothing"),
    ("role", "nobody"),
    ("seed", "0.5"),
    ("seed", "5"),
    ("local_preload_libraries", "nonsense"),
    ("session_preload_libraries", "nonsense"),
    ("log_statement", "all"),
    ("log_statement", "nonsense"),
    ("session_replication_role", "replica"),
    ("shared_buffers", "1GB"),
    ("log_connections", "on"),
    ("data_directory", "/"),
    ("server_version", "99"),
    ("app.tenant", "one"),
    ("no_such_setting", "on"),
];

/// A group for each, so that each has a plan of its own.
fn groups() -> String {
    SETTINGS.iter().enumerate().fold(String::new(), |mut text, (index, (name, value))| {
        let place = if index % 2 == 0 {
            format!("settings = {{\n    \"{name}\" = \"{value}\"\n  }}")
        } else {
            format!("database_settings = {{\n    myapp = {{ \"{name}\" = \"{value}\" }}\n  }}")
        };
        let _ =
            writeln!(text, "resource \"pgum_group\" \"g{index}\" {{\n  name = \"g{index}\"\n  {place}\n}}");
        text
    })
}

on_every_version! {
    fn the_plan_refuses_what_alter_role_refuses(version: u16) {
        let cluster = Cluster::start(version);
        let workspace = Workspace::new(&cluster);
        workspace.main(&groups());
        let outcome = workspace.plan_expecting_failure();
        let errors = outcome.errors();
        let master = cluster.master_session("postgres");
        master.execute("CREATE ROLE probe");
        let mut refused = 0;
        for (index, (name, value)) in SETTINGS.iter().enumerate() {
            let literal = value.replace('\'', "''").replace("\\\"", "\"");
            let literal = if *name == "search_path" { literal } else { format!("'{literal}'") };
            let said = master.try_query(&format!("ALTER ROLE probe SET {name} TO {literal}"));
            let address = format!("pgum_group.g{index}");
            let error = errors.iter().find(|error| error.address.as_ref() == Some(&address));
            match (said, error) {
                (Ok(_), None) => {}
                (Err(server), Some(error)) => {
                    refused += 1;
                    assert!(error.summary.contains(name), "{name}: {error}");
                    assert!(error.code.as_ref().is_some_and(|code| code.contains(if index % 2 == 0 { name } else { "myapp" })), "{error}");
                    let server = server.as_db_error().unwrap();
                    // A right is known without trying.
                    if server.code().code() != "42501" {
                        assert!(error.detail.contains(server.code().code()), "{server}: {error}");
                        assert!(error.detail.contains(server.message()), "{server}: {error}");
                    }
                }
                (said, error) => panic!("{name} = {value}: the server: {said:?}, the plan: {error:?}"),
            }
        }
        assert_eq!(errors.len(), refused, "{outcome}");
        assert!((20..40).contains(&refused), "{refused}");
    }
}

on_every_version! {
    /// From 15 on a right to set can be granted; before, nobody but a superuser has it.
    fn rights_are_those_of_who_applies(version: u16) {
        let cluster = Cluster::start(version);
        cluster.execute(
            "CREATE ROLE planner LOGIN PASSWORD 'p'; CREATE ROLE boss LOGIN SUPERUSER; CREATE ROLE clerk LOGIN CREATEROLE",
        );
        if version >= 15 {
            cluster.execute("CREATE ROLE loggers; GRANT loggers TO clerk; GRANT SET ON PARAMETER log_statement TO loggers");
        }
        let workspace = Workspace::empty();
        let provider = |applies: &str| {
            workspace.provider(&format!(
                "  host = \"{}\"\n  port = {}\n  username = \"planner\"\n  password = \"p\"\n  apply_username = \"{applies}\"\n",
                cluster.host(),
                cluster.port()
            ));
        };
        let refused = |setting: &str, value: &str| {
            workspace.main(&format!(
                "resource \"pgum_group\" \"one\" {{\n  name = \"one\"\n  settings = {{ {setting} = \"{value}\" }}\n}}\n"
            ));
            let outcome = workspace.try_plan(&[]);
            outcome.errors().iter().any(|error| error.summary.contains("The server refuses log_statement"))
        };
        provider("boss");
        assert!(!refused("log_statement", "all"));
        provider("clerk");
        assert_eq!(refused("log_statement", "all"), version < 15);
        provider(MASTER);
        assert!(refused("log_statement", "all"));
    }
}

/// What is in question is asked once, whoever wants it.
#[test]
fn fifty_users_cost_no_more_statements_than_one() {
    let cluster = Cluster::builder(default_version()).setting("log_statement", "all").start();
    let workspace = Workspace::new(&cluster);
    let plan = |users: usize, settings: &str| {
        workspace.main(&format!(
            "resource \"pgum_user\" \"many\" {{\n  count = {users}\n  username = \"user_${{count.index}}\"\n  auth_method = \"iam\"\n  \
             settings = {{ {settings} }}\n}}\n"
        ));
        let lines = cluster.log().lines().count();
        workspace.plan();
        statements_since(&cluster, lines)
    };
    let none = plan(50, "");
    // Whatever is clear from what the server says of all its settings is not tried.
    let clear = "work_mem = \"${count.index + 1}MB\", search_path = \"s_${count.index}\", jit = \"off\"";
    assert_eq!([plan(1, clear), plan(50, clear)], [none + 1, none + 1]);
    let tried = "TimeZone = \"UTC\", DateStyle = \"ISO, DMY\"";
    assert_eq!([plan(1, tried), plan(50, tried)], [none + 2, none + 2]);
    // One for what a user alone has, at the most: users that are planned at the same time share it.
    let distinct = "TimeZone = \"XYZ${count.index % 10}:${10 + count.index}\", DateStyle = \"ISO, DMY\", lc_monetary = \"C\"";
    let all = plan(50, distinct);
    assert!((none + 2..=none + 51).contains(&all), "{all} against {none}");
}

/// On RDS, members of `rds_superuser` may do more than PostgreSQL says: a missing right is no error there, an invalid
/// value is.
#[test]
fn on_rds_a_missing_right_is_warned_of() {
    let cluster = Cluster::start(default_version());
    let workspace = Workspace::empty();
    workspace.provider(&format!(
        "  host = \"db.cluster-x.eu-west-1.rds.amazonaws.com\"\n  connect_via = \"{}:{}\"\n  sslmode = \"disable\"\n  \
         username = \"{MASTER}\"\n  password = \"{MASTER_PASSWORD}\"\n",
        cluster.host(),
        cluster.port()
    ));
    let group = |settings: &str| {
        workspace.main(&format!(
            "resource \"pgum_group\" \"one\" {{\n  name = \"one\"\n  settings = {{ {settings} }}\n}}\n"
        ));
    };
    group("log_statement = \"all\", \"app.tenant\" = \"one\", session_preload_libraries = \"nonsense\"");
    let plan = workspace.plan();
    assert_eq!(warnings(&plan.outcome, "may be refused").len(), 3, "{}", plan.outcome);
    group("work_mem = \"1\"");
    workspace.plan_expecting_failure().expect_error("The server refuses work_mem");
}
