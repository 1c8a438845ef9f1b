//! Looks at roles that many ask for at the same time: who asks while one look is under way waits for the next, which is
//! for all who wait by then.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;

use super::error::Error;
use crate::roles::RoleName;

/// Who waits for a look at which role.
pub(super) struct Looks<T> {
    waiting: Mutex<Vec<Waiting<T>>>,
    turn: tokio::sync::Mutex<()>,
}

struct Waiting<T> {
    names: Vec<RoleName>,
    reply: oneshot::Sender<Result<Arc<T>, Error>>,
}

impl<T> Default for Looks<T> {
    fn default() -> Self {
        Self { waiting: Mutex::default(), turn: tokio::sync::Mutex::default() }
    }
}

impl<T> Looks<T> {
    /// What a look finds that begins after this call; `look` is at all the roles that it is given.
    pub(super) async fn at<F>(
        &self,
        names: &[RoleName],
        look: impl FnOnce(Vec<RoleName>) -> F,
    ) -> Result<Arc<T>, Error>
    where
        F: Future<Output = Result<T, Error>>,
    {
        let (reply, mut answer) = oneshot::channel();
        self.waiting().push(Waiting { names: names.to_vec(), reply });
        let _turn = self.turn.lock().await;
        if let Ok(found) = answer.try_recv() {
            return found;
        }
        let others = std::mem::take(&mut *self.waiting());
        // Its own are not among them where somebody has taken them and has gone away since.
        let of_all = others.iter().flat_map(|waiting| &waiting.names).chain(names);
        let of_all: BTreeSet<&RoleName> = of_all.collect();
        let found = look(of_all.into_iter().cloned().collect()).await.map(Arc::new);
        for waiting in others {
            // Nobody may wait any more.
            let _ = waiting.reply.send(found.clone());
        }
        found
    }

    fn waiting(&self) -> MutexGuard<'_, Vec<Waiting<T>>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
