//! What is measured, how often, and on what.

use crate::rows::{FAMILIES, Family};
use crate::support::postgres::{VERSIONS, default_version};

/// The choices of the command line.
pub(crate) struct Options {
    families: Vec<&'static Family>,
    /// How often each figure is taken; the median counts.
    pub(crate) runs: usize,
    /// How many users the plans and applies have.
    pub(crate) users: usize,
    /// The server's major version.
    pub(crate) postgres: u16,
}

impl Options {
    /// Reads the arguments; what cannot be read, and a wish for help, is a message.
    pub(crate) fn from_arguments(arguments: impl Iterator<Item = String>) -> Result<Options, String> {
        let mut options =
            Options { families: Vec::new(), runs: 3, users: 1_000, postgres: default_version() };
        let mut arguments = arguments.filter(|argument| argument != "--bench");
        while let Some(argument) = arguments.next() {
            let mut number = || {
                let value = arguments.next().unwrap_or_default();
                value.parse::<usize>().map_err(|_| format!("{argument} wants a number\n\n{}", help()))
            };
            match argument.as_str() {
                "--runs" => options.runs = number()?.max(1),
                "--users" => options.users = number()?.max(1),
                "--postgres" => {
                    options.postgres = u16::try_from(number()?)
                        .ok()
                        .filter(|version| VERSIONS.contains(version))
                        .ok_or_else(|| format!("--postgres is one of {VERSIONS:?}"))?;
                }
                name => match FAMILIES.iter().find(|family| family.name == name) {
                    Some(family) => options.families.push(family),
                    None => return Err(help()),
                },
            }
        }
        if options.families.is_empty() {
            options.families = FAMILIES.iter().collect();
        }
        Ok(options)
    }

    /// What was chosen: all, where nothing was.
    pub(crate) fn families(&self) -> impl Iterator<Item = &'static Family> {
        self.families.iter().copied()
    }
}

fn help() -> String {
    let mut text =
        "cargo bench -- [--runs N] [--users N] [--postgres VERSION] [figures...]\n\nThe figures, of which \
                    all are taken where none is named:\n"
            .to_owned();
    for family in FAMILIES {
        text.push_str(&format!("  {:<10} {}\n", family.name, family.about));
    }
    text
}
