//! Work on thousands of entries, spread over the machine's processors.

use std::future::Future;
use std::num::NonZeroUsize;
use std::pin::Pin;
use std::task::{Context, Waker};
use std::thread;

use futures_util::future::{MaybeDone, join_all, maybe_done};
use tokio::runtime::Handle;

/// With fewer a second thread is not worth its start.
const FEW: usize = 100;

/// Awaits all, in no order, and gives what they came to in theirs. Nearly all of them only calculate and have it when they
/// are asked first, which threads do side by side; the few that wait for something are waited for together.
pub(super) async fn on_all_processors<F>(futures: impl IntoIterator<Item = F>) -> Vec<F::Output>
where
    F: Future + Send,
    F::Output: Send,
{
    let mut futures: Vec<Pin<Box<MaybeDone<F>>>> =
        futures.into_iter().map(|future| Box::pin(maybe_done(future))).collect();
    let processors = thread::available_parallelism().map_or(1, NonZeroUsize::get);
    if futures.len() >= FEW && processors > 1 {
        ask_each_once(&mut futures, processors);
    }
    join_all(futures.iter_mut().map(Pin::as_mut)).await;
    // Each is done, so none is left out.
    futures.iter_mut().filter_map(|future| future.as_mut().take_output()).collect()
}

fn ask_each_once<F>(futures: &mut [Pin<Box<MaybeDone<F>>>], threads: usize)
where
    F: Future + Send,
    F::Output: Send,
{
    // What they might wait for (a timer, a socket) asks for the runtime that it is to be waited for in.
    let runtime = Handle::try_current().ok();
    let runtime = runtime.as_ref();
    thread::scope(|scope| {
        for some in futures.chunks_mut(futures.len().div_ceil(threads)) {
            scope.spawn(move || {
                let _entered = runtime.map(Handle::enter);
                // Nobody needs to be woken: who is not done is asked again.
                let mut context = Context::from_waker(Waker::noop());
                for future in some {
                    // Whether it is done it knows itself.
                    _ = future.as_mut().poll(&mut context);
                }
            });
        }
    });
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[tokio::test]
    async fn gives_what_each_comes_to_in_their_order() {
        for count in [0, 1, FEW - 1, FEW, 1001] {
            let futures = (0..count).map(|number| async move {
                match number % 7 {
                    0 => tokio::task::yield_now().await,
                    1 => tokio::time::sleep(Duration::from_millis(1)).await,
                    _ => {}
                }
                number
            });
            assert_eq!(on_all_processors(futures).await, (0..count).collect::<Vec<_>>());
        }
    }

    #[tokio::test]
    async fn those_that_wait_for_each_other_come_to_an_end() {
        let barrier = tokio::sync::Barrier::new(2 * FEW);
        let all = on_all_processors((0..2 * FEW).map(|_| barrier.wait())).await;
        assert_eq!(all.iter().filter(|one| one.is_leader()).count(), 1);
    }
}
