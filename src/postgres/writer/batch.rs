//! One transaction for some jobs.

use futures_util::future::{join, join3, try_join_all};

use super::error::ApplyError;
use super::job::{Did, Job, Unsure};
use super::queue::Shared;
use super::{seen, unseen};
use crate::postgres::access;
use crate::postgres::catalog::{self, Facts, Scope, Subjects};
use crate::postgres::error::{Error, Kind};
use crate::postgres::execute::{self, Dialect};
use crate::postgres::gather::Others;
use crate::postgres::lock;
use crate::postgres::session::Notice;
use crate::postgres::site::Stopped;
use crate::postgres::sql_log::LoggedAs;
use crate::postgres::transaction::{CommitError, Transaction};
use crate::roles::lockout::{self, Accesses, Lost, Protection};
use crate::roles::{Catalog, Change, Role};

/// How often what differs is brought about before it is given up: another tool, or another of the jobs, may have
/// changed the same.
const ROUNDS: usize = 3;

/// How a job fared in a transaction that was committed.
pub(super) enum Outcome {
    /// Its role is as it should be.
    Done(Box<Done>),
    /// It could not be begun.
    NotBegun(ApplyError),
}

/// A role that is as it should be.
pub(super) struct Done {
    pub(super) role: Role,
    pub(super) facts: Facts,
    pub(super) did: Did,
}

/// Why a transaction came to nothing.
pub(super) enum Trouble {
    /// Something that concerns all jobs alike.
    All(Error),
    /// Something that one of them ran into.
    One(ApplyError),
    /// Without a look it came to nothing. With one it can be said why, and maybe done.
    LookFirst(Error),
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

/// A job that was begun.
pub(super) struct Work {
    logged_as: LoggedAs,
    /// Its role, as it was last read.
    role: Option<Role>,
    adopted: bool,
    /// What is to be done next.
    changes: Vec<Change>,
    /// What has been done in this transaction.
    done: Vec<Change>,
    /// What protected roles have lost by it, where that is allowed.
    lost: Vec<Lost>,
}

impl Work {
    /// A job of whose role this is what is there, and that does this.
    pub(super) fn new(job: &Job, role: Option<Role>, changes: Vec<Change>) -> Work {
        let adopted = role.as_ref().is_some_and(|role| job.adopts() && !job.is_our_own_creation(role));
        let logged_as = job.logged_as.clone();
        Work { logged_as, role, adopted, changes, done: Vec::new(), lost: Vec::new() }
    }
}

/// Brings about all jobs that can be begun, in one transaction. On its way it waits for the server as often as it must:
/// to begin with the lock, to look, to change and look again, for each password, and to commit. Roles that are only to be
/// created go without the first look.
pub(super) async fn attempt(
    shared: &Shared,
    jobs: &mut Vec<Job>,
    others: Option<&Others<Shared>>,
) -> Result<Vec<Outcome>, Trouble> {
    let begun = shared.site.unless_stopped(lock::begin(&shared.site.pool)).await?;
    // Over a long way, or for another run's end, this takes long enough for many to ask: they need not wait for all the rest,
    // nor for the other run anew.
    if let Some(others) = others
        && begun.as_ref().err().is_none_or(|error| error.kind() == Kind::LockTimeout)
    {
        others.join(jobs);
    }
    let transaction = begun?;
    // On the heap: unoptimized, each of these futures is copied so often on its way to who awaits it that a thread's stack is
    // too small.
    let worked = match unseen::creations(shared, jobs) {
        Some(creations) => Box::pin(unseen::create(shared, &transaction, jobs, creations)).await,
        None => Box::pin(seen::bring_about(shared, &transaction, jobs)).await,
    };
    let Worked { works, server } = match worked {
        Ok(worked) => worked,
        Err(trouble) => {
            // It goes on at once, and on the same connection.
            if let Trouble::LookFirst(_) = trouble {
                _ = transaction.rollback().await;
            }
            return Err(trouble);
        }
    };
    match transaction.commit().await {
        Ok(()) => {
            let outcomes =
                jobs.iter().zip(works).map(|(job, work)| outcome(job, work, &server.facts)).collect();
            shared.learn(server);
            Ok(outcomes)
        }
        Err(error) => {
            if let CommitError::OutcomeUnknown(_) = error {
                jobs.iter_mut().zip(works).for_each(|(job, work)| remember(job, work));
            }
            Err(Trouble::All(error.error().clone()))
        }
    }
}

/// What a transaction has come to before it is committed.
pub(super) struct Worked {
    /// How each job fared.
    pub(super) works: Works,
    pub(super) server: SeenServer,
}

/// The jobs in their order, and why some could not be begun.
pub(super) type Works = Vec<Result<Work, ApplyError>>;

/// The server as a transaction has seen it.
#[derive(Clone)]
pub(super) struct SeenServer {
    /// What it says of itself.
    pub(super) facts: Facts,
    /// How protected roles stood in the end.
    pub(super) accesses: Accesses,
}

/// What the steps of one transaction share.
pub(super) struct Batch<'a> {
    pub(super) transaction: &'a Transaction,
    pub(super) facts: &'a Facts,
    /// What is looked at before and after.
    pub(super) scope: Scope,
    pub(super) protection: &'a Protection,
}

impl Batch<'_> {
    /// Runs what is left to be done, until nothing is. How protected roles stood `before` is compared with how they do `after`
    /// all that has been done, and that is given, too.
    pub(super) async fn finish(
        &self,
        jobs: &mut [Job],
        mut works: Works,
        before: &Accesses,
        mut after: Option<Accesses>,
    ) -> Result<(Works, Accesses), Trouble> {
        for round in 0..=ROUNDS {
            if works.iter().flatten().all(|work| work.changes.is_empty()) {
                break;
            }
            if round == ROUNDS {
                return Err(still_differs(&works, self.transaction.take_notices()));
            }
            after = Some(self.change_and_look(jobs, &mut works).await?);
        }
        let lost = after.as_ref().map_or_else(Vec::new, |after| {
            let done: Vec<&Change> = works.iter().flatten().flat_map(|work| &work.done).collect();
            lockout::lost(self.protection, before, after, &done)
        });
        match works.first_mut() {
            _ if lost.is_empty() => {}
            Some(Ok(work)) if jobs.len() == 1 && self.protection.allow_lockout => work.lost = lost,
            // Of several nobody knows whose work it is.
            _ => return Err(Trouble::One(ApplyError::LocksOut { lost })),
        }
        self.set_passwords(jobs, &works).await?;
        Ok((works, after.unwrap_or_else(|| before.clone())))
    }

    /// Runs what is to be done next, and finds out what is left. The look is sent behind the statements, without waiting
    /// for their answers; verifiers are made meanwhile.
    pub(super) async fn change_and_look(
        &self,
        jobs: &mut [Job],
        works: &mut [Result<Work, ApplyError>],
    ) -> Result<Accesses, Trouble> {
        let Batch { transaction, facts, .. } = *self;
        let dialect = Dialect {
            major_version: transaction.server().major_version(),
            user: facts.user.clone(),
            standings: execute::standings(transaction, works.iter().flatten().flat_map(|work| &work.changes))
                .await?,
        };
        let (ran, looked, hashed) = join3(
            execute::run(
                transaction,
                works.iter().flatten().map(|work| (&work.logged_as, work.changes.as_slice())),
                &dialect,
            ),
            look(transaction, &self.scope, self.protection),
            hash_passwords(jobs, works, facts.scram_iterations),
        )
        .await;
        ran.map_err(|(change, error)| failed(change, error))?;
        let (catalog, now) = looked?;
        hashed?;
        let server = facts.server();
        for (job, work) in jobs.iter().zip(works) {
            let Ok(work) = work else { continue };
            let oid = work.role.as_ref().map(|role| role.oid);
            work.role = match oid {
                Some(oid) => catalog.role_by_oid(oid),
                None => catalog.role(&job.request.desired.name),
            };
            let left = match &work.role {
                Some(role) => job.changes_left(role, &server),
                None => job.changes(None, &server),
            };
            work.done.append(&mut std::mem::replace(&mut work.changes, left));
        }
        Ok(now)
    }

    /// Passwords come last and one at a time: see `execute::set_password`. The catalog does not show them, so what was
    /// looked at before is still so.
    async fn set_passwords(
        &self,
        jobs: &mut [Job],
        works: &[Result<Work, ApplyError>],
    ) -> Result<(), Trouble> {
        for (job, work) in jobs.iter_mut().zip(works) {
            let Ok(work) = work else { continue };
            for change in &work.done {
                let Change::SetPassword { name } = change else { continue };
                let verifier = job.verifier(self.facts.scram_iterations).await?;
                execute::set_password(self.transaction, &job.logged_as, name, &verifier)
                    .await
                    .map_err(|error| failed(change, error))?;
            }
        }
        Ok(())
    }
}

/// Makes the verifiers that will be asked for.
async fn hash_passwords(
    jobs: &mut [Job],
    works: &[Result<Work, ApplyError>],
    iterations: u32,
) -> Result<(), Error> {
    let sets = |work: &Result<Work, ApplyError>| {
        let mut changes = work.iter().flat_map(|work| &work.changes);
        changes.any(|change| matches!(change, Change::SetPassword { .. }))
    };
    let jobs = jobs.iter_mut().zip(works).filter(|(_, work)| sets(work)).map(|(job, _)| job);
    try_join_all(jobs.map(|job| job.verifier(iterations))).await.map(|_| ())
}

/// The roles of the jobs.
pub(super) fn scope(jobs: &[Job]) -> Scope {
    let mut subjects = Subjects::default();
    jobs.iter().for_each(|job| job.subjects(&mut subjects));
    Scope::Some(subjects)
}

/// The roles of the jobs, and how the protected roles stand. All answers are awaited, whatever the first of them is: then the
/// connection is good for another transaction.
pub(super) async fn look(
    transaction: &Transaction,
    scope: &Scope,
    protection: &Protection,
) -> Result<(Catalog, Accesses), Error> {
    let (catalog, accesses) =
        join(catalog::read(transaction, scope), access::read(transaction, protection)).await;
    Ok((catalog?, accesses?))
}

fn failed(change: &Change, error: Error) -> Trouble {
    Trouble::One(match execute::grantor(change) {
        Some(grantor) if error.kind() == Kind::InsufficientPrivilege => ApplyError::CannotRevoke {
            change: Box::new(change.clone()),
            grantor: grantor.clone(),
            error: Some(error),
        },
        _ => ApplyError::Failed { change: Some(change.clone()), error },
    })
}

fn still_differs(works: &[Result<Work, ApplyError>], notices: Vec<Notice>) -> Trouble {
    let left: Vec<&Change> = works.iter().flatten().flat_map(|work| &work.changes).collect();
    // What was tried first and in vain: the rest may have come of it.
    let done = works.iter().flatten().flat_map(|work| &work.done);
    let in_vain = done.filter(|change| left.contains(change));
    let somebody_elses = in_vain
        .chain(left.iter().copied())
        .find_map(|change| execute::grantor(change).map(|grantor| (change, grantor)));
    Trouble::One(match somebody_elses {
        Some((change, grantor)) => ApplyError::CannotRevoke {
            change: Box::new((*change).clone()),
            grantor: grantor.clone(),
            error: None,
        },
        None => {
            let mut warnings: Vec<String> = notices
                .into_iter()
                .filter(|notice| notice.sqlstate.code().starts_with("01"))
                .map(|notice| format!("{} (SQLSTATE {})", notice.message, notice.sqlstate.code()))
                .collect();
            warnings.sort();
            warnings.dedup();
            ApplyError::StillDiffers { left: left.into_iter().cloned().collect(), warnings }
        }
    })
}

pub(super) fn name_blockers(trouble: Trouble, blockers: &[lock::Blocker]) -> Trouble {
    match trouble {
        Trouble::All(error) => Trouble::All(lock::blocked_by(error, blockers)),
        Trouble::One(ApplyError::Failed { change, error }) => {
            Trouble::One(ApplyError::Failed { change, error: lock::blocked_by(error, blockers) })
        }
        trouble => trouble,
    }
}

/// After the commit.
fn outcome(job: &Job, work: Result<Work, ApplyError>, facts: &Facts) -> Outcome {
    match work {
        Ok(Work { role: Some(role), adopted, done, lost, .. }) => {
            let did = all_told(job, Did { changes: done, adopted, lost });
            Outcome::Done(Box::new(Done { role, facts: facts.clone(), did }))
        }
        // With nothing left to do there is a role.
        Ok(Work { role: None, .. }) => {
            Outcome::NotBegun(ApplyError::StillDiffers { left: vec![], warnings: vec![] })
        }
        Err(error) => Outcome::NotBegun(error),
    }
}

/// After a commit that got no answer.
fn remember(job: &mut Job, work: Result<Work, ApplyError>) {
    if let Ok(Work { role: Some(role), adopted, done, lost, .. }) = work {
        let did = all_told(job, Did { changes: done, adopted, lost });
        job.unsure = Some(Unsure { oid: role.oid, did });
    }
}

/// What a job did. Where all that could be seen was in place already, a transaction before has done it, of which nobody could
/// tell.
fn all_told(job: &Job, did: Did) -> Did {
    let is_unseen =
        |change: &Change| matches!(change, Change::SetPassword { .. } | Change::ClearPassword { .. });
    match &job.unsure {
        Some(unsure) if did.changes.iter().all(is_unseen) => unsure.did.clone(),
        _ => did,
    }
}
