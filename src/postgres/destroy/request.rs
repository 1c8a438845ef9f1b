//! What is asked, and what it came to.

use crate::postgres::sql_log::LoggedAs;
use crate::roles::lockout::Lost;
use crate::roles::{Oid, RoleName};

/// A role to be taken away.
#[derive(Debug, Clone)]
pub struct Destroy {
    /// The type of the resource that it is for, such as `pgum_user`, for the log.
    pub resource: &'static str,
    /// Its OID in the state; where there is one, a role of that name and another OID is left alone.
    pub oid: Option<Oid>,
    /// Its name in the state.
    pub name: RoleName,
    /// What is to become of it.
    pub action: DestroyAction,
    /// Who gets what it owns.
    pub reassign_owned_to: Option<RoleName>,
    /// Whether what it owns is dropped, databases excepted.
    pub drop_owned: bool,
    /// Whether its sessions are ended.
    pub terminate_sessions: bool,
}

impl Destroy {
    /// What its statements are logged as.
    pub(super) fn logged_as(&self) -> LoggedAs {
        LoggedAs { resource: self.resource, role: self.name.clone() }
    }
}

/// What is to become of a role.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DestroyAction {
    /// DROP ROLE.
    Drop,
    /// NOLOGIN, and all else stays, but what it owns where `reassign_owned_to` says so.
    Disable,
}

/// What it came to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Destroyed {
    /// What was done, in words and in order. Nothing: the role was not there any more.
    pub done: Vec<String>,
    /// What protected roles have lost by it, where that is allowed.
    pub lost: Vec<Lost>,
    /// Sessions that the role still had at the end: PostgreSQL drops a role without ending them.
    pub open_sessions: u64,
}
