//! Asynchronous work from plain tests: most tests drive Terraform, which is a process to wait for, and would
//! gain nothing from being asynchronous themselves.

use std::future::Future;
use std::sync::LazyLock;
use tokio::runtime::{Builder, Runtime};

static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| {
    Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a tokio runtime")
});

/// The runtime that all sessions of the harness live on.
pub(crate) fn runtime() -> &'static Runtime {
    &RUNTIME
}

/// Waits for a future, from a plain test and from an asynchronous one alike: it is polled on a thread of its
/// own, since a runtime must not be entered from within another.
pub(crate) fn wait<F>(future: F) -> F::Output
where
    F: Future + Send,
    F::Output: Send,
{
    std::thread::scope(|scope| {
        let waiting = scope.spawn(|| RUNTIME.block_on(future));
        waiting.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    })
}
