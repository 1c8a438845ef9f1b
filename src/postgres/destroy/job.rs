//! One request on its way: how far it has come.

use tokio::sync::oneshot;

use super::error::DestroyError;
use super::halt::{Halted, explained};
use super::request::{Destroy, Destroyed};
use super::sequence::SoFar;
use super::shared::Found;
use super::together::Outcome;
use crate::postgres::sql_log::LoggedAs;

/// A request, and who waits for its answer.
pub(super) struct Job {
    /// Once the role was found, with its OID.
    pub(super) request: Destroy,
    /// As what its statements are logged.
    pub(super) logged_as: LoggedAs,
    pub(super) reply: oneshot::Sender<Result<Destroyed, DestroyError>>,
    /// The role as the first step found it; none: that has not been done.
    pub(super) found: Option<Found>,
    pub(super) so_far: SoFar,
    /// Whether it is not for many at once.
    pub(super) is_special: bool,
    pub(super) open_sessions: u64,
    /// What was done in a transaction whose COMMIT got no answer, if it was.
    unsure: Option<Vec<String>>,
}

impl Job {
    pub(super) fn new(request: Destroy, reply: oneshot::Sender<Result<Destroyed, DestroyError>>) -> Job {
        let (logged_as, so_far) = (request.logged_as(), SoFar::default());
        Job {
            request,
            logged_as,
            reply,
            found: None,
            so_far,
            is_special: false,
            open_sessions: 0,
            unsure: None,
        }
    }

    /// From here on a role of that name and another OID is another.
    pub(super) fn begun(&mut self, found: Found) {
        self.request.oid = Some(found.oid);
        self.found = Some(found);
    }

    /// After a commit that got no answer.
    pub(super) fn remember(&mut self, outcome: Outcome) {
        if let Outcome::Done { done, .. } = outcome
            && !done.is_empty()
        {
            self.unsure = Some(done);
        }
    }

    /// What a step has done. Nothing left to do: so the transaction before has done it.
    pub(super) fn add(&mut self, done: Vec<String>) {
        let unsure = self.unsure.take().filter(|_| done.is_empty());
        self.so_far.done.extend(unsure.unwrap_or(done));
    }

    /// The same where a step of the sequence has noted what it has done, after what had been done before it.
    pub(super) fn added(&mut self, before: usize) {
        let done = self.so_far.done.split_off(before.min(self.so_far.done.len()));
        self.add(done);
    }

    /// Tells what it came to. Nobody may wait any more.
    pub(super) fn answer(self, result: Result<u64, Halted>) {
        let SoFar { done, lost } = self.so_far;
        let _ = self.reply.send(match result {
            Ok(open_sessions) => Ok(Destroyed { done, lost, open_sessions }),
            Err(halted) => Err(explained(halted, done)),
        });
    }
}
