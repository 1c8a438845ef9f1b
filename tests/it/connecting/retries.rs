//! What is tried again, for how long, and what never is.

use super::{has_tls, master_config, password};
use crate::support::postgres::Cluster;
use pgum::postgres::{AuthenticationProblem, ConnectionConfig, Error, Kind, UnreachableProblem};
use std::time::{Duration, Instant};
use tokio::io::AsyncReadExt;
use tokio::net::TcpListener;

const PATIENT: Duration = Duration::from_secs(60);

async fn timed(config: &ConnectionConfig) -> (Result<bool, Error>, Duration) {
    let begun = Instant::now();
    (has_tls(config).await, begun.elapsed())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_comes_later() {
    let mut cluster = Cluster::start(18);
    let mut config = master_config(&cluster);
    cluster.stop();
    let (outcome, took) = timed(&config).await;
    assert_eq!(outcome.unwrap_err().kind(), Kind::Unreachable(UnreachableProblem::Refused));
    assert!(took < Duration::from_secs(5), "zero is never: {took:?}");

    config.connect_retry = PATIENT;
    let socket = cluster.socket_directory().to_str().unwrap().to_owned();
    let mut through_socket = config.clone();
    through_socket.host = socket;
    let starting = tokio::task::spawn_blocking(move || {
        std::thread::sleep(Duration::from_millis(700));
        cluster.start_again();
        cluster
    });
    let (tcp, socket) = tokio::join!(has_tls(&config), has_tls(&through_socket));
    tcp.unwrap();
    socket.unwrap();
    drop(starting.await.unwrap());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_full_for_a_while() {
    let cluster = Cluster::start(18);
    cluster.execute("CREATE ROLE single LOGIN PASSWORD 'x' CONNECTION LIMIT 1");
    let first = cluster.connect_as("single", "x", "postgres").await.unwrap();
    let mut config = master_config(&cluster);
    config.username = "single".to_owned();
    config.password = Some(password("x"));
    config.connect_retry = Duration::from_millis(400);
    let error = has_tls(&config).await.unwrap_err();
    assert_eq!(error.kind(), Kind::TooManyConnections);
    assert!(error.to_detail().contains("attempts in "), "{}", error.to_detail());
    config.connect_retry = PATIENT;
    let leaving = async {
        tokio::time::sleep(Duration::from_millis(400)).await;
        drop(first);
    };
    let (outcome, ()) = tokio::join!(has_tls(&config), leaving);
    outcome.unwrap();
}

/// Of a thousand resources not every one waits for a server that is away.
#[tokio::test]
async fn who_has_waited_in_vain_waits_no_second_time() {
    let mut server = Cluster::start(18);
    let mut config = master_config(&server);
    config.connect_retry = Duration::from_millis(400);
    let cluster = pgum::postgres::Cluster::new(config);
    let waited = async || match cluster.look(&[]).await {
        Ok(_) => None,
        Err(error) => Some(error.to_detail().contains("attempts in ")),
    };
    server.stop();
    assert_eq!(waited().await, Some(true));
    assert_eq!(waited().await, Some(false));
    // Somebody has reached it.
    server.start_again();
    assert_eq!(waited().await, None);
    server.stop();
    assert_eq!(waited().await, Some(true));
}

#[tokio::test]
async fn never_a_rejected_login() {
    let cluster = Cluster::start(18);
    let mut config = master_config(&cluster);
    config.password = Some(password("wrong"));
    config.connect_retry = PATIENT;
    let (outcome, took) = timed(&config).await;
    assert_eq!(outcome.unwrap_err().kind(), Kind::Authentication(AuthenticationProblem::WrongPassword));
    assert!(took < PATIENT / 2, "{took:?}");
    let logins = cluster.log().matches("password authentication failed for user").count();
    assert_eq!(logins, 1, "{}", cluster.log());
}

#[tokio::test]
async fn a_name_without_an_address() {
    let cluster = Cluster::start(18);
    let mut config = master_config(&cluster);
    config.host = "db.example.invalid".to_owned();
    config.connect_retry = Duration::from_millis(300);
    let error = has_tls(&config).await.unwrap_err();
    assert_eq!(error.kind(), Kind::Unreachable(UnreachableProblem::NameNotFound));
    assert!(error.to_detail().contains("connect_via"), "{}", error.to_detail());
}

/// A listener that takes connections and never says a word.
#[tokio::test]
async fn an_attempt_is_bounded() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut config = ConnectionConfig::new("127.0.0.1");
    config.port = listener.local_addr().unwrap().port();
    config.connect_retry = Duration::ZERO;
    config.connect_timeout = Duration::from_millis(300);
    let (outcome, took) = timed(&config).await;
    let error = outcome.unwrap_err();
    assert_eq!(error.kind(), Kind::Unreachable(UnreachableProblem::TimedOut));
    assert!(error.to_detail().contains("asking the server for TLS"), "{}", error.to_detail());
    assert!(took < Duration::from_secs(10), "{took:?}");
}

/// A listener that closes what it takes, as a load balancer does whose servers are away.
#[tokio::test]
async fn a_connection_that_is_closed_at_once() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut config = ConnectionConfig::new("127.0.0.1");
    config.port = listener.local_addr().unwrap().port();
    config.connect_retry = Duration::from_secs(1);
    let closing = async {
        let mut taken = 0;
        while let Ok((mut stream, _)) = listener.accept().await {
            taken += 1;
            let _ = stream.read_u8().await;
            drop(stream);
            if taken == 3 {
                break;
            }
        }
        // From now on nobody listens.
        drop(listener);
        taken
    };
    let (outcome, taken) = tokio::join!(has_tls(&config), closing);
    assert!(matches!(outcome.unwrap_err().kind(), Kind::Unreachable(_)));
    assert_eq!(taken, 3);
}

#[tokio::test]
async fn what_is_no_postgresql() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut config = ConnectionConfig::new("127.0.0.1");
    config.port = listener.local_addr().unwrap().port();
    config.connect_retry = PATIENT;
    let answering = async {
        let (mut stream, _) = listener.accept().await.unwrap();
        tokio::io::AsyncWriteExt::write_all(&mut stream, b"HTTP/1.1 400 Bad Request\r\n\r\n").await.unwrap();
        let mut rest = Vec::new();
        let _ = stream.read_to_end(&mut rest).await;
    };
    let ((outcome, took), ()) = tokio::join!(timed(&config), answering);
    assert_eq!(outcome.unwrap_err().kind(), Kind::Unreachable(UnreachableProblem::NotPostgres));
    assert!(took < PATIENT / 2, "{took:?}");
}
