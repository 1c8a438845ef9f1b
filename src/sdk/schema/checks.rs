//! Checks that many attributes share, for [`Attribute::check`](super::Attribute::check).
//!
//! What was written stands on a line of its own in each message, which [`Schema::validate`](super::Schema::validate)
//! leaves out where the attribute is sensitive.

use std::ops::RangeInclusive;

use crate::sdk::{Diagnostics, Number, Path, Value};

/// Text that is one of these words.
pub fn one_of(
    allowed: &'static [&'static str],
) -> impl Fn(&Value, &Path, &mut Diagnostics) + Send + Sync + 'static {
    move |value, path, diagnostics| {
        let Value::String(text) = value else { return };
        if allowed.contains(&text.as_str()) {
            return;
        }
        let words: Vec<String> = allowed.iter().map(|word| format!("\"{word}\"")).collect();
        diagnostics.error(
            path.clone(),
            format!("`{path}` is not one of the allowed words"),
            format!("Written is {text:?}.\nAllowed: {}.", words.join(", ")),
        );
    }
}

/// A whole number within these limits.
pub fn whole_number(
    limits: RangeInclusive<i64>,
) -> impl Fn(&Value, &Path, &mut Diagnostics) + Send + Sync + 'static {
    move |value, path, diagnostics| {
        let Value::Number(number) = value else { return };
        if number.as_i64().is_some_and(|whole| limits.contains(&whole)) {
            return;
        }
        let (min, max) = (limits.start(), limits.end());
        diagnostics.error(
            path.clone(),
            format!("`{path}` must be a whole number from {min} to {max}"),
            format!("{}\nAllowed: {min} to {max}.", written(number)),
        );
    }
}

/// Text of at least one character.
pub fn not_empty() -> impl Fn(&Value, &Path, &mut Diagnostics) + Send + Sync + 'static {
    |value, path, diagnostics| {
        if matches!(value, Value::String(text) if text.is_empty()) {
            diagnostics.error(
                path.clone(),
                format!("`{path}` is empty"),
                "It must have at least one character. Leave the attribute out (or set it to null) where it has no value.",
            );
        }
    }
}

/// A number may have thousands of digits; nobody wants to read them.
fn written(number: &Number) -> String {
    let text = number.to_text();
    if text.len() <= 40 {
        format!("Written is {text}.")
    } else {
        format!("Written is a number of {} characters.", text.len())
    }
}
