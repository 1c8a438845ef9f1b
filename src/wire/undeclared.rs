//! Actions and state stores: this provider has none and says so, whichever is asked for.

use std::pin::Pin;

use futures_util::stream::{self, Stream};
use tonic::{Response, Status};

use super::diagnostics::one_to_proto;
use super::proto::Diagnostic;
use super::registry;

/// The answers of a stream.
pub(super) type Answers<T> = Pin<Box<dyn Stream<Item = Result<T, Status>> + Send>>;

/// These, one after the other.
pub(super) fn answers<T: Send + 'static>(answers: Vec<T>) -> Response<Answers<T>> {
    Response::new(Box::pin(stream::iter(answers.into_iter().map(Ok))))
}

/// There is no such action.
pub(super) fn action(name: &str) -> Vec<Diagnostic> {
    vec![one_to_proto(registry::undeclared("action", name))]
}

/// There is no such state store.
pub(super) fn state_store(name: &str) -> Vec<Diagnostic> {
    vec![one_to_proto(registry::undeclared("state store", name))]
}
