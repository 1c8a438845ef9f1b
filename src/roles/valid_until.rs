//! Until when a password is valid.

use time::OffsetDateTime;

/// VALID UNTIL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ValidUntil {
    /// NULL or `infinity`: the same, and NULL cannot be set again.
    Never,
    /// A moment, to the microsecond.
    At(OffsetDateTime),
    /// What no RFC 3339 text can say (`-infinity`, BC, the year 294276): as the server writes it in UTC, ISO style.
    Text(String),
}
