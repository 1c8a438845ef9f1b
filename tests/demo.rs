//! `cargo demo`: what pgum does, shown on a real PostgreSQL with a real Terraform. Every step is checked as well,
//! so `cargo test` runs it, too.
#![forbid(unsafe_code)]
#![allow(clippy::print_stdout, reason = "this is the one program here whose output is for people")]

#[path = "it/support/mod.rs"]
mod support;

use std::io::IsTerminal;
use std::process::ExitCode;
use support::postgres::{Cluster, Rows, default_version};
use support::terraform::{Program, Workspace, connection};

const CONFIGURATION: &str = r#"
variable "reporting_password" {
  type      = string
  sensitive = true
}

resource "pgum_group" "applications" {
  name        = "applications"
  description = "All applications"
  databases   = ["myapp"]
}

resource "pgum_user" "orders" {
  username         = "orders"
  auth_method      = "iam"
  groups           = [pgum_group.applications.name]
  connection_limit = 20
  description      = "The orders service"
}

resource "pgum_user" "reporting" {
  username  = "reporting"
  password  = var.reporting_password
  databases = ["myapp"]

  settings = {
    statement_timeout = "30s"
  }
}
"#;

const REPORTING_PASSWORD: &str = "shown-to-nobody";

/// What somebody does by hand, as the master, while nobody looks.
const BEHIND_ITS_BACK: [&str; 4] = [
    "REVOKE rds_iam FROM orders",
    "ALTER ROLE orders CONNECTION LIMIT -1",
    "GRANT pg_monitor TO reporting",
    "COMMENT ON ROLE applications IS 'Do not touch'",
];

/// The roles that are neither the cluster's own nor its master.
const ROLES: &str = "\
    SELECT rolname AS role, rolcanlogin AS login, rolconnlimit AS limit, \
           (SELECT string_agg(g.rolname, ', ' ORDER BY g.rolname) FROM pg_auth_members m \
            JOIN pg_roles g ON g.oid = m.roleid WHERE m.member = r.oid) AS member_of, \
           shobj_description(r.oid, 'pg_authid') AS description \
    FROM pg_roles r WHERE rolname !~ '^(pg_|rds)' AND rolname <> 'postgres' ORDER BY rolname";

fn main() -> ExitCode {
    if !is_asked_for() {
        return ExitCode::SUCCESS;
    }
    if let Err(message) = Program::try_find() {
        eprintln!("The demonstration needs Terraform: {message}.");
        return ExitCode::FAILURE;
    }
    demonstrate();
    ExitCode::SUCCESS
}

/// As a test of cargo's, this program is also started with filters of tests, and to list what it has.
fn is_asked_for() -> bool {
    let arguments = std::env::args().skip(1).collect::<Vec<_>>();
    if arguments.iter().any(|argument| argument == "--list") {
        println!("demo: test");
        return false;
    }
    let mut filters = arguments.iter().filter(|argument| !argument.starts_with('-')).peekable();
    filters.peek().is_none() || filters.any(|filter| "demo".contains(filter.as_str()))
}

fn demonstrate() {
    let version = default_version();
    heading(&format!("A cluster: PostgreSQL {version}, set up as Aurora sets it up"));
    println!("(The first time, PostgreSQL is downloaded into a cache; that takes a while.)");
    let cluster = Cluster::start(version);
    println!("It listens on {}:{}. Its users so far: none but its own.", cluster.host(), cluster.port());
    assert_eq!(cluster.query(ROLES), Rows::new());

    heading("The configuration");
    let mut workspace = Workspace::empty();
    workspace.provider(&connection(&cluster));
    workspace.main(CONFIGURATION);
    workspace.set_env("TF_VAR_reporting_password", REPORTING_PASSWORD);
    println!("{}", CONFIGURATION.trim());

    heading("terraform init");
    workspace.install().expect_success();
    println!("The provider is installed from a mirror in a temporary directory.");

    show(&workspace, "The plan", &PLAN, SOMETHING_TO_DO);
    show(&workspace, "The apply", &APPLY, SUCCESS);
    heading("What PostgreSQL has now");
    print_table(&cluster.query(ROLES));
    assert_eq!(cluster.column(ROLES), ["applications", "orders", "reporting"]);
    let login = cluster.try_session("reporting", REPORTING_PASSWORD, "myapp").expect("reporting's login");
    assert_eq!(login.value("SHOW statement_timeout"), "30s");
    drop(login);
    println!("\n`reporting` logs in with its password, and finds its statement_timeout of 30s.");

    heading("Meanwhile, somebody changes things behind Terraform's back");
    let before = cluster.query(ROLES);
    let by_hand = cluster.master_session("postgres");
    for statement in BEHIND_ITS_BACK {
        println!("{statement};");
        by_hand.execute(statement);
    }
    println!();
    print_table(&cluster.query(ROLES));

    show(&workspace, "The next plan shows all of it", &PLAN, SOMETHING_TO_DO);
    show(&workspace, "The next apply heals it", &APPLY, SUCCESS);
    println!();
    print_table(&cluster.query(ROLES));
    assert_eq!(cluster.query(ROLES), before);

    show(&workspace, "A last plan has nothing to do", &PLAN, SUCCESS);

    show(&workspace, "The end: destroy", &["destroy", "-auto-approve"], SUCCESS);
    assert_eq!(cluster.query(ROLES), Rows::new());
    println!("\nNo role is left but the cluster's own. The cluster is now removed, too.");
}

const PLAN: [&str; 3] = ["plan", "-detailed-exitcode", "-out=saved.plan"];
const APPLY: [&str; 2] = ["apply", "saved.plan"];

const SUCCESS: i32 = 0;
/// What `-detailed-exitcode` says of a plan that is not empty.
const SOMETHING_TO_DO: i32 = 2;

/// Runs Terraform with its output going where ours goes.
fn show(workspace: &Workspace, title: &str, arguments: &[&str], expected: i32) {
    heading(&format!("{title}: terraform {}", arguments[0]));
    let mut command = workspace.command(arguments);
    if !std::io::stdout().is_terminal() {
        command.env("TF_CLI_ARGS", "-no-color");
    }
    let status = command.status().expect("terraform");
    assert_eq!(status.code(), Some(expected), "terraform {arguments:?}");
}

fn heading(text: &str) {
    println!("\n=== {text}\n");
}

/// The rows of [`ROLES`].
fn print_table(rows: &Rows) {
    println!("{:<14} {:<6} {:<6} {:<28} description", "role", "login", "limit", "member of");
    for row in rows {
        let mut cells = row.iter().map(|cell| cell.as_deref().unwrap_or("-"));
        let mut cell = || cells.next().unwrap_or_default();
        println!("{:<14} {:<6} {:<6} {:<28} {}", cell(), cell(), cell(), cell(), cell());
    }
}
