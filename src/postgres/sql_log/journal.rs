//! What one transaction leaves in the log: the statements that change something, each once it has an answer, and at the
//! end whether they stay.

use std::sync::atomic::{AtomicBool, Ordering};

use super::{Line, LoggedAs, SqlLog, outcome};
use crate::postgres::error::Error;

/// Of one transaction.
pub(crate) struct Journal {
    log: SqlLog,
    cluster: String,
    /// There as soon as there is something to be told apart.
    transaction: std::sync::OnceLock<String>,
    has_ended: AtomicBool,
}

impl Journal {
    /// Of a transaction in a database.
    pub(crate) fn new(log: SqlLog, cluster: String) -> Journal {
        let (transaction, has_ended) = (std::sync::OnceLock::new(), AtomicBool::new(false));
        Journal { log, cluster, transaction, has_ended }
    }

    /// A statement that was run, as it may be shown, and its answer.
    pub(crate) fn statement<T>(&self, logged_as: &LoggedAs, shown: &str, answer: &Result<T, Error>) {
        self.transaction.get_or_init(|| self.log.next_transaction());
        self.write(Some(logged_as), shown, outcome(answer));
    }

    /// The COMMIT, and its answer.
    pub(crate) fn commit(&self, answer: &Result<(), Error>) {
        self.end("COMMIT", outcome(answer));
    }

    /// What there was is undone.
    pub(crate) fn rollback(&self) {
        self.end("ROLLBACK", "ok");
    }

    /// Once, and only where there is something that stays or does not.
    fn end(&self, sql: &str, outcome: &str) {
        if !self.has_ended.swap(true, Ordering::Relaxed) && self.transaction.get().is_some() {
            self.write(None, sql, outcome);
        }
    }

    fn write(&self, logged_as: Option<&LoggedAs>, sql: &str, outcome: &str) {
        let line = Line::run(&self.cluster, logged_as, sql.to_owned(), outcome);
        self.log.write(&Line { transaction: self.transaction.get().cloned(), ..line });
    }
}
