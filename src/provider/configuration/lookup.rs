//! Looking an attribute up: what is written, else the first of its environment variables that is set.

use secrecy::{ExposeSecret, SecretString};

use super::Environment;
use crate::sdk::{Attr, Diagnostic, Diagnostics, Path};

/// Looks attributes up, and remembers which are unknown or wrong.
pub(super) struct Lookup<'a> {
    pub(super) environment: &'a Environment,
    pub(super) unknown: Vec<String>,
    pub(super) diagnostics: &'a mut Diagnostics,
}

impl Lookup<'_> {
    pub(super) fn error(&mut self, attribute: &str, summary: impl Into<String>, detail: impl Into<String>) {
        self.diagnostics.push(Diagnostic::error(summary, detail).at(Path::attribute(attribute)));
    }

    /// A text: the attribute, else the first variable that is set. An empty one counts as not set.
    pub(super) fn text(
        &mut self,
        name: &str,
        attribute: &Attr<String>,
        variables: &[&str],
    ) -> Option<String> {
        match attribute {
            Attr::Known(text) if !text.is_empty() => Some(text.clone()),
            Attr::Unknown => {
                self.unknown.push(name.to_owned());
                None
            }
            _ => self.environment.first(variables).map(|(_, text)| text.to_owned()),
        }
    }

    pub(super) fn secret(
        &mut self,
        name: &str,
        attribute: &Attr<SecretString>,
        variables: &[&str],
    ) -> Option<SecretString> {
        match attribute {
            Attr::Known(text) if !text.expose_secret().is_empty() => Some(text.clone()),
            Attr::Unknown => {
                self.unknown.push(name.to_owned());
                None
            }
            _ => self.environment.first(variables).map(|(_, text)| SecretString::from(text.to_owned())),
        }
    }

    /// A whole number from `least` to `most`; the schema has checked what is written.
    pub(super) fn number(
        &mut self,
        name: &str,
        attribute: &Attr<i64>,
        variables: &[&str],
        (least, most): (i64, i64),
    ) -> Option<i64> {
        match attribute {
            Attr::Known(number) => Some(*number),
            Attr::Unknown => {
                self.unknown.push(name.to_owned());
                None
            }
            Attr::Null => {
                let (variable, text) = self.environment.first(variables)?;
                match text.trim().parse::<i64>() {
                    Ok(number) if (least..=most).contains(&number) => Some(number),
                    _ => {
                        self.error(
                            name,
                            format!("{variable} is no number from {least} to {most}"),
                            format!("The environment variable {variable} is {text:?}."),
                        );
                        None
                    }
                }
            }
        }
    }

    pub(super) fn boolean(&mut self, name: &str, attribute: &Attr<bool>, variables: &[&str]) -> Option<bool> {
        match attribute {
            Attr::Known(value) => Some(*value),
            Attr::Unknown => {
                self.unknown.push(name.to_owned());
                None
            }
            Attr::Null => {
                let (variable, text) = self.environment.first(variables)?;
                match text.trim().to_ascii_lowercase().as_str() {
                    "true" | "1" | "yes" | "on" => Some(true),
                    "false" | "0" | "no" | "off" => Some(false),
                    _ => {
                        self.error(
                            name,
                            format!("{variable} is neither true nor false"),
                            format!("The environment variable {variable} is {text:?}."),
                        );
                        None
                    }
                }
            }
        }
    }
}
