//! What stands between the clients and the server: TLS, and the login of those who are under `rds_iam`.

use super::Endpoint;
use super::protocol::{self, GSS_REQUEST, SSL_REQUEST, Startup};
use super::token::{self, Refusal};
use crate::support::aws::Accounts;
use crate::support::listening::{Port, Serving};
use crate::support::postgres::{Cluster, rows};
use crate::support::tls::Authority;
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use std::collections::BTreeSet;
use std::io;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, copy_bidirectional};
use tokio::net::{TcpStream, UnixStream};
use tokio_postgres::{Config, NoTls};
use tokio_rustls::{TlsAcceptor, TlsConnector};

/// The ways to the server behind.
pub(super) struct Upstream {
    superuser: Config,
    /// By which everybody comes in who says who they are.
    socket: PathBuf,
    port: u16,
    tls: Arc<ClientConfig>,
}

impl Upstream {
    pub(super) fn new(cluster: &Cluster, authority: &Authority) -> Upstream {
        let port = cluster.port();
        Upstream {
            superuser: cluster.superuser_config("postgres"),
            socket: cluster.socket_directory().join(format!(".s.PGSQL.{port}")),
            port,
            tls: Arc::new(authority.trusting_client()),
        }
    }
}

/// A login of somebody under `rds_iam`.
#[derive(Clone, Debug)]
pub(crate) struct Login {
    pub(crate) user: String,
    /// What was given as the password.
    pub(crate) token: String,
    /// The access key that it was signed with, or what was wrong with it.
    pub(crate) outcome: Result<String, Refusal>,
}

pub(super) struct Front {
    port: u16,
    shared: Arc<Shared>,
    _serving: Serving,
}

struct Shared {
    upstream: Upstream,
    endpoint: Endpoint,
    acceptor: Option<TlsAcceptor>,
    accounts: Accounts,
    rules: Mutex<Rules>,
    logins: Mutex<Vec<Login>>,
}

struct Rules {
    /// Seconds that the server's clock is ahead.
    clock: i64,
    lifetime: Duration,
    expired: BTreeSet<String>,
    denied: BTreeSet<String>,
}

impl Front {
    /// The endpoint is told by the port that this listens on.
    pub(super) fn start(
        upstream: Upstream,
        acceptor: Option<TlsAcceptor>,
        accounts: Accounts,
        endpoint: impl FnOnce(u16) -> Endpoint,
    ) -> Front {
        let own = Port::free();
        let port = own.number();
        let rules = Rules {
            clock: 0,
            lifetime: Duration::from_secs(900),
            expired: BTreeSet::new(),
            denied: BTreeSet::new(),
        };
        let (rules, logins) = (Mutex::new(rules), Mutex::default());
        let shared =
            Arc::new(Shared { upstream, endpoint: endpoint(port), acceptor, accounts, rules, logins });
        let server = Arc::clone(&shared);
        // How it ends is the client's to see.
        let serving = own.serve(move |client| {
            let server = Arc::clone(&server);
            async move { server.serve(client).await }
        });
        Front { port, shared, _serving: serving }
    }

    pub(super) fn port(&self) -> u16 {
        self.port
    }

    pub(super) fn endpoint(&self) -> &Endpoint {
        &self.shared.endpoint
    }

    pub(super) fn logins(&self) -> Vec<Login> {
        self.shared.logins.lock().expect("no test has failed in here").clone()
    }

    pub(super) fn expire_tokens(&self) {
        let used = self.logins().into_iter().map(|login| login.token);
        self.shared.rules.lock().expect("no test has failed in here").expired.extend(used);
    }

    pub(super) fn set_lifetime(&self, lifetime: Duration) {
        self.shared.rules.lock().expect("no test has failed in here").lifetime = lifetime;
    }

    pub(super) fn set_clock(&self, seconds: i64) {
        self.shared.rules.lock().expect("no test has failed in here").clock = seconds;
    }

    pub(super) fn deny(&self, principal: &str) {
        self.shared.rules.lock().expect("no test has failed in here").denied.insert(principal.to_owned());
    }
}

impl Shared {
    async fn serve(&self, mut client: TcpStream) -> io::Result<()> {
        loop {
            let startup = Startup::read(&mut client).await?;
            match (startup.code(), &self.acceptor) {
                (SSL_REQUEST, Some(acceptor)) => {
                    client.write_all(b"S").await?;
                    let mut client = acceptor.accept(client).await?;
                    let startup = Startup::read(&mut client).await?;
                    return self.with_tls(client, &startup).await;
                }
                (SSL_REQUEST | GSS_REQUEST, _) => client.write_all(b"N").await?,
                // What the server's own pg_hba.conf says to those without TLS.
                _ => {
                    let server = TcpStream::connect(("127.0.0.1", self.upstream.port)).await?;
                    return pass_on(client, server, &startup).await;
                }
            }
        }
    }

    async fn with_tls(
        &self,
        mut client: impl AsyncRead + AsyncWrite + Unpin,
        startup: &Startup,
    ) -> io::Result<()> {
        let user = startup.parameter("user").unwrap_or_default();
        if !self.is_under_rds_iam(&user).await? {
            return pass_on(client, self.server_with_tls().await?, startup).await;
        }
        let token = protocol::password(&mut client).await?;
        let outcome = self.check(&token, &user);
        self.logins.lock().expect("no test has failed in here").push(Login {
            user: user.clone(),
            token,
            outcome: outcome.clone(),
        });
        match outcome {
            Err(_) => protocol::pam_failed(&mut client, &user).await,
            Ok(_) => pass_on(client, UnixStream::connect(&self.upstream.socket).await?, startup).await,
        }
    }

    /// As `+rds_iam` in pg_hba.conf has it, by what the server says now.
    async fn is_under_rds_iam(&self, user: &str) -> io::Result<bool> {
        let (client, connection) = self.upstream.superuser.connect(NoTls).await.map_err(io::Error::other)?;
        tokio::spawn(connection);
        let sql = format!(
            "SELECT 1 FROM pg_catalog.pg_roles WHERE rolname = '{}' AND NOT rolsuper \
             AND pg_catalog.pg_has_role(oid, 'rds_iam', 'MEMBER')",
            user.replace('\'', "''")
        );
        Ok(!rows(&client, &sql).await.map_err(io::Error::other)?.is_empty())
    }

    fn check(&self, token: &str, user: &str) -> Result<String, Refusal> {
        let rules = self.rules.lock().expect("no test has failed in here");
        let ahead = Duration::from_secs(rules.clock.unsigned_abs());
        let now = SystemTime::now();
        let now = if rules.clock < 0 { now - ahead } else { now + ahead };
        let key = token::check(token, user, &self.endpoint, &self.accounts, now, rules.lifetime)?;
        if rules.expired.contains(token) {
            return Err(Refusal::Expired);
        }
        if rules.denied.contains(&self.accounts.principal(&key)) {
            return Err(Refusal::Denied);
        }
        Ok(key)
    }

    async fn server_with_tls(&self) -> io::Result<impl AsyncRead + AsyncWrite + Unpin + use<>> {
        let mut server = TcpStream::connect(("127.0.0.1", self.upstream.port)).await?;
        server.write_all(&[0, 0, 0, 8]).await?;
        server.write_u32(SSL_REQUEST).await?;
        if server.read_u8().await? != b'S' {
            return Err(io::Error::other("the server behind does no TLS"));
        }
        let name = ServerName::try_from(self.endpoint.host.clone()).map_err(io::Error::other)?;
        TlsConnector::from(Arc::clone(&self.upstream.tls)).connect(name, server).await
    }
}

/// The start-up message, and all that comes after it on either side.
async fn pass_on(
    mut client: impl AsyncRead + AsyncWrite + Unpin,
    mut server: impl AsyncRead + AsyncWrite + Unpin,
    startup: &Startup,
) -> io::Result<()> {
    server.write_all(&startup.bytes).await?;
    server.flush().await?;
    copy_bidirectional(&mut client, &mut server).await.map(drop)
}
