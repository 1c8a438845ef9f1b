//! `roster`: from the text of a JSON file of users and groups to the attributes of a `pgum_roster`.

use std::collections::BTreeMap;
use std::fmt::{self, Display, Formatter};

use async_trait::async_trait;
use serde::Deserialize;
use serde_json::Value as Json;

use super::{argument, parameter, wrong_argument};
use crate::provider::resources::roster::document::{Document, Unambiguous, canonical, checked, kind_of};
use crate::provider::resources::{group, role::Kind, user};
use crate::sdk::provider::{FunctionError, FunctionSignature};
use crate::sdk::{Diagnostic, Diagnostics, Function, Path, Schema, Type, Value, nearest};

/// So many mistakes are told at one time.
const TOLD: usize = 10;

/// The shape of a file.
const WANTED: &str = "{\"users\": [...], \"groups\": [...]}";

pub(super) struct Roster;

#[async_trait]
impl Function for Roster {
    fn signature(&self) -> FunctionSignature {
        let documents = || Type::map(Type::String);
        FunctionSignature {
            parameters: vec![parameter(
                "text",
                Type::String,
                "The text of the file: `{\"users\": [...], \"groups\": [...]}`, either of which may be left out. A user has a \
                 `username`, a group a `name`, and beside it the attributes of `pgum_user` and `pgum_group`.",
            )],
            variadic: None,
            result: Type::Object([("users", documents()), ("groups", documents())].map(named).into()),
            summary: "The users and groups of a JSON file, for a pgum_roster".to_owned(),
            description: "The users and groups of a JSON file, checked, in the shape of `users` and `groups` of a \
                          `pgum_roster`: by name, each as `jsonencode` would write it. A mistake is an error with its place, \
                          such as `users[3].groups[1] of \"orders\"`. Passwords do not belong into the file: `passwords_wo` of the \
                          roster takes them."
                .to_owned(),
        }
    }

    async fn call(&self, arguments: Vec<Value>) -> Result<Value, FunctionError> {
        let text: String = argument(&arguments, 0)?;
        let mut mistakes = Mistakes::default();
        let result = roster(&text, &mut mistakes);
        match result.filter(|_| mistakes.0.is_empty()) {
            Some(roster) => Ok(roster),
            None => Err(wrong_argument(0, mistakes)),
        }
    }
}

fn named<T>((name, value): (&str, T)) -> (String, T) {
    (name.to_owned(), value)
}

/// One of the two lists of a file.
struct List {
    name: &'static str,
    kind: Kind,
    schema: Schema,
}

/// What is in a file that has the right shape.
#[derive(Deserialize)]
#[serde(default)]
#[derive(Default)]
struct File {
    users: Option<Vec<Document>>,
    groups: Option<Vec<Document>>,
}

fn roster(text: &str, mistakes: &mut Mistakes) -> Option<Value> {
    let groups = List { name: "groups", kind: Kind::Group, schema: group::schema() };
    let users = List { name: "users", kind: Kind::User, schema: user::schema() };
    // Some editors begin a file with a mark that readers may ignore (RFC 8259, section 8.1).
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if text.trim().is_empty() {
        mistakes.add("", format!("It is empty, and must be {WANTED}"), "");
        return None;
    }
    let json: Json = match serde_json::from_str(text) {
        Ok(json) => json,
        Err(error) => {
            mistakes.add("", not_json(&error), "");
            return None;
        }
    };
    if let Err(error) = serde_json::from_str::<Unambiguous>(text) {
        mistakes.add("", error.to_string(), "");
    }
    shape(&json, &[&users, &groups], mistakes);
    if !mistakes.0.is_empty() {
        return None;
    }
    let file: File = match serde_json::from_str(text) {
        Ok(file) => file,
        Err(error) => {
            mistakes.add("", error.to_string(), "");
            return None;
        }
    };
    let mut places = BTreeMap::new();
    let groups = documents(&groups, file.groups.unwrap_or_default(), &mut places, mistakes);
    let users = documents(&users, file.users.unwrap_or_default(), &mut places, mistakes);
    Some(Value::Object([("users", users), ("groups", groups)].map(named).into()))
}

fn not_json(error: &serde_json::Error) -> String {
    if error.is_eof() {
        let (line, column) = (error.line(), error.column());
        format!("It is no JSON: it ends at line {line} column {column}, where something is still open")
    } else {
        format!("It is no JSON: {error}")
    }
}

/// Whether it is an object of lists of objects.
fn shape(json: &Json, lists: &[&List], mistakes: &mut Mistakes) {
    let Json::Object(members) = json else {
        mistakes.add("", format!("It must be {WANTED}, and is {}", kind_of(json)), "");
        return;
    };
    for (name, member) in members {
        if lists.iter().all(|list| list.name != name) {
            let meant = nearest(name, lists.iter().map(|list| list.name));
            let meant =
                meant.map_or_else(|| format!("It must be {WANTED}."), |name| format!("Is {name} meant?"));
            mistakes.add(Path::attribute(name), "There is no such list", meant);
            continue;
        }
        match member {
            Json::Null => {}
            Json::Array(elements) => {
                let wrong = elements.iter().enumerate().filter(|(_, element)| !element.is_object());
                for (index, element) in wrong {
                    let why = format!("It is {}.", kind_of(element));
                    mistakes.add(format!("{name}[{index}]"), "It must be an object", why);
                }
            }
            other => mistakes.add(name, "It must be a list", format!("It is {}.", kind_of(other))),
        }
    }
}

/// The documents of a list by the names of their roles. `places` says where each name stands.
fn documents(
    list: &List,
    documents: Vec<Document>,
    places: &mut BTreeMap<String, String>,
    mistakes: &mut Mistakes,
) -> Value {
    let name_attribute = list.kind.name_attribute();
    let mut by_name = BTreeMap::new();
    for (index, document) in documents.into_iter().enumerate() {
        let place = format!("{}[{index}]", list.name);
        let at_name = format!("{place}.{name_attribute}");
        let name = match document.get(name_attribute) {
            Some(Json::String(name)) => name.clone(),
            Some(other) => {
                mistakes.add(at_name, "A name must be text", format!("It is {}.", kind_of(other)));
                continue;
            }
            None => {
                let what = format!("A {} needs a {name_attribute}", list.kind.noun());
                let instead = ["name", "username"].into_iter().find(|name| document.get(name).is_some());
                let why = instead.map(|other| format!("Write {name_attribute} in the place of {other}."));
                mistakes.add(place, what, why.unwrap_or_default());
                continue;
            }
        };
        if let Some(before) = places.insert(name.clone(), place.clone()) {
            let why = format!("{before} is {name:?} too, and users and groups are all roles of one cluster.");
            mistakes.add(at_name, "A name is there twice", why);
        }
        let mut said = Diagnostics::new();
        checked((list.kind, &list.schema), &document, &name, |_| {}, &mut said);
        for message in said.into_iter().filter(Diagnostic::is_error) {
            // In a long file nobody counts up to the place.
            mistakes.add(
                format!("{} of {name:?}", below(&place, message.path)),
                message.summary,
                message.detail,
            );
        }
        by_name.insert(name, Value::String(canonical(&document.without(name_attribute))));
    }
    Value::Map(by_name)
}

/// A place in an element of a list.
fn below(element: &str, path: Option<Path>) -> String {
    match path.filter(|path| !path.is_root()) {
        Some(path) => format!("{element}.{path}"),
        None => element.to_owned(),
    }
}

/// What is wrong with a file.
#[derive(Default)]
struct Mistakes(Vec<String>);

impl Mistakes {
    fn add(&mut self, place: impl Display, what: impl Display, why: impl Into<String>) {
        let (place, why) = (place.to_string(), why.into());
        let place = if place.is_empty() { place } else { format!("{place}: ") };
        self.0.push(if why.is_empty() {
            format!("{place}{what}.")
        } else if why.ends_with('?') {
            // Terraform ends the last of them with a dot.
            format!("{place}{what} ({why}).")
        } else {
            format!("{place}{what}. {why}")
        });
    }
}

impl Display for Mistakes {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        if let [one] = self.0.as_slice() {
            return f.write_str(one);
        }
        let (count, shown) = (self.0.len(), self.0.len().min(TOLD));
        write!(f, "It has {count} mistakes")?;
        if count > shown {
            write!(f, ", of which these are the first {shown}")?;
        }
        f.write_str(":")?;
        for mistake in self.0.iter().take(TOLD) {
            // Terraform does not break lines that begin with spaces.
            let lines = mistake.lines().filter(|line| !line.is_empty());
            write!(f, "\n  - {}", lines.collect::<Vec<_>>().join("\n    "))?;
        }
        Ok(())
    }
}
