//! Serving a plugin, from the first connection to the last answer.

use std::io;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use futures_util::Stream;
use tokio::time::timeout;
use tonic::transport::Server;
use tonic_health::ServingStatus;

use super::Plugin;
use super::connection::Connection;
use super::ending::{Cause, Ending};
use super::proto::grpc_broker_server::GrpcBrokerServer;
use super::proto::grpc_controller_server::GrpcControllerServer;
use super::proto::grpc_stdio_server::GrpcStdioServer;
use super::services::{Broker, Controller, Stdio};

/// A plan of ten thousand nested objects is 16 MB; HTTP/2's own 64 KiB would make 250 round trips of it.
const STREAM_WINDOW: u32 = 4 << 20;
const CONNECTION_WINDOW: u32 = 16 << 20;

/// How long the last answers may take to be sent when all calls are done.
const TIME_TO_SEND: Duration = Duration::from_millis(300);

/// Serves until the end is asked for and the calls under way are answered, or its patience is over.
pub async fn serve(
    plugin: Arc<dyn Plugin>,
    connections: impl Stream<Item = io::Result<Connection>>,
    ending: Ending,
) -> Result<(), tonic::transport::Error> {
    let (health, health_service) = tonic_health::server::health_reporter();
    // The name under which hosts ask for the health of any plugin.
    health.set_service_status("plugin", ServingStatus::Serving).await;
    let routes = plugin
        .routes()
        .add_service(health_service)
        .add_service(GrpcControllerServer::new(Controller(ending.clone())))
        .add_service(GrpcStdioServer::new(Stdio(ending.clone())))
        .add_service(GrpcBrokerServer::new(Broker(ending.clone())));

    let begun = ending.begun();
    let serving = Server::builder()
        .initial_stream_window_size(STREAM_WINDOW)
        .initial_connection_window_size(CONNECTION_WINDOW)
        .add_routes(routes)
        .serve_with_incoming_shutdown(connections, async { _ = begun.await });

    // After `begun`, it ends when every call is answered and every connection closed.
    let mut serving = pin!(async {
        let served = serving.await;
        ending.begin(Cause::Terminated);
        served
    });
    let mut stopping = pin!(async {
        let cause = ending.begun().await;
        let calls = async {
            plugin.stop().await;
            plugin.idle().await;
        };
        if timeout(cause.patience(), calls).await.is_err() {
            tracing::warn!("the process ends before all calls do");
        }
    });
    tokio::select! {
        served = &mut serving => {
            // There may be calls whose client is gone.
            stopping.await;
            served
        }
        // What was answered must also get out; a client that does not listen any more is not waited for.
        () = &mut stopping => timeout(TIME_TO_SEND, serving).await.unwrap_or(Ok(())),
    }
}
