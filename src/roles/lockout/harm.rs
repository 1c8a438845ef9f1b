//! Settings of a role that can keep it from logging in or from writing.

use crate::roles::setting::{boolean, canonical_setting_name, milliseconds};

/// What a value of a setting does to the sessions of its role.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Harm {
    /// Every login loads a library, and ends where that is not there.
    LoadsLibraries,
    /// Transactions are read-only unless they say otherwise.
    ReadOnly,
    /// Sessions act as another role.
    ActsAsAnother,
    /// Statements or sessions end before they can do anything.
    EndsAtOnce,
}

/// Less than this, in milliseconds, is no time to work in.
const TOO_SHORT: f64 = 1_000.0;

/// The names of the settings that are looked at, in lower case.
pub fn judged_settings() -> &'static [&'static str] {
    &[
        "default_transaction_read_only",
        "idle_in_transaction_session_timeout",
        "idle_session_timeout",
        "local_preload_libraries",
        "role",
        "session_preload_libraries",
        "statement_timeout",
        "transaction_timeout",
    ]
}

/// Whether a setting of that name is looked at.
pub fn is_judged_setting(name: &str) -> bool {
    judged_settings().contains(&canonical_setting_name(name).as_str())
}

/// What this value does to the sessions of this role, if it does any harm.
pub fn harm(role: &str, setting: &str, value: &str) -> Option<Harm> {
    match canonical_setting_name(setting).as_str() {
        "local_preload_libraries" | "session_preload_libraries" => {
            let empty =
                value.trim_matches(|c: char| c == '"' || c == ',' || c.is_ascii_whitespace()).is_empty();
            (!empty).then_some(Harm::LoadsLibraries)
        }
        "default_transaction_read_only" => (boolean(value) == Some(true)).then_some(Harm::ReadOnly),
        // `none` is the word for no other role; a role cannot have that name.
        "role" => (value != "none" && value != role).then_some(Harm::ActsAsAnother),
        "statement_timeout"
        | "transaction_timeout"
        | "idle_session_timeout"
        | "idle_in_transaction_session_timeout" => {
            milliseconds(value).is_some_and(|time| time > 0.0 && time < TOO_SHORT).then_some(Harm::EndsAtOnce)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_harmful_values_from_others() {
        for (name, value, expected) in [
            ("default_transaction_read_only", "on", Some(Harm::ReadOnly)),
            ("DEFAULT_TRANSACTION_READ_ONLY", "Tru", Some(Harm::ReadOnly)),
            ("default_transaction_read_only", "1", Some(Harm::ReadOnly)),
            ("default_transaction_read_only", "off", None),
            ("local_preload_libraries", "nonsense", Some(Harm::LoadsLibraries)),
            ("local_preload_libraries", "\"\"", None),
            ("local_preload_libraries", "", None),
            ("session_preload_libraries", "auto_explain", Some(Harm::LoadsLibraries)),
            ("role", "other", Some(Harm::ActsAsAnother)),
            ("role", "none", None),
            ("role", "me", None),
            ("statement_timeout", "1", Some(Harm::EndsAtOnce)),
            ("statement_timeout", "999ms", Some(Harm::EndsAtOnce)),
            ("statement_timeout", "1s", None),
            ("statement_timeout", "0", None),
            ("transaction_timeout", "10ms", Some(Harm::EndsAtOnce)),
            ("idle_session_timeout", "5min", None),
            ("search_path", "nowhere", None),
        ] {
            assert_eq!(harm("me", name, value), expected, "{name} = {value}");
        }
    }

    #[test]
    fn every_name_that_is_looked_at_can_do_harm() {
        for name in judged_settings() {
            assert!(is_judged_setting(&name.to_uppercase()));
            let values = ["on", "1", "x"];
            assert!(values.iter().any(|value| harm("me", name, value).is_some()), "{name}");
        }
    }
}
