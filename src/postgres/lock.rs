//! The lock by which runs of pgum keep out of each other's way, and who holds what we wait for.

use std::fmt;
use std::time::Duration;

use tokio_postgres::types::Type;

use super::catalog::{LenientText, column};
use super::error::{Error, Kind};
use super::session::Pool;
use super::transaction::{First, Mode, Transaction};

/// "pgum" in ASCII. Advisory locks are a database's own: two runs exclude each other where both are configured
/// with the same `database`.
const KEY: i64 = 0x7067_756d;

/// A session that holds what we wait for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Blocker {
    /// Its server process; `None` for a prepared transaction, which has none.
    pub pid: Option<i32>,
    /// Its user.
    pub user: String,
    /// What it calls itself.
    pub application_name: String,
    /// Since when its transaction is open, in UTC.
    pub since: Option<String>,
    /// What it is doing, such as `idle in transaction`.
    pub state: Option<String>,
}

impl fmt::Display for Blocker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(pid) = self.pid else {
            return f.write_str("a prepared transaction (see pg_prepared_xacts)");
        };
        write!(f, "process {pid}, user \"{}\", application \"{}\"", self.user, self.application_name)?;
        if let Some(since) = &self.since {
            write!(f, ", in a transaction since {since} UTC")?;
        }
        if let Some(state) = &self.state {
            write!(f, ", {state}")?;
        }
        Ok(())
    }
}

/// What is waited for.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Waiting {
    /// The lock of pgum's runs.
    ForOtherRun,
    /// Whatever this server process waits for.
    Process(i32),
}

/// Opens a transaction that writes in the configuration's database, and has the lock until its end. All of that is one
/// message: nothing is sent behind it before the lock is had, so there is nothing that a server which waits would not read.
pub(crate) async fn begin(pool: &Pool) -> Result<Transaction, Error> {
    let first = First::new(format!("SELECT pg_catalog.pg_advisory_xact_lock({KEY})"));
    let waiting = || first.is_sent().then_some(Waiting::ForOtherRun);
    let (begun, blockers) = watch(pool, waiting, pool.begin_with(&first)).await;
    match begun {
        Err(error) if error.kind() == Kind::LockTimeout => Err(blocked_by(error, &blockers)
            .doing("cannot begin, because another run is at work on this cluster")),
        begun => begun,
    }
}

/// Awaits `work`, which may wait for locks, and notes meanwhile who holds them: once it has failed nothing tells
/// any more. The look is taken through another connection, beside `work` and never awaited by it. Nobody looks as long as
/// it is not known what `work` waits for.
pub(crate) async fn watch<T>(
    pool: &Pool,
    waiting: impl Fn() -> Option<Waiting>,
    work: impl Future<Output = T>,
) -> (T, Vec<Blocker>) {
    tokio::pin!(work);
    let mut seen = Vec::new();
    let bound = pool.config().lock_timeout;
    if bound.is_zero() {
        return (work.await, seen);
    }
    // Often enough that one look falls within a wait that ends in a timeout.
    let pause = bound.mul_f64(0.4).max(Duration::from_millis(10));
    loop {
        let look = async {
            tokio::time::sleep(pause).await;
            match waiting() {
                Some(waiting) => blockers(pool, waiting).await,
                None => Ok(vec![]),
            }
        };
        tokio::select! {
            biased;
            result = &mut work => return (result, seen),
            found = look => match found {
                Ok(found) if !found.is_empty() => seen = found,
                Ok(_) => {}
                Err(error) => tracing::debug!(%error, "cannot see who blocks"),
            },
        }
    }
}

async fn blockers(pool: &Pool, waiting: Waiting) -> Result<Vec<Blocker>, Error> {
    let transaction = pool.begin(Mode::Read).await?;
    let process = match waiting {
        Waiting::ForOtherRun => 0,
        Waiting::Process(process) => process,
    };
    let rows = transaction
        .query(
            "SELECT NULLIF(b.pid, 0), a.usename, a.application_name, \
             pg_catalog.to_char(pg_catalog.timezone('UTC', a.xact_start), 'YYYY-MM-DD HH24:MI:SS'), a.state \
             FROM (SELECT DISTINCT pg_catalog.unnest(CASE WHEN $1 <> 0 THEN pg_catalog.pg_blocking_pids($1) \
             ELSE ARRAY(SELECT l.pid FROM pg_catalog.pg_locks l JOIN pg_catalog.pg_database d \
             ON d.oid = l.database WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1 \
             AND d.datname = pg_catalog.current_database() \
             AND (l.classid::pg_catalog.int8 << 32) + l.objid::pg_catalog.int8 = $2) END)) AS b (pid) \
             LEFT JOIN pg_catalog.pg_stat_activity a ON a.pid = b.pid ORDER BY 1",
            &[(&process, Type::INT4), (&KEY, Type::INT8)],
        )
        .await?;
    rows.iter()
        .map(|row| {
            Ok(Blocker {
                pid: column(row, 0)?,
                user: optional_text(row, 1)?.unwrap_or_default(),
                application_name: optional_text(row, 2)?.unwrap_or_default(),
                since: optional_text(row, 3)?,
                state: optional_text(row, 4)?,
            })
        })
        .collect()
}

fn optional_text(row: &tokio_postgres::Row, index: usize) -> Result<Option<String>, Error> {
    column::<Option<LenientText>>(row, index).map(|text| text.map(|text| text.0))
}

/// `error` with the blockers that were seen, where it is a lock that was not had in time.
pub(crate) fn blocked_by(error: Error, blockers: &[Blocker]) -> Error {
    if error.kind() != Kind::LockTimeout || blockers.is_empty() {
        return error;
    }
    let blockers: Vec<String> = blockers.iter().map(|blocker| format!("- {blocker}")).collect();
    error.remedy(format!(
        "What was waited for is held by:\n{}\nWait for it, end it (SELECT pg_terminate_backend(...)), or raise \
         lock_timeout in the provider's configuration.",
        blockers.join("\n")
    ))
}
