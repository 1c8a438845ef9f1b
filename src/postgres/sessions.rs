//! The sessions of a role: how many, and their end.

use std::collections::{BTreeSet, HashMap};
use std::time::{Duration, Instant};

use tokio_postgres::Row;
use tokio_postgres::types::Type;

use super::catalog::column;
use super::error::{Error, Kind};
use super::retry::persistently;
use super::session::Pool;
use super::sql_log::{Line, LoggedAs};
use super::transaction::Mode;
use crate::roles::{Oid, RoleName};

/// How long sessions may take to end once they were told to: one that is in the middle of something looks up only
/// now and then.
const ENDING: Duration = Duration::from_secs(20);

/// How many sessions a role has.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct OpenSessions {
    /// All of them.
    pub all: u64,
    /// Those of which we can see that they came over the network without TLS.
    pub without_tls: u64,
    /// Those of which we cannot see where they came from, nor how.
    pub unseen: u64,
}

/// Whose a session is, everybody sees; whether it has TLS, only its own role and members of `pg_read_all_stats`.
const COUNT: &str = "SELECT a.usesysid, pg_catalog.count(*), \
    pg_catalog.count(*) FILTER (WHERE NOT s.ssl AND a.client_addr IS NOT NULL), \
    pg_catalog.count(*) FILTER (WHERE a.backend_type IS NULL) \
    FROM pg_catalog.pg_stat_activity a LEFT JOIN pg_catalog.pg_stat_ssl s ON s.pid = a.pid \
    WHERE a.usesysid IS NOT NULL AND ($1 IS NULL OR a.usesysid = ANY ($1)) GROUP BY a.usesysid";

/// How many sessions each role has that has any.
pub(crate) async fn count_all(pool: &Pool) -> Result<HashMap<Oid, OpenSessions>, Error> {
    let rows = rows(pool, COUNT, None).await?;
    rows.iter().map(counted).collect()
}

/// How many sessions each of some roles has that has any.
pub(crate) async fn count_of(pool: &Pool, roles: &[Oid]) -> Result<HashMap<Oid, u64>, Error> {
    let rows = rows(pool, COUNT, Some(roles)).await?;
    rows.iter().map(|row| counted(row).map(|(role, open)| (role, open.all))).collect()
}

/// How many sessions a role has.
pub(crate) async fn count(pool: &Pool, role: Oid) -> Result<u64, Error> {
    Ok(count_of(pool, &[role]).await?.remove(&role).unwrap_or_default())
}

fn counted(row: &Row) -> Result<(Oid, OpenSessions), Error> {
    let number = |index| column::<i64>(row, index).map(|number| u64::try_from(number).unwrap_or_default());
    Ok((Oid(column(row, 0)?), OpenSessions { all: number(1)?, without_tls: number(2)?, unseen: number(3)? }))
}

/// Ends the sessions of a role until none is left, and says how many were told to end. New ones must not be possible
/// any more, or they come back.
///
/// Without the right to, the server's error says so; our own session is never among them.
pub(crate) async fn end_all(pool: &Pool, role: Oid, logged_as: &LoggedAs) -> Result<u64, Error> {
    let name = &logged_as.role;
    let sql = "SELECT a.pid, pg_catalog.pg_terminate_backend(a.pid) FROM pg_catalog.pg_stat_activity a \
               WHERE a.usesysid = ANY ($1) AND a.pid <> pg_catalog.pg_backend_pid()";
    let started = Instant::now();
    let mut told = BTreeSet::new();
    loop {
        let rows = rows(pool, sql, Some(&[role])).await.map_err(|error| explain(error, name))?;
        if rows.is_empty() {
            return Ok(told.len() as u64);
        }
        for row in &rows {
            let process = column::<i32>(row, 0)?;
            if told.insert(process) {
                log(pool, logged_as, process);
            }
        }
        if started.elapsed() > ENDING {
            return Err(Error::new(
                Kind::Other,
                format!("{} sessions of \"{name}\" have not ended after {} s", rows.len(), ENDING.as_secs()),
            ));
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// By itself: no ROLLBACK brings a session back.
fn log(pool: &Pool, logged_as: &LoggedAs, process: i32) {
    let cluster = pool.config().server_and(&pool.config().database);
    let sql = format!("SELECT pg_catalog.pg_terminate_backend({process})");
    pool.sql_log().write(&Line::run(&cluster, Some(logged_as), sql, "ok"));
}

/// Each time in a transaction of its own: pg_stat_activity does not change within one.
async fn rows(pool: &Pool, sql: &str, roles: Option<&[Oid]>) -> Result<Vec<Row>, Error> {
    let roles: Option<Vec<u32>> = roles.map(|roles| roles.iter().map(|role| role.0).collect());
    let roles = &roles;
    persistently(pool.config().connect_retry, || async move {
        let transaction = pool.begin(Mode::Read).await?;
        let rows = transaction.query(sql, &[(roles, Type::OID_ARRAY)]).await?;
        transaction.rollback().await?;
        Ok(rows)
    })
    .await
}

fn explain(error: Error, name: &RoleName) -> Error {
    let error = error.doing(format!("cannot end the sessions of \"{name}\""));
    if error.kind() != Kind::InsufficientPrivilege {
        return error;
    }
    error.remedy(
        "The connection's user must be a member of pg_signal_backend (on RDS: of rds_superuser) or of that role; \
         sessions of superusers can be ended by superusers only.",
    )
}
