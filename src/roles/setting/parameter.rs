//! What a server says of the settings that it has, and what that tells of a value before it is tried.

use std::collections::{HashMap, HashSet};

use super::quantity::{Quantity, WrittenUnit};
use super::{boolean, canonical_setting_name, list};

/// Who may change a setting, and when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SettingContext {
    /// Everybody, in a session.
    User,
    /// Superusers, in a session, and from 15 on those who were granted SET on it.
    Superuser,
    /// Nobody in a session: neither can a role have it.
    Elsewhere,
}

/// Which values a setting takes.
#[derive(Debug, Clone, PartialEq)]
pub enum SettingValues {
    /// On and off.
    Boolean,
    /// Some words.
    Words(Vec<String>),
    /// Numbers.
    Number {
        /// Whether they are whole.
        whole: bool,
        /// What they are in, as the server calls it: `kB`, `8kB`, `ms`.
        unit: Option<String>,
        /// The least.
        least: f64,
        /// The greatest.
        greatest: f64,
    },
    /// Any text, as far as one can see.
    Text,
}

/// One setting of the server.
#[derive(Debug, Clone, PartialEq)]
pub struct Parameter {
    /// Who may change it.
    pub context: SettingContext,
    /// What it takes.
    pub values: SettingValues,
}

/// The settings of a server, and what one role may do with them.
#[derive(Debug, Clone, Default)]
pub struct Parameters {
    /// Those that are shown to this connection, by their names in lower case.
    pub known: HashMap<String, Parameter>,
    /// Whether the role is a superuser; `None`: it is not there.
    pub superuser: Option<bool>,
    /// The settings, by their names in lower case, that the role was granted SET on.
    pub granted: HashSet<String>,
}

/// What can be said of a value for a setting of a role, or of resetting it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SettingVerdict {
    /// The server takes it, or what it does depends on more than the value.
    Taken,
    /// The role may not set it.
    NoRight,
    /// The server has to be asked.
    Ask,
}

/// For a role the server takes any value of these, with a NOTICE; or what it does hangs on what the transaction has
/// done before.
const UNDECIDED: [&str; 8] = [
    "default_table_access_method",
    "default_tablespace",
    "default_text_search_config",
    "role",
    "session_authorization",
    "transaction_deferrable",
    "transaction_isolation",
    "transaction_read_only",
];

/// These refuse more than what their type and bounds say.
const WITH_MORE_RULES: [&str; 3] = ["default_with_oids", "max_stack_depth", "vacuum_buffer_usage_limit"];

impl Parameters {
    /// What can be said of this value; `None`: it is reset.
    pub fn judge(&self, name: &str, value: Option<&str>) -> SettingVerdict {
        let name = canonical_setting_name(name);
        if UNDECIDED.contains(&name.as_str()) {
            return SettingVerdict::Taken;
        }
        match self.known.get(&name) {
            _ if !self.is_allowed(&name) => SettingVerdict::NoRight,
            // A setting of an extension that is not loaded, or of somebody's own. To try it would make it.
            None if name.contains('.') => SettingVerdict::Taken,
            Some(parameter)
                if parameter.context != SettingContext::Elsewhere
                    && value.is_none_or(|value| parameter.clearly_takes(&name, value)) =>
            {
                SettingVerdict::Taken
            }
            _ => SettingVerdict::Ask,
        }
    }

    /// Whether the role has the right to set and reset this, as far as it takes one: a setting of superusers, or of an
    /// extension that is not loaded, which might be one.
    fn is_allowed(&self, name: &str) -> bool {
        let takes_a_right = match self.known.get(name) {
            Some(parameter) => parameter.context == SettingContext::Superuser,
            None => name.contains('.'),
        };
        let has_it = || self.superuser.is_none_or(|superuser| superuser || self.granted.contains(name));
        !takes_a_right || has_it()
    }
}

impl Parameter {
    /// Whether there is no doubt. Where there is, the server knows: it also takes hexadecimal numbers, rounds, and has
    /// words that it does not show.
    fn clearly_takes(&self, name: &str, value: &str) -> bool {
        if WITH_MORE_RULES.contains(&name) {
            return false;
        }
        match &self.values {
            SettingValues::Boolean => boolean(value).is_some(),
            SettingValues::Words(words) => words.iter().any(|word| word.eq_ignore_ascii_case(value)),
            SettingValues::Number { whole, unit, least, greatest } => {
                let unit = match unit.as_deref().map(WrittenUnit::parse) {
                    Some(None) => return false,
                    Some(unit) => unit,
                    None => None,
                };
                let number = Quantity::parse(value).and_then(|quantity| quantity.exactly_in(unit));
                number.is_some_and(|number| {
                    (!whole || number.fract() == 0.0) && (*least..=*greatest).contains(&number)
                })
            }
            SettingValues::Text => match name {
                "application_name" => true,
                "search_path" => list::is_list(name, value),
                _ => false,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(whole: bool, unit: Option<&str>, least: f64, greatest: f64) -> SettingValues {
        SettingValues::Number { whole, unit: unit.map(str::to_owned), least, greatest }
    }

    fn parameters() -> Parameters {
        let user =
            |name: &str, values| (name.to_owned(), Parameter { context: SettingContext::User, values });
        let others =
            |name: &str, context| (name.to_owned(), Parameter { context, values: SettingValues::Boolean });
        let known = HashMap::from([
            user("jit", SettingValues::Boolean),
            user("bytea_output", SettingValues::Words(vec!["escape".into(), "hex".into()])),
            user("work_mem", number(true, Some("kB"), 64.0, 2_147_483_647.0)),
            user("temp_buffers", number(true, Some("8kB"), 100.0, 1_073_741_823.0)),
            user("statement_timeout", number(true, Some("ms"), 0.0, 2_147_483_647.0)),
            user("vacuum_cost_delay", number(false, Some("ms"), 0.0, 100.0)),
            user("extra_float_digits", number(true, None, -15.0, 3.0)),
            user("search_path", SettingValues::Text),
            user("timezone", SettingValues::Text),
            user("application_name", SettingValues::Text),
            others("log_duration", SettingContext::Superuser),
            others("fsync", SettingContext::Elsewhere),
        ]);
        Parameters { known, superuser: Some(false), granted: HashSet::new() }
    }

    #[test]
    fn what_is_clear_is_not_asked() {
        let parameters = parameters();
        for (name, value) in [
            ("jit", "off"),
            ("JIT", "tru"),
            ("bytea_output", "Hex"),
            ("work_mem", "64"),
            ("sort_mem", "1GB"),
            ("temp_buffers", "8MB"),
            ("statement_timeout", " 5 s"),
            ("vacuum_cost_delay", "1.5"),
            ("extra_float_digits", "-15"),
            ("search_path", "\"$user\", public"),
            ("search_path", ""),
            ("application_name", "anything: 'at all'"),
        ] {
            assert_eq!(parameters.judge(name, Some(value)), SettingVerdict::Taken, "{name} = {value}");
        }
    }

    #[test]
    fn what_is_not_clear_is_asked() {
        let parameters = parameters();
        for (name, value) in [
            ("jit", "o"),
            ("bytea_output", "octal"),
            ("work_mem", "63"),
            ("work_mem", "64.4"),
            ("work_mem", "0x100"),
            ("work_mem", "5s"),
            ("work_mem", "100B"),
            ("temp_buffers", "1kB"),
            ("statement_timeout", "-1"),
            ("statement_timeout", "soon"),
            ("vacuum_cost_delay", "101"),
            ("extra_float_digits", "1MB"),
            ("search_path", "a,"),
            ("timezone", "UTC"),
            ("fsync", "off"),
            ("no_such_setting", "1"),
        ] {
            assert_eq!(parameters.judge(name, Some(value)), SettingVerdict::Ask, "{name} = {value}");
        }
    }

    #[test]
    fn rights_are_those_of_the_role() {
        let mut parameters = parameters();
        let verdicts = |parameters: &Parameters| {
            ["log_duration", "app.tenant"].map(|name| parameters.judge(name, Some("on")))
        };
        assert_eq!(verdicts(&parameters), [SettingVerdict::NoRight, SettingVerdict::NoRight]);
        parameters.granted = HashSet::from(["app.tenant".to_owned()]);
        assert_eq!(verdicts(&parameters), [SettingVerdict::NoRight, SettingVerdict::Taken]);
        parameters.superuser = Some(true);
        assert_eq!(verdicts(&parameters), [SettingVerdict::Taken, SettingVerdict::Taken]);
        parameters = Parameters { superuser: None, granted: HashSet::new(), ..parameters };
        assert_eq!(verdicts(&parameters), [SettingVerdict::Taken, SettingVerdict::Taken]);
    }

    #[test]
    fn a_reset_takes_the_same_right() {
        let mut parameters = parameters();
        let reset = |parameters: &Parameters, name: &str| parameters.judge(name, None);
        assert_eq!(reset(&parameters, "work_mem"), SettingVerdict::Taken);
        assert_eq!(reset(&parameters, "Log_Duration"), SettingVerdict::NoRight);
        assert_eq!(reset(&parameters, "app.tenant"), SettingVerdict::NoRight);
        // It may be one that is not shown to everybody.
        assert_eq!(reset(&parameters, "no_such_setting"), SettingVerdict::Ask);
        parameters.superuser = Some(true);
        assert_eq!(reset(&parameters, "log_duration"), SettingVerdict::Taken);
    }

    #[test]
    fn what_hangs_on_more_than_the_value_is_left_to_the_apply() {
        for name in UNDECIDED {
            assert_eq!(parameters().judge(name, Some("nobody's")), SettingVerdict::Taken);
        }
    }
}
