//! Roles that are only to be created are created without a look at what is there: the server refuses by itself whatever the
//! look would have found in the way. Over a long way that is one wait less, and for the server half of the looks.

use std::sync::OnceLock;

use futures_util::future::join4;
use tokio::sync::oneshot;
use tokio_postgres::error::SqlState;

use super::batch::{Batch, Trouble, Work, Worked, name_blockers, scope};
use super::error::ApplyError;
use super::job::Job;
use super::queue::Shared;
use super::request::Target;
use crate::postgres::access;
use crate::postgres::catalog::Facts;
use crate::postgres::error::{Error, Kind};
use crate::postgres::execute;
use crate::postgres::lock::{self, Waiting};
use crate::postgres::transaction::Transaction;
use crate::roles::{Change, PasswordChange};

/// What is to be done for each job.
pub(super) struct Creations {
    /// What the server said of itself in the transaction before; what is to be done depends on it.
    known: Facts,
    works: Vec<Work>,
}

/// What is to be done for these jobs; `None`: not without a look.
pub(super) fn creations(shared: &Shared, jobs: &[Job]) -> Option<Creations> {
    let known = shared.known()?;
    let works =
        jobs.iter().map(|job| Some(Work::new(job, None, changes(job, &known)?))).collect::<Option<_>>()?;
    Some(Creations { known, works })
}

fn changes(job: &Job, known: &Facts) -> Option<Vec<Change>> {
    let desired = &job.request.desired;
    let is_new = job.request.target == Target::New { adopt: false } && job.unsure.is_none();
    let has_password = desired.password != PasswordChange::Set || job.request.password.is_some();
    let server = known.server();
    if job.look_first || !is_new || !has_password || desired.impossible_membership(&server).is_some() {
        return None;
    }
    let changes = job.changes(None, &server);
    // What takes away somebody's grant depends on how we stand to them.
    changes.iter().all(|change| execute::grantor(change).is_none()).then_some(changes)
}

/// Takes the lock, creates, and looks, with one wait for all of it.
pub(super) async fn create(
    shared: &Shared,
    transaction: &Transaction,
    jobs: &mut [Job],
    Creations { known, works }: Creations,
) -> Result<Worked, Trouble> {
    let protection = &*shared.protection;
    let batch = Batch { transaction, facts: &known, scope: scope(jobs), protection };
    let (has_lock, lock_had) = oneshot::channel();
    let backend = OnceLock::new();
    // On the heap, see `batch::attempt`.
    let working = Box::pin(async {
        let locking = async {
            let locked = lock::take(&shared.pool, transaction).await;
            _ = has_lock.send(());
            locked
        };
        let reading = async {
            let facts = Facts::read(transaction).await?;
            _ = backend.set(facts.backend);
            Ok::<_, Error>(facts)
        };
        let mut works: Vec<_> = works.into_iter().map(Ok).collect();
        // Sent in this order and at once; each statement takes its snapshot when it is run.
        let (locked, facts, before, after) = join4(
            locking,
            reading,
            access::read(transaction, protection),
            batch.change_and_look(jobs, &mut works),
        )
        .await;
        locked?;
        let (facts, before) = (facts?, before?);
        if (Facts { backend: known.backend, ..facts.clone() }) != known {
            let other =
                Error::new(Kind::Other, "the server is no longer as it was in the transaction before");
            return Err(Trouble::LookFirst(other));
        }
        let after = after.map_err(look_first)?;
        let works = batch.finish(jobs, works, &before, Some(after)).await?;
        Ok((facts, works))
    });
    let waiting = || backend.get().map(|backend| Waiting::Process(*backend));
    let working = lock::watch(&shared.pool, waiting, working);
    // Once the lock is had, what was begun comes to its end.
    let (worked, blockers) = shared.unless_stopped_before(lock_had, working).await?;
    worked.map_err(|trouble| name_blockers(trouble, &blockers))
}

/// What a look would have found: that there is such a role, or that there is no such group or database. Whatever else the server
/// refuses, it would refuse then, too.
fn look_first(trouble: Trouble) -> Trouble {
    let could_be_seen = |error: &Error| {
        error.sqlstate().is_some_and(|sqlstate| {
            [
                SqlState::DUPLICATE_OBJECT,
                SqlState::UNIQUE_VIOLATION,
                SqlState::UNDEFINED_OBJECT,
                SqlState::INVALID_CATALOG_NAME,
            ]
            .contains(sqlstate)
        })
    };
    match trouble {
        Trouble::One(ApplyError::Failed { error, .. }) if could_be_seen(&error) => Trouble::LookFirst(error),
        trouble => trouble,
    }
}
