//! `connect_via`: reading it, and ALL_PROXY less NO_PROXY where it is not written.

use std::fmt;

use http::Uri;
use hyper_util::client::proxy::matcher::{Intercept, Matcher};
use secrecy::SecretString;

use crate::postgres::config::{SocksLogin, Via};

/// The port of a SOCKS proxy that names none (RFC 1928).
const SOCKS_PORT: u16 = 1080;

/// Why a text is no `connect_via`. It does not repeat the text, which may hold a password.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvalidVia(&'static str);

impl fmt::Display for InvalidVia {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}; write an address with its port, such as 127.0.0.1:15432, or a SOCKS5 proxy, such as \
             socks5h://proxy:1080 or socks5h://user:password@proxy:1080",
            self.0
        )
    }
}

impl std::error::Error for InvalidVia {}

impl Via {
    /// Reads `127.0.0.1:15432`, `[::1]:15432`, `socks5://...` or `socks5h://...`.
    pub fn parse(text: &str) -> Result<Via, InvalidVia> {
        if text.contains("://") {
            let any = Uri::from_static("https://any.invalid");
            let proxy = Matcher::builder().all(text).build().intercept(&any);
            let proxy = proxy.ok_or(InvalidVia("this is not the URL of a proxy that can be used"))?;
            return socks5(&proxy);
        }
        let (host, port) = text.rsplit_once(':').ok_or(InvalidVia("the port is missing"))?;
        let port = port.parse().ok().filter(|&port| port != 0).ok_or(InvalidVia("the port is no port"))?;
        let host = match host.strip_prefix('[') {
            Some(host) => host.strip_suffix(']').ok_or(InvalidVia("a bracket is not closed"))?,
            None if host.contains(':') => return Err(InvalidVia("an IPv6 address needs brackets")),
            None => host,
        };
        if host.is_empty() || host.contains(|c: char| c.is_whitespace() || matches!(c, '/' | '@')) {
            return Err(InvalidVia("the address is no address"));
        }
        Ok(Via::Tunnel { host: host.to_owned(), port })
    }

    /// What ALL_PROXY and NO_PROXY say for a host; neither is looked at for a socket. Proxies of other kinds than SOCKS5
    /// are for other protocols.
    pub fn from_variables(host: &str, all_proxy: &str, no_proxy: &str) -> Option<Via> {
        if host.starts_with('/') {
            return None;
        }
        let authority = if host.contains(':') { format!("[{host}]") } else { host.to_owned() };
        // As a client of HTTPS would ask: the matcher knows two schemes only.
        let server = Uri::builder().scheme("https").authority(authority).path_and_query("/").build().ok()?;
        let proxy = Matcher::builder().all(all_proxy).no(no_proxy).build().intercept(&server)?;
        match socks5(&proxy) {
            Ok(via) => Some(via),
            Err(_) => {
                tracing::debug!("ALL_PROXY is no SOCKS5 proxy, so it is not used for PostgreSQL");
                None
            }
        }
    }
}

fn socks5(proxy: &Intercept) -> Result<Via, InvalidVia> {
    let uri = proxy.uri();
    let resolve_remotely = match uri.scheme_str() {
        Some("socks5") => false,
        Some("socks5h") => true,
        _ => return Err(InvalidVia("only proxies of the schemes socks5 and socks5h can be used")),
    };
    let host = uri.host().map(|host| host.trim_start_matches('[').trim_end_matches(']')).unwrap_or_default();
    if host.is_empty() {
        return Err(InvalidVia("the proxy's address is missing"));
    }
    let login = proxy.raw_auth().map(|(username, password)| SocksLogin {
        username: username.to_owned(),
        password: SecretString::from(password),
    });
    Ok(Via::Socks5 {
        host: host.to_owned(),
        port: uri.port_u16().unwrap_or(SOCKS_PORT),
        login,
        resolve_remotely,
    })
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use super::*;

    /// All of it in one line, with the password.
    fn told(via: &Via) -> String {
        match via {
            Via::Tunnel { host, port } => format!("tunnel {host} {port}"),
            Via::Socks5 { host, port, login, resolve_remotely } => {
                let login = login
                    .as_ref()
                    .map(|login| format!(" {} {}", login.username, login.password.expose_secret()))
                    .unwrap_or_default();
                format!("socks5 {host} {port} {resolve_remotely}{login}")
            }
        }
    }

    #[test]
    fn what_can_be_written() {
        for (text, via) in [
            ("127.0.0.1:15432", "tunnel 127.0.0.1 15432"),
            ("localhost:5432", "tunnel localhost 5432"),
            ("[::1]:15432", "tunnel ::1 15432"),
            ("socks5h://proxy:1081", "socks5 proxy 1081 true"),
            ("socks5://proxy", "socks5 proxy 1080 false"),
            ("socks5h://[::1]:1080/", "socks5 ::1 1080 true"),
            ("socks5h://user:p%40ss@proxy:1080", "socks5 proxy 1080 true user p@ss"),
        ] {
            assert_eq!(told(&Via::parse(text).unwrap()), via, "{text}");
        }
    }

    #[test]
    fn what_cannot() {
        for text in [
            "",
            "host",
            "host:",
            ":1",
            "host:0",
            "host:70000",
            "::1:5432",
            "[::1:5432",
            "a b:1",
            "u@h:1",
            "http://proxy:3128",
            "socks4://proxy:1080",
            "socks5h://",
            "socks5h://:1080",
            "tcp://host:1",
            "postgres://user:secret@host:5432",
        ] {
            let error = Via::parse(text).expect_err(text).to_string();
            assert!(!error.contains("secret"), "{error}");
        }
    }

    #[test]
    fn the_environment() {
        let via = |host, all, no| Via::from_variables(host, all, no).as_ref().map(told);
        let proxy = "socks5h://proxy:1080";
        assert_eq!(via("db.example.com", proxy, "").as_deref(), Some("socks5 proxy 1080 true"));
        assert_eq!(via("db.example.com", proxy, "example.com"), None);
        assert_eq!(via("db.example.com", proxy, ".example.com,other"), None);
        assert_eq!(via("notexample.com", proxy, "example.com").as_deref(), Some("socks5 proxy 1080 true"));
        assert_eq!(via("10.1.2.3", proxy, "10.0.0.0/8"), None);
        assert_eq!(via("fd00::1", proxy, "fd00::/8"), None);
        assert_eq!(via("db", proxy, "*"), None);
        assert_eq!(via("/var/run/postgresql", proxy, ""), None);
        assert_eq!(via("db", "http://proxy:3128", ""), None);
        assert_eq!(via("db", "nonsense", ""), None);
    }

    #[test]
    fn debug_shows_no_password() {
        let via = Via::parse("socks5h://user:hidden@proxy:1080").unwrap();
        assert!(!format!("{via:?}").contains("hidden"));
    }
}
