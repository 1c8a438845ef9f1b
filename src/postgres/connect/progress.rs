//! What an attempt is at, to say so when its time is up.

use std::sync::{Mutex, PoisonError};

/// The last step that was begun.
#[derive(Default)]
pub(super) struct Progress(Mutex<String>);

impl Progress {
    /// A step begins.
    pub(super) fn at(&self, step: impl Into<String>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = step.into();
    }

    /// The step that is under way.
    pub(super) fn last(&self) -> String {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
