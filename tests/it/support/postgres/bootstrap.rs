//! What makes a fresh cluster look like Aurora's: whose superuser is not the user's, and whose master is an
//! ordinary role with many rights. Taken from published dumps of RDS clusters.

/// The bootstrap superuser, which on RDS nobody can log in as. Here the tests can, through the socket.
pub(crate) const SUPERUSER: &str = "rdsadmin";
/// The master user: what an Aurora user has, and what the provider logs in as.
pub(crate) const MASTER: &str = "postgres";
pub(crate) const MASTER_PASSWORD: &str = "master-of-the-cluster";
/// An application's database, owned by the master.
pub(crate) const APPLICATION_DATABASE: &str = "myapp";

/// The database that initdb makes.
pub(super) const FIRST_DATABASE: &str = "postgres";

/// Small WAL segments keep the template small; the C locale is everywhere.
pub(super) const INITDB_OPTIONS: &[&str] =
    &["--username=rdsadmin", "--auth=trust", "--encoding=UTF8", "--locale=C", "--wal-segsize=1", "--no-sync"];

pub(super) fn statements(version: u16) -> Vec<String> {
    let mut held_by_rds_superuser =
        vec!["pg_monitor", "pg_signal_backend", "rds_password", "rds_replication"];
    // Without pg_read_all_data, which RDS 17 adds, too: on PostgreSQL it opens pg_authid to its members, on RDS
    // nothing does.
    for (since, role) in [
        (15, "pg_checkpoint"),
        (16, "pg_use_reserved_connections"),
        (16, "pg_create_subscription"),
        (17, "pg_maintain"),
    ] {
        if version >= since {
            held_by_rds_superuser.push(role);
        }
    }
    let mut statements = Vec::new();
    for role in ["rds_superuser", "rds_password", "rds_replication", "rds_iam", "rds_ad"] {
        statements.push(format!("CREATE ROLE {role} NOLOGIN"));
    }
    statements.push(format!("GRANT {} TO rds_superuser WITH ADMIN OPTION", held_by_rds_superuser.join(", ")));
    statements.push(format!("CREATE ROLE {MASTER} LOGIN CREATEROLE CREATEDB PASSWORD '{MASTER_PASSWORD}'"));
    statements.push(format!("GRANT rds_superuser TO {MASTER}"));
    if version >= 16 {
        // RDS lets members of rds_superuser grant any role. PostgreSQL 16 wants ADMIN OPTION for it, and this is
        // as little else as it can be had with. It still counts for `+rds_iam` in pg_hba.conf.
        statements.push(format!("GRANT rds_iam TO {MASTER} WITH ADMIN TRUE, INHERIT FALSE, SET FALSE"));
    }
    statements.push(format!("ALTER DATABASE {FIRST_DATABASE} OWNER TO {MASTER}"));
    statements.push(format!("CREATE DATABASE {APPLICATION_DATABASE} OWNER {MASTER}"));
    statements.push(format!("CREATE DATABASE rdsadmin OWNER {SUPERUSER}"));
    statements.push("REVOKE ALL ON DATABASE rdsadmin FROM PUBLIC".to_owned());
    statements
}
