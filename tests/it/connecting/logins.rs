//! Logins: who comes in, with what, and what is said to those who do not.

use super::{has_tls, is_in_environment, master_config, password};
use crate::support::on_every_version;
use crate::support::postgres::{Cluster, MASTER_PASSWORD};
use crate::support::tls::{Authority, Certificate as Issued};
use async_trait::async_trait;
use pgum::postgres::config;
use pgum::postgres::connect::passfile;
use pgum::postgres::{
    AuthenticationProblem, ConnectionConfig, Kind, Mode, Password, PasswordError, PasswordSource, Pool,
    SslMode, UnreachableProblem,
};
use secrecy::ExposeSecret;
use std::os::unix::fs::PermissionsExt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsConnector;

const WRONG: Kind = Kind::Authentication(AuthenticationProblem::WrongPassword);

on_every_version! {
    async fn what_is_rejected_and_why(version: u16) {
        let cluster = Cluster::builder(version)
            .hba([
                "host all nobody all reject",
                "host all plain all password",
                "host all all all md5",
            ])
            .start();
        cluster.execute(
            "CREATE ROLE nobody LOGIN PASSWORD 'x'; CREATE ROLE plain LOGIN PASSWORD 'x';
             CREATE ROLE locked NOLOGIN PASSWORD 'x'; CREATE ROLE old LOGIN PASSWORD 'x' VALID UNTIL '2001-01-01';
             CREATE ROLE full LOGIN PASSWORD 'x' CONNECTION LIMIT 0; CREATE ROLE fine LOGIN PASSWORD 'x'",
        );
        for (username, given, expected) in [
            ("fine", Some("x"), None),
            ("plain", Some("x"), None),
            ("fine", Some("y"), Some(WRONG)),
            ("plain", Some("y"), Some(WRONG)),
            ("old", Some("x"), Some(WRONG)),
            ("absent", Some("x"), Some(WRONG)),
            ("fine", None, Some(Kind::Authentication(AuthenticationProblem::PasswordMissing))),
            ("plain", None, Some(Kind::Authentication(AuthenticationProblem::PasswordMissing))),
            ("locked", Some("x"), Some(Kind::Authentication(AuthenticationProblem::Rejected))),
            ("full", Some("x"), Some(Kind::TooManyConnections)),
        ] {
            let mut config = master_config(&cluster);
            config.username = username.to_owned();
            config.password = given.map(password);
            let outcome = has_tls(&config).await;
            assert_eq!(outcome.as_ref().err().map(|error| error.kind()), expected, "{username} {given:?}");
        }
        let mut config = master_config(&cluster);
        config.database = "absent".to_owned();
        let error = has_tls(&config).await.unwrap_err();
        assert_eq!(error.kind(), Kind::NoSuchDatabase, "{}", error.to_detail());
    }
}

#[tokio::test]
async fn an_error_says_what_was_done_what_was_said_and_what_to_do() {
    let cluster = Cluster::start(18);
    let mut config = master_config(&cluster);
    config.password = Some(password("hidden-from-all"));
    let error = has_tls(&config).await.unwrap_err();
    let detail = error.to_detail();
    let server = format!("connecting to 127.0.0.1:{} as postgres: ", cluster.port());
    assert!(detail.starts_with(&server), "{detail}");
    assert!(
        detail.contains("password authentication failed for user \"postgres\" (SQLSTATE 28P01)"),
        "{detail}"
    );
    assert!(detail.contains("rds_iam"), "{detail}");
    let told = format!("{detail} {error} {error:?} {config:?}");
    assert!(!told.contains("hidden-from-all"), "{told}");
}

/// As an IAM token: made for each connection, good for none other.
struct Counting(AtomicU32);

#[async_trait]
impl PasswordSource for Counting {
    async fn password(&self) -> Result<config::Issued, PasswordError> {
        match self.0.fetch_add(1, Ordering::SeqCst) {
            2 => Err(PasswordError { message: "no credentials".to_owned(), remedy: None }),
            _ => Ok(issued(MASTER_PASSWORD, false)),
        }
    }
}

fn issued(secret: &str, may_be_stale: bool) -> config::Issued {
    config::Issued { secret: secret.into(), token: None, may_be_stale, generation: 1 }
}

#[tokio::test]
async fn a_token_is_asked_for_at_each_connection() {
    let cluster = Cluster::start(18);
    let source = Arc::new(Counting(AtomicU32::new(0)));
    let mut config = master_config(&cluster);
    config.password = Some(Password::Source(Arc::clone(&source) as Arc<dyn PasswordSource>));
    let pool = Pool::new(config);
    assert_eq!(source.0.load(Ordering::SeqCst), 0, "nothing before something is to be done");
    let one = pool.begin(Mode::Read).await.unwrap();
    let other = pool.begin(Mode::Read).await.unwrap();
    assert_eq!(source.0.load(Ordering::SeqCst), 2);
    let error = pool.begin(Mode::Read).await.map(drop).unwrap_err();
    assert_eq!(error.kind(), Kind::Credentials);
    assert!(error.to_detail().contains("no credentials"), "{}", error.to_detail());
    one.rollback().await.unwrap();
    pool.begin(Mode::Read).await.unwrap().rollback().await.unwrap();
    assert_eq!(source.0.load(Ordering::SeqCst), 3, "a kept connection needs none");
    other.rollback().await.unwrap();
}

/// Gives what the server rejects first, as a token that has expired meanwhile.
struct Stale {
    may_be_stale: bool,
    second: &'static str,
    asked_again: AtomicU32,
}

#[async_trait]
impl PasswordSource for Stale {
    async fn password(&self) -> Result<config::Issued, PasswordError> {
        Ok(issued("old", self.may_be_stale))
    }

    async fn after_rejection(
        &self,
        rejected: &config::Issued,
    ) -> Result<Option<config::Issued>, PasswordError> {
        assert_eq!(rejected.secret.expose_secret(), "old");
        self.asked_again.fetch_add(1, Ordering::SeqCst);
        Ok(Some(issued(self.second, true)))
    }
}

#[tokio::test]
async fn after_a_rejection_one_new_token_is_tried() {
    let cluster = Cluster::start(18);
    for (may_be_stale, second, asked_again, kind) in [
        (true, MASTER_PASSWORD, 1, None),
        (true, "wrong too", 1, Some(AuthenticationProblem::WrongPassword)),
        (false, MASTER_PASSWORD, 0, Some(AuthenticationProblem::WrongPassword)),
    ] {
        let source = Arc::new(Stale { may_be_stale, second, asked_again: AtomicU32::new(0) });
        let mut config = master_config(&cluster);
        config.password = Some(Password::Source(Arc::clone(&source) as Arc<dyn PasswordSource>));
        let outcome = Pool::new(config).begin(Mode::Read).await.map(drop);
        assert_eq!(outcome.err().map(|error| error.kind()), kind.map(Kind::Authentication));
        assert_eq!(source.asked_again.load(Ordering::SeqCst), asked_again);
    }
}

/// As an instance's metadata outside of EC2.
struct Silent;

#[async_trait]
impl PasswordSource for Silent {
    async fn password(&self) -> Result<config::Issued, PasswordError> {
        std::future::pending().await
    }
}

#[tokio::test]
async fn a_source_that_does_not_answer_is_not_waited_for() {
    let mut config = ConnectionConfig::new("127.0.0.1");
    config.password = Some(Password::Source(Arc::new(Silent)));
    config.connect_timeout = Duration::from_millis(50);
    let error = Pool::new(config).begin(Mode::Read).await.map(drop).unwrap_err();
    assert_eq!(error.kind(), Kind::Credentials, "{}", error.to_detail());
    assert!(error.to_detail().contains("within 0.05 s"), "{}", error.to_detail());
}

#[test]
fn the_password_file() {
    let home = tempfile::tempdir().unwrap();
    let variables = [("HOME", home.path().to_str().unwrap())];
    if is_in_environment("logins::the_password_file", &variables) {
        let path = std::env::home_dir().unwrap().join(".pgpass");
        std::fs::write(&path, "db:5432:app:alice:from home\n").unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
        assert!(passfile::lookup(None, "db", 5432, "app", "alice").is_some());
        assert!(passfile::lookup(None, "db", 5432, "app", "bob").is_none());
    }
}

/// Somebody in between who speaks TLS to both sides, with a certificate of their own to the client.
async fn in_between(cluster: &Cluster, theirs: &Issued, authority: &Authority) -> u16 {
    let acceptor = theirs.acceptor();
    let connector = TlsConnector::from(Arc::new(authority.trusting_client()));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (port, far_port) = (listener.local_addr().unwrap().port(), cluster.port());
    tokio::spawn(async move {
        let (mut near, _) = listener.accept().await.unwrap();
        let mut request = [0; 8];
        near.read_exact(&mut request).await.unwrap();
        near.write_all(b"S").await.unwrap();
        let mut near = acceptor.accept(near).await.unwrap();
        let mut far = TcpStream::connect(("127.0.0.1", far_port)).await.unwrap();
        far.write_all(&request).await.unwrap();
        assert_eq!(far.read_u8().await.unwrap(), b'S');
        let mut far = connector.connect("127.0.0.1".try_into().unwrap(), far).await.unwrap();
        let _ = tokio::io::copy_bidirectional(&mut near, &mut far).await;
    });
    port
}

#[tokio::test]
async fn a_password_is_bound_to_the_channel() {
    let authority = Authority::new("pgum's tests");
    let certificate = authority.server(&["127.0.0.1"]);
    let cluster = Cluster::builder(18).tls(certificate.clone()).start();
    let mut config = master_config(&cluster);
    config.sslmode = SslMode::Require;
    assert!(has_tls(&config).await.unwrap());
    // The server's very certificate is no binding broken; another one, which `require` takes too, is.
    config.port = in_between(&cluster, &certificate, &authority).await;
    assert!(has_tls(&config).await.unwrap());
    config.port = in_between(&cluster, &authority.server(&["127.0.0.1"]), &authority).await;
    let error = has_tls(&config).await.unwrap_err();
    assert!(error.message().contains("channel binding check failed"), "{}", error.to_detail());
}

/// A server that answers every start-up message with this error.
async fn refusing(sqlstate: &str, message: &str) -> u16 {
    let fields = format!("SFATAL\0VFATAL\0C{sqlstate}\0M{message}\0\0");
    let mut answer = vec![b'E'];
    answer.extend(u32::try_from(fields.len() + 4).unwrap().to_be_bytes());
    answer.extend(fields.as_bytes());
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((mut client, _)) = listener.accept().await {
            let length = client.read_u32().await.unwrap();
            let mut startup = vec![0; length as usize - 4];
            client.read_exact(&mut startup).await.unwrap();
            client.write_all(&answer).await.unwrap();
        }
    });
    port
}

/// What no server of the tests says, but RDS and poolers do.
#[tokio::test]
async fn refusals_of_servers_elsewhere() {
    for (sqlstate, message, kind, explained) in [
        (
            "28000",
            "PAM authentication failed for user \"alice\"",
            Kind::Authentication(AuthenticationProblem::Pam),
            "rds-db:connect",
        ),
        // RDS Proxy's own words.
        (
            "28000",
            "The IAM authentication failed for the role alice. Check the IAM token for this role and try again.",
            Kind::Authentication(AuthenticationProblem::Pam),
            "rds-db:connect",
        ),
        ("57P03", "the database system is starting up", Kind::Starting, "connect_retry"),
        (
            "57P01",
            "terminating connection due to administrator command",
            Kind::ConnectionLost,
            "connect_retry",
        ),
        ("08P01", "no such user: alice", Kind::Unreachable(UnreachableProblem::Other), "no such user"),
    ] {
        let mut config = ConnectionConfig::new("127.0.0.1");
        config.port = refusing(sqlstate, message).await;
        config.sslmode = SslMode::Disable;
        config.connect_retry = Duration::ZERO;
        let error = has_tls(&config).await.unwrap_err();
        assert_eq!(error.kind(), kind, "{}", error.to_detail());
        assert!(error.to_detail().contains(message), "{}", error.to_detail());
        assert!(error.to_detail().contains(explained), "{}", error.to_detail());
    }
}
