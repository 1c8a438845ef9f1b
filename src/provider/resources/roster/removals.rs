//! How many roles go at once.

use super::place::first_ten;
use super::schema::{DEFAULT_MAX_REMOVALS, MAX_REMOVALS};
use crate::provider::resources::role::Kind;
use crate::sdk::{Diagnostic, Path, Value};

/// The names of those that go, each once.
#[derive(Debug, Default)]
pub(super) struct Removals {
    taken_out: Vec<String>,
    disabled: Vec<String>,
    unmanaged: Vec<String>,
}

impl Removals {
    /// One that is not written any more.
    pub(super) fn take_out(&mut self, name: &str) {
        self.taken_out.push(name.to_owned());
    }

    /// One that is written, from its state to its plan: counted where it can log in and will not be able to.
    pub(super) fn change(&mut self, kind: Kind, name: &str, prior: Option<&Value>, planned: &Value) {
        let is = |state: &Value, attribute: &str| state.get(attribute) == Some(&Value::Bool(true));
        let may_log_in = |state: &Value| match kind {
            Kind::User => is(state, "enabled") && is(state, "can_login"),
            Kind::Group => is(state, "can_login"),
        };
        // A user that becomes a group could log in before.
        if prior.is_some_and(may_log_in) && !may_log_in(planned) {
            self.disabled.push(name.to_owned());
        }
    }

    /// Those that the roster does not name.
    pub(super) fn unmanaged<'a>(&mut self, names: impl Iterator<Item = &'a str>) {
        self.unmanaged.extend(names.map(str::to_owned));
    }

    /// An error where they are more than may be.
    pub(super) fn check(&self, config: &Value) -> Option<Diagnostic> {
        let max = match config.get(MAX_REMOVALS) {
            Some(Value::Number(number)) => number.as_i64().unwrap_or(DEFAULT_MAX_REMOVALS),
            Some(Value::Unknown(_)) => return None,
            _ => DEFAULT_MAX_REMOVALS,
        };
        let all = [
            (&self.taken_out, "taken out of the roster"),
            (&self.disabled, "disabled"),
            (&self.unmanaged, "not named by the roster, and disabled or dropped"),
        ];
        let count: usize = all.iter().map(|(names, _)| names.len()).sum();
        if i64::try_from(count).unwrap_or(i64::MAX) <= max {
            return None;
        }
        let lines: Vec<String> = all
            .iter()
            .filter(|(names, _)| !names.is_empty())
            .map(|(names, what)| format!("  - {} {what}: {}", names.len(), first_ten(names)))
            .collect();
        Some(
            Diagnostic::error(
                format!("{count} roles would go at once, and max_removals is {max}"),
                format!(
                    "{}\n\nNothing was changed. If the file that the roster comes from was cut off, mend it. If they are all to \
                     go, set max_removals = {count} for this apply.",
                    lines.join("\n")
                ),
            )
            .at(Path::attribute(MAX_REMOVALS)),
        )
    }
}
