//! `roster`: from the text of a JSON file of users and groups to the attributes of a `pgum_roster`.

use std::collections::BTreeMap;

use async_trait::async_trait;
use serde::Deserialize;
use serde_json::Value as Json;

use super::{argument, parameter, wrong_argument};
use crate::provider::resources::roster::document::{Document, Unambiguous, canonical, checked, kind_of};
use crate::provider::resources::{group, role::Kind, user};
use crate::sdk::provider::{FunctionError, FunctionSignature};
use crate::sdk::{Diagnostics, Function, Path, Schema, Step, Type, Value, nearest};

/// So many mistakes are told at one time.
const TOLD: usize = 10;

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
                          such as `users[3].groups[1]`. Passwords do not belong into the file: `passwords_wo` of the \
                          roster takes them."
                .to_owned(),
        }
    }

    async fn call(&self, arguments: Vec<Value>) -> Result<Value, FunctionError> {
        let text: String = argument(&arguments, 0, "text")?;
        let mut mistakes = Diagnostics::new();
        let result = roster(&text, &mut mistakes);
        match result.filter(|_| !mistakes.has_errors()) {
            Some(roster) => Ok(roster),
            None => Err(wrong_argument(0, "text", told(mistakes))),
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

impl List {
    fn at(&self, index: usize) -> Path {
        Path::attribute(self.name).with_index(i64::try_from(index).unwrap_or(i64::MAX))
    }
}

/// What is in a file that has the right shape.
#[derive(Deserialize)]
#[serde(default)]
#[derive(Default)]
struct File {
    users: Option<Vec<Document>>,
    groups: Option<Vec<Document>>,
}

fn roster(text: &str, mistakes: &mut Diagnostics) -> Option<Value> {
    let groups = List { name: "groups", kind: Kind::Group, schema: group::schema() };
    let users = List { name: "users", kind: Kind::User, schema: user::schema() };
    let mistake = |why: String, mistakes: &mut Diagnostics| mistakes.error(Path::root(), why, "");
    let json: Json = match serde_json::from_str(text) {
        Ok(json) => json,
        Err(error) => {
            mistake(format!("It is no JSON: {error}"), mistakes);
            return None;
        }
    };
    if let Err(error) = serde_json::from_str::<Unambiguous>(text) {
        mistake(error.to_string(), mistakes);
    }
    shape(&json, &[&users, &groups], mistakes);
    if mistakes.has_errors() {
        return None;
    }
    let file: File = match serde_json::from_str(text) {
        Ok(file) => file,
        Err(error) => {
            mistake(error.to_string(), mistakes);
            return None;
        }
    };
    let mut places = BTreeMap::new();
    let groups = documents(&groups, file.groups.unwrap_or_default(), &mut places, mistakes);
    let users = documents(&users, file.users.unwrap_or_default(), &mut places, mistakes);
    Some(Value::Object([("users", users), ("groups", groups)].map(named).into()))
}

/// Whether it is an object of lists of objects.
fn shape(json: &Json, lists: &[&List], mistakes: &mut Diagnostics) {
    let wanted = "{\"users\": [...], \"groups\": [...]}";
    let Json::Object(members) = json else {
        mistakes.error(Path::root(), format!("It must be {wanted}, and is {}", kind_of(json)), "");
        return;
    };
    for (name, member) in members {
        let path = Path::attribute(name);
        if lists.iter().all(|list| list.name != name) {
            let meant = nearest(name, lists.iter().map(|list| list.name));
            let meant =
                meant.map_or_else(|| format!("It must be {wanted}."), |name| format!("Is {name} meant?"));
            mistakes.error(path, "There is no such list", meant);
            continue;
        }
        match member {
            Json::Null => {}
            Json::Array(elements) => {
                for (index, element) in
                    elements.iter().enumerate().filter(|(_, element)| !element.is_object())
                {
                    let path = path.with_index(i64::try_from(index).unwrap_or(i64::MAX));
                    mistakes.error(path, "It must be an object", format!("It is {}.", kind_of(element)));
                }
            }
            other => mistakes.error(path, "It must be a list", format!("It is {}.", kind_of(other))),
        }
    }
}

/// The documents of a list by the names of their roles. `places` says where each name stands.
fn documents(
    list: &List,
    documents: Vec<Document>,
    places: &mut BTreeMap<String, Path>,
    mistakes: &mut Diagnostics,
) -> Value {
    let name_attribute = list.kind.name_attribute();
    let mut by_name = BTreeMap::new();
    for (index, document) in documents.into_iter().enumerate() {
        let place = list.at(index);
        let name = match document.get(name_attribute) {
            Some(Json::String(name)) => name.clone(),
            Some(other) => {
                let path = place.with_attribute(name_attribute);
                mistakes.error(path, "A name must be text", format!("It is {}.", kind_of(other)));
                continue;
            }
            None => {
                mistakes.error(place, format!("A {} needs a {name_attribute}", list.kind.noun()), "");
                continue;
            }
        };
        if let Some(before) = places.insert(name.clone(), place.clone()) {
            let path = place.with_attribute(name_attribute);
            let why = format!("{before} is {name:?} too, and users and groups are all roles of one cluster.");
            mistakes.error(path, "A name is there twice", why);
        }
        let mut said = Diagnostics::new();
        checked((list.kind, &list.schema), &document, &name, |_| {}, &mut said);
        for mut message in said.into_iter().filter(crate::sdk::Diagnostic::is_error) {
            let steps = message.path.iter().flat_map(|path| path.steps().to_vec());
            message.path = Some(steps.fold(place.clone(), |path, step: Step| path.join(step)));
            mistakes.push(message);
        }
        by_name.insert(name, Value::String(canonical(&document.without(name_attribute))));
    }
    Value::Map(by_name)
}

/// The mistakes as one text, each with its place.
fn told(mistakes: Diagnostics) -> String {
    let all: Vec<String> = mistakes
        .into_iter()
        .map(|mistake| {
            let place = mistake.path.map_or_else(String::new, |path| format!("{path}: "));
            let why = if mistake.detail.is_empty() { String::new() } else { format!(" {}", mistake.detail) };
            format!("{place}{}.{why}", mistake.summary)
        })
        .collect();
    let more = all.len().saturating_sub(TOLD);
    let mut lines: Vec<String> = all.into_iter().take(TOLD).collect();
    if more > 0 {
        lines.push(format!("And {more} more."));
    }
    lines.join("\n")
}
