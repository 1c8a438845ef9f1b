//! One connection that is logged in: the client's end, the task that drives it, and what the server told
//! besides its answers.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use futures_util::future::poll_fn;
use tokio::task::JoinHandle;
use tokio_postgres::error::SqlState;
use tokio_postgres::{AsyncMessage, Client, Connection};

use crate::postgres::connect::Link;
use crate::postgres::error::{Error, Kind};

/// A NOTICE or WARNING.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// Its code: what to branch on.
    pub sqlstate: SqlState,
    /// `NOTICE`, `WARNING`, ...; in the server's language.
    pub severity: String,
    /// What it says.
    pub message: String,
    /// Its DETAIL.
    pub detail: Option<String>,
    /// Its HINT.
    pub hint: Option<String>,
}

/// What a server says of itself at login.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerInfo {
    /// As `server_version_num`, such as 150018.
    pub version: u32,
    /// Whether it is a standby (a reader endpoint); the server says so from 14 on.
    pub in_hot_standby: Option<bool>,
    /// Whether the connection has TLS.
    pub encrypted: bool,
}

impl ServerInfo {
    /// Such as 15.
    pub fn major_version(&self) -> u32 {
        self.version / 10_000
    }
}

/// A connection that is logged in.
pub(crate) struct Session {
    client: Client,
    driver: JoinHandle<()>,
    told: Arc<Told>,
    server: ServerInfo,
    idle_since: Instant,
}

/// What the driver heard from the server besides answers.
#[derive(Default)]
struct Told {
    notices: Mutex<Vec<Notice>>,
    /// Why the connection ended.
    end: Mutex<Option<Error>>,
}

impl Session {
    /// Starts the task that drives the connection.
    pub(crate) fn start<S>(
        client: Client,
        connection: Connection<S, Link>,
        encrypted: bool,
    ) -> Result<Session, Error>
    where
        S: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin + Send + 'static,
    {
        let server = ServerInfo {
            version: version_number(connection.parameter("server_version").unwrap_or_default())?,
            in_hot_standby: connection.parameter("in_hot_standby").map(|value| value == "on"),
            encrypted,
        };
        let told = Arc::new(Told::default());
        let driver = tokio::spawn(drive(connection, Arc::clone(&told)));
        Ok(Session { client, driver, told, server, idle_since: Instant::now() })
    }

    pub(crate) fn client(&self) -> &Client {
        &self.client
    }

    pub(crate) fn server(&self) -> &ServerInfo {
        &self.server
    }

    /// Whether it has ended, as far as this side knows.
    pub(crate) fn is_closed(&self) -> bool {
        self.client.is_closed() || self.driver.is_finished()
    }

    pub(crate) fn idle_since(&self) -> Instant {
        self.idle_since
    }

    pub(crate) fn set_idle(&mut self) {
        self.idle_since = Instant::now();
    }

    /// The notices since the last call.
    pub(crate) fn take_notices(&self) -> Vec<Notice> {
        std::mem::take(&mut *self.told.notices.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// `error` in our words; a mere "closed" becomes the reason that the server gave, if it gave one.
    pub(crate) fn explain(&self, error: &tokio_postgres::Error) -> Error {
        if error.is_closed() { self.closed() } else { Error::from_session(error) }
    }

    /// Why the connection has ended.
    pub(crate) fn closed(&self) -> Error {
        let end = self.told.end.lock().unwrap_or_else(PoisonError::into_inner).clone();
        end.unwrap_or_else(|| Error::new(Kind::ConnectionLost, "the connection is closed"))
    }

    /// Says goodbye, and waits until the connection is closed, but not for long.
    pub(crate) async fn close(self, bound: Duration) {
        let Session { client, mut driver, .. } = self;
        drop(client);
        // The driver waits for what was asked, sends Terminate, and ends. How it ended is of no interest any more.
        if tokio::time::timeout(bound, &mut driver).await.is_err() {
            driver.abort();
        }
    }
}

async fn drive<S>(mut connection: Connection<S, Link>, told: Arc<Told>)
where
    S: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin + Send + 'static,
{
    loop {
        match poll_fn(|cx| connection.poll_message(cx)).await {
            Some(Ok(AsyncMessage::Notice(notice))) => {
                let mut notices = told.notices.lock().unwrap_or_else(PoisonError::into_inner);
                notices.push(Notice {
                    sqlstate: notice.code().clone(),
                    severity: notice.severity().to_owned(),
                    message: notice.message().to_owned(),
                    detail: notice.detail().map(str::to_owned),
                    hint: notice.hint().map(str::to_owned),
                });
            }
            Some(Ok(_)) => {}
            Some(Err(error)) => {
                let mut end = told.end.lock().unwrap_or_else(PoisonError::into_inner);
                *end = Some(Error::from_session(&error).with_kind(Kind::ConnectionLost));
                return;
            }
            None => return,
        }
    }
}

/// `server_version` as `server_version_num`: "15.18 (Debian ...)", "18beta1", "16rc2".
fn version_number(text: &str) -> Result<u32, Error> {
    let numbers = text.split(|c: char| !c.is_ascii_digit() && c != '.').next().unwrap_or_default();
    let mut parts = numbers.split('.').map(str::parse::<u32>);
    match (parts.next(), parts.next()) {
        (Some(Ok(major)), Some(Ok(minor))) if major < 1_000 && minor < 10_000 => Ok(major * 10_000 + minor),
        (Some(Ok(major)), None) if major < 1_000 => Ok(major * 10_000),
        _ => Err(Error::new(Kind::Other, format!("the server's version {text:?} cannot be understood"))),
    }
}

#[cfg(test)]
mod tests {
    use super::version_number;

    #[test]
    fn versions() {
        assert_eq!(version_number("15.18 (Debian 15.18-1.pgdg13+1)").ok(), Some(150_018));
        assert_eq!(version_number("13.23").ok(), Some(130_023));
        assert_eq!(version_number("18beta1").ok(), Some(180_000));
        assert_eq!(version_number("16rc2 (Debian)").ok(), Some(160_000));
        assert_eq!(version_number("17devel").ok(), Some(170_000));
        assert_eq!(version_number("").ok(), None);
        assert_eq!(version_number("PgBouncer 1.2").ok(), None);
    }
}
