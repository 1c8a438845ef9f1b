//! Why a role could not be made as it should be. Nothing of it is done then.

use std::fmt;

use crate::postgres::error::Error;
use crate::roles::lockout::Lost;
use crate::roles::preflight::Unmet;
use crate::roles::{Change, Oid, RoleName};

/// Why a role could not be made as it should be. Nothing of it is done then.
#[derive(Debug, Clone)]
pub enum ApplyError {
    /// A role that was to be created is there already.
    AlreadyThere {
        /// Its OID.
        oid: Oid,
    },
    /// The role is not there any more.
    Gone {
        /// Its name in the state.
        name: RoleName,
        /// Its OID in the state.
        oid: Oid,
    },
    /// The role was dropped, and there is another one of its name.
    MadeAnew {
        /// The name.
        name: RoleName,
        /// The OID in the state.
        oid: Oid,
        /// The OID that the name has now.
        found: Oid,
    },
    /// The name that the role is to have belongs to another one.
    NameTaken {
        /// The name.
        name: RoleName,
        /// The other's OID.
        oid: Oid,
    },
    /// All statements succeeded, and still not all is as it should be.
    StillDiffers {
        /// What would still be to do.
        left: Vec<Change>,
        /// What the server warned of.
        warnings: Vec<String>,
    },
    /// What must be there before the first step is not.
    Unmet(Unmet),
    /// Something that must go was granted by somebody else, and we cannot act for them.
    CannotRevoke {
        /// The step that takes it back.
        change: Box<Change>,
        /// Who granted it.
        grantor: RoleName,
        /// What the server said, if anything.
        error: Option<Error>,
    },
    /// A protected role would have lost what it needs to come in or to work.
    LocksOut {
        /// Who, what, and by which change.
        lost: Vec<Lost>,
    },
    /// Something went wrong.
    Failed {
        /// At which step; none: before or after them.
        change: Option<Change>,
        /// What.
        error: Error,
    },
    /// Terraform asked to stop before it was begun.
    Stopped,
}

impl ApplyError {
    /// The error beneath, where there is one.
    pub fn error(&self) -> Option<&Error> {
        match self {
            ApplyError::Failed { error, .. } => Some(error),
            ApplyError::CannotRevoke { error, .. } => error.as_ref(),
            _ => None,
        }
    }
}

impl From<Error> for ApplyError {
    fn from(error: Error) -> Self {
        ApplyError::Failed { change: None, error }
    }
}

impl fmt::Display for ApplyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ApplyError::AlreadyThere { oid } => write!(f, "the role is there already (OID {})", oid.0),
            ApplyError::Gone { name, oid } => {
                write!(f, "there is no role \"{name}\" any more, nor another with OID {}", oid.0)
            }
            ApplyError::MadeAnew { name, oid, found } => write!(
                f,
                "\"{name}\" is another role than before: it had OID {} and now has OID {}",
                oid.0, found.0
            ),
            ApplyError::NameTaken { name, oid } => {
                write!(f, "the name \"{name}\" belongs to another role (OID {})", oid.0)
            }
            ApplyError::StillDiffers { left, .. } => {
                let left: Vec<String> = left.iter().map(Change::describe).collect();
                write!(f, "every statement succeeded, but the server did not: {}", left.join("; "))
            }
            ApplyError::Unmet(unmet) => unmet.fmt(f),
            ApplyError::CannotRevoke { change, grantor, .. } => {
                write!(f, "cannot {}: only \"{grantor}\", who granted it, can", change.describe())
            }
            ApplyError::LocksOut { lost } => {
                let lost: Vec<String> = lost.iter().map(Lost::to_string).collect();
                write!(f, "it would lock out protected roles: {}", lost.join("; "))
            }
            ApplyError::Failed { change: Some(change), error } => {
                write!(f, "cannot {}: {error}", change.describe())
            }
            ApplyError::Failed { change: None, error } => error.fmt(f),
            ApplyError::Stopped => f.write_str("the run was stopped before this was begun"),
        }
    }
}

impl std::error::Error for ApplyError {}
