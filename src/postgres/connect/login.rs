//! Logging in on a link: the start-up message, the password, and what a server says against it.

use std::error::Error as _;
use std::io;

use secrecy::{ExposeSecret, SecretString};
use tokio::io::Empty;
use tokio_postgres::config::{SslMode, SslNegotiation};
use tokio_postgres::error::DbError;
use tokio_postgres::{Client, Connection};

use super::link::{Established, Link};
use super::tls;
use crate::postgres::config::{ConnectionConfig, Password};
use crate::postgres::error::{AuthenticationProblem, Error, Kind, UnreachableProblem};

/// What a server is told of the one who comes in.
pub(super) struct Login {
    startup: tokio_postgres::Config,
    has_password: bool,
}

impl Login {
    /// Asks for the password, which may be a token that is made now.
    pub(super) async fn new(config: &ConnectionConfig, database: &str) -> Result<Login, Error> {
        let password: Option<SecretString> = match &config.password {
            None => None,
            Some(Password::Fixed(password)) => Some(password.clone()),
            Some(Password::Source(source)) => Some(source.password().await.map_err(|error| {
                let kind = Kind::Authentication(AuthenticationProblem::PasswordMissing);
                Error::new(kind, format!("no password could be had: {error}"))
            })?),
        };
        let mut startup = tokio_postgres::Config::new();
        // No `options`: RDS Proxy and PgBouncer refuse them.
        startup.user(&config.username).dbname(database).application_name(&config.application_name);
        // The link is made already, with TLS or without; so nothing is negotiated here.
        startup.ssl_mode(SslMode::Require).ssl_negotiation(SslNegotiation::Direct);
        if let Some(password) = &password {
            startup.password(password.expose_secret());
        }
        Ok(Login { startup, has_password: password.is_some() })
    }

    /// Logs in.
    pub(super) async fn on(&self, link: Link) -> Result<(Client, Connection<Empty, Link>), Error> {
        let result = self.startup.connect_raw(tokio::io::empty(), Established(link)).await;
        result.map_err(|error| self.explain(&error))
    }

    fn explain(&self, error: &tokio_postgres::Error) -> Error {
        if let Some(error) = error.as_db_error() {
            return of_server(error);
        }
        if let Some(error) = error.source().and_then(|source| source.downcast_ref::<io::Error>()) {
            return tls::explain(error).unwrap_or_else(|| of_io(error));
        }
        if error.is_closed() {
            return closed("the server closed the connection during the login".to_owned());
        }
        let cause = error.source().map_or_else(|| error.to_string(), |source| source.to_string());
        // Without a password there is none to be wrong, and what else the library refuses itself it says so.
        if !self.has_password && cause == "password missing" {
            let kind = Kind::Authentication(AuthenticationProblem::PasswordMissing);
            return Error::new(kind, "the server asks for a password, and there is none");
        }
        Error::new(Kind::Authentication(AuthenticationProblem::Unsupported), cause)
    }
}

fn of_server(error: &DbError) -> Error {
    let explained = Error::from_server(error);
    let kind = match explained.kind() {
        // The one thing that is told by text: the server has one code for many refusals, and the same line of
        // code for all methods. PAM on RDS is the IAM token.
        Kind::Authentication(_) if error.message().starts_with("PAM authentication failed") => {
            Kind::Authentication(AuthenticationProblem::Pam)
        }
        // The function that reads pg_hba.conf; the methods that it names report from others.
        Kind::Authentication(AuthenticationProblem::Rejected)
            if error.routine() == Some("ClientAuthentication") =>
        {
            Kind::Authentication(AuthenticationProblem::NoEntry)
        }
        // Before the login is through, nothing is lost yet. A pooler reports with 08P01 what it has against us.
        Kind::ConnectionLost if error.code().code().starts_with("08") => {
            Kind::Unreachable(UnreachableProblem::Other)
        }
        kind => kind,
    };
    explained.with_kind(kind)
}

fn of_io(error: &io::Error) -> Error {
    closed(format!("the connection was closed during the login: {error}"))
}

fn closed(message: String) -> Error {
    Error::new(Kind::Unreachable(UnreachableProblem::Closed), message)
}
