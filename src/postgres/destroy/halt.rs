//! Why a step ends the sequence.

use super::error::{DestroyError, DestroyReason};
use super::sequence::DROP;
use crate::postgres::error::Error;

/// Why a step ended the sequence.
#[derive(Debug)]
pub(super) struct Halt {
    reason: Option<DestroyReason>,
    left: Vec<String>,
    /// What was being done, where that is less than the step.
    at: Option<String>,
    pub(super) error: Option<Error>,
}

impl Halt {
    pub(super) fn because(reason: DestroyReason) -> Halt {
        Halt { reason: Some(reason), left: vec![], at: None, error: None }
    }

    pub(super) fn dependents(left: Vec<String>) -> Halt {
        Halt { left, ..Halt::because(DestroyReason::Dependents) }
    }

    pub(super) fn at(what: String, error: Error) -> Halt {
        Halt { at: Some(what), ..Halt::from(error) }
    }

    /// The server lists what still depends on the role.
    pub(super) fn from_drop(error: Error) -> Halt {
        let dependents = error.sqlstate().is_some_and(|code| code.code() == "2BP01");
        let left =
            error.detail().filter(|_| dependents).map(|detail| detail.lines().map(str::to_owned).collect());
        Halt {
            reason: dependents.then_some(DestroyReason::Dependents),
            left: left.unwrap_or_default(),
            at: Some(DROP.to_owned()),
            error: Some(error),
        }
    }

    /// Whether the DROP itself met something that nothing before it had.
    pub(super) fn is_about_dependents_at_the_drop(&self) -> bool {
        self.reason == Some(DestroyReason::Dependents) && self.error.is_some()
    }

    pub(super) fn is_about_lockout(&self) -> bool {
        matches!(self.reason, Some(DestroyReason::LocksOut { .. }))
    }
}

/// A halt, and the step that it ended, in words.
pub(super) type Halted = (String, Halt);

/// What is said of it, with what had been done by then.
pub(super) fn explained((doing, halt): Halted, done: Vec<String>) -> DestroyError {
    let Halt { reason, left, at, error } = halt;
    let doing = at.unwrap_or(doing);
    let reason = reason.unwrap_or(DestroyReason::Failed { doing });
    DestroyError { reason, done, left, error }
}

impl From<Error> for Halt {
    fn from(error: Error) -> Self {
        Halt { reason: None, left: vec![], at: None, error: Some(error) }
    }
}
