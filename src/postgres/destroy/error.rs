//! Why a role is still there, what has been done to it, and what is left.

use std::fmt;

use crate::postgres::error::Error;
use crate::roles::lockout::Lost;
use crate::roles::{Oid, RoleName};

/// Why a role is still there. What is `done` stays done; the same request may be made again.
#[derive(Debug, Clone)]
pub struct DestroyError {
    /// What ended it.
    pub reason: DestroyReason,
    /// What has been done, in words and in order.
    pub done: Vec<String>,
    /// What stands in the way, by database, in words.
    pub left: Vec<String>,
    /// What the server said.
    pub error: Option<Error>,
}

/// What ended it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DestroyReason {
    /// The name belongs to another role than the state's.
    OtherRole {
        /// The OID in the state.
        oid: Oid,
        /// The OID that the name has.
        found: Oid,
    },
    /// The role has another name now.
    Renamed {
        /// That name.
        now: RoleName,
    },
    /// It is the connection's own user.
    Ourselves,
    /// The role that is to get what it owns is not there, or is the role itself.
    NoHeir {
        /// Its name.
        name: RoleName,
    },
    /// A protected role would lose what it needs to come in or to work. The step in which it would is not done.
    LocksOut {
        /// Who, and what.
        lost: Vec<Lost>,
    },
    /// There are things that depend on the role, and nobody said what to do with them or we cannot do it.
    Dependents,
    /// Something went wrong.
    Failed {
        /// What was being done.
        doing: String,
    },
    /// Terraform asked to stop.
    Stopped,
}

impl fmt::Display for DestroyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.reason {
            DestroyReason::OtherRole { oid, found } => write!(
                f,
                "the role of that name is not the one in the state: it has OID {}, and the state says {}",
                found.0, oid.0
            ),
            DestroyReason::Renamed { now } => write!(f, "the role is called \"{now}\" now"),
            DestroyReason::Ourselves => f.write_str("it is the connection's own user"),
            DestroyReason::NoHeir { name } => {
                write!(f, "there is no other role \"{name}\" that could get what it owns")
            }
            DestroyReason::LocksOut { lost } => {
                let lost: Vec<String> = lost.iter().map(Lost::to_string).collect();
                write!(f, "it would lock out protected roles: {}", lost.join("; "))
            }
            DestroyReason::Dependents => {
                write!(f, "{} things depend on the role: {}", self.left.len(), self.left.join("; "))
            }
            DestroyReason::Failed { doing } => match &self.error {
                Some(error) => write!(f, "cannot {doing}: {error}"),
                None => write!(f, "cannot {doing}"),
            },
            DestroyReason::Stopped => f.write_str("the run was stopped"),
        }
    }
}

impl std::error::Error for DestroyError {}
