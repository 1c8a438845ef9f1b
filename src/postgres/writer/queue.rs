//! What is asked for while the writer is busy waits here, and then goes together.

use std::sync::{Arc, Mutex, PoisonError};

use super::batch::{self, Done, Outcome, SeenServer, Trouble};
use super::error::ApplyError;
use super::job::{Did, Job};
use super::request::{Applied, Apply};
use crate::postgres::error::Error;
use crate::postgres::gather::{Gather, Left, Others, TRIES_TOGETHER, Work};
use crate::postgres::retry::Retry;
use crate::postgres::session::Pool;
use crate::postgres::sessions;
use crate::postgres::site::{Site, Stopped};
use crate::roles::{Change, RoleOption};

/// The one writer of a process.
pub(crate) struct Writer {
    gather: Gather<Shared>,
}

pub(super) struct Shared {
    pub(super) site: Site,
    /// The server as the last transaction that was committed has seen it.
    known: Mutex<Option<SeenServer>>,
}

impl Writer {
    /// Changes are made there.
    pub(in crate::postgres) fn new(site: Site) -> Writer {
        Writer { gather: Gather::new(Shared { site, known: Mutex::default() }) }
    }

    /// Makes a role as it should be.
    pub(crate) async fn apply(&self, request: Apply) -> Result<Applied, ApplyError> {
        self.gather.ask(|reply| Job::new(request, reply)).await.unwrap_or_else(|error| Err(error.into()))
    }

    /// Until what this gives is dropped, nothing that is asked for is begun.
    pub(crate) fn hold(&self) -> impl Sized + use<> {
        self.gather.hold()
    }

    pub(super) fn shared(&self) -> &Shared {
        self.gather.worker()
    }
}

impl Work for Shared {
    const NAME: &'static str = "the writer";

    type Job = Job;

    fn is_wanted(job: &Job) -> bool {
        !job.reply.is_closed()
    }

    async fn work(self: Arc<Self>, jobs: Vec<Job>, others: Others<Self>) -> Left<Job> {
        together(&self, jobs, &others).await
    }

    fn refuse(&self, jobs: Vec<Job>, error: &Error) {
        answer_all(jobs, &error.clone().into());
    }
}

/// Runs jobs in one transaction, as often as it takes, and answers them.
async fn together(shared: &Shared, mut jobs: Vec<Job>, others: &Others<Shared>) -> Left<Job> {
    let mut retry = Retry::new(shared.site.pool.config().connect_retry);
    let mut failures = 0;
    let mut looked_again = false;
    loop {
        let attempt = {
            let Ok(_turn) = shared.site.unless_stopped(shared.site.turn()).await else {
                answer_all(jobs, &ApplyError::Stopped);
                return Left::Nothing;
            };
            // Who comes later is owed all of its own tries.
            batch::attempt(shared, &mut jobs, (failures == 0).then_some(others)).await
        };
        if attempt.is_err() {
            jobs.iter_mut().for_each(|job| job.look_first = true);
        }
        let error = match attempt {
            Ok(outcomes) => return Left::Alone(answer(shared, jobs, outcomes)),
            Err(Trouble::LookFirst(error)) => {
                tracing::debug!(%error, roles = jobs.len(), "not without a look, so with one");
                continue;
            }
            Err(Trouble::Stopped) => ApplyError::Stopped,
            Err(Trouble::One(error)) if jobs.len() > 1 && !has_no_room(&error) => {
                tracing::debug!(%error, roles = jobs.len(), "not together, so half of them");
                return Left::Halves(jobs);
            }
            Err(Trouble::One(error)) => error,
            Err(Trouble::All(error)) => error.into(),
        };
        if jobs.len() > 1 && has_no_room(&error) {
            tracing::debug!(%error, roles = jobs.len(), "the server has no room for so many at once, so half of them");
            return Left::TooMany(jobs);
        }
        // It may be what somebody else did between the two looks: then the next look begins after it.
        if matches!(error, ApplyError::LocksOut { .. }) && !std::mem::replace(&mut looked_again, true) {
            continue;
        }
        failures += 1;
        if jobs.len() > 1 && failures > TRIES_TOGETHER && error.error().is_some_and(Error::is_retryable) {
            return Left::Halves(jobs);
        }
        let pause = error.error().and_then(|error| retry.after(error));
        let Some(pause) = pause else {
            let lost = error.error().filter(|error| error.is_out_of_reach()).cloned();
            answer_all(jobs, &error);
            return lost.map_or(Left::Nothing, Left::Lost);
        };
        tracing::debug!(%error, ?pause, "trying again");
        if shared.site.unless_stopped(tokio::time::sleep(pause)).await.is_err() {
            answer_all(jobs, &error);
            return Left::Nothing;
        }
    }
}

/// Whether the server has no room, in its table of locks first of all, for what one transaction wants.
fn has_no_room(error: &ApplyError) -> bool {
    error.error().is_some_and(Error::is_no_room)
}

fn answer_all(jobs: Vec<Job>, error: &ApplyError) {
    for job in jobs {
        let mut error = error.clone();
        if job.unsure.is_some() {
            if let ApplyError::Stopped = error {
                error = Error::from(Stopped).into();
            }
            if let ApplyError::Failed { error, .. } = &mut error {
                *error = error.clone().doing(
                    "it is not known whether this has happened: the connection was lost during COMMIT",
                );
            }
        }
        // Nobody waits any more: then nobody needs to know.
        let _ = job.reply.send(Err(error));
    }
}

fn answer(shared: &Shared, jobs: Vec<Job>, outcomes: Vec<Outcome>) -> Vec<Job> {
    let alone = jobs.len() == 1;
    let mut left = Vec::new();
    for (job, outcome) in jobs.into_iter().zip(outcomes) {
        match outcome {
            Outcome::Done(done) => {
                tokio::spawn(finish(shared.site.pool.clone(), job, *done));
            }
            Outcome::NotBegun(error) if alone => answer_all(vec![job], &error),
            // Another of the jobs may have made what it lacked.
            Outcome::NotBegun(_) => left.push(Job { look_first: true, ..job }),
        }
    }
    left
}

/// What comes after the commit: the sessions of a role that was disabled or renamed.
async fn finish(pool: Pool, job: Job, done: Done) {
    let Done { role, facts, did: Did { changes, adopted, lost } } = done;
    let disabled = changes.iter().any(|change| match change {
        Change::Alter { options, .. } => options.contains(&RoleOption::Login(false)),
        _ => false,
    });
    let renamed = changes.iter().any(|change| matches!(change, Change::Rename { .. }));
    let password_set = changes.iter().any(|change| matches!(change, Change::SetPassword { .. }));
    let (mut open_sessions, mut terminated, mut sessions_error) = (0, 0, None);
    if (disabled || renamed) && !facts.is_ourselves(role.oid) {
        if job.request.terminate_sessions {
            match sessions::end_all(&pool, role.oid, &job.logged_as).await {
                Ok(count) => terminated = count,
                Err(error) => sessions_error = Some(error),
            }
        }
        if disabled && (!job.request.terminate_sessions || sessions_error.is_some()) {
            match sessions::count(&pool, role.oid).await {
                Ok(count) => open_sessions = count,
                Err(error) => sessions_error = sessions_error.or(Some(error)),
            }
        }
    }
    let applied = Applied {
        server: facts.server(),
        verifier: job.verifier.filter(|_| password_set).map(|(_, verifier)| verifier),
        role,
        facts,
        changes,
        adopted,
        lost,
        open_sessions,
        terminated,
        sessions_error,
    };
    let _ = job.reply.send(Ok(applied));
}

impl Shared {
    /// The server as the last transaction that was committed has seen it.
    pub(super) fn known(&self) -> Option<SeenServer> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(super) fn learn(&self, server: SeenServer) {
        *self.known.lock().unwrap_or_else(PoisonError::into_inner) = Some(server);
    }
}
