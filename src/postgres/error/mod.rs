//! What can go wrong between here and the server, with what people need to know of it: what the server
//! said, and what to do.

mod explain;
mod kind;

use std::fmt;
use std::io;
use std::sync::Arc;

use tokio_postgres::error::{DbError, SqlState};

pub(crate) use explain::{DEPENDENTS, READER};
pub use kind::{AuthenticationProblem, Kind, TlsProblem, UnreachableProblem};

/// An error of a connection, a transaction or a statement. Cheap to clone: many may wait for one result.
#[derive(Clone)]
pub struct Error(Arc<Inner>);

#[derive(Clone)]
struct Inner {
    kind: Kind,
    message: String,
    detail: Option<String>,
    hint: Option<String>,
    sqlstate: Option<SqlState>,
    /// What was being done, such as `cannot connect to db.example.com:5432 as postgres`.
    doing: Option<String>,
    /// What else was tried, and what came of it.
    also: Option<String>,
    /// What to do about it, where the place of the error knows better than [`explain::remedy`].
    remedy: Option<String>,
}

impl Error {
    pub(crate) fn new(kind: Kind, message: impl Into<String>) -> Error {
        Error(Arc::new(Inner {
            kind,
            message: message.into(),
            detail: None,
            hint: None,
            sqlstate: None,
            doing: None,
            also: None,
            remedy: None,
        }))
    }

    /// An error that the server reported.
    pub(crate) fn from_server(error: &DbError) -> Error {
        Error(Arc::new(Inner {
            kind: Kind::of_server_error(error.code(), error.message()),
            message: error.message().to_owned(),
            detail: error.detail().map(str::to_owned),
            hint: error.hint().map(str::to_owned),
            sqlstate: Some(error.code().clone()),
            doing: None,
            also: None,
            remedy: None,
        }))
    }

    /// What went wrong in a session that was logged in.
    pub(crate) fn from_session(error: &tokio_postgres::Error) -> Error {
        use std::error::Error as _;
        if let Some(error) = error.as_db_error() {
            return Error::from_server(error);
        }
        if error.is_closed() {
            return Error::new(Kind::ConnectionLost, "the connection is closed");
        }
        let Some(source) = error.source() else { return Error::new(Kind::Other, error.to_string()) };
        match source.downcast_ref::<io::Error>() {
            // What cannot be put into a message (a NUL) was not sent, or an answer could not be read.
            Some(source) if source.kind() != io::ErrorKind::InvalidInput => {
                Error::new(Kind::ConnectionLost, format!("the connection was lost: {source}"))
            }
            _ => Error::new(Kind::Other, format!("{error}: {source}")),
        }
    }

    pub(crate) fn doing(self, doing: impl Into<String>) -> Error {
        self.with(|inner| inner.doing = Some(doing.into()))
    }

    pub(crate) fn also(self, also: impl Into<String>) -> Error {
        self.with(|inner| inner.also = Some(also.into()))
    }

    pub(crate) fn has_remedy(&self) -> bool {
        self.0.remedy.is_some()
    }

    pub(crate) fn remedy(self, remedy: impl Into<String>) -> Error {
        self.with(|inner| inner.remedy = Some(remedy.into()))
    }

    pub(crate) fn with_kind(self, kind: Kind) -> Error {
        self.with(|inner| inner.kind = kind)
    }

    fn with(mut self, change: impl FnOnce(&mut Inner)) -> Error {
        change(Arc::make_mut(&mut self.0));
        self
    }

    /// What sort of error it is.
    pub fn kind(&self) -> Kind {
        self.0.kind
    }

    /// What the server said, or what happened where it said nothing.
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// The server's DETAIL.
    pub fn detail(&self) -> Option<&str> {
        self.0.detail.as_deref()
    }

    /// The server's HINT.
    pub fn hint(&self) -> Option<&str> {
        self.0.hint.as_deref()
    }

    /// The code that the server gave it.
    pub fn sqlstate(&self) -> Option<&SqlState> {
        self.0.sqlstate.as_ref()
    }

    /// Whether the same transaction, begun once more, may succeed: it collided with another session, or the
    /// connection was lost before anything was committed.
    pub fn is_retryable(&self) -> bool {
        matches!(self.0.kind, Kind::Serialization | Kind::ConnectionLost)
    }

    /// Whether it says something about this side, the way or the server as a whole, so that nothing else would fare better
    /// there at the moment.
    pub(crate) fn is_out_of_reach(&self) -> bool {
        matches!(self.0.kind, Kind::Unreachable(_) | Kind::Tls(_) | Kind::ConnectionLost | Kind::Starting)
    }

    /// Whether the server has no room left for what a transaction wants, its table of locks first of all (53200): less at a
    /// time may succeed.
    pub(crate) fn is_no_room(&self) -> bool {
        self.0.sqlstate == Some(SqlState::OUT_OF_MEMORY)
    }

    /// The text of a diagnostic: what was being done, what the server said (message, DETAIL, HINT, SQLSTATE),
    /// and what to do about it.
    pub fn to_detail(&self) -> String {
        let inner = &*self.0;
        let mut text = String::new();
        if let Some(doing) = &inner.doing {
            text.push_str(doing);
            text.push_str(": ");
        }
        text.push_str(&inner.message);
        if let Some(sqlstate) = &inner.sqlstate {
            text.push_str(&format!(" (SQLSTATE {})", sqlstate.code()));
        }
        for (label, line) in [("DETAIL", &inner.detail), ("HINT", &inner.hint)] {
            if let Some(line) = line {
                text.push_str(&format!("\n{label}: {line}"));
            }
        }
        if let Some(also) = &inner.also {
            text.push('\n');
            text.push_str(also);
        }
        if let Some(remedy) = inner.remedy.clone().or_else(|| explain::remedy(self)) {
            text.push_str("\n\n");
            text.push_str(&remedy);
        }
        text
    }
}

/// One line; [`Error::to_detail`] says it in full.
impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(doing) = &self.0.doing {
            write!(f, "{doing}: ")?;
        }
        f.write_str(&self.0.message)?;
        match &self.0.sqlstate {
            Some(sqlstate) => write!(f, " (SQLSTATE {})", sqlstate.code()),
            None => Ok(()),
        }
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Error")
            .field("kind", &self.0.kind)
            .field("message", &self.0.message)
            .field("sqlstate", &self.0.sqlstate)
            .field("detail", &self.0.detail)
            .field("hint", &self.0.hint)
            .finish_non_exhaustive()
    }
}

impl std::error::Error for Error {}
