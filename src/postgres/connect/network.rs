//! The bytes' way to a server: a socket, a TCP connection, or one through a tunnel or a SOCKS5 proxy.

use std::io;
use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use secrecy::ExposeSecret;
use socket2::{SockRef, TcpKeepalive};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::time::Instant;
use tokio_socks::tcp::Socks5Stream;

use super::progress::Progress;
use crate::postgres::config::{ConnectionConfig, SocksLogin, Via};
use crate::postgres::error::{Error, Kind, UnreachableProblem};

/// Bytes both ways.
pub(super) trait Bytes: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Bytes for T {}

/// A connection that nothing was said on so far.
pub(super) type Stream = Box<dyn Bytes>;

/// A silent peer is asked after a minute, and given up after a further one.
const KEEPALIVE_AFTER: Duration = Duration::from_secs(60);
const KEEPALIVE_INTERVAL: Duration = Duration::from_secs(10);
#[cfg(any(target_os = "linux", target_os = "android"))]
const UNANSWERED_FOR: Duration = Duration::from_secs(120);

/// Opens a connection to where the configuration says, until `deadline`.
pub(super) async fn open(
    config: &ConnectionConfig,
    deadline: Instant,
    progress: &Progress,
) -> Result<Stream, Error> {
    if let Some(socket) = config.socket() {
        progress.at(format!("connecting to the socket {}", socket.display()));
        return unix(&socket).await;
    }
    match &config.connect_via {
        None => Ok(Box::new(tcp(&config.host, config.port, deadline, progress).await?)),
        Some(Via::Tunnel { host, port }) => Ok(Box::new(tcp(host, *port, deadline, progress).await?)),
        Some(Via::Socks5 { host, port, login, resolve_remotely }) => {
            let server = if *resolve_remotely {
                Target::Name(&config.host, config.port)
            } else {
                Target::Addresses(resolve(&config.host, config.port, progress).await?)
            };
            let proxy = Proxy { host, port: *port, login: login.as_ref() };
            Ok(Box::new(proxy.reach(server, deadline, progress).await?))
        }
    }
}

#[cfg(unix)]
async fn unix(path: &Path) -> Result<Stream, Error> {
    match tokio::net::UnixStream::connect(path).await {
        Ok(stream) => Ok(Box::new(stream)),
        // Without a server there is no socket, or nobody listens on it.
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            Err(unreachable(UnreachableProblem::Refused, format!("there is no socket {}", path.display())))
        }
        Err(error) => Err(of_io(&error, &path.display().to_string())),
    }
}

#[cfg(not(unix))]
async fn unix(path: &Path) -> Result<Stream, Error> {
    let message = format!("this system has no sockets like {}; write a host's name", path.display());
    Err(Error::new(Kind::Configuration, message))
}

/// Tries every address of a name.
async fn tcp(host: &str, port: u16, deadline: Instant, progress: &Progress) -> Result<TcpStream, Error> {
    let addresses = resolve(host, port, progress).await?;
    tcp_to_any(&addresses, deadline, progress).await
}

async fn resolve(host: &str, port: u16, progress: &Progress) -> Result<Vec<SocketAddr>, Error> {
    progress.at(format!("looking up the name {host}"));
    let not_found = |why: String| {
        unreachable(UnreachableProblem::NameNotFound, format!("the name {host} has no address: {why}"))
    };
    let addresses: Vec<_> =
        tokio::net::lookup_host((host, port)).await.map_err(|error| not_found(error.to_string()))?.collect();
    if addresses.is_empty() { Err(not_found("the answer is empty".to_owned())) } else { Ok(addresses) }
}

async fn tcp_to_any(
    addresses: &[SocketAddr],
    deadline: Instant,
    progress: &Progress,
) -> Result<TcpStream, Error> {
    let mut last = None;
    for (index, address) in addresses.iter().enumerate() {
        progress.at(format!("connecting to {address}"));
        // One that never answers leaves time for the others.
        let left = deadline.saturating_duration_since(Instant::now());
        let others = u32::try_from(addresses.len() - index).unwrap_or(u32::MAX);
        match tokio::time::timeout(left / others, TcpStream::connect(address)).await {
            Ok(Ok(stream)) => {
                prepare(&stream);
                return Ok(stream);
            }
            Ok(Err(error)) => last = Some(of_io(&error, &address.to_string())),
            Err(_) => {
                let message = format!("{address} does not answer");
                last = Some(unreachable(UnreachableProblem::TimedOut, message));
            }
        }
    }
    Err(last
        .unwrap_or_else(|| unreachable(UnreachableProblem::NameNotFound, "there is no address".to_owned())))
}

/// What can be done without; a connection without it is one too.
fn prepare(stream: &TcpStream) {
    let socket = SockRef::from(stream);
    let keepalive = TcpKeepalive::new().with_time(KEEPALIVE_AFTER).with_interval(KEEPALIVE_INTERVAL);
    let mut result = stream.set_nodelay(true).and_then(|()| socket.set_tcp_keepalive(&keepalive));
    #[cfg(any(target_os = "linux", target_os = "android"))]
    {
        result = result.and_then(|()| socket.set_tcp_user_timeout(Some(UNANSWERED_FOR)));
    }
    if let Err(error) = result {
        tracing::debug!(%error, "a connection's options could not be set");
    }
}

/// What a proxy is asked for.
enum Target<'a> {
    Name(&'a str, u16),
    Addresses(Vec<SocketAddr>),
}

struct Proxy<'a> {
    host: &'a str,
    port: u16,
    login: Option<&'a SocksLogin>,
}

impl Proxy<'_> {
    async fn reach(
        &self,
        target: Target<'_>,
        deadline: Instant,
        progress: &Progress,
    ) -> Result<TcpStream, Error> {
        let addresses = match target {
            Target::Name(host, port) => return self.reach_one((host, port), host, deadline, progress).await,
            Target::Addresses(addresses) => addresses,
        };
        let mut last = None;
        for address in addresses {
            match self.reach_one(address, &address.to_string(), deadline, progress).await {
                Ok(stream) => return Ok(stream),
                Err(error) => last = Some(error),
            }
        }
        let none = || unreachable(UnreachableProblem::NameNotFound, "there is no address".to_owned());
        Err(last.unwrap_or_else(none))
    }

    async fn reach_one<'t>(
        &self,
        target: impl tokio_socks::IntoTargetAddr<'t>,
        shown: &str,
        deadline: Instant,
        progress: &Progress,
    ) -> Result<TcpStream, Error> {
        let stream = tcp(self.host, self.port, deadline, progress).await.map_err(|error| {
            Error::new(error.kind(), format!("the SOCKS proxy cannot be reached: {}", error.message()))
        })?;
        progress.at(format!("asking the SOCKS proxy {}:{} for {shown}", self.host, self.port));
        let stream = match self.login {
            None => Socks5Stream::connect_with_socket(stream, target).await,
            Some(SocksLogin { username, password }) => {
                let password = password.expose_secret();
                Socks5Stream::connect_with_password_and_socket(stream, target, username, password).await
            }
        };
        let stream = stream.map_err(|error| {
            let message = format!("the SOCKS proxy {}:{} for {shown}: {error}", self.host, self.port);
            unreachable(of_proxy(&error), message)
        })?;
        Ok(stream.into_inner())
    }
}

/// What the proxy says of the server, or of itself.
fn of_proxy(error: &tokio_socks::Error) -> UnreachableProblem {
    use tokio_socks::Error as Socks;
    match error {
        Socks::ConnectionRefused => UnreachableProblem::Refused,
        Socks::HostUnreachable | Socks::NetworkUnreachable | Socks::TtlExpired => {
            UnreachableProblem::TimedOut
        }
        // Many proxies say no more than this, whatever it was.
        Socks::GeneralSocksServerFailure | Socks::Io(_) => UnreachableProblem::Closed,
        _ => UnreachableProblem::Proxy,
    }
}

fn of_io(error: &io::Error, place: &str) -> Error {
    let problem = match error.kind() {
        io::ErrorKind::ConnectionRefused => UnreachableProblem::Refused,
        io::ErrorKind::TimedOut | io::ErrorKind::HostUnreachable | io::ErrorKind::NetworkUnreachable => {
            UnreachableProblem::TimedOut
        }
        io::ErrorKind::ConnectionReset | io::ErrorKind::ConnectionAborted => UnreachableProblem::Closed,
        _ => UnreachableProblem::Other,
    };
    unreachable(problem, format!("{place}: {error}"))
}

fn unreachable(problem: UnreachableProblem, message: String) -> Error {
    Error::new(Kind::Unreachable(problem), message)
}
