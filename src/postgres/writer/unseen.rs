//! Roles that are only to be created are created without a look at what is there: the server refuses by itself whatever the
//! look would have found in the way. Over a long way that is one wait less, and for the server half of the looks.
//!
//! How protected roles stand is compared with how they stood at the end of the transaction before.

use std::collections::HashSet;
use std::sync::OnceLock;

use futures_util::future::join;
use tokio_postgres::error::SqlState;

use super::batch::{Batch, SeenServer, Trouble, Work, Worked, name_blockers, scope};
use super::error::ApplyError;
use super::job::Job;
use super::queue::Shared;
use super::request::Target;
use crate::postgres::catalog::Facts;
use crate::postgres::error::{Error, Kind};
use crate::postgres::execute;
use crate::postgres::lock::{self, Waiting};
use crate::postgres::transaction::Transaction;
use crate::roles::lockout::{self, Accesses};
use crate::roles::{Change, PasswordChange, RoleName, Server};

/// What is to be done for each job.
pub(super) struct Creations {
    /// The server as the transaction before has seen it: what is to be done depends on it.
    known: SeenServer,
    works: Vec<Work>,
}

/// What is to be done for these jobs; `None`: not without a look.
pub(super) fn creations(shared: &Shared, jobs: &[Job]) -> Option<Creations> {
    let known = shared.known()?;
    let server = known.facts.server();
    let works =
        jobs.iter().map(|job| Some(Work::new(job, None, changes(job, &server)?))).collect::<Option<_>>()?;
    Some(Creations { known, works })
}

fn changes(job: &Job, server: &Server) -> Option<Vec<Change>> {
    let desired = &job.request.desired;
    let is_new = job.request.target == Target::New { adopt: false } && job.unsure.is_none();
    let has_password = desired.password != PasswordChange::Set || job.request.password.is_some();
    if job.look_first || !is_new || !has_password || desired.impossible_membership(server).is_some() {
        return None;
    }
    let changes = job.changes(None, server);
    // What takes away somebody's grant depends on how we stand to them.
    changes.iter().all(|change| execute::grantor(change).is_none()).then_some(changes)
}

/// Creates, and looks, with one wait for all of it.
pub(super) async fn create(
    shared: &Shared,
    transaction: &Transaction,
    jobs: &mut [Job],
    Creations { known, works }: Creations,
) -> Result<Worked, Trouble> {
    let protection = &*shared.site.protection;
    let batch = Batch { transaction, facts: &known.facts, scope: scope(jobs), protection };
    let backend = OnceLock::new();
    // On the heap, see `batch::attempt`.
    let working = Box::pin(async {
        let reading = async {
            let facts = Facts::read(transaction).await?;
            _ = backend.set(facts.backend);
            Ok::<_, Error>(facts)
        };
        let mut works: Vec<_> = works.into_iter().map(Ok).collect();
        // Sent in this order and at once.
        let (facts, after) = join(reading, batch.change_and_look(jobs, &mut works)).await;
        let facts = facts?;
        if (Facts { backend: known.facts.backend, ..facts.clone() }) != known.facts {
            return Err(changed_meanwhile("what the server says of itself"));
        }
        let after = after.map_err(look_first)?;
        // A loss may be somebody else's doing; and what a role had gained since, these may have taken away again.
        let is_lost = !lockout::lost(protection, &known.accesses, &after, &[]).is_empty();
        if is_lost || leads_to_rds_iam(&after, jobs) {
            return Err(changed_meanwhile("how protected roles stand"));
        }
        let (works, accesses) = batch.finish(jobs, works, &known.accesses, Some(after)).await?;
        Ok(Worked { works, server: SeenServer { facts, accesses } })
    });
    let waiting = || backend.get().map(|backend| Waiting::Process(*backend));
    let (worked, blockers) = lock::watch(&shared.site.pool, waiting, working).await;
    worked.map_err(|trouble| name_blockers(trouble, &blockers))
}

/// Whether a protected role is a member of rds_iam by way of one of these roles.
fn leads_to_rds_iam(accesses: &Accesses, jobs: &[Job]) -> bool {
    let names: HashSet<&RoleName> = jobs.iter().map(|job| &job.request.desired.name).collect();
    accesses.values().filter_map(|access| access.rds_iam.as_ref()).flatten().any(|role| names.contains(role))
}

fn changed_meanwhile(what: &str) -> Trouble {
    Trouble::LookFirst(Error::new(
        Kind::Other,
        format!("{what} is no longer as the transaction before saw it"),
    ))
}

/// What a look would have found: that there is such a role, or that there is no such group or database; some rights the server
/// looks at before it looks for those. Whatever else it refuses, it would refuse then, too.
const COULD_BE_SEEN: [SqlState; 5] = [
    SqlState::DUPLICATE_OBJECT,
    SqlState::UNIQUE_VIOLATION,
    SqlState::UNDEFINED_OBJECT,
    SqlState::INVALID_CATALOG_NAME,
    SqlState::INSUFFICIENT_PRIVILEGE,
];

fn look_first(trouble: Trouble) -> Trouble {
    match trouble {
        Trouble::One(ApplyError::Failed { error, .. })
            if error.sqlstate().is_some_and(|sqlstate| COULD_BE_SEEN.contains(sqlstate)) =>
        {
            Trouble::LookFirst(error)
        }
        trouble => trouble,
    }
}
