//! What is asked for at the same time goes together: the first step of all, one look for the sessions of all, and the last
//! step of all that nothing special is to be done for. The others, and who fails, go on alone by the sequence.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use futures_util::future::join_all;
use tokio::sync::Semaphore;

use super::error::{DestroyError, DestroyReason};
use super::halt::{Halt, Halted};
use super::job::Job;
use super::request::{Destroy, DestroyAction, Destroyed};
use super::sequence::{self, Sequence};
use super::shared::Found;
use super::together::{self, Outcome, Phase, Trouble};
use crate::postgres::error::{Error, Kind};
use crate::postgres::gather::{Gather, Left, Others, TRIES_TOGETHER, Work};
use crate::postgres::retry::{Retry, patience};
use crate::postgres::sessions;
use crate::postgres::site::Site;
use crate::roles::Oid;

/// So many go alone at a time.
const ALONE: usize = 8;

/// So many that are to blame are taken out of what goes together, one after the other, before it is halved: where there
/// are more of them, that is less work.
const TO_BLAME: usize = 3;

/// Takes roles away.
pub(crate) struct Destroyer {
    gather: Gather<Shared>,
}

struct Shared {
    sequence: Sequence,
    /// A permit for each that goes alone.
    room: Semaphore,
    /// Since when connections have been lost and nothing has come of any.
    lost_since: Mutex<Option<Instant>>,
}

impl Destroyer {
    /// Changes are made there.
    pub(in crate::postgres) fn new(site: Site) -> Destroyer {
        let sequence = Sequence { site };
        let shared = Shared { sequence, room: Semaphore::new(ALONE), lost_since: Mutex::default() };
        Destroyer { gather: Gather::new(shared) }
    }

    /// Takes one away, with those that others ask for at the same time.
    pub(crate) async fn destroy(&self, request: Destroy) -> Result<Destroyed, DestroyError> {
        self.gather.ask(|reply| Job::new(request, reply)).await.unwrap_or_else(|error| {
            let reason = DestroyReason::Failed { doing: sequence::DROP.to_owned() };
            Err(DestroyError { reason, done: vec![], left: vec![], error: Some(error) })
        })
    }

    /// Until what this gives is dropped, nothing that is asked for is begun.
    pub(crate) fn hold(&self) -> impl Sized + use<> {
        self.gather.hold()
    }
}

impl Work for Shared {
    const NAME: &'static str = "the destroy";

    type Job = Job;

    fn is_wanted(job: &Job) -> bool {
        !job.reply.is_closed()
    }

    async fn work(self: Arc<Self>, mut jobs: Vec<Job>, _others: Others<Self>) -> Left<Job> {
        if jobs.len() == 1 {
            let Some(job) = jobs.pop() else { return Left::Nothing };
            return self.one(job).await;
        }
        // What has been begun together stays together.
        let begun = jobs.iter().all(|job| job.found.is_some());
        let finished = async {
            if !begun {
                jobs = self.step(Phase::Disable, jobs).await?;
                jobs = self.look_for_sessions(jobs).await?;
            }
            self.step(Phase::Finish, jobs).await
        };
        match finished.await {
            Ok(jobs) => answer_all(jobs),
            Err(left) => return left,
        }
        Left::Nothing
    }

    fn refuse(&self, jobs: Vec<Job>, error: &Error) {
        for job in jobs {
            let doing = if job.found.is_some() { sequence::DROP } else { sequence::DISABLE };
            job.answer(Err((doing.to_owned(), error.clone().into())));
        }
    }
}

impl Shared {
    /// One alone: its first step keeps the others waiting, which go together then.
    async fn one(self: &Arc<Self>, mut job: Job) -> Left<Job> {
        match self.begin(&mut job).await {
            Ok(Some(_)) => {
                self.go_alone(vec![job]);
                Left::Nothing
            }
            Ok(None) => {
                job.answer(Ok(0));
                Left::Nothing
            }
            Err((doing, halt)) => {
                let lost = halt.error.clone().filter(Error::is_out_of_reach);
                job.answer(Err((doing, halt)));
                lost.map_or(Left::Nothing, Left::Lost)
            }
        }
    }

    /// The first step of one alone, unless it is done.
    async fn begin(&self, job: &mut Job) -> Result<Option<Found>, Halted> {
        if job.found.is_none() {
            let begun = self.sequence.begin(&job.request, &mut job.so_far).await?;
            job.added(0);
            if let Some(found) = begun {
                job.begun(found);
            }
        }
        Ok(job.found)
    }

    /// A step of all of them, as often as it takes. Gives those that it was done for; the others have their answers, or go
    /// alone.
    async fn step(self: &Arc<Self>, phase: Phase, mut jobs: Vec<Job>) -> Result<Vec<Job>, Left<Job>> {
        let mut retry = Retry::new(self.sequence.site.pool.config().connect_retry);
        let (mut failures, mut to_blame, mut looked_again) = (0, 0, false);
        while jobs.len() > 1 {
            let attempt = {
                let _turn = self.sequence.site.turn().await;
                together::attempt(&self.sequence.site, phase, &mut jobs).await
            };
            let error = match attempt {
                Ok(outcomes) => {
                    *self.lost_since.lock().unwrap_or_else(PoisonError::into_inner) = None;
                    return Ok(self.sort_out(phase, jobs, outcomes));
                }
                Err(Trouble::Stopped) => {
                    let stopped = || Halt::because(DestroyReason::Stopped);
                    let doing = || phase.describe().to_owned();
                    jobs.into_iter().for_each(|job| job.answer(Err((doing(), stopped()))));
                    return Err(Left::Nothing);
                }
                Err(Trouble::TooLong(whose, error)) => {
                    for (index, job) in std::mem::take(&mut jobs).into_iter().enumerate() {
                        if whose.contains(&index) {
                            job.answer(Err((phase.describe().to_owned(), error.clone().into())));
                        } else {
                            jobs.push(job);
                        }
                    }
                    continue;
                }
                Err(Trouble::One(index, error)) => {
                    if let Some(job) = jobs.get_mut(index) {
                        tracing::debug!(%error, role = %job.request.name, "not with the others");
                        job.is_special = true;
                    }
                    to_blame += 1;
                    if to_blame > TO_BLAME {
                        return Err(Left::Halves(jobs));
                    }
                    continue;
                }
                // It may be what somebody else did between the two looks: then the next look begins after it.
                Err(Trouble::LocksOut) if !std::mem::replace(&mut looked_again, true) => continue,
                Err(Trouble::LocksOut) => return Err(Left::Halves(jobs)),
                Err(Trouble::Unknown(error)) => {
                    tracing::debug!(error, roles = jobs.len(), "not together, so half of them");
                    return Err(Left::Halves(jobs));
                }
                Err(Trouble::All(error)) => error,
            };
            if error.is_no_room() {
                return Err(Left::TooMany(jobs));
            }
            let over = self.is_lost(&error);
            failures += 1;
            if !over && failures > TRIES_TOGETHER && error.is_retryable() {
                return Err(Left::Halves(jobs));
            }
            let Some(pause) = retry.after(&error).filter(|_| !over) else {
                self.refuse(jobs, &error);
                return Err(if error.is_out_of_reach() { Left::Lost(error) } else { Left::Nothing });
            };
            tracing::debug!(%error, ?pause, "trying again");
            tokio::time::sleep(pause).await;
        }
        Err(Left::Alone(jobs))
    }

    /// Whether connections are lost for so long, and nothing has come of any, that it is no use any more.
    fn is_lost(&self, error: &Error) -> bool {
        if error.kind() != Kind::ConnectionLost {
            return false;
        }
        let mut since = self.lost_since.lock().unwrap_or_else(PoisonError::into_inner);
        let patience = patience(self.sequence.site.pool.config().connect_retry);
        since.get_or_insert_with(Instant::now).elapsed() > patience
    }

    fn sort_out(self: &Arc<Self>, phase: Phase, jobs: Vec<Job>, outcomes: Vec<Outcome>) -> Vec<Job> {
        let (mut all_done, mut alone) = (Vec::new(), Vec::new());
        for (mut job, outcome) in jobs.into_iter().zip(outcomes) {
            match outcome {
                Outcome::Done { found, done } => {
                    job.add(done);
                    if phase == Phase::Disable {
                        job.begun(found);
                    }
                    all_done.push(job);
                }
                Outcome::Gone => {
                    job.add(vec![]);
                    let open_sessions = job.open_sessions;
                    job.answer(Ok(open_sessions));
                }
                Outcome::Halted(halt) => job.answer(Err((phase.describe().to_owned(), halt))),
                Outcome::Special => alone.push(job),
            }
        }
        self.go_alone(alone);
        all_done
    }

    /// Those that have sessions which are to be ended will go alone; who was only to be disabled is done.
    async fn look_for_sessions(self: &Arc<Self>, jobs: Vec<Job>) -> Result<Vec<Job>, Left<Job>> {
        let roles: Vec<Oid> = jobs.iter().filter_map(|job| job.request.oid).collect();
        let open = match sessions::count_of(&self.sequence.site.pool, &roles).await {
            Ok(open) => open,
            Err(error) => {
                for job in jobs {
                    job.answer(Err((sequence::END_SESSIONS.to_owned(), error.clone().into())));
                }
                return Err(if error.is_out_of_reach() { Left::Lost(error) } else { Left::Nothing });
            }
        };
        let mut left = Vec::new();
        for mut job in jobs {
            let Destroy { oid, action, terminate_sessions, reassign_owned_to, .. } = &job.request;
            let sessions = oid.and_then(|oid| open.get(&oid)).copied().unwrap_or_default();
            let is_over = *action == DestroyAction::Disable && reassign_owned_to.is_none();
            (job.is_special, job.open_sessions) = (*terminate_sessions && sessions > 0, sessions);
            if is_over && !job.is_special {
                job.answer(Ok(sessions));
            } else {
                left.push(job);
            }
        }
        Ok(left)
    }

    /// Has them go on by the sequence, beside whatever else is done; those that are to get what others own come last.
    fn go_alone(self: &Arc<Self>, jobs: Vec<Job>) {
        if jobs.is_empty() {
            return;
        }
        let heirs: Vec<Oid> = jobs.iter().filter_map(|job| job.found?.heir).collect();
        let is_heir = |job: &Job| job.found.is_some_and(|found| heirs.contains(&found.oid));
        let (last, first): (Vec<_>, Vec<_>) = jobs.into_iter().partition(is_heir);
        let shared = Arc::clone(self);
        tokio::spawn(async move {
            for wave in [first, last] {
                join_all(wave.into_iter().map(|job| shared.alone(job))).await;
            }
        });
    }

    async fn alone(&self, mut job: Job) {
        // It is never closed.
        let _room = self.room.acquire().await;
        let result = match self.begin(&mut job).await {
            Ok(Some(found)) => {
                let before = job.so_far.done.len();
                let result = self.sequence.go_on(&job.request, found, &mut job.so_far).await;
                if result.is_ok() {
                    job.added(before);
                }
                result
            }
            Ok(None) => Ok(0),
            Err(halted) => Err(halted),
        };
        job.answer(result);
    }
}

fn answer_all(jobs: Vec<Job>) {
    for job in jobs {
        let open_sessions = job.open_sessions;
        job.answer(Ok(open_sessions));
    }
}
