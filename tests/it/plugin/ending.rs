//! The end of the process.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use futures_util::stream;
use pgum::plugin::proto::Empty;
use pgum::plugin::proto::grpc_broker_client::GrpcBrokerClient;
use pgum::plugin::proto::grpc_controller_client::GrpcControllerClient;
use pgum::plugin::proto::grpc_stdio_client::GrpcStdioClient;

use super::host::{Credentials, EXECUTABLE, LONG, Plugin, command, obeys, signal};

/// A host that is done kills after two seconds.
const AT_ONCE: Duration = Duration::from_secs(2);

#[tokio::test]
async fn shutdown_ends_it_at_once_and_leaves_nothing() {
    let mut plugin = Plugin::start();
    let channel = plugin.connect().await;
    // As every host has them open all the time.
    let output = GrpcStdioClient::new(channel.clone()).stream_stdio(()).await.unwrap();
    let offers = GrpcBrokerClient::new(channel.clone()).start_stream(stream::pending()).await.unwrap();
    obeys(channel.clone()).await.unwrap();

    let socket = plugin.handshake.socket().to_owned();
    assert!(socket.exists());
    GrpcControllerClient::new(channel).shutdown(Empty {}).await.unwrap();
    let ended = plugin.ended(LONG);
    ended.expect_clean();
    assert!(ended.took < AT_ONCE, "{:?}", ended.took);
    assert_eq!(ended.stderr, "");
    assert!(!socket.exists());
    drop((output, offers));
}

#[tokio::test]
async fn sigterm_and_sighup_end_it_and_leave_nothing() {
    for name in ["TERM", "HUP"] {
        let mut plugin = Plugin::start();
        // A host that stays connected and says nothing.
        let channel = plugin.connect().await;
        obeys(channel.clone()).await.unwrap();
        plugin.signal(name);
        let ended = plugin.ended(LONG);
        ended.expect_clean();
        assert!(ended.took < AT_ONCE, "{name}: {:?}", ended.took);
    }
}

#[tokio::test]
async fn ctrl_c_is_the_hosts_affair() {
    let plugin = Plugin::start();
    let channel = plugin.connect().await;
    for _ in 0..3 {
        plugin.signal("INT");
        obeys(channel.clone()).await.unwrap();
    }
    plugin.shut_down().await.expect_clean();
}

#[test]
fn it_does_not_outlive_its_host() {
    let temporary = tempfile::tempdir().unwrap();
    let plugin = command(temporary.path(), Some(&Credentials::new()));
    // A host that starts the plugin, says who it is, and waits.
    let mut host = Command::new("sh");
    host.args(["-c", "\"$0\" & echo $!; wait", EXECUTABLE]).stdout(Stdio::piped()).env_clear();
    host.envs(plugin.get_envs().filter_map(|(name, value)| Some((name, value?))));
    let mut host = host.spawn().unwrap();
    let mut lines = BufReader::new(host.stdout.take().unwrap()).lines().map(Result::unwrap);
    let (first, second) = (lines.next().unwrap(), lines.next().unwrap());
    let (process, handshake) = if first.contains('|') { (second, first) } else { (first, second) };
    let socket = Path::new(handshake.split('|').nth(3).unwrap()).to_owned();
    assert!(socket.exists());

    signal("KILL", host.id());
    host.wait().unwrap();
    let start = Instant::now();
    while socket.exists() && start.elapsed() < LONG {
        std::thread::sleep(Duration::from_millis(20));
    }
    if socket.exists() {
        signal("KILL", process.parse().unwrap());
        panic!("the plugin outlives its host");
    }
    // The pipe ends when the last process that holds it does.
    assert_eq!(lines.collect::<Vec<_>>(), [""; 0]);
    assert_eq!(temporary.path().read_dir().unwrap().count(), 0);
}
