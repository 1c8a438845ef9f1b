//! Where the host connects: a socket in a directory that only this user can enter, or, without unix sockets, a
//! port on the loopback address.

use std::io;
use std::net::Ipv4Addr;
use std::ops::RangeInclusive;

use tokio::net::TcpListener;
#[cfg(unix)]
use {std::path::Path, tempfile::TempDir, tokio::net::UnixListener};

use super::connection::Connection;
use super::environment::Host;

/// Where to listen.
pub(super) struct Bound {
    pub(super) listener: Listener,
    /// The network and address, as the handshake line has them.
    pub(super) address: (&'static str, String),
    /// The socket and its directory are removed when this is dropped.
    #[cfg(unix)]
    _directory: TempDir,
}

/// Listens.
pub(super) enum Listener {
    #[cfg(unix)]
    Unix(UnixListener),
    #[cfg_attr(unix, expect(dead_code, reason = "how it is done where there are no unix sockets"))]
    Tcp(TcpListener),
}

impl Listener {
    /// The next connection.
    pub(super) async fn accept(&self) -> io::Result<Connection> {
        match self {
            #[cfg(unix)]
            Self::Unix(listener) => Ok(Connection::new(listener.accept().await?.0)),
            Self::Tcp(listener) => {
                let (stream, _) = listener.accept().await?;
                stream.set_nodelay(true)?;
                Ok(Connection::new(stream))
            }
        }
    }
}

/// Begins to listen.
#[cfg(unix)]
pub(super) async fn bind(host: &Host) -> io::Result<Bound> {
    let preferred = host.socket_directory.clone().unwrap_or_else(std::env::temp_dir);
    match bind_unix(&preferred) {
        // A path can be too long for a socket (108 bytes on Linux, 104 on macOS).
        Err(error) if error.kind() == io::ErrorKind::InvalidInput => bind_unix(Path::new("/tmp")),
        result => result,
    }
}

#[cfg(unix)]
fn bind_unix(parent: &Path) -> io::Result<Bound> {
    use std::fs::Permissions;
    use std::os::unix::fs::PermissionsExt;

    let directory = tempfile::Builder::new()
        .prefix("pgum-")
        .permissions(Permissions::from_mode(0o700))
        .tempdir_in(parent)?;
    let socket = directory.path().join("plugin.sock");
    let listener = UnixListener::bind(&socket)?;
    // The line is text whose fields end at a bar.
    let Some(path) = socket.to_str().filter(|path| !path.contains(['|', '\n', '\r'])) else {
        return Err(io::Error::other(format!("the host could not read the path {socket:?}")));
    };
    Ok(Bound {
        address: ("unix", path.to_owned()),
        listener: Listener::Unix(listener),
        _directory: directory,
    })
}

/// Begins to listen.
#[cfg(not(unix))]
pub(super) async fn bind(host: &Host) -> io::Result<Bound> {
    let listener = bind_tcp(host.ports.clone()).await?;
    Ok(Bound { address: ("tcp", listener.local_addr()?.to_string()), listener: Listener::Tcp(listener) })
}

/// The first free port that the host allows.
#[cfg_attr(
    all(unix, not(test)),
    expect(dead_code, reason = "how it is done where there are no unix sockets")
)]
async fn bind_tcp(ports: RangeInclusive<u16>) -> io::Result<TcpListener> {
    let mut last = io::Error::other("PLUGIN_MIN_PORT is greater than PLUGIN_MAX_PORT");
    for port in ports {
        match TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await {
            Ok(listener) => return Ok(listener),
            Err(error) => last = error,
        }
    }
    Err(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_taken_port_is_passed_over() {
        let taken = bind_tcp(0..=0).await.unwrap().local_addr().unwrap().port();
        let holder = bind_tcp(taken..=taken).await.unwrap();
        assert!(bind_tcp(taken..=taken).await.is_err());
        assert!(bind_tcp(RangeInclusive::new(2, 1)).await.is_err());
        drop(holder);
    }

    #[cfg(unix)]
    #[test]
    fn nobody_else_can_enter_and_nothing_is_left() {
        use std::os::unix::fs::PermissionsExt;

        let parent = tempfile::tempdir().unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build().unwrap();
        let _entered = runtime.enter();
        let bound = bind_unix(parent.path()).unwrap();
        let socket = Path::new(&bound.address.1);
        assert!(socket.exists());
        let directory = socket.parent().unwrap().metadata().unwrap();
        assert_eq!(directory.permissions().mode() & 0o777, 0o700);
        drop(bound);
        assert_eq!(parent.path().read_dir().unwrap().count(), 0);
    }
}
