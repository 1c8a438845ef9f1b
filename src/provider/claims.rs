//! Who works on a role: of a resource that takes a role over and one that takes it away, in the same run, each sees all that the
//! other has done or nothing of it. Terraform applies at the same time whatever waits for nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::pin::pin;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

use crate::roles::Oid;

/// The roles that somebody works on.
#[derive(Default)]
pub(crate) struct Claims {
    state: Mutex<State>,
    freed: Notify,
}

#[derive(Default)]
struct State {
    taken: BTreeSet<Oid>,
    /// How many claims have ended.
    count: u64,
    /// How many had when the last one on a role did.
    ended: BTreeMap<Oid, u64>,
}

/// One of them, until this is dropped.
pub(crate) struct Claim<'a> {
    claims: &'a Claims,
    oid: Oid,
}

/// A moment, to which claims are before or after.
#[derive(Clone, Copy)]
pub(crate) struct Moment(u64);

impl Claims {
    /// Waits until nobody else works on it. Who has one must not wait for another.
    pub(crate) async fn take(&self, oid: Oid) -> Claim<'_> {
        loop {
            let mut freed = pin!(self.freed.notified());
            freed.as_mut().enable();
            if self.state().taken.insert(oid) {
                return Claim { claims: self, oid };
            }
            freed.await;
        }
    }

    /// Now.
    pub(crate) fn now(&self) -> Moment {
        Moment(self.state().count)
    }

    /// Whether somebody has worked on a role until after that moment, so that it may be another one by now, or none.
    pub(crate) fn has_ended_since(&self, oid: Oid, moment: Moment) -> bool {
        self.state().ended.get(&oid).is_some_and(|ended| *ended > moment.0)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Claim<'_> {
    fn drop(&mut self) {
        let mut state = self.claims.state();
        state.taken.remove(&self.oid);
        state.count += 1;
        let count = state.count;
        state.ended.insert(self.oid, count);
        drop(state);
        self.claims.freed.notify_waiters();
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::time::timeout;

    use super::*;

    #[tokio::test]
    async fn one_waits_for_the_other_and_for_nobody_else() {
        let claims = Claims::default();
        let first = claims.take(Oid(1)).await;
        let _other = claims.take(Oid(2)).await;
        let moment = claims.now();
        assert!(timeout(Duration::from_millis(20), claims.take(Oid(1))).await.is_err());
        let (second, ()) = tokio::join!(claims.take(Oid(1)), async {
            tokio::task::yield_now().await;
            drop(first);
        });
        assert!(claims.has_ended_since(Oid(1), moment) && !claims.has_ended_since(Oid(2), moment));
        let moment = claims.now();
        assert!(!claims.has_ended_since(Oid(1), moment));
        drop(second);
        assert!(claims.has_ended_since(Oid(1), moment));
    }
}
