//! One transaction for many roles: the first step of each, or the last of those that nothing special is to be done for.

use std::collections::{BTreeSet, HashMap, HashSet};

use futures_util::future::{join3, join4, try_join3};

use super::grants::{self, Entry};
use super::halt::Halt;
use super::job::Job;
use super::meant;
use super::request::DestroyAction;
use super::sequence;
use super::shared::{self, Found, Known};
use super::survey::{self, Dependents, Place};
use crate::postgres::access;
use crate::postgres::catalog::Facts;
use crate::postgres::error::{Error, Kind};
use crate::postgres::execute::{self, Step};
use crate::postgres::lock::{self, Waiting};
use crate::postgres::site::{Site, Stopped};
use crate::postgres::transaction::{CommitError, Transaction};
use crate::roles::lockout;
use crate::roles::{Oid, RoleName};

/// What a transaction is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Phase {
    /// NOLOGIN.
    Disable,
    /// What is left to do for a role that owns nothing, and that has granted nothing to others.
    Finish,
}

impl Phase {
    /// In words.
    pub(super) fn describe(self) -> &'static str {
        match self {
            Phase::Disable => sequence::DISABLE,
            Phase::Finish => sequence::DROP,
        }
    }
}

/// How a job fared in a transaction that was committed.
pub(super) enum Outcome {
    /// All of it.
    Done {
        found: Found,
        /// In words.
        done: Vec<String>,
    },
    /// The role is not there any more.
    Gone,
    /// Something concerns this role alone, and nothing was done to it.
    Halted(Halt),
    /// It is not for many at once, and nothing was done to it.
    Special,
}

/// Why a transaction came to nothing.
pub(super) enum Trouble {
    /// Something that concerns all jobs alike.
    All(Error),
    /// Something that this one of them ran into.
    One(usize, Error),
    /// For these of them a lock was waited for as long as anybody waits.
    TooLong(Vec<usize>, Error),
    /// Something that one of them ran into; nobody knows which.
    Unknown(String),
    /// Protected roles would lose something by it.
    LocksOut,
    /// Nothing is to be begun any more.
    Stopped,
}

impl From<Stopped> for Trouble {
    fn from(_: Stopped) -> Self {
        Trouble::Stopped
    }
}

impl From<Error> for Trouble {
    fn from(error: Error) -> Self {
        Trouble::All(error)
    }
}

/// Does it for all jobs of which it can be done, in one transaction. On its way it waits for the server as often as it
/// must: to begin with the lock, to look, to learn whose grants it may revoke, to change, and to commit.
pub(super) async fn attempt(site: &Site, phase: Phase, jobs: &mut [Job]) -> Result<Vec<Outcome>, Trouble> {
    let Site { pool, protection, .. } = site;
    let transaction = site.unless_stopped(lock::begin(pool)).await??;
    let requests: Vec<_> = jobs.iter().map(|job| &job.request).collect();
    let beginning = join4(
        Facts::read(&transaction),
        Known::read(&transaction, &requests),
        access::read(&transaction, protection),
        Look::take(&transaction, phase, jobs),
    );
    let (facts, known, before, look) = site.unless_stopped(beginning).await?;
    let (facts, known, before, look) = (facts?, known?, before?, look?);
    let working = async {
        let (outcomes, steps) = look.decide(&transaction, phase, jobs, (&known, &facts)).await?;
        if steps.is_empty() {
            return Ok(outcomes);
        }
        let (ran, meant, after) = join3(
            execute::run_steps(&transaction, steps),
            were_meant(&transaction, phase, jobs, &outcomes),
            access::read(&transaction, protection),
        )
        .await;
        ran.map_err(blamed)?;
        meant?;
        match lockout::lost(protection, &before, &after?, &[]).is_empty() {
            true => Ok(outcomes),
            // Whose work it is, nobody knows.
            false => Err(Trouble::LocksOut),
        }
    };
    let (outcomes, blockers) = lock::watch(pool, || Some(Waiting::Process(facts.backend)), working).await;
    let outcomes = outcomes.map_err(|trouble| match trouble {
        Trouble::All(error) => Trouble::All(lock::blocked_by(error, &blockers)),
        Trouble::TooLong(whose, error) => Trouble::TooLong(whose, lock::blocked_by(error, &blockers)),
        trouble => trouble,
    })?;
    match transaction.commit().await {
        Ok(()) => Ok(outcomes),
        Err(error) => {
            if let CommitError::OutcomeUnknown(_) = error {
                jobs.iter_mut().zip(outcomes).for_each(|(job, outcome)| job.remember(outcome));
            }
            Err(Trouble::All(error.error().clone()))
        }
    }
}

/// Whether the statements have met those of the jobs that they were for.
async fn were_meant(
    transaction: &Transaction,
    phase: Phase,
    jobs: &[Job],
    outcomes: &[Outcome],
) -> Result<(), Error> {
    let met: Vec<_> = jobs
        .iter()
        .zip(outcomes)
        .filter_map(|(job, outcome)| match outcome {
            Outcome::Done { found, .. } => Some((&job.request.name, found.oid)),
            _ => None,
        })
        .collect();
    match phase {
        Phase::Disable => meant::disabled(transaction, &met).await,
        Phase::Finish => {
            meant::dropped(transaction, &met.into_iter().map(|(_, role)| role).collect::<Vec<_>>()).await
        }
    }
}

/// Whose fault an error of a statement is.
fn blamed((whose, error): (Vec<usize>, Error)) -> Trouble {
    if error.is_retryable() || error.is_no_room() {
        return Trouble::All(error);
    }
    match whose.as_slice() {
        _ if error.kind() == Kind::LockTimeout => Trouble::TooLong(whose, error),
        [index] => Trouble::One(*index, error),
        _ => Trouble::Unknown(error.to_string()),
    }
}

/// What there is to know of the roles before the last step.
#[derive(Default)]
struct Look {
    dependents: HashMap<Oid, Dependents>,
    entries: HashMap<Oid, Vec<Entry>>,
    grantors_of_memberships: HashSet<Oid>,
}

impl Look {
    async fn take(transaction: &Transaction, phase: Phase, jobs: &[Job]) -> Result<Look, Error> {
        if phase == Phase::Disable {
            return Ok(Look::default());
        }
        let roles: Vec<Oid> = jobs.iter().filter_map(|job| job.request.oid).collect();
        let (dependents, entries, grantors_of_memberships) = try_join3(
            survey::dependents(transaction, Some(&roles)),
            grants::entries_of(transaction, &roles, Place::Shared),
            shared::grantors_of_memberships(transaction, &roles),
        )
        .await?;
        Ok(Look { dependents, entries, grantors_of_memberships })
    }

    /// What is to be done, and what every job has come to once that is done.
    async fn decide<'a>(
        &'a self,
        transaction: &Transaction,
        phase: Phase,
        jobs: &'a [Job],
        (known, facts): (&Known, &Facts),
    ) -> Result<(Vec<Outcome>, Vec<Step<'a, Vec<usize>>>), Error> {
        let mut outcomes = Vec::with_capacity(jobs.len());
        let (mut steps, mut drops) = (Vec::new(), Vec::new());
        let entries = jobs.iter().filter_map(|job| self.entries.get(&job.request.oid?)).flatten();
        let grantors: BTreeSet<&RoleName> = entries.map(|entry| &entry.grantor).collect();
        let dialect = grants::dialect(transaction, &facts.user, grantors).await?;
        let mut seen = HashSet::new();
        let heirs: HashSet<Oid> = jobs.iter().filter_map(|job| job.found?.heir).collect();
        let mut revoked = Vec::new();
        for (index, job) in jobs.iter().enumerate() {
            let found = match known.find(&job.request, facts) {
                Ok(Some(found)) => found,
                Ok(None) => {
                    outcomes.push(Outcome::Gone);
                    continue;
                }
                Err(halt) => {
                    outcomes.push(Outcome::Halted(halt));
                    continue;
                }
            };
            let mut done = Vec::new();
            // Whoever is asked for twice goes once with the others.
            if job.is_special || !seen.insert(found.oid) {
                outcomes.push(Outcome::Special);
                continue;
            }
            match phase {
                Phase::Disable if found.login => {
                    let sql = shared::no_login(&job.request.name);
                    steps.push(Step::of_one(vec![index], &job.logged_as, sql));
                    done.push(shared::DISABLED.to_owned());
                }
                Phase::Disable => {}
                Phase::Finish => {
                    let is_heir = heirs.contains(&found.oid);
                    let entries = self.entries.get(&found.oid).map(Vec::as_slice).unwrap_or_default();
                    let in_reach = entries.iter().all(|entry| grants::may_act_for(&entry.grantor, &dialect));
                    if is_heir || !in_reach || self.is_special(job, found.oid, entries) {
                        outcomes.push(Outcome::Special);
                        continue;
                    }
                    if job.request.action == DestroyAction::Drop {
                        revoked.extend(entries.iter().map(|entry| (index, &job.logged_as, entry)));
                        done.extend(shared::revoked(&job.request.name, entries));
                        let sql = shared::drop_role(&job.request.name);
                        drops.push(Step::of_one(vec![index], &job.logged_as, sql));
                        done.push(shared::DROPPED.to_owned());
                    }
                }
            }
            outcomes.push(Outcome::Done { found, done });
        }
        steps.extend(grants::revokes_together(revoked, &dialect));
        steps.extend(drops);
        Ok((outcomes, steps))
    }

    /// Whether more is to be done than to revoke what a role was granted on databases and the like, and to drop it.
    fn is_special(&self, job: &Job, role: Oid, entries: &[Entry]) -> bool {
        let dependents = self.dependents.get(&role);
        match job.request.action {
            DestroyAction::Disable => dependents.is_some_and(Dependents::owns_something),
            DestroyAction::Drop => {
                dependents.is_some_and(|dependents| *dependents != Dependents::default())
                    || self.grantors_of_memberships.contains(&role)
                    || entries.iter().any(|entry| entry.is_given_by(&job.request.name))
            }
        }
    }
}
