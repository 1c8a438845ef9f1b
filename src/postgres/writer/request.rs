//! What is asked of the writer, and what it answers.

use secrecy::SecretString;

use crate::postgres::catalog::Facts;
use crate::postgres::error::Error;
use crate::postgres::sql_log::LoggedAs;
use crate::roles::lockout::Lost;
use crate::roles::{Change, Desired, Oid, Role, RoleName, Server};

/// One role to be made as it should be.
#[derive(Debug, Clone)]
pub struct Apply {
    /// The type of the resource that it is for, such as `pgum_user`, for the log.
    pub resource: &'static str,
    /// Which role.
    pub target: Target,
    /// How it should be.
    pub desired: Desired,
    /// Its password, where `desired` says that one is to be set.
    pub password: Option<SecretString>,
    /// Whether its sessions end when it is disabled or renamed.
    pub terminate_sessions: bool,
}

impl Apply {
    /// What its statements are logged as.
    pub(super) fn logged_as(&self) -> LoggedAs {
        LoggedAs { resource: self.resource, role: self.desired.name.clone() }
    }
}

/// Which role is meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// One that is to be created.
    New {
        /// Whether one of that name that is there already is taken over.
        adopt: bool,
    },
    /// One that was there when the state was written.
    Existing {
        /// Its OID, which decides.
        oid: Oid,
        /// Its name in the state, for messages and to see that it was made anew.
        name: RoleName,
    },
}

/// What came of it.
#[derive(Debug, Clone)]
pub struct Applied {
    /// The role as it is now: as desired.
    pub role: Role,
    /// The server, as the domain sees it.
    pub server: Server,
    /// The server and the connection's user.
    pub facts: Facts,
    /// What was done, in order.
    pub changes: Vec<Change>,
    /// The verifier that was set, if a password was.
    pub verifier: Option<SecretString>,
    /// Whether it was there before and has been taken over.
    pub adopted: bool,
    /// What protected roles have lost by it, where that is allowed.
    pub lost: Vec<Lost>,
    /// How many sessions it still has, after it was disabled.
    pub open_sessions: u64,
    /// How many of its sessions were ended.
    pub terminated: u64,
    /// Why sessions could not be counted or ended. The rest is committed.
    pub sessions_error: Option<Error>,
}
