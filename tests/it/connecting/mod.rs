//! Connecting: TLS by libpq's modes, certificates, ways around, what is tried again, and the pool.

mod certificates;
mod logins;
mod pool;
mod pooler;
mod rds;
mod retries;
mod sslmodes;
mod ways;

use crate::support::postgres::{Cluster, MASTER, MASTER_PASSWORD};
use pgum::postgres::{ConnectionConfig, Error, Mode, Password, Pool, SslMode};
use std::process::Command;
use std::time::Duration;

/// The master's login, without TLS and without trying twice.
pub(crate) fn master_config(cluster: &Cluster) -> ConnectionConfig {
    let mut config = ConnectionConfig::new(cluster.host());
    config.port = cluster.port();
    config.username = MASTER.to_owned();
    config.password = Some(password(MASTER_PASSWORD));
    config.sslmode = SslMode::Disable;
    config.connect_retry = Duration::ZERO;
    config
}

pub(crate) fn password(text: &str) -> Password {
    Password::Fixed(text.into())
}

/// Whether a connection by this configuration has TLS, as the server sees it.
async fn has_tls(config: &ConnectionConfig) -> Result<bool, Error> {
    let pool = Pool::new(config.clone());
    let transaction = pool.begin(Mode::Read).await?;
    let sql = "SELECT ssl FROM pg_catalog.pg_stat_ssl WHERE pid = pg_catalog.pg_backend_pid()";
    let rows = transaction.query(sql, &[]).await?;
    let ssl = rows.first().is_some_and(|row| row.get(0));
    assert_eq!(ssl, transaction.server().encrypted);
    Ok(ssl)
}

/// Runs this very test once more in a process whose environment is another, and says whether this is the
/// process. A process' own environment cannot be changed while other tests run in it.
fn is_in_environment(test: &str, variables: &[(&str, &str)]) -> bool {
    const MARK: &str = "PGUM_TEST_ENVIRONMENT";
    if std::env::var(MARK).as_deref() == Ok(test) {
        return true;
    }
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "--nocapture", &format!("connecting::{test}")])
        .envs(variables.iter().copied())
        .env(MARK, test)
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{told}{}", String::from_utf8_lossy(&output.stderr));
    assert!(told.contains("1 passed"), "no such test: {told}");
    false
}
