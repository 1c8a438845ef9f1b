//! What Terraform asks of this process at the same time. It looks at resources side by side and in no order that a provider
//! could rely on, so what one of them says of a role may come after another has asked for it.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// As long as nothing more is asked, nothing more is to come: Terraform asks at once whatever waits for nothing.
const REST: Duration = Duration::from_millis(500);

/// How often one that waits looks again.
const STEP: Duration = Duration::from_millis(10);

/// The calls that say what becomes of roles that resources have: reads, plans of what is there, plans of destroys.
pub(crate) struct Walk(Mutex<Calls>);

struct Calls {
    under_way: usize,
    /// Those of them that wait for the others.
    waiting: usize,
    /// When the last one ended.
    ended: Instant,
}

/// One of these calls, while it is under way.
pub(crate) struct Call<'a>(&'a Walk);

impl Default for Walk {
    fn default() -> Self {
        Self(Mutex::new(Calls { under_way: 0, waiting: 0, ended: Instant::now() }))
    }
}

impl Walk {
    /// Counts a call until what this gives is dropped.
    pub(crate) fn enter(&self) -> Call<'_> {
        self.calls().under_way += 1;
        Call(self)
    }

    /// Waits until it is decided, or until nobody is left who could decide it. `is_call`: the one that waits is a call itself.
    pub(crate) async fn wait_for_others(&self, is_call: bool, is_decided: impl Fn() -> bool) {
        let _waiting = is_call.then(|| Waiting::begin(self));
        while !is_decided() && !self.is_at_rest() {
            tokio::time::sleep(STEP).await;
        }
    }

    fn is_at_rest(&self) -> bool {
        let calls = self.calls();
        calls.under_way <= calls.waiting && calls.ended.elapsed() >= REST
    }

    fn calls(&self) -> MutexGuard<'_, Calls> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Call<'_> {
    fn drop(&mut self) {
        let mut calls = self.0.calls();
        calls.under_way -= 1;
        calls.ended = Instant::now();
    }
}

/// A call that waits, until this is dropped: Terraform may give it up.
struct Waiting<'a>(&'a Walk);

impl<'a> Waiting<'a> {
    fn begin(walk: &'a Walk) -> Self {
        walk.calls().waiting += 1;
        Self(walk)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.calls().waiting -= 1;
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, Ordering};

    use super::*;

    async fn decide(flag: &AtomicBool) {
        tokio::time::sleep(STEP * 3).await;
        flag.store(true, Ordering::Relaxed);
    }

    #[tokio::test]
    async fn who_waits_does_so_until_it_is_decided() {
        let (walk, decided) = (Walk::default(), AtomicBool::new(false));
        let other = walk.enter();
        let is_decided = || decided.load(Ordering::Relaxed);
        tokio::join!(decide(&decided), walk.wait_for_others(false, is_decided));
        assert!(is_decided());
        drop(other);
    }

    #[tokio::test]
    async fn who_waits_does_so_until_all_others_have_come_to_rest() {
        let (walk, ended) = (Walk::default(), AtomicBool::new(false));
        let other = async {
            let _call = walk.enter();
            decide(&ended).await;
        };
        // Two calls that wait do not wait for each other.
        let waits = || async {
            let _call = walk.enter();
            walk.wait_for_others(true, || false).await;
            assert!(ended.load(Ordering::Relaxed));
        };
        let started = Instant::now();
        tokio::join!(other, waits(), waits());
        assert!(started.elapsed() >= REST);
    }
}
