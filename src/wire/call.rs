//! One call: run to its end, counted, logged, and with whatever goes wrong in it kept to itself.

use std::sync::Arc;
use std::time::Instant;

use tokio::sync::watch;
use tonic::{Response, Status};
use tracing::Instrument;

use super::diagnostics;
use super::proto;
use crate::sdk::{Diagnostic, Diagnostics};

/// An answer that can carry messages.
pub(super) trait Answer: Send + 'static {
    /// Adds a message.
    fn report(&mut self, diagnostic: Diagnostic);
}

macro_rules! answers {
    ($($family:ident),* $(,)?) => {$(
        impl Answer for proto::$family::Response {
            fn report(&mut self, diagnostic: Diagnostic) {
                self.diagnostics.push(diagnostics::one_to_proto(diagnostic));
            }
        }
    )*};
}

answers!(
    apply_resource_change,
    close_ephemeral_resource,
    configure_provider,
    generate_resource_config,
    get_functions,
    get_metadata,
    get_provider_schema,
    get_resource_identity_schemas,
    import_resource_state,
    move_resource_state,
    open_ephemeral_resource,
    plan_resource_change,
    read_data_source,
    read_resource,
    renew_ephemeral_resource,
    upgrade_resource_identity,
    upgrade_resource_state,
    validate_data_resource_config,
    validate_ephemeral_resource_config,
    validate_list_resource_config,
    validate_provider_config,
    validate_resource_config,
);

/// The calls under way.
#[derive(Debug, Clone, Default)]
pub(super) struct Calls(Arc<watch::Sender<usize>>);

impl Calls {
    /// Returns when there are none.
    pub(super) async fn none(&self) {
        // The sender is ours, so there is always an answer.
        _ = self.0.subscribe().wait_for(|count| *count == 0).await;
    }

    /// Does the work of one call, to its end even if the client stops to wait for it: half a change is worse than
    /// one that nobody asks about any more. After a panic, and where the work fails, the answer is `fallback` with
    /// the reason.
    pub(super) async fn run<A: Answer>(
        &self,
        rpc: &'static str,
        type_name: &str,
        mut fallback: A,
        work: impl Future<Output = Result<A, Diagnostics>> + Send + 'static,
    ) -> Result<Response<A>, Status> {
        let count = Counted::new(self);
        let span = tracing::debug_span!("call", rpc, type_name);
        let work = async move {
            // Counted until the work is done, and not until the client is gone.
            let _count = count;
            let start = Instant::now();
            tracing::trace!("begins");
            let result = work.await;
            tracing::debug!(milliseconds = start.elapsed().as_secs_f64() * 1000.0, "ends");
            result
        };
        match tokio::spawn(work.instrument(span)).await {
            Ok(Ok(answer)) => return Ok(Response::new(answer)),
            Ok(Err(diagnostics)) => diagnostics.into_iter().for_each(|message| fallback.report(message)),
            Err(error) if error.is_panic() => fallback.report(bug(rpc)),
            Err(_) => return Err(Status::unavailable("the provider is stopping")),
        }
        Ok(Response::new(fallback))
    }
}

/// What a user reads after a panic. What the panic said may quote a value, so it is nowhere.
pub(super) fn bug(rpc: &str) -> Diagnostic {
    Diagnostic::error(
        format!("The provider met a bug in {rpc}"),
        "This is a fault of the provider, not of your configuration. This one call failed; nothing else is \
         affected, and the provider goes on. Please report it together with the lines about it that are \
         written with TF_LOG=TRACE; they say where in the provider it happened.",
    )
}

struct Counted(Calls);

impl Counted {
    fn new(calls: &Calls) -> Self {
        calls.0.send_modify(|count| *count += 1);
        Self(calls.clone())
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.0.send_modify(|count| *count = count.saturating_sub(1));
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;

    use super::*;
    use crate::wire::proto::read_resource::Response as Answer;

    fn state(byte: u8) -> Answer {
        let state = proto::DynamicValue { msgpack: vec![byte], json: Vec::new() };
        Answer { new_state: Some(state), ..Answer::default() }
    }

    fn byte(answer: &Answer) -> Option<u8> {
        answer.new_state.as_ref()?.msgpack.first().copied()
    }

    #[tokio::test]
    async fn a_panic_is_one_calls_affair() {
        let calls = Calls::default();
        let panics = async {
            tokio::task::yield_now().await;
            panic!("secret")
        };
        let answer = calls.run("ReadResource", "t", state(1), panics).await.unwrap().into_inner();
        assert_eq!(byte(&answer), Some(1));
        let [message] = answer.diagnostics.as_slice() else { panic!() };
        assert!(!format!("{}{}", message.summary, message.detail).contains("secret"));
        let answer = calls.run("ReadResource", "t", state(1), async { Ok(state(2)) }).await.unwrap();
        assert_eq!(byte(answer.get_ref()), Some(2));
        calls.none().await;
    }

    #[tokio::test]
    async fn a_failure_is_said_beside_the_fallback() {
        let fails = async { Err(Diagnostics::from(Diagnostic::error("no", ""))) };
        let answer = Calls::default().run("ReadResource", "t", state(1), fails).await.unwrap();
        assert_eq!(byte(answer.get_ref()), Some(1));
        assert_eq!(answer.get_ref().diagnostics.len(), 1);
    }

    #[tokio::test]
    async fn work_goes_on_when_the_client_is_gone() {
        let calls = Calls::default();
        let (go_on, wait) = tokio::sync::oneshot::channel::<()>();
        let (done, finished) = tokio::sync::oneshot::channel();
        let work = async move {
            wait.await.unwrap();
            done.send(()).unwrap();
            Ok(state(2))
        };
        // Begun, and dropped before its end.
        assert!(calls.run("ReadResource", "t", state(1), work).now_or_never().is_none());
        assert!(calls.none().now_or_never().is_none());
        go_on.send(()).unwrap();
        calls.none().await;
        finished.await.unwrap();
    }
}
