//! From a configuration to a connection that is logged in: the way there, TLS by libpq's six modes, the
//! login, and trying again where that may help.

mod client_certificate;
mod home;
mod iam;
mod link;
mod login;
mod network;
pub mod passfile;
mod progress;
mod remedy;
mod retry;
mod roots;
mod tls;
mod verifier;
mod via;

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::SystemTime;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::sync::OnceCell;
use tokio::time::Instant;

use super::config::{ConnectionConfig, SslMode};
use super::error::{AuthenticationProblem, Error, Kind, TlsProblem, UnreachableProblem};
use super::session::Session;
use link::Established;
pub(crate) use link::Link;
use login::Login;
use progress::Progress;
use retry::Backoff;
use tls::TlsClient;
pub use via::InvalidVia;

/// Makes connections by one configuration.
pub(crate) struct Connector {
    config: Arc<ConnectionConfig>,
    /// Made when it is needed first; certificates are read then and not again.
    tls: OnceCell<TlsClient>,
    /// Whether somebody has waited for the server for all of `connect_retry`, and nobody has had an answer from it since.
    given_up: AtomicBool,
}

/// What is said about TLS on one connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Encryption {
    None,
    IfOffered,
    Required,
}

/// An attempt that failed, and whether it had TLS (or failed at it).
struct Failure {
    error: Error,
    encrypted: bool,
}

impl Connector {
    pub(crate) fn new(config: Arc<ConnectionConfig>) -> Connector {
        Connector { config, tls: OnceCell::new(), given_up: AtomicBool::new(false) }
    }

    /// A new connection to a database, within `connect_retry` where trying again may help. Once that was in vain each tries
    /// once: of a thousand resources not every one is to wait.
    pub(crate) async fn connect(&self, database: &str) -> Result<Session, Error> {
        check(&self.config)?;
        let begun = Instant::now();
        let mut backoff = Backoff::new();
        let mut attempts = 1;
        loop {
            let error = match self.attempt(database).await {
                Ok(session) => return Ok(session),
                Err(error) => error,
            };
            let pause = backoff.next();
            let may_pass = retry::may_pass(&error);
            let in_time = begun.elapsed() + pause < self.config.connect_retry;
            // Who is told that there is no room for another connection may be the only one.
            let is_away = matches!(error.kind(), Kind::Unreachable(_) | Kind::Starting);
            if is_away && may_pass && !in_time {
                self.given_up.store(true, Ordering::Relaxed);
            }
            if !may_pass || !in_time || (is_away && self.given_up.load(Ordering::Relaxed)) {
                return Err(self.finish(error, attempts, begun));
            }
            tracing::info!(%error, "connecting to {} failed; it is tried again", self.config.server());
            tokio::time::sleep(pause).await;
            attempts += 1;
        }
    }

    /// The server has answered: it is waited for again where it is away once more.
    pub(crate) fn reached(&self) {
        self.given_up.store(false, Ordering::Relaxed);
    }

    fn finish(&self, error: Error, attempts: u32, begun: Instant) -> Error {
        let config = &self.config;
        let mut doing = format!("connecting to {} as {}", config.server(), config.username);
        if attempts > 1 {
            doing.push_str(&format!(" ({attempts} attempts in {} s)", begun.elapsed().as_secs()));
        }
        let error = error.doing(doing);
        match remedy::remedy(&error, config) {
            Some(remedy) if !error.has_remedy() => error.remedy(remedy),
            _ => error,
        }
    }

    /// One attempt, within `connect_timeout`.
    async fn attempt(&self, database: &str) -> Result<Session, Error> {
        let progress = Progress::default();
        let bound = self.config.connect_timeout;
        let deadline = Instant::now() + bound;
        match tokio::time::timeout_at(deadline, self.log_in(database, deadline, &progress)).await {
            Ok(result) => result,
            Err(_) => {
                let message = format!("no answer within {} s while {}", bound.as_secs_f64(), progress.last());
                Err(Error::new(Kind::Unreachable(UnreachableProblem::TimedOut), message))
            }
        }
    }

    /// With a password that is asked for now; where it is one that was there before and the server rejects it, with
    /// another one, once.
    async fn log_in(&self, database: &str, deadline: Instant, progress: &Progress) -> Result<Session, Error> {
        progress.at("getting the password");
        let login = self.in_time(deadline, Login::new(&self.config, database)).await?;
        let error = match self.by_sslmode(&login, deadline, progress).await {
            Ok(session) => return Ok(session),
            Err(error) => error,
        };
        progress.at("getting another password");
        match login.after(&error, &self.config, database).await {
            None => Err(self.rejected(error, &login)),
            Some(Err(other)) => {
                Err(self.rejected(error, &login).also(format!("Another token could not be had: {other}")))
            }
            Some(Ok(login)) => {
                tracing::info!(%error, "the login was rejected; it is tried with another token");
                self.by_sslmode(&login, deadline, progress)
                    .await
                    .map_err(|error| self.rejected(error, &login))
            }
        }
    }

    /// What gives the password may have to ask others for it, who do not answer: that is not the server's fault.
    async fn in_time(
        &self,
        deadline: Instant,
        login: impl Future<Output = Result<Login, Error>>,
    ) -> Result<Login, Error> {
        match tokio::time::timeout_at(deadline, login).await {
            Ok(result) => result,
            Err(_) => {
                let bound = self.config.connect_timeout.as_secs_f64();
                let message = format!("the password for the login could not be had within {bound} s");
                Err(Error::new(Kind::Credentials, message).remedy(
                    "Whatever gives the credentials does not answer, or not fast enough; connect_timeout bounds it \
                     together with the login. Where this machine is no EC2 instance, AWS_EC2_METADATA_DISABLED=true \
                     saves looking there.",
                ))
            }
        }
    }

    /// A login with a token that was rejected is explained with what the token says.
    fn rejected(&self, error: Error, login: &Login) -> Error {
        let (Kind::Authentication(problem), Some(token)) = (error.kind(), login.token()) else {
            return error;
        };
        match iam::remedy(problem, &self.config, token, SystemTime::now()) {
            Some(remedy) => error.remedy(remedy),
            None => error,
        }
    }

    /// libpq's six modes. On a socket there is no TLS.
    async fn by_sslmode(
        &self,
        login: &Login,
        deadline: Instant,
        progress: &Progress,
    ) -> Result<Session, Error> {
        let once = |encryption| self.once(login, encryption, deadline, progress);
        let sslmode = self.config.sslmode;
        if self.config.socket().is_some() || sslmode == SslMode::Disable {
            return once(Encryption::None).await.map_err(|failure| self.refused_without_tls(failure.error));
        }
        match sslmode {
            SslMode::Allow => match once(Encryption::None).await {
                Err(plain) if is_rejected(&plain.error) => {
                    once(Encryption::Required).await.map_err(|encrypted| both(encrypted.error, plain.error))
                }
                result => result.map_err(|failure| failure.error),
            },
            SslMode::Prefer => match once(Encryption::IfOffered).await {
                Err(failure) if failure.encrypted && may_do_without_tls(&failure.error) => {
                    once(Encryption::None).await.map_err(|plain| both(failure.error, plain.error))
                }
                result => result.map_err(|failure| failure.error),
            },
            _ => once(Encryption::Required).await.map_err(|failure| failure.error),
        }
    }

    /// One connection.
    async fn once(
        &self,
        login: &Login,
        encryption: Encryption,
        deadline: Instant,
        progress: &Progress,
    ) -> Result<Session, Failure> {
        let (link, encrypted) = self.link(encryption, deadline, progress).await?;
        progress.at("logging in");
        let failure = |error| Failure { error, encrypted };
        let (client, connection) = login.on(link).await.map_err(failure)?;
        Session::start(client, connection, encrypted).map_err(failure)
    }

    /// The stream, and whether it has TLS.
    async fn link(
        &self,
        encryption: Encryption,
        deadline: Instant,
        progress: &Progress,
    ) -> Result<(Link, bool), Failure> {
        let plain = |error| Failure { error, encrypted: false };
        let encrypted = |error| Failure { error, encrypted: true };

        let mut stream = network::open(&self.config, deadline, progress).await.map_err(plain)?;
        if encryption == Encryption::None {
            return Ok((Link::plain(stream), false));
        }
        progress.at("asking the server for TLS");
        if tls::is_offered(&mut stream).await.map_err(plain)? {
            let client = self.tls().await.map_err(plain)?;
            progress.at("in the TLS handshake");
            let link = client.handshake(stream).await.map_err(encrypted)?;
            return Ok((link, true));
        }
        if encryption == Encryption::Required {
            let kind = Kind::Tls(TlsProblem::RefusedByServer);
            return Err(plain(Error::new(kind, "the server does not do TLS")));
        }
        Ok((Link::plain(stream), false))
    }

    /// Asks the server to end what a session is at, on a connection of its own with as much TLS as the session's.
    pub(crate) async fn cancel(&self, session: &Session) -> Result<(), Error> {
        let encryption = if session.server().encrypted { Encryption::Required } else { Encryption::None };
        let deadline = Instant::now() + self.config.connect_timeout;
        let link = self.link(encryption, deadline, &Progress::default()).await;
        let (mut link, _) = link.map_err(|failure| failure.error)?;
        let request = request_to_cancel(session).await?;
        let lost = |error: io::Error| Error::new(Kind::ConnectionLost, error.to_string());
        link.write_all(&request).await.map_err(lost)?;
        link.flush().await.map_err(lost)?;
        // The server closes when it has done it, as libpq waits for too. PgBouncer 1.18 ends with all of its connections
        // when we close before it has passed the request on. How the server closes says nothing.
        let _ = tokio::io::copy(&mut link, &mut tokio::io::sink()).await;
        Ok(())
    }

    async fn tls(&self) -> Result<&TlsClient, Error> {
        self.tls.get_or_try_init(|| async { TlsClient::new(&self.config) }).await
    }

    /// With `disable`, a server without a line for us may have one for those who come with TLS.
    fn refused_without_tls(&self, error: Error) -> Error {
        let no_entry = Kind::Authentication(AuthenticationProblem::NoEntry);
        if error.kind() == no_entry && self.config.socket().is_none() {
            error.with_kind(Kind::Tls(TlsProblem::RequiredByServer))
        } else {
            error
        }
    }
}

/// What contradicts itself whatever the server is; connects nothing and reads nothing.
pub fn check(config: &ConnectionConfig) -> Result<(), Error> {
    let is_socket = config.socket().is_some();
    if config.host.is_empty() {
        return Err(Error::new(Kind::Configuration, "there is no host to connect to"));
    }
    if is_socket && config.connect_via.is_some() {
        let message = "host is a socket directory, which connect_via cannot lead to";
        return Err(Error::new(Kind::Configuration, message));
    }
    if let Some(public) = &config.root_certificates
        && !is_socket
        && roots::is_too_weak(config)
    {
        return Err(roots::too_weak(public, config.sslmode));
    }
    Ok(())
}

/// The message itself. tokio-postgres writes it to a stream that it closes at once, so to one that leads nowhere.
async fn request_to_cancel(session: &Session) -> Result<Vec<u8>, Error> {
    let (near, mut far) = tokio::io::duplex(64);
    let token = session.client().cancel_token();
    let sent = token.cancel_query_raw(tokio::io::empty(), Established(Link::plain(near))).await;
    sent.map_err(|error| Error::from_session(&error))?;
    let mut request = Vec::new();
    match far.read_to_end(&mut request).await {
        Ok(_) => Ok(request),
        Err(error) => Err(Error::new(Kind::Other, error.to_string())),
    }
}

/// Whether the server has said no to this login, other than for a moment. libpq then changes to or from TLS,
/// where the mode lets it: another line of `pg_hba.conf` may apply.
fn is_rejected(error: &Error) -> bool {
    error.sqlstate().is_some() && !retry::may_pass(error)
}

fn may_do_without_tls(error: &Error) -> bool {
    matches!(error.kind(), Kind::Tls(_)) || is_rejected(error)
}

/// The error of two attempts, one with TLS and one without: of whichever came further.
fn both(encrypted: Error, plain: Error) -> Error {
    let came_further = |error: &Error| match error.kind() {
        Kind::Tls(_) | Kind::Unreachable(_) => 0,
        Kind::Authentication(AuthenticationProblem::NoEntry) => 1,
        _ => 2,
    };
    if came_further(&plain) > came_further(&encrypted) {
        let also = format!("With TLS: {encrypted}");
        plain.also(also)
    } else {
        let also = format!("Without TLS: {plain}");
        encrypted.also(also)
    }
}
