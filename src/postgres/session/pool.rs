//! The pool: connects when something is to be done, keeps what is good, and never has more connections open
//! than it may, whatever databases they are to.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::Session;
use crate::postgres::config::ConnectionConfig;
use crate::postgres::connect::Connector;
use crate::postgres::error::{Error, Kind};
use crate::postgres::sql_log::{Journal, SqlLog};
use crate::postgres::transaction::{First, Mode, Transaction};

/// After so long a connection is tried before it is used again: firewalls and poolers drop what is silent.
const TRUSTED_FOR: Duration = Duration::from_secs(15);
/// How long a connection may take to show that it is alive, or to roll back.
const ANSWER_WITHIN: Duration = Duration::from_secs(5);

/// A handle to the connections of one configuration. Cheap to make and to clone; nothing is connected before
/// something is to be done.
#[derive(Clone)]
pub struct Pool {
    shared: Arc<Shared>,
}

struct Shared {
    config: Arc<ConnectionConfig>,
    connector: Connector,
    sql_log: SqlLog,
    /// A permit for each connection that may be in use.
    permits: Arc<Semaphore>,
    /// Not in use; together with those in use never more than `max_connections`. The latest used is last.
    idle: Mutex<Vec<Idle>>,
}

struct Idle {
    database: String,
    session: Session,
}

impl Pool {
    /// A pool that connects by this configuration.
    pub fn new(config: ConnectionConfig) -> Pool {
        Pool::logging(config, SqlLog::default())
    }

    /// The same, with a log of what is changed.
    pub fn logging(config: ConnectionConfig, sql_log: SqlLog) -> Pool {
        let permits = Arc::new(Semaphore::new(config.max_connections.max(1)));
        let config = Arc::new(config);
        let connector = Connector::new(Arc::clone(&config));
        let idle = Mutex::new(Vec::new());
        Pool { shared: Arc::new(Shared { config, connector, sql_log, permits, idle }) }
    }

    /// What it connects by.
    pub fn config(&self) -> &ConnectionConfig {
        &self.shared.config
    }

    /// The log of what is changed.
    pub(crate) fn sql_log(&self) -> &SqlLog {
        &self.shared.sql_log
    }

    /// Opens a transaction in the configuration's database: the one way to run anything.
    pub async fn begin(&self, mode: Mode) -> Result<Transaction, Error> {
        self.begin_in(&self.shared.config.database, mode).await
    }

    /// Opens a transaction that writes in the configuration's database, and begins with a statement of its own.
    pub(in crate::postgres) async fn begin_with(&self, first: &First) -> Result<Transaction, Error> {
        self.open(&self.shared.config.database, Mode::Write, Some(first)).await
    }

    /// Opens a transaction in another database of the same server. It counts against the same limit, so a
    /// transaction must never wait for the opening of another one.
    pub async fn begin_in(&self, database: &str, mode: Mode) -> Result<Transaction, Error> {
        self.open(database, mode, None).await
    }

    async fn open(&self, database: &str, mode: Mode, first: Option<&First>) -> Result<Transaction, Error> {
        // A kept connection may have died unnoticed, or be to a writer that is a reader by now. BEGIN finds out
        // before anything is done, so then the next one is as good. Each goes away when it fails, and the error
        // of a new one counts.
        loop {
            let lease = self.lease(database).await?;
            let (reused, lock_timeout) = (lease.reused, self.shared.config.lock_timeout);
            let journal = Journal::new(self.sql_log().clone(), self.config().server_and(database));
            match Transaction::open(lease, mode, lock_timeout, first, journal).await {
                Err(error) if reused && matches!(error.kind(), Kind::ConnectionLost | Kind::ReadOnly) => {
                    tracing::debug!(%error, "a kept connection is of no use");
                }
                Ok(transaction) => {
                    self.shared.connector.reached();
                    return Ok(transaction);
                }
                Err(error) => return Err(error),
            }
        }
    }

    /// Closes what is not in use, and lets nothing more be opened.
    pub async fn close(&self) {
        self.shared.permits.close();
        let idle = std::mem::take(&mut *self.shared.idle());
        for Idle { session, .. } in idle {
            session.close(ANSWER_WITHIN).await;
        }
    }

    async fn lease(&self, database: &str) -> Result<Lease, Error> {
        let permits = Arc::clone(&self.shared.permits);
        let permit = permits
            .acquire_owned()
            .await
            .map_err(|_| Error::new(Kind::Other, "the provider is shutting down"))?;
        while let Some(session) = self.shared.take_idle(database) {
            if session.idle_since().elapsed() < TRUSTED_FOR || is_alive(&session).await {
                return Ok(self.shared.lease(database, session, permit, true));
            }
        }
        if let Some(session) = self.shared.take_surplus() {
            session.close(ANSWER_WITHIN).await;
        }
        let session = self.shared.connector.connect(database).await?;
        Ok(self.shared.lease(database, session, permit, false))
    }
}

/// Whether an answer comes to an empty query, which runs nothing.
async fn is_alive(session: &Session) -> bool {
    matches!(tokio::time::timeout(ANSWER_WITHIN, session.client().check_connection()).await, Ok(Ok(())))
}

impl Shared {
    fn idle(&self) -> std::sync::MutexGuard<'_, Vec<Idle>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn take_idle(&self, database: &str) -> Option<Session> {
        let mut idle = self.idle();
        idle.retain(|idle| !idle.session.is_closed());
        let index = idle.iter().rposition(|idle| idle.database == database)?;
        Some(idle.remove(index).session)
    }

    /// An idle connection that stands in the way of a new one: the longest unused. The caller has a permit,
    /// so the permits that are not free are the connections in use, the caller's coming one among them.
    fn take_surplus(&self) -> Option<Session> {
        let mut idle = self.idle();
        let limit = self.config.max_connections.max(1);
        let in_use = limit.saturating_sub(self.permits.available_permits());
        (!idle.is_empty() && in_use + idle.len() > limit).then(|| idle.remove(0).session)
    }

    fn lease(
        self: &Arc<Shared>,
        database: &str,
        session: Session,
        permit: OwnedSemaphorePermit,
        reused: bool,
    ) -> Lease {
        Lease { session, database: database.to_owned(), reused, shared: Arc::clone(self), permit }
    }
}

/// A connection in use, with the right to have it open.
pub(crate) struct Lease {
    session: Session,
    database: String,
    reused: bool,
    shared: Arc<Shared>,
    permit: OwnedSemaphorePermit,
}

impl Lease {
    pub(crate) fn session(&self) -> &Session {
        &self.session
    }

    /// Keeps the connection for the next; for one that is in no transaction.
    pub(crate) fn give_back(mut self) {
        if self.session.is_closed() || self.shared.permits.is_closed() {
            return self.discard();
        }
        self.session.set_idle();
        let idle = Idle { database: self.database, session: self.session };
        // First it counts as idle, then no more as in use: the other way round there could be one too many.
        self.shared.idle().push(idle);
        drop(self.permit);
    }

    /// Rolls back, beside the caller, and then gives the connection back; one that does not answer in time is
    /// closed.
    pub(crate) fn roll_back_and_give_back(self) {
        spawn(async move {
            let answer = tokio::time::timeout(ANSWER_WITHIN, self.session.client().batch_execute("ROLLBACK"));
            match answer.await {
                Ok(Ok(())) => self.give_back(),
                _ => self.session.close(ANSWER_WITHIN).await,
            }
        });
    }

    /// Ends what the server is still at, beside the caller, and closes the connection, which rolls back. It is
    /// not used again: the request to cancel may come late, and hit whatever runs then.
    pub(crate) fn cancel_and_discard(self) {
        spawn(async move {
            let cancel = self.shared.connector.cancel(&self.session);
            if let Ok(Err(error)) = tokio::time::timeout(ANSWER_WITHIN, cancel).await {
                tracing::debug!(%error, "a statement could not be cancelled");
            }
            self.session.close(ANSWER_WITHIN).await;
            drop(self.permit);
        });
    }

    /// Closes the connection; only then may another take its place.
    pub(crate) fn discard(self) {
        spawn(async move {
            self.session.close(ANSWER_WITHIN).await;
            drop(self.permit);
        });
    }
}

/// Runs it beside the caller. Where no runtime is left it is dropped, which closes the connection too.
fn spawn(task: impl Future<Output = ()> + Send + 'static) {
    if let Ok(runtime) = tokio::runtime::Handle::try_current() {
        runtime.spawn(task);
    }
}
