//! From a configuration to a connection that is logged in.

mod link;

use std::sync::Arc;

use tokio_postgres::config::{SslMode as TokioSslMode, SslNegotiation};

use super::config::{ConnectionConfig, Password};
use super::error::{AuthenticationProblem, Error, Kind, UnreachableProblem};
use super::session::Session;
use link::Established;
pub(crate) use link::Link;
use secrecy::ExposeSecret;

/// A new connection to a database.
pub(crate) async fn connect(config: &Arc<ConnectionConfig>, database: &str) -> Result<Session, Error> {
    let doing = format!("cannot connect to {} as {}", config.server(), config.username);
    attempt(config, database).await.map_err(|error| error.doing(doing))
}

async fn attempt(config: &ConnectionConfig, database: &str) -> Result<Session, Error> {
    let stream = tokio::net::TcpStream::connect((config.host.as_str(), config.port))
        .await
        .map_err(|e| Error::new(Kind::Unreachable(UnreachableProblem::Other), e.to_string()))?;
    let password = match &config.password {
        None => None,
        Some(Password::Fixed(password)) => Some(password.clone()),
        Some(Password::Source(source)) => Some(source.password().await.map_err(|error| {
            Error::new(Kind::Authentication(AuthenticationProblem::PasswordMissing), error.to_string())
        })?),
    };
    let mut login = tokio_postgres::Config::new();
    login
        .user(&config.username)
        .dbname(database)
        .application_name(&config.application_name)
        .ssl_mode(TokioSslMode::Require)
        .ssl_negotiation(SslNegotiation::Direct);
    if let Some(password) = &password {
        login.password(password.expose_secret());
    }
    let established = Established(Link::plain(stream));
    let (client, connection) = login
        .connect_raw(tokio::io::empty(), established)
        .await
        .map_err(|error| Error::from_session(&error))?;
    Session::start(client, connection)
}
