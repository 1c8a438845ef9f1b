//! Jobs in a transaction that looks first at what is there.

use futures_util::future::join;

use super::batch::{Batch, SeenServer, Trouble, Work, Worked, look, name_blockers, scope};
use super::error::ApplyError;
use super::job::Job;
use super::queue::Shared;
use crate::postgres::catalog::Facts;
use crate::postgres::lock::{self, Waiting};
use crate::postgres::transaction::Transaction;
use crate::roles::Catalog;

/// Finds out what differs, and brings it about.
pub(super) async fn bring_about(
    shared: &Shared,
    transaction: &Transaction,
    jobs: &mut [Job],
) -> Result<Worked, Trouble> {
    let protection = &*shared.site.protection;
    let scope = scope(jobs);
    let beginning = join(Facts::read(transaction), look(transaction, &scope, protection));
    let (facts, looked) = shared.site.unless_stopped(beginning).await?;
    let (facts, (catalog, before)) = (facts?, looked?);
    let batch = Batch { transaction, facts: &facts, scope, protection };
    let working = async {
        let mut works = Vec::with_capacity(jobs.len());
        for job in jobs.iter() {
            match begin(job, &catalog, &facts) {
                Err(error) if jobs.len() == 1 => return Err(Trouble::One(error)),
                work => works.push(work),
            }
        }
        batch.finish(jobs, works, &before, None).await
    };
    let waiting = || Some(Waiting::Process(facts.backend));
    let (worked, blockers) = lock::watch(&shared.site.pool, waiting, working).await;
    let (works, accesses) = worked.map_err(|trouble| name_blockers(trouble, &blockers))?;
    Ok(Worked { works, server: SeenServer { facts, accesses } })
}

/// What a job is to do, as far as the catalog tells.
fn begin(job: &Job, catalog: &Catalog, facts: &Facts) -> Result<Work, ApplyError> {
    let role = job.actual(catalog)?;
    job.check(catalog, &facts.server())?;
    let changes = job.changes(role.as_ref(), &facts.server());
    Ok(Work::new(job, role, changes))
}
