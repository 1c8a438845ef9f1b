//! What those who ask a server for something have in common: its connections, and that nothing is begun once Terraform asks to
//! stop.

use std::sync::Arc;

use tokio::sync::{Mutex, MutexGuard, watch};

use super::error::{Error, Kind};
use super::session::Pool;
use crate::roles::lockout::Protection;

/// Where something is asked for or changed. Cheap to clone: all clones are the same place.
#[derive(Clone)]
pub(super) struct Site {
    pub(super) pool: Pool,
    /// Who must not be locked out by changes.
    pub(super) protection: Arc<Protection>,
    stopped: watch::Receiver<bool>,
    turn: Arc<Mutex<()>>,
}

/// Nothing is to be begun any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Stopped;

impl From<Stopped> for Error {
    fn from(_: Stopped) -> Self {
        Error::new(Kind::Other, "the run was stopped before this was begun")
    }
}

impl Site {
    pub(super) fn new(pool: Pool, protection: Arc<Protection>, stopped: watch::Receiver<bool>) -> Site {
        Site { pool, protection, stopped, turn: Arc::default() }
    }

    /// To be had by whoever takes the lock on the server, which lets one transaction through at a time anyhow: in here the
    /// others wait without a connection, and without the lock's timeout.
    pub(super) async fn turn(&self) -> MutexGuard<'_, ()> {
        self.turn.lock().await
    }

    /// Whether nothing is to be begun any more.
    pub(super) fn is_stopped(&self) -> bool {
        *self.stopped.borrow()
    }

    /// Awaits `work`, unless nothing is to be begun any more.
    pub(super) async fn unless_stopped<T>(&self, work: impl Future<Output = T>) -> Result<T, Stopped> {
        let mut stopped = self.stopped.clone();
        tokio::select! {
            biased;
            Ok(_) = stopped.wait_for(|stopped| *stopped) => Err(Stopped),
            result = work => Ok(result),
        }
    }
}
