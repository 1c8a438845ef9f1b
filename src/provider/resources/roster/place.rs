//! What is said of one role, said of a roster: its place is an entry, and of what is said of a thousand roles the first ten
//! are named.

use super::document::PASSWORD_INSIDE;
use super::schema::{PASSWORDS, USERS, VERSIONS};
use super::side::Side;
use crate::provider::explain;
use crate::provider::resources::role::{self, Kind};
use crate::roles::RoleName;
use crate::sdk::{Diagnostic, Diagnostics, Path, Step};

/// So many are told at one time.
const TOLD: usize = 10;

impl Side {
    /// The place of an entry.
    pub(super) fn place(&self, name: &str) -> Path {
        Path::attribute(self.attribute).with_key(name)
    }

    /// What is said of a role, at its entry. The protocol's paths end there: an entry is text to Terraform.
    pub(super) fn relocate(&self, name: &str, message: Diagnostic) -> Diagnostic {
        let mut message = self.placed(name, message);
        let quoted = format!("{name:?}");
        // What is not written cannot be pointed at, and of many that are Terraform shows the whole map.
        if let Some(place) = &message.path
            && !message.summary.contains(&quoted)
            && !message.detail.contains(&quoted)
        {
            message.detail = format!("At {place}: {}", message.detail);
        }
        message
    }

    fn placed(&self, name: &str, mut message: Diagnostic) -> Diagnostic {
        let entry = self.place(name);
        // The single resource would have it imported by itself.
        let there = explain::already_there_in_roster(self.kind, &RoleName::from_catalog(name));
        if message.is_error() && message.summary == there.summary {
            return there.at(entry);
        }
        message.detail = message.detail.replace(explain::GROUP_BY_REFERENCE, GROUP_IN_ROSTER);
        message.detail = message.detail.replace(explain::NEW_NAME_STAYS, NEW_KEY);
        let steps = message.path.take().map(|path| path.steps().to_vec()).unwrap_or_default();
        let first = match steps.first() {
            Some(Step::Attribute(first)) => first.as_str(),
            _ => "",
        };
        match first {
            "" => message.at(entry),
            "password" | "password_wo" if message.summary != PASSWORD_INSIDE => {
                in_the_rosters_words(name, message).at(Path::attribute(PASSWORDS).with_key(name))
            }
            "password_wo_version" if message.summary != PASSWORD_INSIDE => {
                in_the_rosters_words(name, message).at(Path::attribute(VERSIONS).with_key(name))
            }
            first if first == self.kind.name_attribute() => message.at(entry),
            _ => {
                let place = steps.into_iter().fold(entry.clone(), |place, step| place.join(step));
                message.detail = format!("At {place}: {}", message.detail);
                message.at(entry)
            }
        }
    }
}

/// A roster orders its roles by itself.
const GROUP_IN_ROSTER: &str = "If the roster is to make it, write it in groups. If another resource makes it, let the roster \
    wait for that one with depends_on.";

/// To a roster another key is another role.
const NEW_KEY: &str = "If the new name is to stay, write that as the key, and adopt_existing = true in its document for one apply.";

/// The passwords of a roster stand beside its users.
fn in_the_rosters_words(name: &str, mut message: Diagnostic) -> Diagnostic {
    for (single, roster) in [
        // A roster has no other place for it.
        (
            " (never kept in the state; with password_wo_version) or password.",
            " (never kept in the state).".to_owned(),
        ),
        ("password_wo_version", format!("{VERSIONS}[{name:?}]")),
        ("password_wo", format!("{PASSWORDS}[{name:?}]")),
    ] {
        message.summary = message.summary.replace(single, &roster);
        message.detail = message.detail.replace(single, &roster);
    }
    message
}

/// Messages of roles, gathered.
#[derive(Default)]
pub(super) struct Gathered {
    messages: Vec<(String, Diagnostic)>,
    /// How many errors came beyond those that are told.
    more_errors: usize,
    errors: usize,
}

impl Gathered {
    /// Adds what was said of an entry.
    pub(super) fn add(&mut self, side: &Side, name: &str, said: Diagnostics) {
        self.gather(name, said, |message| side.relocate(name, message));
    }

    /// Adds what was said of a role that has no entry.
    pub(super) fn add_at(&mut self, path: &Path, name: &str, said: Diagnostics) {
        self.gather(name, said, |message| message.at(path.clone()));
    }

    fn gather(&mut self, name: &str, said: Diagnostics, place: impl Fn(Diagnostic) -> Diagnostic) {
        for message in said {
            if message.is_error() {
                self.errors += 1;
                if self.errors > TOLD {
                    self.more_errors += 1;
                    continue;
                }
            }
            self.messages.push((name.to_owned(), place(message)));
        }
    }

    /// Whether there is any error.
    pub(super) fn has_errors(&self) -> bool {
        self.errors > 0
    }

    /// Says them: each error but no more than ten, and each kind of warning once.
    pub(super) fn say(self, diagnostics: &mut Diagnostics) {
        let mut kinds: Vec<(String, Diagnostic, Vec<String>)> = Vec::new();
        for (name, message) in self.messages {
            if message.is_error() {
                diagnostics.push(message);
                continue;
            }
            let kind = message.summary.replace(&format!("{name:?}"), "*");
            match kinds.iter_mut().find(|(known, ..)| *known == kind) {
                Some((_, _, others)) => others.push(name),
                None => kinds.push((kind, message, Vec::new())),
            }
        }
        for (_, mut message, others) in kinds {
            if !others.is_empty() {
                message.detail.push_str(&format!("\n\nThe same goes for {}.", first_ten(&others)));
            }
            diagnostics.push(message);
        }
        if self.more_errors > 0 {
            let users = Path::attribute(USERS);
            let detail = format!("Above are the first {TOLD}.");
            diagnostics.error(users, format!("{} more errors of the same roster", self.more_errors), detail);
        }
    }
}

/// The first ten, and how many more there are.
pub(super) fn first_ten<T: AsRef<str>>(names: &[T]) -> String {
    role::first_ten(&names.iter().map(|name| format!("{:?}", name.as_ref())).collect::<Vec<_>>())
}

impl Side {
    /// A user or users, a group or groups.
    pub(super) fn noun(&self) -> &'static str {
        match self.kind {
            Kind::User => "user",
            Kind::Group => "group",
        }
    }
}
