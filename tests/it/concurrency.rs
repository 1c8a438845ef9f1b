//! Many users at one time, while things go wrong: whatever happens no user is half made, and the next apply
//! completes.

mod second;

use crate::support::on_versions;
use crate::support::postgres::{Cluster, MASTER, MASTER_PASSWORD};
use crate::support::terraform::{Outcome, Workspace};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// 200 users in 5 groups each, half of them with a password, half with IAM.
fn configuration(extra: &str) -> String {
    format!(
        r#"
locals {{
  groups = [for number in range(5) : format("load_group_%d", number)]
  users  = {{ for number in range(200) : format("load_%03d", number) => number }}
}}

resource "pgum_group" "all" {{
  for_each  = toset(local.groups)
  name      = each.key
  databases = ["myapp"]
}}

resource "pgum_user" "all" {{
  for_each         = local.users
  username         = each.key
  auth_method      = each.value % 2 == 0 ? "password" : "iam"
  password         = each.value % 2 == 0 ? "password of ${{each.key}}" : null
  groups           = [for group in pgum_group.all : group.name]
  databases        = ["myapp", "postgres"]
  connection_limit = 3
  description      = "User ${{each.value}}"
  settings         = {{ statement_timeout = "30s" }}
  {extra}
}}
"#
    )
}

const USERS: usize = 200;

/// The users that lack something of what each has.
const HALF_MADE: &str = "\
    SELECT r.rolname FROM pg_authid r WHERE rolname ~ '^load_[0-9]+$' AND NOT ( \
        rolcanlogin AND rolconnlimit = 3 \
        AND (SELECT count(*) FROM pg_auth_members WHERE member = r.oid AND roleid::regrole::text ~ '^load_group_') = 5 \
        AND (rolpassword IS NOT NULL) \
            = (NOT EXISTS (SELECT FROM pg_auth_members WHERE member = r.oid AND roleid = 'rds_iam'::regrole)) \
        AND (SELECT count(*) FROM pg_database, aclexplode(datacl) WHERE grantee = r.oid AND privilege_type = 'CONNECT') = 2 \
        AND shobj_description(r.oid, 'pg_authid') IS NOT NULL \
        AND EXISTS (SELECT FROM pg_db_role_setting WHERE setrole = r.oid))";

/// No user is half made, once the provider's sessions have ended.
#[track_caller]
fn assert_none_half_made(cluster: &Cluster) {
    let start = Instant::now();
    let sessions = "SELECT count(*) FROM pg_stat_activity WHERE usename = 'postgres'";
    while cluster.value(sessions) != "0" {
        assert!(start.elapsed() < Duration::from_secs(30), "the provider's sessions are still there");
        std::thread::sleep(Duration::from_millis(20));
    }
    assert_eq!(cluster.column(HALF_MADE), [""; 0]);
}

fn made(cluster: &Cluster) -> usize {
    cluster.column("SELECT rolname FROM pg_roles WHERE rolname ~ '^load_[0-9]+$'").len()
}

/// Waits until some of the users are there, but not all.
fn wait_for_the_middle(cluster: &Cluster, is_running: &mut dyn FnMut() -> bool) {
    let session = cluster.superuser_session("postgres");
    let count = "SELECT count(*) FROM pg_roles WHERE rolname ~ '^load_[0-9]+$'";
    while session.value(count).parse::<usize>().unwrap() < USERS / 10 {
        assert!(is_running(), "the apply ended before there was anything to interrupt");
        std::thread::sleep(Duration::from_millis(2));
    }
}

#[track_caller]
fn assert_complete(cluster: &Cluster, workspace: &Workspace) {
    workspace.assert_empty_plan();
    assert_eq!(made(cluster), USERS);
    assert_none_half_made(cluster);
    assert!(cluster.try_session("load_042", "password of load_042", "myapp").is_ok());
}

/// No password is in the log, which has the statements that failed on the way. (A session that is ended in the
/// middle of a statement is logged with that statement, and so with a verifier. Nobody but a superuser can turn
/// that off.)
#[track_caller]
fn assert_no_password_in_log(cluster: &Cluster) {
    let log = cluster.log();
    assert_eq!(log.lines().find(|line| line.contains("password of load")), None);
}

on_versions! {
    [13, 18]
    fn two_hundred_users_in_one_apply(version: u16) {
        let cluster = Cluster::start(version);
        let workspace = Workspace::new(&cluster);
        workspace.main(&configuration(""));
        let before = cluster.inventory();
        workspace.apply();
        assert_complete(&cluster, &workspace);
        workspace.destroy();
        assert_eq!(cluster.inventory(), before);
    }
}

on_versions! {
    [13, 18]
    /// A deployment's own connections to the server come and go as well: here somebody ends all of them, over and
    /// over. Each time work is lost, and has to be done again, unseen.
    fn two_hundred_users_while_connections_are_killed(version: u16) {
        let cluster = Cluster::start(version);
        let workspace = Workspace::new(&cluster);
        workspace.main(&configuration(""));
        let done = AtomicBool::new(false);
        let killed = AtomicUsize::new(0);
        std::thread::scope(|scope| {
            scope.spawn(|| {
                while !done.load(Ordering::Relaxed) {
                    killed.fetch_add(cluster.kill_sessions(), Ordering::Relaxed);
                    std::thread::sleep(Duration::from_millis(700));
                }
            });
            let outcome = workspace.try_apply(&[]);
            done.store(true, Ordering::Relaxed);
            outcome.expect_success();
        });
        assert!(killed.load(Ordering::Relaxed) > 0, "the apply was over before anything was killed");
        assert_complete(&cluster, &workspace);
        assert_no_password_in_log(&cluster);
        workspace.destroy();
    }
}

on_versions! {
    [13, 18]
    fn two_hundred_users_with_a_restart_of_the_server(version: u16) {
        let mut cluster = Cluster::start(version);
        let workspace = Workspace::new(&cluster);
        workspace.main(&configuration(""));
        let mut run = workspace.start(&["apply", "-json", "-auto-approve"]);
        wait_for_the_middle(&cluster, &mut || run.is_running());
        cluster.restart();
        run.wait().expect_success();
        assert_complete(&cluster, &workspace);
        assert_no_password_in_log(&cluster);
    }
}

on_versions! {
    [13, 18]
    /// A crash loses nothing that was committed, and nothing else was reported.
    fn two_hundred_users_with_a_crash_of_the_server(version: u16) {
        let mut cluster = Cluster::start(version);
        let workspace = Workspace::new(&cluster);
        workspace.main(&configuration(""));
        let mut run = workspace.start(&["apply", "-json", "-auto-approve"]);
        wait_for_the_middle(&cluster, &mut || run.is_running());
        cluster.crash();
        cluster.start_again();
        run.wait().expect_success();
        assert_complete(&cluster, &workspace);
    }
}

on_versions! {
    [13, 18]
    /// Terraform does not hear of what was committed in the provider's last moment. `adopt_existing` takes it over.
    fn two_hundred_users_with_the_provider_killed(version: u16) {
        let cluster = Cluster::start(version);
        let workspace = Workspace::new(&cluster);
        workspace.main(&configuration("adopt_existing = true"));
        let mut run = workspace.start(&["apply", "-json", "-auto-approve"]);
        wait_for_the_middle(&cluster, &mut || run.is_running());
        assert!(run.kill_providers() > 0);
        let outcome: Outcome = run.wait();
        assert!(!outcome.succeeded() && made(&cluster) < USERS, "{outcome}");
        assert_none_half_made(&cluster);
        workspace.apply();
        assert_complete(&cluster, &workspace);
        workspace.destroy();
    }
}

on_versions! {
    [13, 18]
    /// Ctrl-C: Terraform asks the provider to stop, which ends what it does and leaves nothing half done.
    fn two_hundred_users_with_an_interrupt(version: u16) {
        let cluster = Cluster::start(version);
        let workspace = Workspace::new(&cluster);
        workspace.main(&configuration("adopt_existing = true"));
        let mut run = workspace.start(&["apply", "-json", "-auto-approve"]);
        wait_for_the_middle(&cluster, &mut || run.is_running());
        run.interrupt();
        run.wait();
        assert_none_half_made(&cluster);
        workspace.apply();
        assert_complete(&cluster, &workspace);
    }
}

on_versions! {
    [13, 18]
    /// Two runs with states of their own, at one time on one cluster, half of the databases' ACLs in common.
    fn two_runs_at_one_time(version: u16) {
        let cluster = Cluster::start(version);
        let text = |prefix: &str| configuration("").replace("load_", prefix);
        let workspaces = ["load_", "more_"].map(|prefix| {
            let workspace = Workspace::new(&cluster);
            workspace.main(&text(prefix));
            workspace
        });
        let runs = workspaces.each_ref().map(|workspace| workspace.start(&["apply", "-json", "-auto-approve"]));
        for run in runs {
            run.wait().expect_success();
        }
        assert_complete(&cluster, &workspaces[0]);
        workspaces[1].assert_empty_plan();
    }
}
