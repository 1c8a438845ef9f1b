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
            libraries(value).next().map(|_| Harm::LoadsLibraries)
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

/// What a value does that the one before it did not. That there was a library before says nothing of another one.
pub(super) fn new_harm(role: &str, setting: &str, before: Option<&str>, after: &str) -> Option<Harm> {
    let kind = harm(role, setting, after)?;
    let was_there =
        before.filter(|before| harm(role, setting, before) == Some(kind)).is_some_and(|before| match kind {
            Harm::ReadOnly => true,
            Harm::ActsAsAnother => before == after,
            Harm::LoadsLibraries => libraries(after).all(|wanted| libraries(before).any(|had| had == wanted)),
            Harm::EndsAtOnce => milliseconds(before) <= milliseconds(after),
        });
    (!was_there).then_some(kind)
}

fn libraries(list: &str) -> impl Iterator<Item = &str> {
    let quotes = |c: char| c == '"' || c.is_ascii_whitespace();
    list.split(',').map(move |name| name.trim_matches(quotes)).filter(|name| !name.is_empty())
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
    fn what_was_there_before_is_nothing_new() {
        for (name, before, after, new) in [
            ("default_transaction_read_only", "on", "true", false),
            ("default_transaction_read_only", "off", "on", true),
            ("local_preload_libraries", "auto_explain", "auto_explain", false),
            ("local_preload_libraries", "auto_explain, x", "\"x\"", false),
            ("local_preload_libraries", "auto_explain", "nonsense", true),
            ("local_preload_libraries", "auto_explain", "auto_explain, nonsense", true),
            ("role", "app", "app", false),
            ("role", "app", "other", true),
            ("statement_timeout", "500ms", "500", false),
            ("statement_timeout", "500ms", "900ms", false),
            ("statement_timeout", "500ms", "1ms", true),
            ("statement_timeout", "5min", "1ms", true),
        ] {
            let found = new_harm("me", name, Some(before), after);
            assert_eq!(found.is_some(), new, "{name} = {before} -> {after}");
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
