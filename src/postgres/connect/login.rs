//! Logging in on a link: the start-up message, the password, and what a server says against it.

use std::error::Error as _;
use std::io;

use secrecy::ExposeSecret;
use tokio::io::Empty;
use tokio_postgres::config::{SslMode, SslNegotiation};
use tokio_postgres::error::DbError;
use tokio_postgres::{Client, Connection};

use super::link::{Established, Link};
use super::tls;
use crate::postgres::config::{ConnectionConfig, Issued, Password, PasswordError, TokenNote};
use crate::postgres::error::{AuthenticationProblem, Error, Kind, UnreachableProblem};

/// What a server is told of the one who comes in.
pub(super) struct Login {
    startup: tokio_postgres::Config,
    issued: Option<Issued>,
}

impl Login {
    /// Asks for the password, which may be a token that is made now.
    pub(super) async fn new(config: &ConnectionConfig, database: &str) -> Result<Login, Error> {
        let issued = match &config.password {
            None => None,
            Some(Password::Fixed(password)) => {
                Some(Issued { secret: password.clone(), token: None, may_be_stale: false, generation: 0 })
            }
            Some(Password::Source(source)) => Some(source.password().await.map_err(no_password)?),
        };
        Ok(Login::with(config, database, issued))
    }

    fn with(config: &ConnectionConfig, database: &str, issued: Option<Issued>) -> Login {
        let mut startup = tokio_postgres::Config::new();
        // No `options`: RDS Proxy and PgBouncer refuse them.
        startup.user(&config.username).dbname(database).application_name(&config.application_name);
        // The link is made already, with TLS or without; so nothing is negotiated here.
        startup.ssl_mode(SslMode::Require).ssl_negotiation(SslNegotiation::Direct);
        if let Some(issued) = &issued {
            startup.password(issued.secret.expose_secret());
        }
        Login { startup, issued }
    }

    /// What it says of itself, where the password is an IAM token.
    pub(super) fn token(&self) -> Option<&TokenNote> {
        self.issued.as_ref()?.token.as_deref()
    }

    /// The same with another password, where the server rejected this one and there may be a better one.
    pub(super) async fn after(
        &self,
        error: &Error,
        config: &ConnectionConfig,
        database: &str,
    ) -> Option<Result<Login, Error>> {
        let rejected = matches!(
            error.kind(),
            Kind::Authentication(AuthenticationProblem::Pam | AuthenticationProblem::WrongPassword)
        );
        let (Some(issued), Some(Password::Source(source))) = (&self.issued, &config.password) else {
            return None;
        };
        if !rejected || !issued.may_be_stale {
            return None;
        }
        match source.after_rejection(issued).await {
            Ok(None) => None,
            Ok(other) => Some(Ok(Login::with(config, database, other))),
            Err(error) => Some(Err(no_password(error))),
        }
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
        if self.issued.is_none() && cause == "password missing" {
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
        Kind::Authentication(_) if is_about_iam(error.message()) => {
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

/// RDS Proxy checks the token itself and says so in words of its own.
fn is_about_iam(message: &str) -> bool {
    message.starts_with("PAM authentication failed") || message.contains("IAM authentication failed")
}

fn no_password(error: PasswordError) -> Error {
    let failed = Error::new(Kind::Credentials, error.message);
    match error.remedy {
        Some(remedy) => failed.remedy(remedy),
        None => failed,
    }
}

fn of_io(error: &io::Error) -> Error {
    closed(format!("the connection was closed during the login: {error}"))
}

fn closed(message: String) -> Error {
    Error::new(Kind::Unreachable(UnreachableProblem::Closed), message)
}
