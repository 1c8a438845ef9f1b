//! Serving a plugin, from the first connection to the last answer.

use std::io;
use std::sync::Arc;

use futures_util::Stream;
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
    let serving = async {
        let served = serving.await;
        ending.begin(Cause::Terminated);
        served
    };
    let stopping = async {
        ending.begun().await;
        plugin.stop().await;
        plugin.idle().await;
    };
    tokio::select! {
        (served, ()) = async { tokio::join!(serving, stopping) } => served,
        () = patience(&ending) => {
            tracing::warn!("the process ends before all calls do");
            Ok(())
        }
    }
}

/// Until the patience of whoever asked for the end is over.
async fn patience(ending: &Ending) {
    let cause = ending.begun().await;
    tokio::time::sleep(cause.patience()).await;
}
