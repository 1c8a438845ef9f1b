//! A pooler that lends connections by the transaction: nothing of ours stays on one, and nothing needs the same one twice.

use super::master_config;
use crate::support::postgres::{Cluster, MASTER, MASTER_PASSWORD, PgBouncer, Session};
use pgum::postgres::{ConnectionConfig, Mode, Pool};
use std::time::Duration;

/// Through a PgBouncer that has so many connections to a database.
fn pooled(pool_size: u16) -> Option<(Cluster, PgBouncer, ConnectionConfig)> {
    let cluster = Cluster::start(18);
    let pgbouncer = PgBouncer::start(&cluster, pool_size)?;
    let mut config = master_config(&cluster);
    config.port = pgbouncer.port();
    Some((cluster, pgbouncer, config))
}

#[tokio::test]
async fn nothing_stays_on_a_connection_that_others_get() {
    let Some((_cluster, pgbouncer, config)) = pooled(1) else { return };
    let pool = Pool::new(config);
    // What was set for longer than a transaction, and what was prepared; the first two are the pooler's.
    let left = "SELECT (SELECT count(*) FROM pg_settings WHERE source = 'session' \
                AND name NOT IN ('application_name', 'client_encoding')) + (SELECT count(*) FROM pg_prepared_statements), \
                pg_backend_pid()";
    let mut other = tokio_postgres::Config::new();
    other.host("127.0.0.1").port(pgbouncer.port()).user(MASTER).password(MASTER_PASSWORD).dbname("postgres");
    for mode in [Mode::Read, Mode::Write] {
        for commits in [true, false] {
            let transaction = pool.begin(mode).await.unwrap();
            let rows = transaction.query("SELECT pg_catalog.pg_backend_pid()", &[]).await.unwrap();
            let pid: i32 = rows.first().unwrap().get(0);
            if commits {
                transaction.commit().await.unwrap();
            } else {
                transaction.rollback().await.unwrap();
            }
            let session = Session::open(&other).unwrap();
            assert_eq!(session.query(left), [[Some("0".to_owned()), Some(pid.to_string())]]);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn many_transactions_share_few_connections() {
    let Some((cluster, _pgbouncer, mut config)) = pooled(2) else { return };
    config.max_connections = 8;
    let pool = Pool::new(config);
    let work = (0..40).map(|number| {
        let pool = pool.clone();
        tokio::spawn(async move {
            let transaction = pool.begin(Mode::Write).await.unwrap();
            transaction.execute(&format!("CREATE ROLE one_{number}")).await.unwrap();
            transaction.commit().await.unwrap();
        })
    });
    for done in work.collect::<Vec<_>>() {
        done.await.unwrap();
    }
    assert_eq!(cluster.value("SELECT count(*) FROM pg_roles WHERE rolname ~ '^one_'"), "40");
    let connections = "SELECT count(*) FROM pg_stat_activity WHERE usename = 'postgres'";
    assert!(["1", "2"].contains(&cluster.value(connections).as_str()));
}

#[tokio::test]
async fn a_statement_that_nobody_waits_for_is_cancelled() {
    let Some((cluster, pgbouncer, config)) = pooled(1) else { return };
    let pool = Pool::new(config);
    let transaction = pool.begin(Mode::Write).await.unwrap();
    let sleep = transaction.query("SELECT pg_catalog.pg_sleep(600)", &[]);
    assert!(tokio::time::timeout(Duration::from_millis(300), sleep).await.is_err());
    drop(transaction);
    // The one connection is free again.
    let free = pool.begin(Mode::Read).await;
    free.unwrap_or_else(|error| panic!("{error:?}\n{}", pgbouncer.log())).rollback().await.unwrap();
    let log = cluster.log();
    assert!(log.contains("canceling statement due to user request"), "{log}");
}
