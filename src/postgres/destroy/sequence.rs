//! The steps one after the other, each tried again where that may help.

use std::collections::BTreeMap;

use super::error::DestroyReason;
use super::halt::{Halt, Halted};
use super::request::{Destroy, DestroyAction};
use super::shared::Found;
use super::survey::{self, Dependents, InDatabase};
use super::{foreseen, inside, shared};
use crate::postgres::access;
use crate::postgres::catalog::Facts;
use crate::postgres::error::Error;
use crate::postgres::lock::{self, Waiting};
use crate::postgres::retry::{Retry, persistently};
use crate::postgres::sessions;
use crate::postgres::site::{Site, Stopped};
use crate::postgres::transaction::{CommitError, Mode, Transaction};
use crate::roles::lockout::{self, Lost};
use crate::roles::{DatabaseName, Oid};

/// How often what depends on a role is looked for anew, when by the time of its DROP something else does: somebody has
/// granted it something meanwhile.
const LOOKS: usize = 10;

// What is being done, in words.
pub(super) const DISABLE: &str = "disable the role";
pub(super) const END_SESSIONS: &str = "end its sessions";
pub(super) const DROP: &str = "drop the role";

/// Takes one role away, and then another.
pub(super) struct Sequence {
    pub(super) site: Site,
}

/// The role that it is about.
pub(super) struct Subject<'a> {
    pub(super) request: &'a Destroy,
    pub(super) oid: Oid,
    /// The role that is to get what it owns.
    pub(super) heir: Option<Oid>,
}

impl Sequence {
    /// The first step. `None`: the role is not there any more.
    pub(super) async fn begin(&self, request: &Destroy, so_far: &mut SoFar) -> Result<Option<Found>, Halted> {
        self.step(Step::Begin { request }, so_far).await
    }

    /// The steps after the first, which has found the role; gives the number of sessions that it still has.
    pub(super) async fn go_on(
        &self,
        request: &Destroy,
        found: Found,
        so_far: &mut SoFar,
    ) -> Result<u64, Halted> {
        let drops = request.action == DestroyAction::Drop;
        // From here on a role of that name and another OID is another.
        let request = &Destroy { oid: Some(found.oid), ..request.clone() };
        let subject = Subject { request, oid: found.oid, heir: found.heir };
        let open_sessions = self.end_sessions(&subject, so_far).await.map_err(while_doing(END_SESSIONS))?;
        if !drops && request.reassign_owned_to.is_none() {
            return Ok(open_sessions);
        }
        let mut looked = 1;
        loop {
            match self.take_away(&subject, so_far).await {
                Err((_, halt)) if halt.is_about_dependents_at_the_drop() && looked < LOOKS => looked += 1,
                result => return result.map(|()| open_sessions),
            }
        }
    }

    /// The steps after the first, from a look at what there is.
    async fn take_away(&self, subject: &Subject<'_>, so_far: &mut SoFar) -> Result<(), Halted> {
        let action = subject.request.action;
        let found = self.survey(subject).await.map_err(while_doing("see what depends on the role"))?;
        if action == DestroyAction::Drop {
            self.step(Step::GrantAgain { subject }, so_far).await?;
        }
        for (database, _) in relevant(&found.databases, action) {
            self.step(Step::Inside { subject, database }, so_far).await?;
        }
        self.step(Step::Finish { subject }, so_far).await?;
        Ok(())
    }

    /// One step that changes something; gives the role, where it is there.
    async fn step(&self, step: Step<'_>, so_far: &mut SoFar) -> Result<Option<Found>, Halted> {
        let outcome = self.transact(&step).await.map_err(|halt| (step.describe(), halt))?;
        so_far.done.extend(outcome.done);
        so_far.lost.extend(outcome.lost);
        Ok(outcome.found)
    }

    /// How many are left, which is none where they are to be ended.
    async fn end_sessions(&self, subject: &Subject<'_>, so_far: &mut SoFar) -> Result<u64, Halt> {
        let Subject { request, oid, .. } = subject;
        if !request.terminate_sessions {
            return Ok(sessions::count(&self.site.pool, *oid).await?);
        }
        let ended = sessions::end_all(&self.site.pool, *oid, &request.logged_as()).await?;
        if ended > 0 {
            so_far.done.push(format!("ended {ended} session{}", if ended == 1 { "" } else { "s" }));
        }
        Ok(0)
    }

    /// What depends on the role and where; an error where something is in the way that nothing was said about.
    async fn survey(&self, subject: &Subject<'_>) -> Result<Dependents, Halt> {
        let found = persistently(self.site.pool.config().connect_retry, || self.count(subject)).await?;
        let request = subject.request;
        let mut left = Vec::from_iter(foreseen::owned_by_the_cluster(request, &found));
        for (database, count) in relevant(&found.databases, request.action) {
            let look =
                persistently(self.site.pool.config().connect_retry, || self.look_into(database, subject))
                    .await;
            match look {
                Ok(obstacles) => left.extend(obstacles),
                Err(error) if error.is_out_of_reach() => return Err(error.into()),
                Err(error) => left.push(format!(
                    "in database \"{database}\" {}; we cannot connect to it to see more ({error})",
                    count.describe()
                )),
            }
        }
        if left.is_empty() {
            return Ok(found);
        }
        Err(Halt::dependents(left))
    }

    async fn count(&self, subject: &Subject<'_>) -> Result<Dependents, Error> {
        let transaction = self.site.pool.begin(Mode::Read).await?;
        let survey = survey::survey(&transaction, subject.oid).await?;
        transaction.rollback().await?;
        Ok(survey)
    }

    async fn look_into(&self, database: &DatabaseName, subject: &Subject<'_>) -> Result<Vec<String>, Error> {
        let transaction = self.site.pool.begin_in(database.as_str(), Mode::Read).await?;
        let obstacles = match subject.request.action {
            DestroyAction::Drop => inside::obstacles(&transaction, database, subject).await?,
            DestroyAction::Disable => vec![],
        };
        transaction.rollback().await?;
        Ok(obstacles)
    }

    /// One transaction of the sequence, as often as it takes.
    async fn transact(&self, step: &Step<'_>) -> Result<Outcome, Halt> {
        let mut retry = Retry::new(self.site.pool.config().connect_retry);
        // Of a transaction whose COMMIT got no answer.
        let mut unsure: Option<Outcome> = None;
        let mut looked_again = false;
        loop {
            if self.site.is_stopped() {
                return Err(Halt::because(DestroyReason::Stopped));
            }
            let halt = match self.try_transact(step).await {
                Ok((outcome, error)) => {
                    // Nothing left to do: so that one has done it.
                    let idle = outcome.done.is_empty();
                    let outcome = unsure.take().filter(|_| idle).unwrap_or(outcome);
                    let Some(error) = error else { return Ok(outcome) };
                    unsure = Some(outcome);
                    error.into()
                }
                Err(halt) => halt,
            };
            // It may be what somebody else did between the two looks: then the next look begins after it.
            if halt.is_about_lockout() && !std::mem::replace(&mut looked_again, true) {
                continue;
            }
            match halt.error.as_ref().and_then(|error| retry.after(error)) {
                Some(pause) => tokio::time::sleep(pause).await,
                None => return Err(halt),
            }
        }
    }

    /// The step, and what protected roles lose by it, which ends it unless that is allowed.
    async fn work(&self, step: &Step<'_>, transaction: &Transaction, facts: &Facts) -> Result<Outcome, Halt> {
        let before = access::read(transaction, &self.site.protection).await?;
        let outcome = step.work(transaction, facts).await?;
        if outcome.done.is_empty() {
            return Ok(outcome);
        }
        let after = access::read(transaction, &self.site.protection).await?;
        let lost = lockout::lost(&self.site.protection, &before, &after, &[]);
        if !lost.is_empty() && !self.site.protection.allow_lockout {
            return Err(Halt::because(DestroyReason::LocksOut { lost }));
        }
        Ok(Outcome { lost, ..outcome })
    }

    /// What was done, and the error of a COMMIT whose outcome nobody knows.
    async fn try_transact(&self, step: &Step<'_>) -> Result<(Outcome, Option<Error>), Halt> {
        let _turn = self.site.turn().await;
        let transaction = match step {
            Step::Inside { database, .. } => self.site.pool.begin_in(database.as_str(), Mode::Write).await?,
            _ => match self.site.unless_stopped(lock::begin(&self.site.pool)).await {
                Ok(begun) => begun?,
                Err(Stopped) => return Err(Halt::because(DestroyReason::Stopped)),
            },
        };
        let facts = Facts::read(&transaction).await?;
        let working = self.work(step, &transaction, &facts);
        let (outcome, blockers) =
            lock::watch(&self.site.pool, || Some(Waiting::Process(facts.backend)), working).await;
        let outcome = outcome.map_err(|mut halt| {
            halt.error = halt.error.map(|error| lock::blocked_by(error, &blockers));
            halt
        })?;
        match transaction.commit().await {
            Ok(()) => Ok((outcome, None)),
            Err(CommitError::OutcomeUnknown(error)) => Ok((outcome, Some(error))),
            Err(CommitError::NothingHappened(error)) => Err(error.into()),
        }
    }
}

/// A transaction of the sequence. All but `Inside` run in the configured database, under the lock that keeps runs
/// apart.
enum Step<'a> {
    Begin { request: &'a Destroy },
    GrantAgain { subject: &'a Subject<'a> },
    Inside { subject: &'a Subject<'a>, database: &'a DatabaseName },
    Finish { subject: &'a Subject<'a> },
}

/// What a step came to.
struct Outcome {
    found: Option<Found>,
    done: Vec<String>,
    /// What protected roles lose by it, where that is allowed.
    lost: Vec<Lost>,
}

/// What the steps came to so far.
#[derive(Default)]
pub(super) struct SoFar {
    pub(super) done: Vec<String>,
    pub(super) lost: Vec<Lost>,
}

impl Step<'_> {
    fn describe(&self) -> String {
        match self {
            Step::Begin { .. } => DISABLE.to_owned(),
            Step::GrantAgain { .. } => "grant again what it granted to others".to_owned(),
            Step::Inside { database, .. } => format!("take away what is in database \"{database}\""),
            Step::Finish { subject } if subject.request.action == DestroyAction::Drop => DROP.to_owned(),
            Step::Finish { .. } => "reassign what it owns".to_owned(),
        }
    }

    async fn work(&self, transaction: &Transaction, facts: &Facts) -> Result<Outcome, Halt> {
        // Each time anew: much may have happened since the step before.
        let found = match self {
            Step::Begin { request } => shared::look_up(transaction, request, facts).await?,
            Step::GrantAgain { subject } | Step::Finish { subject } => {
                shared::look_up(transaction, subject.request, facts).await?
            }
            Step::Inside { .. } => None,
        };
        let done = match (self, found) {
            (Step::Inside { subject, database }, _) => {
                inside::work(transaction, database, subject, facts).await?
            }
            (_, None) => vec![],
            (Step::Begin { request }, Some(found)) => shared::disable(transaction, request, found).await?,
            (Step::GrantAgain { subject }, Some(_)) => {
                shared::grant_again(transaction, subject, facts).await?
            }
            (Step::Finish { subject }, Some(_)) => shared::finish(transaction, subject, facts).await?,
        };
        Ok(Outcome { found, done, lost: vec![] })
    }
}

fn while_doing(what: &str) -> impl FnOnce(Halt) -> Halted {
    let what = what.to_owned();
    move |halt| (what, halt)
}
/// The databases in which there is something to do.
fn relevant(
    databases: &BTreeMap<DatabaseName, InDatabase>,
    action: DestroyAction,
) -> impl Iterator<Item = (&DatabaseName, &InDatabase)> {
    databases.iter().filter(move |(_, count)| action == DestroyAction::Drop || count.owned > 0)
}
