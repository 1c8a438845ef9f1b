//! Settings of a role (`ALTER ROLE SET`) and which spellings of a value are the same value.
//!
//! The catalog keeps a value as it was typed, so the rule matters where somebody else typed it. It errs to
//! the side of "different": that costs a SET of what was so already, while the other error would leave a
//! setting wrong.

use std::collections::BTreeMap;

mod list;
mod parameter;
mod quantity;

use quantity::Quantity;

pub use parameter::{Parameter, Parameters, SettingContext, SettingValues, SettingVerdict};

/// Settings by name, as text.
pub type Settings = BTreeMap<String, String>;

/// The name by which two spellings of a setting's name are the same: case does not matter to the server, and
/// it knows a few settings by a former name.
pub fn canonical_setting_name(name: &str) -> String {
    let name = name.to_ascii_lowercase();
    // `map_old_guc_names` in guc.c.
    match name.as_str() {
        "sort_mem" => "work_mem".to_owned(),
        "vacuum_mem" => "maintenance_work_mem".to_owned(),
        "force_parallel_mode" => "debug_parallel_query".to_owned(),
        "ssl_ecdh_curve" => "ssl_groups".to_owned(),
        _ => name,
    }
}

/// Whether two texts are the same value of a setting.
pub fn settings_equal(name: &str, a: &str, b: &str) -> bool {
    if a == b {
        return true;
    }
    let name = canonical_setting_name(name);
    if let Some(style) = list::style_of(&name) {
        return list::equal(style, a, b);
    }
    // A text to the server, and what a setting of an extension or an application is, only that knows.
    if name.contains('.') || TEXTS.contains(&name.as_str()) {
        return false;
    }
    if let (Some(a), Some(b)) = (boolean(a), boolean(b)) {
        return a == b;
    }
    if let (Some(a), Some(b)) = (Quantity::parse(a), Quantity::parse(b)) {
        return quantity::equal(&name, a, b);
    }
    WORDS.contains(&name.as_str()) && a.eq_ignore_ascii_case(b)
}

/// Settings whose value is a text that means only itself.
const TEXTS: &[&str] = &[
    "application_name",
    "backtrace_functions",
    "client_encoding",
    "default_table_access_method",
    "default_tablespace",
    "default_text_search_config",
    "dynamic_library_path",
    "extension_control_path",
    "extension_destdir",
    "lc_messages",
    "lc_monetary",
    "lc_numeric",
    "lc_time",
    "role",
    "session_authorization",
    "timezone",
    "timezone_abbreviations",
];

/// Settings whose value is a word of a few, in any case.
const WORDS: &[&str] = &[
    "backslash_quote",
    "bytea_output",
    "client_min_messages",
    "compute_query_id",
    "constraint_exclusion",
    "debug_logical_replication_streaming",
    "debug_parallel_query",
    "default_toast_compression",
    "default_transaction_isolation",
    "file_copy_method",
    "icu_validation_level",
    "intervalstyle",
    "log_error_verbosity",
    "log_min_error_statement",
    "log_min_messages",
    "log_statement",
    "password_encryption",
    "plan_cache_mode",
    "session_replication_role",
    "stats_fetch_consistency",
    "synchronous_commit",
    "track_functions",
    "transaction_isolation",
    "wal_compression",
    "xmlbinary",
    "xmloption",
];

/// How long a timeout is, in milliseconds, which numbers without a unit are in.
pub(super) fn milliseconds(text: &str) -> Option<f64> {
    Quantity::parse(text).and_then(quantity::milliseconds)
}

/// The spellings of `parse_bool` in bool.c: any case, any beginning that is clear. The settings with more
/// values than these two (`synchronous_commit`) take the full ones of them in the same meaning.
pub(super) fn boolean(text: &str) -> Option<bool> {
    let text = text.to_ascii_lowercase();
    match text.as_str() {
        "t" | "tr" | "tru" | "true" | "y" | "ye" | "yes" | "on" | "1" => Some(true),
        "f" | "fa" | "fal" | "fals" | "false" | "n" | "no" | "of" | "off" | "0" => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
