//! A connection for plain tests: text in, rows of text out.

use crate::support::{runtime, wait};
use tokio_postgres::tls::{MakeTlsConnect, TlsConnect};
use tokio_postgres::{Client, Config, Error, NoTls, SimpleQueryMessage, Socket};

/// Rows of values as text; NULL is `None`.
pub(crate) type Rows = Vec<Vec<Option<String>>>;

/// One connection. It ends when it is dropped.
pub(crate) struct Session {
    client: Client,
}

impl Session {
    /// Without TLS.
    pub(crate) fn open(config: &Config) -> Result<Session, Error> {
        Session::open_with(config, NoTls)
    }

    /// With TLS, where that is what it makes.
    pub(crate) fn open_with<T>(config: &Config, tls: T) -> Result<Session, Error>
    where
        T: MakeTlsConnect<Socket, Stream: Send + 'static, TlsConnect: Send> + Send,
        <T::TlsConnect as TlsConnect<Socket>>::Future: Send,
    {
        Ok(Session { client: wait(connect(config, tls))? })
    }

    /// The rows of all the statements in `sql`. A failure is a panic with the statement.
    pub(crate) fn query(&self, sql: &str) -> Rows {
        self.try_query(sql).unwrap_or_else(|error| panic!("{}\n    {sql}", described(&error)))
    }

    pub(crate) fn try_query(&self, sql: &str) -> Result<Rows, Error> {
        wait(rows(&self.client, sql))
    }

    /// As [`Session::query`] for statements without rows.
    pub(crate) fn execute(&self, sql: &str) {
        self.query(sql);
    }

    /// The one value of the one row, NULL as an empty text.
    pub(crate) fn value(&self, sql: &str) -> String {
        let mut rows = self.query(sql);
        match (rows.len(), rows.pop()) {
            (1, Some(mut row)) if row.len() == 1 => row.remove(0).unwrap_or_default(),
            (count, row) => panic!("one value expected, got {count} rows, the last {row:?}\n    {sql}"),
        }
    }

    /// The first column of each row.
    pub(crate) fn column(&self, sql: &str) -> Vec<String> {
        let first = |row: Vec<Option<String>>| row.into_iter().next().flatten().unwrap_or_default();
        self.query(sql).into_iter().map(first).collect()
    }

    /// Whether the server has ended the connection.
    pub(crate) fn is_closed(&self) -> bool {
        self.client.is_closed()
    }
}

/// Connects, and leaves the connection's task to the harness's runtime.
pub(super) async fn connect<T>(config: &Config, tls: T) -> Result<Client, Error>
where
    T: MakeTlsConnect<Socket, Stream: Send + 'static>,
{
    let (client, connection) = config.connect(tls).await?;
    runtime().spawn(async move {
        // How a connection ends shows at the client.
        let _ = connection.await;
    });
    Ok(client)
}

/// The rows of all the statements in `sql`, which go to the server in one message.
pub(crate) async fn rows(client: &Client, sql: &str) -> Result<Rows, Error> {
    let messages = client.simple_query(sql).await?;
    let rows = messages.into_iter().filter_map(|message| match message {
        SimpleQueryMessage::Row(row) => {
            Some((0..row.len()).map(|column| row.get(column).map(str::to_owned)).collect())
        }
        _ => None,
    });
    Ok(rows.collect())
}

fn described(error: &Error) -> String {
    match error.as_db_error() {
        Some(error) => {
            format!("{} {} {}", error.code().code(), error.message(), error.detail().unwrap_or(""))
        }
        None => error.to_string(),
    }
}
