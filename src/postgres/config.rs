//! Where to connect to, as whom, and how: plain data, no I/O.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use secrecy::{ExposeSecret, SecretString};

use crate::roles::lockout::{Login, Protection};
use crate::roles::{DatabaseName, RoleName};

/// Everything that a connection needs to know. `Debug` shows no secret.
#[derive(Debug, Clone)]
pub struct ConnectionConfig {
    /// The server's own name: what its certificate is checked against. A value that starts with `/` is the
    /// directory of a Unix socket.
    pub host: String,
    /// The server's port; with a socket directory the socket is `.s.PGSQL.<port>` in it.
    pub port: u16,
    /// Where the bytes go instead, with `host` staying what it is.
    pub connect_via: Option<Via>,
    /// The database of [`Pool::begin`](super::Pool::begin).
    pub database: String,
    /// The role to log in as.
    pub username: String,
    /// Its password, where one is needed.
    pub password: Option<Password>,
    /// libpq's word for how much TLS there must be.
    pub sslmode: SslMode,
    /// What to check the server's certificate against; none is libpq's `~/.postgresql/root.crt`, if it exists.
    pub root_certificates: Option<RootCertificates>,
    /// The client's certificate and its key; none is libpq's `~/.postgresql/postgresql.{crt,key}`, if they
    /// exist.
    pub client_certificate: Option<(Certificate, Secret)>,
    /// What the server shows in `pg_stat_activity`.
    pub application_name: String,
    /// The bound for one attempt: name, TCP, TLS and login together.
    pub connect_timeout: Duration,
    /// How long to go on trying where trying again may help; zero is never.
    pub connect_retry: Duration,
    /// The bound for every lock of every statement; zero is none.
    pub lock_timeout: Duration,
    /// Never more connections than this at one time; at least one.
    pub max_connections: usize,
}

impl ConnectionConfig {
    /// The defaults of the provider for a host.
    pub fn new(host: impl Into<String>) -> ConnectionConfig {
        ConnectionConfig {
            host: host.into(),
            port: 5432,
            connect_via: None,
            database: "postgres".to_owned(),
            username: "postgres".to_owned(),
            password: None,
            sslmode: SslMode::Prefer,
            root_certificates: None,
            client_certificate: None,
            application_name: "terraform-provider-pgum".to_owned(),
            connect_timeout: Duration::from_secs(30),
            connect_retry: Duration::from_secs(20),
            lock_timeout: Duration::from_secs(30),
            max_connections: 4,
        }
    }

    /// The path of the Unix socket, where `host` is a directory.
    pub fn socket(&self) -> Option<PathBuf> {
        self.host.starts_with('/').then(|| PathBuf::from(&self.host).join(format!(".s.PGSQL.{}", self.port)))
    }

    /// How this login is made, as far as lock-out is concerned: a token may also be given as the password.
    pub fn login(&self) -> Login {
        match &self.password {
            Some(Password::Source(_)) => Login::Iam,
            Some(Password::Fixed(text)) if is_token(text.expose_secret()) => Login::Iam,
            Some(Password::Fixed(_)) => Login::Password,
            None => Login::Other,
        }
    }

    /// What is protected where nobody says more: the role that logs in.
    pub fn protection(&self) -> Protection {
        Protection::of_connection(
            RoleName::from_catalog(&self.username),
            self.login(),
            DatabaseName::from_catalog(&self.database),
        )
    }

    /// The server and a database of it, such as `db.example.com:5432/postgres`.
    pub fn server_and(&self, database: &str) -> String {
        format!("{}/{database}", self.server())
    }

    /// The server as a person would write it: `host:port`, or the socket's path.
    pub fn server(&self) -> String {
        match self.socket() {
            Some(socket) => socket.display().to_string(),
            None if self.host.contains(':') => format!("[{}]:{}", self.host, self.port),
            None => format!("{}:{}", self.host, self.port),
        }
    }
}

/// Whether a password is an IAM token: a signed request without its scheme.
fn is_token(password: &str) -> bool {
    password.contains("Action=connect") && password.contains("X-Amz-Signature=")
}

/// Where a login's password comes from.
#[derive(Clone)]
pub enum Password {
    /// Always the same.
    Fixed(SecretString),
    /// Asked for at every new connection: a token that expires.
    Source(Arc<dyn PasswordSource>),
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Password::Fixed(_) => "Fixed([REDACTED])",
            Password::Source(_) => "Source([REDACTED])",
        })
    }
}

/// What makes a password when a connection needs one.
#[async_trait]
pub trait PasswordSource: Send + Sync {
    /// A password that is good for a login now.
    async fn password(&self) -> Result<Issued, PasswordError>;

    /// Another one, after the server has rejected this; none where it would be no other.
    async fn after_rejection(&self, _rejected: &Issued) -> Result<Option<Issued>, PasswordError> {
        Ok(None)
    }
}

/// A password for one login.
#[derive(Debug, Clone)]
pub struct Issued {
    /// The password.
    pub secret: SecretString,
    /// What it says of itself, where it is an IAM token.
    pub token: Option<Arc<TokenNote>>,
    /// Whether another one may be let in where this is not: it was there before this login.
    pub may_be_stale: bool,
    /// Which of the source's it is: later ones have higher numbers.
    pub generation: u64,
}

/// What an IAM token is good for: for explanations, where a login was rejected with it. None of it is secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenNote {
    /// The host that it was signed for.
    pub host: String,
    /// The port.
    pub port: u16,
    /// The user.
    pub username: String,
    /// The region.
    pub region: String,
    /// The id of the access key that signed it.
    pub access_key_id: String,
    /// What a policy must allow: the ARN of the database's user, as far as it is known.
    pub resource: String,
    /// Where its credentials came from, in words; none for a token that was made elsewhere.
    pub origin: Option<String>,
    /// The variable or attribute that holds one that was made elsewhere.
    pub given_in: Option<String>,
    /// When it was signed.
    pub signed_at: SystemTime,
    /// From when on it lets nobody in.
    pub expires_at: SystemTime,
}

/// Why there is no password.
#[derive(Debug, Clone)]
pub struct PasswordError {
    /// What went wrong; without secrets.
    pub message: String,
    /// What to do about it.
    pub remedy: Option<String>,
}

/// libpq's `sslmode`, in the order of strength.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SslMode {
    /// Never TLS.
    Disable,
    /// TLS only where the server refuses a connection without.
    Allow,
    /// TLS where the server has it.
    Prefer,
    /// TLS; the certificate is not checked (unless there is a root certificate, see libpq).
    Require,
    /// TLS, and a certificate that a trusted authority has signed.
    VerifyCa,
    /// The same, and it is for `host`.
    VerifyFull,
}

impl SslMode {
    /// All six, weakest first.
    pub const ALL: [SslMode; 6] = [
        SslMode::Disable,
        SslMode::Allow,
        SslMode::Prefer,
        SslMode::Require,
        SslMode::VerifyCa,
        SslMode::VerifyFull,
    ];

    /// The mode of that word.
    pub fn parse(word: &str) -> Option<SslMode> {
        SslMode::ALL.into_iter().find(|mode| mode.as_str() == word)
    }

    /// libpq's word.
    pub fn as_str(self) -> &'static str {
        match self {
            SslMode::Disable => "disable",
            SslMode::Allow => "allow",
            SslMode::Prefer => "prefer",
            SslMode::Require => "require",
            SslMode::VerifyCa => "verify-ca",
            SslMode::VerifyFull => "verify-full",
        }
    }
}

impl fmt::Display for SslMode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What a server's certificate is checked against.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RootCertificates {
    /// A file of certificates in PEM.
    Path(PathBuf),
    /// The certificates themselves, in PEM.
    Pem(String),
    /// What the operating system trusts; only with `verify-full`.
    System,
    /// The authorities of RDS, which ship with the executable.
    Rds,
    /// Amazon's public authorities, which sign for RDS Proxy and ship too; only with `verify-full`, as they sign for
    /// everybody.
    RdsProxy,
}

/// A certificate, or where it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Certificate {
    /// A file in PEM.
    Path(PathBuf),
    /// The PEM itself.
    Pem(String),
}

/// A private key, or where it is.
#[derive(Debug, Clone)]
pub enum Secret {
    /// A file in PEM.
    Path(PathBuf),
    /// The PEM itself.
    Pem(SecretString),
}

/// Where to connect to instead of `host`.
#[derive(Debug, Clone)]
pub enum Via {
    /// The near end of a tunnel, whose far end is the server.
    Tunnel {
        /// Its address.
        host: String,
        /// Its port.
        port: u16,
    },
    /// A SOCKS5 proxy.
    Socks5 {
        /// Its address.
        host: String,
        /// Its port.
        port: u16,
        /// How to log in to it.
        login: Option<SocksLogin>,
        /// Whether the proxy looks up the server's name (`socks5h`) or this side does (`socks5`).
        resolve_remotely: bool,
    },
}

/// A login at a SOCKS5 proxy (RFC 1929).
#[derive(Debug, Clone)]
pub struct SocksLogin {
    /// The user.
    pub username: String,
    /// The password.
    pub password: SecretString,
}
