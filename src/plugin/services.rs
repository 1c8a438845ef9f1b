//! The gRPC services that a host expects of every plugin.

use std::future::ready;
use std::pin::Pin;

use futures_util::stream::{self, Stream, StreamExt};
use tonic::{Request, Response, Status, Streaming};

use super::ending::{Cause, Ending};
use super::proto::grpc_broker_server::GrpcBroker;
use super::proto::grpc_controller_server::GrpcController;
use super::proto::grpc_stdio_server::GrpcStdio;
use super::proto::{ConnInfo, Empty, StdioData};

type Answers<T> = Pin<Box<dyn Stream<Item = Result<T, Status>> + Send>>;

/// An open stream on which nothing ever comes, until `end`.
fn silence<T: Send + 'static>(end: impl Future + Send + 'static) -> Answers<T> {
    Box::pin(stream::once(end).filter_map(|_| ready(None)))
}

/// Shutdown.
pub(super) struct Controller(pub(super) Ending);

#[tonic::async_trait]
impl GrpcController for Controller {
    async fn shutdown(&self, _: Request<Empty>) -> Result<Response<Empty>, Status> {
        tracing::debug!("the host is done");
        self.0.begin(Cause::Shutdown);
        Ok(Response::new(Empty {}))
    }
}

/// What we write besides log lines: nothing. The host reads our stderr itself.
pub(super) struct Stdio(pub(super) Ending);

#[tonic::async_trait]
impl GrpcStdio for Stdio {
    type StreamStdioStream = Answers<StdioData>;

    async fn stream_stdio(&self, _: Request<()>) -> Result<Response<Answers<StdioData>>, Status> {
        Ok(Response::new(silence(self.0.begun())))
    }
}

/// Further connections: we neither offer nor want any. The stream is held open, since a host may take its end for
/// the end of the plugin.
pub(super) struct Broker(pub(super) Ending);

#[tonic::async_trait]
impl GrpcBroker for Broker {
    type StartStreamStream = Answers<ConnInfo>;

    async fn start_stream(
        &self,
        request: Request<Streaming<ConnInfo>>,
    ) -> Result<Response<Answers<ConnInfo>>, Status> {
        let end = self.0.begun();
        let mut offers = request.into_inner();
        let until_either_ends = async move {
            let offers_end = async { while let Ok(Some(_)) = offers.message().await {} };
            tokio::select! { () = offers_end => {}, _ = end => {} }
        };
        Ok(Response::new(silence(until_either_ends)))
    }
}
