//! What to do about an error, in words.

use super::{Error, Kind};

/// The paragraph that follows what the server said.
pub(super) fn remedy(error: &Error) -> Option<String> {
    match error.kind() {
        Kind::LockTimeout => Some(
            "Another session holds a lock that this needs. Wait for it or end it, or raise lock_timeout in the \
             provider's configuration."
                .to_owned(),
        ),
        _ => None,
    }
}
