//! Nobody is locked out: each way to lock a protected role out is refused in the plan, at the attribute that would do
//! it, and nothing is changed; where it is allowed, the apply does it, and it has that effect.

mod applied;
mod foreseen;
mod going;
mod groups;
mod ways;

use crate::support::postgres::{Cluster, MASTER, MASTER_PASSWORD};
use crate::support::terraform::{Outcome, Workspace};

/// A role that a run must not lock out, besides the connection's own: it manages roles, too.
const KEEPER: &str = "keeper";
const KEEPER_PASSWORD: &str = "keeper-of-the-keys";

const ALLOWED: &str = "  allow_lockout = true\n";
const LISTED: &str = "  protected_roles = [\"keeper\"]\n";

/// A cluster that logs in as RDS does, and has the keeper, whom the master may change.
fn cluster(version: u16) -> Cluster {
    let cluster = Cluster::builder(version).rds_hba().start();
    cluster.execute(&format!("CREATE ROLE {KEEPER} LOGIN CREATEROLE CREATEDB PASSWORD '{KEEPER_PASSWORD}'"));
    if version >= 16 {
        // Up to 15 CREATEROLE is enough, and the master belongs to nobody.
        cluster.execute(&format!("GRANT {KEEPER} TO {MASTER} WITH ADMIN OPTION"));
        cluster.execute(&format!("GRANT rds_superuser TO {MASTER} WITH ADMIN OPTION"));
        cluster.master_session("postgres").execute(&format!("GRANT rds_superuser TO {KEEPER}"));
    } else {
        cluster.execute(&format!("GRANT rds_superuser TO {KEEPER}"));
    }
    cluster
}

/// The provider as the master, with more attributes.
fn provider(workspace: &Workspace, cluster: &Cluster, more: &str) {
    provider_as(workspace, cluster, (MASTER, MASTER_PASSWORD), more);
}

fn provider_as(workspace: &Workspace, cluster: &Cluster, (user, password): (&str, &str), more: &str) {
    workspace.provider(&format!(
        "  host = \"{}\"\n  port = {}\n  username = \"{user}\"\n  password = \"{password}\"\n{more}",
        cluster.host(),
        cluster.port()
    ));
}

/// An admin outside rds_iam: the master up to 15; from 16 on the tests' master has ADMIN on it.
fn admin(version: u16) -> (&'static str, &'static str) {
    if version < 16 { (MASTER, MASTER_PASSWORD) } else { (KEEPER, KEEPER_PASSWORD) }
}

/// Whether the keeper can log in as it does.
fn keeper_logs_in(cluster: &Cluster) -> bool {
    cluster.try_session(KEEPER, KEEPER_PASSWORD, "postgres").is_ok()
}

/// Everything that the server says of roles, for who is to see that nothing has changed.
fn everything(cluster: &Cluster) -> Vec<Vec<Option<String>>> {
    cluster.query(
        "SELECT 'role', r::text FROM pg_authid r \
         UNION ALL SELECT 'membership', concat_ws(' ', roleid, member, grantor, admin_option) FROM pg_auth_members \
         UNION ALL SELECT 'setting', s::text FROM pg_db_role_setting s \
         UNION ALL SELECT 'database', concat_ws(' ', datname, datacl) FROM pg_database ORDER BY 1, 2",
    )
}

/// Plans, which must fail with each of these texts (in as many errors) and change nothing; gives the outcome.
#[track_caller]
fn refused(cluster: &Cluster, workspace: &Workspace, texts: &[&str]) -> Outcome {
    refused_besides(cluster, workspace, &[], texts)
}

/// The same, where the server would not let it happen either: with an error for each of these reasons, too.
#[track_caller]
fn refused_besides(cluster: &Cluster, workspace: &Workspace, reasons: &[&str], texts: &[&str]) -> Outcome {
    let before = everything(cluster);
    let outcome = workspace.plan_expecting_failure();
    for reason in reasons {
        outcome.expect_error(reason);
    }
    for text in texts {
        let error = outcome.expect_error(text);
        assert!(error.detail.contains("allow_lockout"), "{outcome}");
    }
    assert_eq!(outcome.errors().len(), reasons.len() + texts.len(), "{outcome}");
    assert_eq!(everything(cluster), before);
    outcome
}
