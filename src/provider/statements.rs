//! What the plans of one process would run, for the log of statements.
//!
//! It is kept until the process ends: Terraform plans once more in the processes that apply, and nobody can tell one of
//! them before it applies something. What such a process has planned is what the plan before it has logged already.

use std::sync::{Mutex, PoisonError};

use crate::postgres::{DestroyAction, LoggedAs, PlanLine, SqlLog, planned_changes, planned_destroy};
use crate::roles::foresight::Foresight;
use crate::roles::{Change, RoleName};

/// The lines to be written.
pub(crate) struct PlannedStatements {
    log: SqlLog,
    /// The server and the database that would be connected to.
    cluster: String,
    waiting: Mutex<Vec<PlanLine>>,
}

impl PlannedStatements {
    pub(crate) fn new(log: SqlLog, cluster: String) -> Self {
        Self { log, cluster, waiting: Mutex::default() }
    }

    /// What changes of a role would run, where it is so far as foreseen. One that it replaces goes first.
    pub(crate) fn changes(
        &self,
        resource: &'static str,
        (role, replaces): (&RoleName, Option<&RoleName>),
        changes: &[Change],
        foresight: &Foresight,
    ) {
        if let Some(goes) = replaces {
            self.destroy(resource, goes, DestroyAction::Drop, foresight);
        }
        self.add(resource, role, || planned_changes(changes, foresight.catalog(), foresight.server()));
    }

    /// What the destroy of a role would run.
    pub(crate) fn destroy(
        &self,
        resource: &'static str,
        role: &RoleName,
        action: DestroyAction,
        foresight: &Foresight,
    ) {
        self.add(resource, role, || planned_destroy(role, action, foresight.catalog(), foresight.server()));
    }

    fn add(&self, resource: &'static str, role: &RoleName, statements: impl FnOnce() -> Vec<String>) {
        if !self.log.is_wanted() {
            return;
        }
        let logged_as = LoggedAs { resource, role: role.clone() };
        let lines = statements().into_iter().map(|sql| PlanLine::planned(&self.cluster, &logged_as, sql));
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner).extend(lines);
    }

    /// Writes them: this process has only planned.
    pub(crate) fn write(&self) {
        self.take().iter().for_each(|line| self.log.write(line));
    }

    /// Forgets them: this process applies.
    pub(crate) fn forget(&self) {
        drop(self.take());
    }

    fn take(&self) -> Vec<PlanLine> {
        std::mem::take(&mut *self.waiting.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
