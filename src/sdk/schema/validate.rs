//! The schema's own checks of a configuration.

use super::{Attribute, Kind, Schema};
use crate::sdk::resource::ClientCapabilities;
use crate::sdk::{Diagnostic, Diagnostics, Path, Value};

impl Schema {
    /// Checks a configuration: null elements of collections, write-only values where the client does not
    /// know them, and the attributes' validators (which see wholly known, non-null values only). Terraform
    /// has already checked types and required attributes.
    ///
    /// What a validator says of a sensitive attribute, or of one that holds such, loses every line that has the value in it.
    pub fn validate(&self, config: &Value, capabilities: ClientCapabilities) -> Diagnostics {
        let mut validation = Validation { capabilities, diagnostics: Diagnostics::new() };
        validation.object(&self.attributes, config, &Path::root(), false);
        validation.diagnostics
    }
}

struct Validation {
    capabilities: ClientCapabilities,
    diagnostics: Diagnostics,
}

impl Validation {
    /// An object of these attributes; `hidden` where it is part of something sensitive.
    fn object(&mut self, attributes: &[Attribute], value: &Value, path: &Path, hidden: bool) {
        let Value::Object(written) = value else { return };
        for attribute in attributes {
            match written.get(&attribute.name) {
                None | Some(Value::Null) => {}
                Some(value) => {
                    let path = path.with_attribute(attribute.name.as_str());
                    self.attribute(attribute, value, &path, hidden);
                }
            }
        }
    }

    fn attribute(&mut self, attribute: &Attribute, value: &Value, path: &Path, hidden: bool) {
        let part_of_secret = hidden || attribute.sensitive || attribute.write_only;
        if attribute.write_only && !self.capabilities.write_only_attributes_allowed {
            self.diagnostics.error(
                path.clone(),
                format!("`{path}` needs Terraform 1.11 or OpenTofu 1.11"),
                "It is a write-only attribute, which is never kept in the plan or the state. This version would \
                 keep it in both. Upgrade to 1.11 or later, or leave the attribute out.",
            );
            return;
        }
        let complete = match &attribute.kind {
            Kind::Typed(_) => self.elements(value, path),
            Kind::Nested(_, attributes) => self.nested(attributes, value, path, part_of_secret),
        };
        let hidden = hidden || attribute.holds_secret();
        if complete && value.is_wholly_known() {
            for validator in &attribute.validators {
                let mut said = Diagnostics::new();
                validator(value, path, &mut said);
                if hidden {
                    self.diagnostics
                        .extend(said.into_iter().map(|message| without_value(message, value, path)));
                } else {
                    self.diagnostics.extend(said);
                }
            }
        }
    }

    /// Nested attributes; false where elements are null.
    fn nested(&mut self, attributes: &[Attribute], value: &Value, path: &Path, hidden: bool) -> bool {
        let complete = self.element_nulls(value, path);
        for (path, element) in parts(value, path) {
            self.object(attributes, element, &path, hidden);
        }
        self.object(attributes, value, path, hidden);
        complete
    }

    /// A value of a plain type; false where elements of collections are null at any depth.
    fn elements(&mut self, value: &Value, path: &Path) -> bool {
        match value {
            Value::Dynamic(inner) => return self.elements(&inner.1, path),
            // Members of an object or tuple may be null.
            Value::Object(members) => {
                return members.iter().fold(true, |complete, (name, member)| {
                    self.elements(member, &path.with_attribute(name.as_str())) && complete
                });
            }
            Value::Tuple(members) => {
                return indexed(members, path)
                    .fold(true, |complete, (path, member)| self.elements(member, &path) && complete);
            }
            _ => {}
        }
        let complete = self.element_nulls(value, path);
        parts(value, path)
            .into_iter()
            .fold(complete, |complete, (path, element)| self.elements(element, &path) && complete)
    }

    /// Complains of each element of a collection that is null; false where there is any.
    fn element_nulls(&mut self, value: &Value, path: &Path) -> bool {
        let mut complete = true;
        for (place, _) in parts(value, path).into_iter().filter(|(_, element)| element.is_null()) {
            complete = false;
            let (kind, remedy) = match value {
                Value::Map(_) => ("map", "Leave the key out where it has no value."),
                Value::Set(_) => {
                    ("set", "Leave the element out, for example with compact() for a set of text.")
                }
                _ => ("list", "Leave the element out, for example with compact() for a list of text."),
            };
            self.diagnostics.error(
                place,
                format!("`{path}` has an element that is null"),
                format!("The elements of this {kind} must not be null. {remedy}"),
            );
        }
        complete
    }
}

/// The elements of a collection, each with its path; those of a set have the set's, as the protocol has no
/// step for them.
fn parts<'a>(value: &'a Value, path: &Path) -> Vec<(Path, &'a Value)> {
    match value {
        Value::List(elements) => indexed(elements, path).collect(),
        Value::Set(elements) => elements.iter().map(|element| (path.clone(), element)).collect(),
        Value::Map(elements) => {
            elements.iter().map(|(key, element)| (path.with_key(key.as_str()), element)).collect()
        }
        _ => Vec::new(),
    }
}

fn indexed<'a>(elements: &'a [Value], path: &Path) -> impl Iterator<Item = (Path, &'a Value)> {
    (0_i64..).zip(elements).map(|(index, element)| (path.with_index(index), element))
}

/// The message without the lines that mention a text or number of the value.
fn without_value(message: Diagnostic, value: &Value, path: &Path) -> Diagnostic {
    let mut secrets = Vec::new();
    collect_texts(value, &mut secrets);
    let mentions = |line: &str| secrets.iter().any(|secret| line.contains(secret.as_str()));
    let summary =
        if mentions(&message.summary) { format!("`{path}` is not allowed") } else { message.summary };
    let mut detail: Vec<&str> = message.detail.lines().filter(|line| !mentions(line)).collect();
    if detail.is_empty() {
        detail.push("The value is sensitive, so what is wrong with it is not shown.");
    }
    Diagnostic { summary, detail: detail.join("\n"), ..message }
}

fn collect_texts(value: &Value, texts: &mut Vec<String>) {
    match value {
        Value::String(text) => {
            let quoted = format!("{text:?}");
            let escaped = quoted.trim_matches('"').to_owned();
            // A text of several lines may be repeated in part.
            for line in text.lines().map(str::to_owned).chain([escaped]) {
                if !line.is_empty() {
                    texts.push(line);
                }
            }
        }
        Value::Number(number) => texts.push(number.to_text()),
        Value::List(elements) | Value::Set(elements) | Value::Tuple(elements) => {
            elements.iter().for_each(|element| collect_texts(element, texts));
        }
        Value::Map(elements) | Value::Object(elements) => {
            elements.values().for_each(|element| collect_texts(element, texts));
        }
        Value::Dynamic(inner) => collect_texts(&inner.1, texts),
        Value::Null | Value::Unknown(_) | Value::Bool(_) => {}
    }
}
