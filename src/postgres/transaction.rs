//! The one way to run anything on a server: a transaction that is opened with every guard in place.
//!
//! A database's owner, and whoever may alter the login's role, can set defaults for our sessions (ALTER
//! DATABASE SET, ALTER ROLE SET), and with some of them run code of theirs as us or change what our
//! statements mean. So each transaction begins with one message that says all of it anew, for itself only
//! (SET LOCAL: a pooler hands the connection to others afterwards). If any part of it fails, nothing of ours
//! runs.

use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use tokio_postgres::Row;
use tokio_postgres::error::SqlState;
use tokio_postgres::types::{ToSql, Type};

use super::error::{Error, Kind};
use super::session::{Lease, Notice, ServerInfo, Session};
use super::sql_log::Journal;

/// What a transaction is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Mode {
    /// REPEATABLE READ READ ONLY: all its statements see one moment. Explicit, because a default of
    /// serializable is an error on a standby, and read committed shows the statements different moments.
    Read,
    /// READ COMMITTED READ WRITE: a statement that waited for a lock sees what its holder did. In repeatable
    /// read `pg_advisory_xact_lock` would take the snapshot before it waits.
    Write,
}

/// A statement that is sent with BEGIN, behind the guards. It may wait for a lock.
pub(super) struct First {
    sql: String,
    is_sent: AtomicBool,
}

impl First {
    pub(super) fn new(sql: String) -> First {
        First { sql, is_sent: AtomicBool::new(false) }
    }

    /// Whether there was a connection to send it by.
    pub(super) fn is_sent(&self) -> bool {
        self.is_sent.load(Ordering::Relaxed)
    }
}

/// A transaction. Dropped, it is rolled back.
pub struct Transaction {
    /// There until the transaction is over.
    lease: Option<Lease>,
    server: ServerInfo,
    /// Statements without an answer so far.
    in_flight: AtomicUsize,
    /// Whether a statement was told that the connection is lost.
    is_lost: AtomicBool,
    journal: Journal,
}

/// Why a commit failed.
#[derive(Debug, Clone)]
pub enum CommitError {
    /// The server refused it: nothing has happened.
    NothingHappened(Error),
    /// The connection was lost before the server's answer: it may have happened or not. Connect, read, and
    /// take what is there as the outcome.
    OutcomeUnknown(Error),
}

impl CommitError {
    /// The error itself.
    pub fn error(&self) -> &Error {
        match self {
            CommitError::NothingHappened(error) | CommitError::OutcomeUnknown(error) => error,
        }
    }
}

impl fmt::Display for CommitError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            CommitError::NothingHappened(error) => write!(f, "the commit failed: {error}"),
            CommitError::OutcomeUnknown(error) => {
                write!(f, "the connection was lost during the commit: {error}")
            }
        }
    }
}

impl std::error::Error for CommitError {}

impl Transaction {
    /// Begins, with the guards, and what is to be first.
    pub(super) async fn open(
        lease: Lease,
        mode: Mode,
        lock_timeout: Duration,
        first: Option<&First>,
        journal: Journal,
    ) -> Result<Transaction, Error> {
        let server = lease.session().server().clone();
        let mut message = guard(mode, lock_timeout, &server);
        if let Some(First { sql, is_sent }) = first {
            message.push_str("; ");
            message.push_str(sql);
            is_sent.store(true, Ordering::Relaxed);
        }
        let mut transaction = Transaction {
            lease: Some(lease),
            server,
            in_flight: AtomicUsize::new(0),
            is_lost: AtomicBool::new(false),
            journal,
        };
        let session = transaction.session()?;
        if let Err(error) = transaction.answered(session, session.client().batch_execute(&message)).await {
            // Whatever refused it would do so again, but for who has a lock.
            if error.kind() != Kind::LockTimeout
                && let Some(lease) = transaction.lease.take()
            {
                lease.discard();
            }
            // A standby refuses READ WRITE not as a write (25006), but as what it cannot do (0A000).
            let is_reader = mode == Mode::Write && error.sqlstate() == Some(&SqlState::FEATURE_NOT_SUPPORTED);
            return Err(if is_reader { error.with_kind(Kind::ReadOnly) } else { error });
        }
        session.take_notices();
        Ok(transaction)
    }

    /// What the server said of itself.
    pub fn server(&self) -> &ServerInfo {
        &self.server
    }

    /// The rows of one statement with parameters. It is unnamed, because a named one does not survive a
    /// transaction pooler. For the same reason columns must have types that are built in (cast `aclitem[]` to
    /// `text[]`): others would be looked up with a named statement.
    ///
    /// Several calls at once, polled in order, are pipelined.
    pub async fn query(
        &self,
        sql: &str,
        parameters: &[(&(dyn ToSql + Sync), Type)],
    ) -> Result<Vec<Row>, Error> {
        let session = self.session()?;
        self.answered(session, session.client().query_typed(sql, parameters)).await
    }

    /// Where those who change something write down what they have run.
    pub(super) fn journal(&self) -> &Journal {
        &self.journal
    }

    /// Runs one statement without parameters: DDL. A message of several is refused by the server (42601), so
    /// that no password shares the log line of another's failure.
    ///
    /// Several calls at once, polled in order, are pipelined.
    pub async fn execute(&self, sql: &str) -> Result<u64, Error> {
        let session = self.session()?;
        self.answered(session, session.client().execute_typed(sql, &[])).await
    }

    /// What the server remarked (NOTICE, WARNING) since the last call or the beginning. All the remarks on a
    /// statement are there when its answer is.
    pub fn take_notices(&self) -> Vec<Notice> {
        self.lease.as_ref().map(|lease| lease.session().take_notices()).unwrap_or_default()
    }

    /// Commits.
    pub async fn commit(mut self) -> Result<(), CommitError> {
        // COMMIT in a transaction in which a statement has failed is answered with success, and rolls back.
        // The statement before it fails there, and keeps COMMIT from being run.
        let result = match self.session() {
            // Nothing was sent, so nothing was committed.
            Ok(session) if session.is_closed() || self.is_lost.load(Ordering::Relaxed) => {
                return Err(CommitError::NothingHappened(session.closed()));
            }
            Ok(session) => self.answered(session, session.client().batch_execute("SELECT; COMMIT")).await,
            Err(error) => Err(error),
        };
        self.journal.commit(&result);
        match result {
            Ok(()) => {
                if let Some(lease) = self.lease.take() {
                    lease.give_back();
                }
                Ok(())
            }
            Err(error) if error.kind() == Kind::ConnectionLost => Err(CommitError::OutcomeUnknown(error)),
            Err(error) => Err(CommitError::NothingHappened(error)),
        }
    }

    /// Rolls back and waits for it.
    pub async fn rollback(mut self) -> Result<(), Error> {
        let session = self.session()?;
        self.answered(session, session.client().batch_execute("ROLLBACK")).await?;
        if let Some(lease) = self.lease.take() {
            lease.give_back();
        }
        Ok(())
    }

    fn session(&self) -> Result<&Session, Error> {
        let lease = self.lease.as_ref();
        lease.map(Lease::session).ok_or_else(|| Error::new(Kind::Other, "the transaction is over"))
    }

    /// Waits for an answer, and keeps count of those that nobody waits for any more.
    async fn answered<T>(
        &self,
        session: &Session,
        answer: impl Future<Output = Result<T, tokio_postgres::Error>>,
    ) -> Result<T, Error> {
        self.in_flight.fetch_add(1, Ordering::Relaxed);
        let result = answer.await;
        self.in_flight.fetch_sub(1, Ordering::Relaxed);
        result.map_err(|error| {
            let error = session.explain(&error);
            if error.kind() == Kind::ConnectionLost {
                self.is_lost.store(true, Ordering::Relaxed);
            }
            error
        })
    }
}

impl Drop for Transaction {
    fn drop(&mut self) {
        // Unless it was committed, or that was tried.
        self.journal.rollback();
        let Some(lease) = self.lease.take() else { return };
        if lease.session().is_closed() || self.is_lost.load(Ordering::Relaxed) {
            lease.discard();
        } else if self.in_flight.load(Ordering::Relaxed) > 0 {
            lease.cancel_and_discard();
        } else {
            lease.roll_back_and_give_back();
        }
    }
}

/// The message that begins a transaction.
///
/// It is parsed as a whole before any of it is run, so under the session's own `standard_conforming_strings`:
/// there is no backslash in it.
fn guard(mode: Mode, lock_timeout: Duration, server: &ServerInfo) -> String {
    let begin = match mode {
        Mode::Read => "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
        Mode::Write => "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE",
    };
    let mut message = begin.to_owned();
    for (name, value) in GUARDS {
        message.push_str(&format!("; SET LOCAL {name} TO {value}"));
    }
    message.push_str(&format!("; SET LOCAL lock_timeout TO {}", milliseconds(lock_timeout)));
    for (since, name, value) in GUARDS_SINCE {
        if server.major_version() >= since {
            message.push_str(&format!("; SET LOCAL {name} TO {value}"));
        }
    }
    message
}

/// What every transaction sets, each against a default that a database or a role may bring along. What only
/// superusers can set (`session_replication_role`, `lc_messages`, ...), and what a session reads at its start
/// only (`local_preload_libraries`), cannot be among them.
const GUARDS: [(&str, &str); 17] = [
    // The form of names in what is read as text; first, because the search path is one.
    ("quote_all_identifiers", "off"),
    // Whoever logs in is who acts. A database's owner could let us act, and so create roles, as any role that
    // we are a member of.
    ("role", "none"),
    // Otherwise functions and operators of others come first, and run as us.
    ("search_path", "pg_catalog, pg_temp"),
    // Otherwise a backslash swallows a quote.
    ("standard_conforming_strings", "on"),
    // An hour is for the DROP OWNED of many objects; no statement of ours that is well takes longer.
    ("statement_timeout", "3600000"),
    // We are never idle in a transaction for long, unless this side is gone without a word; others wait for
    // our locks then.
    ("idle_in_transaction_session_timeout", "300000"),
    // GRANT and REVOKE tell by a WARNING that they did nothing, and a rename by a NOTICE that it cleared the
    // password.
    ("client_min_messages", "notice"),
    // They write each statement to the server's log, the one with a verifier among them, whatever log_statement
    // says.
    ("debug_print_parse", "off"),
    ("debug_print_rewritten", "off"),
    ("debug_print_plan", "off"),
    // An error would end the session.
    ("exit_on_error", "off"),
    // The form of what is read as text.
    ("datestyle", "iso, mdy"),
    ("intervalstyle", "postgres"),
    ("timezone", "'UTC'"),
    ("bytea_output", "hex"),
    // `x = NULL` would be true.
    ("transform_null_equals", "off"),
    // Compiling takes longer than any catalog query of ours.
    ("jit", "off"),
];

/// The same, from a major version on.
const GUARDS_SINCE: [(u32, &str, &str); 2] = [
    // Otherwise a role that we create is granted to us a second time.
    (16, "createrole_self_grant", "''"),
    // The bounds above are for statements and for waiting; a transaction of many may take long.
    (17, "transaction_timeout", "0"),
];

/// As the server takes it: whole milliseconds in an int. Zero would be no bound at all, so less than one is
/// one, unless it is zero.
fn milliseconds(bound: Duration) -> i32 {
    let rounded_up = bound.as_nanos().div_ceil(1_000_000);
    i32::try_from(rounded_up).unwrap_or(i32::MAX)
}
