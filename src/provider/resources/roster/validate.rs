//! What is written in a roster, checked document by document.

use super::Roster;
use super::document::{checked, parse};
use super::place::Gathered;
use super::processors::on_all_processors;
use super::schema::{PASSWORDS, USERS, VERSIONS};
use super::side::{Side, entries};
use crate::provider::resources::role::Kind;
use crate::sdk::{Diagnostic, Diagnostics, Path, Value};

impl Roster {
    /// Checks a configuration, parts of which may be unknown.
    pub(super) async fn check(&self, config: &Value, diagnostics: &mut Diagnostics) {
        let check = |side: &Side, (name, written): (&String, &Value)| {
            let mut of_role = Diagnostics::new();
            if let Value::String(text) = written {
                side.read(config, name, text, &mut of_role);
            }
            of_role
        };
        let mut said = Gathered::default();
        for side in self.sides() {
            let written = entries(config, side.attribute);
            let of_roles = on_all_processors(written.iter().map(async |entry| check(side, entry))).await;
            for (name, of_role) in written.keys().zip(of_roles) {
                said.add(side, name, of_role);
            }
        }
        said.say(diagnostics);
        for name in entries(config, self.users.attribute).keys() {
            if entries(config, self.groups.attribute).contains_key(name) {
                diagnostics.error(
                    self.users.place(name),
                    format!("{name:?} is a user and a group"),
                    "Both are roles, and there is one of a name in a cluster. Take one of the two out.",
                );
            }
        }
        self.check_passwords(config, diagnostics);
    }

    fn check_passwords(&self, config: &Value, diagnostics: &mut Diagnostics) {
        if !matches!(config.get(USERS), None | Some(Value::Null | Value::Map(_))) {
            return;
        }
        for attribute in [PASSWORDS, VERSIONS] {
            for name in entries(config, attribute).keys() {
                if !entries(config, USERS).contains_key(name) {
                    diagnostics.error(
                        Path::attribute(attribute).with_key(name),
                        format!("There is no user {name:?} in this roster"),
                        format!(
                            "{attribute} has an entry for it. Take that out, or write the user in {USERS}."
                        ),
                    );
                }
            }
        }
    }
}

impl Side {
    /// The configuration of an entry, with what stands beside it.
    pub(super) fn read(
        &self,
        roster: &Value,
        name: &str,
        text: &str,
        diagnostics: &mut Diagnostics,
    ) -> Value {
        let document = parse(text).unwrap_or_else(|why| {
            diagnostics.push(Diagnostic::error(format!("The {} {name:?} cannot be read", self.noun()), why));
            Default::default()
        });
        let complete = |config: &mut Value| {
            if self.kind == Kind::User {
                config.set("password_wo", super::side::beside(roster, PASSWORDS, name));
                config.set("password_wo_version", super::side::version(roster, name));
            }
        };
        checked((self.kind, &self.schema), &document, name, complete, diagnostics)
    }
}
