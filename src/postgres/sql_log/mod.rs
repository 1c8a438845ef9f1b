//! The log of statements: what a plan would run, and what an apply has run. One JSON object a line in a file, where
//! somebody named one, and the same as a log line. No secret comes here: whoever has one to send gives another text to
//! show.

mod file;
mod journal;

use std::fs::File;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::{fmt, io};

use serde::Serialize;
use time::OffsetDateTime;
use time::format_description::BorrowedFormatItem;
use time::macros::format_description;

use super::error::Error;
use crate::roles::RoleName;
pub(crate) use journal::Journal;

/// RFC 3339, in UTC.
const TIME: &[BorrowedFormatItem<'_>] =
    format_description!("[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:6]Z");

/// For which resource a statement is run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoggedAs {
    /// Its type, such as `pgum_user`. (Terraform tells nobody its address.)
    pub resource: &'static str,
    /// The role that it stands for.
    pub role: RoleName,
}

/// Where statements are logged. Cheap to clone; all clones write to one file.
#[derive(Clone, Default)]
pub struct SqlLog(Arc<Inner>);

#[derive(Default)]
struct Inner {
    file: Option<File>,
    /// Transactions that were numbered so far.
    transactions: AtomicU64,
    /// Whether a line could not be written, which is said once.
    has_failed: AtomicBool,
}

/// One statement.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Line {
    time: String,
    phase: Phase,
    /// Such as `db.example.com:5432/postgres`: the database that the statement is for.
    cluster: String,
    /// The same for all statements of one transaction, by whatever process.
    #[serde(skip_serializing_if = "Option::is_none")]
    transaction: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    resource: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    role: Option<String>,
    sql: String,
    /// `ok`, the SQLSTATE of an error, or `unknown` where no answer came. A plan has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    outcome: Option<String>,
}

/// Whether something was only planned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum Phase {
    Plan,
    Apply,
}

impl Phase {
    fn as_str(self) -> &'static str {
        match self {
            Phase::Plan => "plan",
            Phase::Apply => "apply",
        }
    }
}

impl Line {
    /// A statement that an apply would run.
    pub(crate) fn planned(cluster: &str, logged_as: &LoggedAs, sql: String) -> Line {
        Line::new(Phase::Plan, cluster, Some(logged_as), sql)
    }

    /// A statement that was run, in no transaction that anything hangs on.
    pub(crate) fn run(cluster: &str, logged_as: Option<&LoggedAs>, sql: String, outcome: &str) -> Line {
        Line { outcome: Some(outcome.to_owned()), ..Line::new(Phase::Apply, cluster, logged_as, sql) }
    }

    fn new(phase: Phase, cluster: &str, logged_as: Option<&LoggedAs>, sql: String) -> Line {
        Line {
            time: OffsetDateTime::now_utc().format(TIME).unwrap_or_default(),
            phase,
            cluster: cluster.to_owned(),
            transaction: None,
            resource: logged_as.map(|logged_as| logged_as.resource),
            role: logged_as.map(|logged_as| logged_as.role.to_string()),
            sql,
            outcome: None,
        }
    }
}

impl SqlLog {
    /// A log that adds to a file, and makes it where there is none: then nobody else may read it.
    ///
    /// # Errors
    /// The file cannot be opened.
    pub fn append_to(path: &Path) -> io::Result<SqlLog> {
        Ok(SqlLog(Arc::new(Inner { file: Some(file::open(path)?), ..Inner::default() })))
    }

    /// Whether anybody reads what is written.
    pub(crate) fn is_wanted(&self) -> bool {
        self.0.file.is_some() || tracing::enabled!(tracing::Level::INFO)
    }

    /// Writes one line.
    pub(crate) fn write(&self, line: &Line) {
        let Line { phase, cluster, transaction, resource, role, sql, outcome, .. } = line;
        let phase = phase.as_str();
        tracing::info!(phase, cluster, transaction, resource, role, sql, outcome, "statement");
        let Some(file) = &self.0.file else { return };
        if let Err(error) = file::append(file, line)
            && !self.0.has_failed.swap(true, Ordering::Relaxed)
        {
            tracing::error!(%error, "the file that PGUM_SQL_LOG names cannot be written to; statements are missing in it");
        }
    }

    fn next_transaction(&self) -> String {
        let number = self.0.transactions.fetch_add(1, Ordering::Relaxed) + 1;
        format!("{}.{number}", std::process::id())
    }
}

impl fmt::Debug for SqlLog {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SqlLog").field("file", &self.0.file.is_some()).finish()
    }
}

/// How a statement ended, in a word.
fn outcome<T>(answer: &Result<T, Error>) -> &str {
    match answer {
        Ok(_) => "ok",
        Err(error) => error.sqlstate().map_or("unknown", |code| code.code()),
    }
}

#[cfg(test)]
mod tests;
