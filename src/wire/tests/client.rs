//! The other end of the wire.

use std::sync::Arc;

use futures_util::{StreamExt, stream};
use hyper_util::rt::TokioIo;
use tonic::transport::{Channel, Endpoint};

use super::lab::Lab;
use crate::plugin::{self, Connection, Ending};
use crate::sdk::{Type, Value};
use crate::wire::proto::provider_client::ProviderClient;
use crate::wire::proto::{self, DynamicValue};
use crate::wire::{Service, codec};

pub(super) type Client = ProviderClient<Channel>;

/// A served provider and the way to it.
pub(super) struct Served {
    pub(super) client: Client,
    pub(super) channel: Channel,
    pub(super) lab: Lab,
    pub(super) ending: Ending,
    pub(super) server: tokio::task::JoinHandle<Result<(), tonic::transport::Error>>,
}

/// Serves a lab over memory.
pub(super) async fn serve() -> Served {
    let (ours, theirs) = tokio::io::duplex(1 << 20);
    let lab = Lab::default();
    let ending = Ending::new();
    let connections = stream::iter([Ok(Connection::new(theirs))]).chain(stream::pending());
    let service = Arc::new(Service::new(lab.clone()));
    let server = tokio::spawn(plugin::serve(service, connections, ending.clone()));
    let mut ours = Some(ours);
    let connector = tower::service_fn(move |_| {
        let stream = ours.take().map(TokioIo::new);
        async move { stream.ok_or_else(|| std::io::Error::other("there is one connection only")) }
    });
    let channel = Endpoint::from_static("http://localhost").connect_with_connector(connector).await.unwrap();
    Served { client: ProviderClient::new(channel.clone()), channel, lab, ending, server }
}

pub(super) async fn client() -> Client {
    serve().await.client
}

pub(super) fn encode(value: &Value, ty: &Type) -> Option<DynamicValue> {
    Some(codec::encode(value, ty).unwrap())
}

#[track_caller]
pub(super) fn decode(encoded: Option<&DynamicValue>, ty: &Type) -> Value {
    codec::decode(encoded, ty).unwrap()
}

/// The summaries, for comparing.
pub(super) fn summaries(diagnostics: &[proto::Diagnostic]) -> Vec<&str> {
    diagnostics.iter().map(|diagnostic| diagnostic.summary.as_str()).collect()
}

/// One error, and that it says this.
#[track_caller]
pub(super) fn expect_error<'a>(diagnostics: &'a [proto::Diagnostic], part: &str) -> &'a proto::Diagnostic {
    let [error] = diagnostics else { panic!("one error expected: {:?}", summaries(diagnostics)) };
    assert_eq!(error.severity, i32::from(proto::diagnostic::Severity::Error));
    let text = format!("{}\n{}", error.summary, error.detail);
    assert!(text.contains(part), "{part:?} is not in {text:?}");
    error
}
