//! The pool: never more connections than it may have, kept while they are good, replaced when they are not.

use super::master_config;
use crate::support::postgres::{Cluster, MASTER};
use crate::support::{on_every_version, on_versions};
use pgum::postgres::{CommitError, ConnectionConfig, Kind, Mode, Pool, Transaction, Via};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// A pool whose user may have as many connections as the pool may, and no more.
fn pool(cluster: &Cluster, max_connections: usize) -> Pool {
    cluster.execute(&format!("ALTER ROLE {MASTER} CONNECTION LIMIT {max_connections}"));
    let mut config = master_config(cluster);
    config.max_connections = max_connections;
    // A server notices a moment later than the client that a connection is closed.
    config.connect_retry = Duration::from_secs(20);
    Pool::new(config)
}

async fn backend(transaction: &Transaction) -> i32 {
    let rows = transaction.query("SELECT pg_catalog.pg_backend_pid()", &[]).await.unwrap();
    rows.first().unwrap().get(0)
}

fn connections(cluster: &Cluster) -> String {
    cluster.value(&format!("SELECT count(*) FROM pg_stat_activity WHERE usename = '{MASTER}'"))
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_connected_before_something_is_to_be_done() {
    let cluster = Cluster::start(18);
    let pool = pool(&cluster, 3);
    assert_eq!(connections(&cluster), "0");
    pool.begin(Mode::Read).await.unwrap().rollback().await.unwrap();
    assert_eq!(connections(&cluster), "1");
    pool.close().await;
    let gone = format!("SELECT count(*) FROM pg_stat_activity WHERE usename = '{MASTER}'");
    while cluster.value(&gone) != "0" {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert!(pool.begin(Mode::Read).await.is_err());
}

on_versions! {
    [13, 18]
    async fn never_more_than_it_may(version: u16) {
        let cluster = Cluster::start(version);
        let pool = pool(&cluster, 2);
        let work = (0..40).map(|number| {
            let pool = pool.clone();
            tokio::spawn(async move {
                // In two databases: the limit is for both together.
                let database = if number % 3 == 0 { "myapp" } else { "postgres" };
                let transaction = pool.begin_in(database, Mode::Read).await.unwrap();
                let rows = transaction
                    .query("SELECT pg_catalog.current_database()::pg_catalog.text, pg_catalog.pg_sleep(0.01)", &[])
                    .await;
                assert_eq!(rows.unwrap().first().unwrap().get::<_, &str>(0), database);
                match number % 2 {
                    0 => transaction.commit().await.unwrap(),
                    _ => drop(transaction),
                }
            })
        });
        for done in work.collect::<Vec<_>>() {
            done.await.unwrap();
        }
        assert!(["1", "2"].contains(&connections(&cluster).as_str()));
    }
}

#[tokio::test]
async fn a_connection_is_kept() {
    let cluster = Cluster::start(18);
    let pool = pool(&cluster, 2);
    let first = pool.begin(Mode::Write).await.unwrap();
    let pid = backend(&first).await;
    first.commit().await.unwrap();
    let second = pool.begin(Mode::Read).await.unwrap();
    assert_eq!(backend(&second).await, pid);
    second.rollback().await.unwrap();
}

#[tokio::test]
async fn what_is_dropped_is_rolled_back_and_the_connection_kept() {
    let cluster = Cluster::start(18);
    let pool = pool(&cluster, 1);
    let transaction = pool.begin(Mode::Write).await.unwrap();
    let pid = backend(&transaction).await;
    transaction.execute("CREATE ROLE undone").await.unwrap();
    drop(transaction);
    let transaction = pool.begin(Mode::Read).await.unwrap();
    assert_eq!(backend(&transaction).await, pid);
    let rows = transaction.query("SELECT 1 FROM pg_catalog.pg_roles WHERE rolname = 'undone'", &[]).await;
    assert!(rows.unwrap().is_empty());
}

#[tokio::test]
async fn a_statement_that_nobody_waits_for_is_cancelled() {
    let cluster = Cluster::start(18);
    let pool = pool(&cluster, 1);
    let transaction = pool.begin(Mode::Write).await.unwrap();
    let pid = backend(&transaction).await;
    let sleep = transaction.query("SELECT pg_catalog.pg_sleep(600)", &[]);
    assert!(tokio::time::timeout(Duration::from_millis(300), sleep).await.is_err());
    drop(transaction);
    let transaction = pool.begin(Mode::Read).await.unwrap();
    assert_ne!(backend(&transaction).await, pid);
    let log = cluster.log();
    assert!(log.contains("canceling statement due to user request"), "{log}");
}

on_every_version! {
    async fn kept_connections_that_were_ended_are_replaced(version: u16) {
        let cluster = Cluster::start(version);
        let pool = pool(&cluster, 3);
        let open = futures_util::future::join_all((0..3).map(|_| pool.begin(Mode::Read))).await;
        for transaction in open {
            transaction.unwrap().rollback().await.unwrap();
        }
        assert_eq!(cluster.kill_sessions(), 3);
        for _ in 0..3 {
            pool.begin(Mode::Write).await.unwrap().commit().await.unwrap();
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restart_between_two_transactions_is_not_noticed() {
    let mut cluster = Cluster::start(18);
    let pool = pool(&cluster, 2);
    pool.begin(Mode::Write).await.unwrap().commit().await.unwrap();
    let cluster = tokio::task::spawn_blocking(move || {
        cluster.restart();
        cluster
    });
    let cluster = cluster.await.unwrap();
    pool.begin(Mode::Write).await.unwrap().commit().await.unwrap();
    drop(cluster);
}

on_every_version! {
    async fn a_connection_that_is_lost_in_a_transaction_is_told(version: u16) {
        let cluster = Cluster::start(version);
        let pool = pool(&cluster, 1);
        let transaction = pool.begin(Mode::Write).await.unwrap();
        transaction.execute("CREATE ROLE undone").await.unwrap();
        cluster.kill_sessions();
        let error = transaction.execute("CREATE ROLE another").await.unwrap_err();
        assert_eq!(error.kind(), Kind::ConnectionLost, "{error:?}");
        assert!(error.is_retryable());
        assert!(error.message().contains("terminating connection due to administrator command"), "{error:?}");
        let error = transaction.commit().await.unwrap_err();
        assert!(matches!(error, CommitError::NothingHappened(_)), "{error:?}");
        assert_eq!(cluster.value("SELECT count(*) FROM pg_roles WHERE rolname = 'undone'"), "0");
        pool.begin(Mode::Write).await.unwrap().commit().await.unwrap();
    }
}

/// A way to a cluster that is cut when COMMIT comes by: before the server gets it, or before its answer does.
async fn cut_at_commit(port: u16, server_gets_it: bool) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let near_end = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        let (mut near, _) = listener.accept().await.unwrap();
        let mut far = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
        let (mut from_client, mut from_server) = ([0; 16_384], [0; 16_384]);
        loop {
            tokio::select! {
                read = near.read(&mut from_client) => {
                    let sent = &from_client[..read.unwrap()];
                    let is_commit = sent.ends_with(b"COMMIT\0");
                    if !is_commit || server_gets_it {
                        far.write_all(sent).await.unwrap();
                    }
                    if is_commit {
                        // The answer says that it is done.
                        let _ = if server_gets_it { far.read(&mut from_server).await } else { Ok(0) };
                        return;
                    }
                }
                read = far.read(&mut from_server) => {
                    near.write_all(&from_server[..read.unwrap()]).await.unwrap();
                }
            }
        }
    });
    near_end
}

#[tokio::test]
async fn a_connection_that_is_lost_in_the_commit_leaves_the_outcome_open() {
    let cluster = Cluster::start(18);
    for server_gets_it in [false, true] {
        let mut config = master_config(&cluster);
        let port = cut_at_commit(cluster.port(), server_gets_it).await;
        config.connect_via = Some(Via::Tunnel { host: "127.0.0.1".to_owned(), port });
        let transaction = Pool::new(config).begin(Mode::Write).await.unwrap();
        transaction.execute("CREATE ROLE doubtful").await.unwrap();
        let error = transaction.commit().await.unwrap_err();
        assert!(matches!(error, CommitError::OutcomeUnknown(_)), "{error:?}");
        let is_there = cluster.value("SELECT count(*) FROM pg_roles WHERE rolname = 'doubtful'");
        assert_eq!(is_there, if server_gets_it { "1" } else { "0" });
    }
}

#[tokio::test]
async fn a_pool_of_none_is_a_pool_of_one() {
    let cluster = Cluster::start(18);
    let config = ConnectionConfig { max_connections: 0, ..master_config(&cluster) };
    Pool::new(config).begin(Mode::Read).await.unwrap().rollback().await.unwrap();
}
