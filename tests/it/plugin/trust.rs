//! Who may drive the provider: the host that started it, and no other process that knows where its socket is.

use std::time::Duration;

use pgum::plugin::proto::Empty;
use pgum::plugin::proto::grpc_controller_client::GrpcControllerClient;
use tokio::io::AsyncReadExt;
use tokio::net::UnixStream;
use tonic::transport::Channel;
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;

use super::host::{Credentials, LONG, Plugin, obeys};

#[tokio::test]
async fn the_host_gets_what_it_asks_for() {
    let plugin = Plugin::start();
    let channel = plugin.connect().await;
    let request = HealthCheckRequest { service: "plugin".to_owned() };
    let health = HealthClient::new(channel.clone()).check(request).await.unwrap();
    assert_eq!(health.get_ref().status(), ServingStatus::Serving);
    obeys(channel).await.unwrap();
}

/// That there is nothing to be had on a connection, not even the end of the process.
async fn expect_nothing(connection: Result<Channel, tonic::transport::Error>) {
    // In TLS 1.3 the client is done before the server has judged it, so the refusal may come with the first call.
    let Ok(channel) = connection else { return };
    assert!(obeys(channel.clone()).await.is_err());
    assert!(GrpcControllerClient::new(channel).shutdown(Empty {}).await.is_err());
}

#[tokio::test]
async fn another_process_that_knows_the_socket_gets_nothing() {
    let plugin = Plugin::start();
    let host = plugin.credentials.as_ref().unwrap();

    expect_nothing(plugin.connect_plainly().await).await;
    expect_nothing(plugin.connect_as(None).await).await;
    let stranger = Credentials::new();
    expect_nothing(plugin.connect_as(Some(&stranger)).await).await;
    // The certificate is no secret, it is in the plugin's environment; the key is.
    let impostor = Credentials { certificate: host.certificate.clone(), key: stranger.key };
    expect_nothing(plugin.connect_as(Some(&impostor)).await).await;

    // None of which harmed the host.
    obeys(plugin.connect().await).await.unwrap();
}

#[tokio::test]
async fn who_says_nothing_holds_up_nobody() {
    let plugin = Plugin::start();
    let mut silent = Vec::new();
    for _ in 0..20 {
        silent.push(UnixStream::connect(plugin.handshake.socket()).await.unwrap());
    }
    obeys(plugin.connect().await).await.unwrap();
    // And is not waited for without end.
    let mut byte = [0];
    let read = tokio::time::timeout(LONG, silent[0].read(&mut byte)).await;
    assert!(matches!(read, Ok(Ok(0) | Err(_))));
}

#[tokio::test]
async fn without_a_client_certificate_the_host_wants_no_tls() {
    let mut plugin = Plugin::start_with(None, |command| {
        command.env("TF_LOG", "WARN");
    });
    assert_eq!(plugin.handshake.fields[5], "");
    let channel = plugin.connect_plainly().await.unwrap();
    obeys(channel.clone()).await.unwrap();
    GrpcControllerClient::new(channel).shutdown(Empty {}).await.unwrap();
    let ended = plugin.ended(Duration::from_secs(10));
    ended.expect_clean();
    assert!(ended.stderr.contains("no TLS"), "{}", ended.stderr);
}
