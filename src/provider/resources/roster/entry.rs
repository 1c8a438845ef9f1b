//! One role of a roster on its way from the state to what is written.

use std::collections::BTreeSet;

use super::Roster;
use super::document::{parse, says_by_password};
use super::private::Private;
use super::schema::PASSWORDS;
use super::side::{Side, entries, text, version};
use crate::provider::resources::role::{Kind, entry};
use crate::sdk::resource::{ApplyRequest, PlanRequest};
use crate::sdk::{Diagnostics, PrivateState, Value};

/// A role that is written.
pub(super) struct Entry<'a> {
    pub(super) side: &'a Side,
    pub(super) name: &'a str,
    /// What is written; none where it is not known yet.
    pub(super) written: Option<&'a str>,
    /// What the state has, and on which side.
    before: Option<(&'a str, &'a Side)>,
}

/// A role that nothing has changed of.
pub(super) struct Untouched {
    /// Whether it is a user that logs in by password.
    pub(super) by_password: bool,
}

/// A role that is in the state and is not written any more.
pub(super) struct Gone<'a> {
    pub(super) side: &'a Side,
    pub(super) name: &'a str,
    pub(super) text: &'a str,
    /// It came by an import, and there was no apply since: then it is forgotten, and nothing happens to it.
    pub(super) is_let_go: bool,
}

/// What is written, and the state before it.
pub(super) struct Sides<'a> {
    pub(super) config: &'a Value,
    pub(super) prior: Option<&'a Value>,
    pub(super) private: &'a Private,
}

impl Roster {
    /// All that are written: groups first, a group before those that belong to it.
    pub(super) fn written<'a>(&'a self, sides: &Sides<'a>) -> Vec<Entry<'a>> {
        let of_side = |side: &'a Side| {
            let other = if side.kind == Kind::User { &self.groups } else { &self.users };
            entries(sides.config, side.attribute).iter().map(move |(name, written)| {
                let before = sides.prior.and_then(|prior| {
                    let here = text(prior, side.attribute, name).map(|text| (text, side));
                    here.or_else(|| text(prior, other.attribute, name).map(|text| (text, other)))
                });
                let written = match written {
                    Value::String(text) => Some(text.as_str()),
                    _ => None,
                };
                Entry { side, name, written, before }
            })
        };
        in_order(self.sides().into_iter().flat_map(of_side).collect())
    }

    /// All that are written no more; none where it is not known what is.
    pub(super) fn gone<'a>(&'a self, sides: &Sides<'a>) -> Vec<Gone<'a>> {
        let Some(prior) = sides.prior.filter(|_| self.names_are_known(sides.config)) else {
            return Vec::new();
        };
        let stays: BTreeSet<&str> = self.names(sides.config).collect();
        let of_side = |side: &'a Side| {
            entries(prior, side.attribute).iter().filter_map(move |(name, before)| match before {
                Value::String(text) => Some((side, name.as_str(), text.as_str())),
                _ => None,
            })
        };
        let gone = self.sides().into_iter().flat_map(of_side).filter(|(_, name, _)| !stays.contains(name));
        gone.map(|(side, name, text)| Gone { side, name, text, is_let_go: sides.private.is_imported(name) })
            .collect()
    }

    /// The names of a roster.
    pub(super) fn names<'a>(&'a self, roster: &'a Value) -> impl Iterator<Item = &'a str> {
        let of_side = |side: &'a Side| entries(roster, side.attribute).keys().map(String::as_str);
        self.sides().into_iter().flat_map(of_side)
    }

    /// Whether it is known which roles are written.
    pub(super) fn names_are_known(&self, config: &Value) -> bool {
        !self.sides().into_iter().any(|side| config.get(side.attribute).is_some_and(Value::is_unknown))
    }
}

/// Groups before those that belong to them, and users last.
fn in_order(all: Vec<Entry<'_>>) -> Vec<Entry<'_>> {
    let (mut waiting, users): (Vec<_>, Vec<_>) =
        all.into_iter().partition(|entry| entry.side.kind == Kind::Group);
    let mut ordered = Vec::new();
    while !waiting.is_empty() {
        let names: BTreeSet<&str> = waiting.iter().map(|entry| entry.name).collect();
        let (later, mut now): (Vec<_>, Vec<_>) =
            waiting.into_iter().partition(|entry| entry.belongs_to_one_of(&names));
        let is_circle = now.is_empty();
        ordered.append(&mut now);
        waiting = later;
        if is_circle {
            ordered.append(&mut waiting);
        }
    }
    ordered.extend(users);
    ordered
}

impl Entry<'_> {
    fn belongs_to_one_of(&self, names: &BTreeSet<&str>) -> bool {
        let Some(document) = self.written.and_then(|text| parse(text).ok()) else { return false };
        let is_one = |group: &str| group != self.name && names.contains(group);
        let short = document.get("groups").and_then(|groups| groups.as_array());
        let full = document.get("memberships").and_then(|groups| groups.as_object());
        short.is_some_and(|groups| groups.iter().filter_map(|group| group.as_str()).any(is_one))
            || full.is_some_and(|groups| groups.keys().any(|group| is_one(group)))
    }

    /// Whether the state has it.
    pub(super) fn is_there(&self) -> bool {
        self.before.is_some()
    }

    /// Whether the state has it on the other side.
    pub(super) fn is_moved(&self) -> bool {
        self.before.is_some_and(|(_, side)| side.kind != self.side.kind)
    }

    /// Whether nothing at all can have changed, which is said of most in a large roster and has to be quick: the same
    /// text, and nothing beside it that decides or warns.
    pub(super) fn is_untouched(&self, sides: &Sides<'_>) -> Option<Untouched> {
        let prior = sides.prior.filter(|_| !self.is_moved())?;
        let (before, _) = self.before.filter(|(before, _)| Some(*before) == self.written)?;
        let has_password = match sides.config.get(PASSWORDS) {
            Some(Value::Unknown(_)) => true,
            _ => entries(sides.config, PASSWORDS).contains_key(self.name),
        };
        let is_warned_of =
            before.contains("\"valid_until\"") || (has_password && before.contains("\"auth_method\""));
        let standing = entry::standing(&sides.private.role(self.name));
        let is_untouched = !is_warned_of
            && version(prior, self.name) == version(sides.config, self.name)
            && (has_password || self.side.kind == Kind::Group || !standing.password_sent)
            && !standing.unapplied;
        let by_password = self.side.kind == Kind::User && says_by_password(before);
        is_untouched.then_some(Untouched { by_password })
    }

    /// The state of the single resource.
    pub(super) fn prior(&self, sides: &Sides<'_>) -> Option<Value> {
        let (text, side) = self.before?;
        let prior = sides.prior?;
        Some(if side.kind == self.side.kind {
            side.state(prior, self.name, text)
        } else {
            let mut state = self.side.state_from_other(side, prior, self.name, text);
            if self.side.kind == Kind::User && !entry::standing(&sides.private.role(self.name)).unapplied {
                // It never had a password of ours: one that is written has to be sent.
                state.set("auth_method", Value::string("external"));
            }
            state
        })
    }

    /// What the single resource is asked to plan.
    pub(super) fn plan_request(&self, sides: &Sides<'_>, written: &str) -> PlanRequest {
        let schema = &self.side.schema;
        let prior = self.prior(sides);
        // The validation has said what is wrong with it.
        let config = self.side.read(sides.config, self.name, written, &mut Diagnostics::new());
        let proposed = schema.without_write_only(schema.propose(&config, prior.as_ref()));
        PlanRequest { config, prior, proposed, private: self.private(sides), stored: None }
    }

    /// What the single resource is asked to apply; none where its state is what is planned.
    pub(super) fn apply_request(&self, sides: &Sides<'_>, written: &str) -> Option<ApplyRequest> {
        let request = self.plan_request(sides, written);
        let planned = entry::planned(self.side.kind, &request);
        let PlanRequest { config, prior, private, .. } = request;
        (prior.as_ref() != Some(&planned)).then_some(ApplyRequest { config, prior, planned, private })
    }

    fn private(&self, sides: &Sides<'_>) -> PrivateState {
        let private = sides.private.role(self.name);
        if self.is_moved() && self.side.kind == Kind::Group {
            entry::as_former_user(&private)
        } else {
            private
        }
    }
}
