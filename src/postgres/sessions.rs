//! The sessions of a role: how many, and their end.

use std::time::{Duration, Instant};

use tokio_postgres::types::Type;

use super::catalog::column;
use super::error::{Error, Kind};
use super::session::Pool;
use super::transaction::Mode;
use crate::roles::{Oid, RoleName};

/// How long sessions may take to end once they were told to: one that is in the middle of something looks up only
/// now and then.
const ENDING: Duration = Duration::from_secs(20);

/// How many sessions a role has.
pub(crate) async fn count(pool: &Pool, role: Oid) -> Result<u64, Error> {
    let transaction = pool.begin(Mode::Read).await?;
    let rows = transaction
        .query(
            "SELECT pg_catalog.count(*) FROM pg_catalog.pg_stat_activity a WHERE a.usesysid = $1",
            &[(&role.0, Type::OID)],
        )
        .await?;
    let count: i64 = rows.first().map_or(Ok(0), |row| column(row, 0))?;
    Ok(u64::try_from(count).unwrap_or_default())
}

/// Ends the sessions of a role until none is left, and says how many were told to end. New ones must not be possible
/// any more, or they come back.
///
/// Without the right to, the server's error says so; our own session is never among them.
pub(crate) async fn end_all(pool: &Pool, role: Oid, name: &RoleName) -> Result<u64, Error> {
    let started = Instant::now();
    let mut told = std::collections::BTreeSet::new();
    loop {
        // A transaction of its own each time: pg_stat_activity does not change within one.
        let transaction = pool.begin(Mode::Read).await?;
        let rows = transaction
            .query(
                "SELECT a.pid, pg_catalog.pg_terminate_backend(a.pid) FROM pg_catalog.pg_stat_activity a \
                 WHERE a.usesysid = $1 AND a.pid <> pg_catalog.pg_backend_pid()",
                &[(&role.0, Type::OID)],
            )
            .await
            .map_err(|error| explain(error, name))?;
        drop(transaction);
        if rows.is_empty() {
            return Ok(told.len() as u64);
        }
        for row in &rows {
            told.insert(column::<i32>(row, 0)?);
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
