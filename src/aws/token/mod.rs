//! The IAM token itself, pure: a request to RDS's service `rds-db` that is signed, and never sent but as a password.
//! What is signed for what, and what a token that was made elsewhere says.

pub(super) mod percent;
mod read;
mod sign;
#[cfg(test)]
mod tests;

use std::fmt;
use std::time::{Duration, SystemTime};

use secrecy::SecretString;

use super::Region;
pub(crate) use percent::encode as percent_encode;
pub use read::InvalidToken;
pub use sign::CannotSign;

/// How long a token lets somebody in, from when it was signed: the most that RDS accepts.
pub const VALID_FOR: Duration = Duration::from_secs(900);

/// What a token is signed for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    host: String,
    port: u16,
    username: String,
}

/// Why no token can be signed for a host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvalidEndpoint(String);

impl fmt::Display for InvalidEndpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} is no name or address of a host that an IAM token can be signed for", self.0)
    }
}

impl std::error::Error for InvalidEndpoint {}

impl Endpoint {
    /// A host, its port, and the user of the database that logs in there. The host is taken in small letters and
    /// without a dot at its end; an IPv6 address gets its brackets.
    ///
    /// # Errors
    /// Where the host is none: empty, a socket's directory, or with other than ASCII's letters.
    pub fn new(host: &str, port: u16, username: impl Into<String>) -> Result<Endpoint, InvalidEndpoint> {
        let bare = host.strip_suffix('.').unwrap_or(host);
        let bare = bare.strip_prefix('[').and_then(|bare| bare.strip_suffix(']')).unwrap_or(bare);
        let is_v6 = bare.parse::<std::net::Ipv6Addr>().is_ok();
        let is_name = !bare.is_empty()
            && bare.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_'));
        let host = match bare.to_ascii_lowercase() {
            address if is_v6 => format!("[{address}]"),
            name if is_name => name,
            _ => return Err(InvalidEndpoint(host.to_owned())),
        };
        Ok(Endpoint { host, port, username: username.into() })
    }

    /// The host, in small letters.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The port.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The user of the database.
    pub fn username(&self) -> &str {
        &self.username
    }
}

/// What a token says of itself to everyone who can read it. None of it is secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenFacts {
    /// What it was signed for.
    pub endpoint: Endpoint,
    /// The region it was signed for.
    pub region: Region,
    /// The id of the access key that signed it.
    pub access_key_id: String,
    /// When.
    pub signed_at: SystemTime,
    /// From when on it lets nobody in.
    pub expires_at: SystemTime,
}

/// A token, with what it says of itself.
#[derive(Debug, Clone)]
pub struct Token {
    /// What is given as the password.
    pub secret: SecretString,
    /// What it was signed for, when, and with which key.
    pub facts: TokenFacts,
}
