//! How a run ended and what it said.

use super::diagnostics::Diagnostic;
use serde_json::{Value, json};
use std::fmt;
use std::time::Duration;

/// The provider is one under development, and the clusters' databases are open to everybody, as new ones are.
const OF_THE_TESTS: [&str; 2] = ["development overrides", OPEN_TO_EVERYBODY];

/// The warning of a CONNECT that changes nothing.
pub(crate) const OPEN_TO_EVERYBODY: &str = "CONNECT is granted where everybody may connect";

/// A run that has ended. Shown, it is readable in full, as a test's failure needs it.
pub(crate) struct Outcome {
    pub(crate) command: String,
    /// None when a signal ended it.
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    pub(crate) took: Duration,
}

impl Outcome {
    pub(crate) fn succeeded(&self) -> bool {
        self.code == Some(0)
    }

    /// Fails the test with the whole output unless the run succeeded.
    #[track_caller]
    pub(crate) fn expect_success(self) -> Outcome {
        assert!(self.succeeded(), "{self}");
        self
    }

    /// Fails the test with the whole output if the run succeeded.
    #[track_caller]
    pub(crate) fn expect_failure(self) -> Outcome {
        assert!(self.code.is_some_and(|code| code == 1), "a failure was expected: {self}");
        self
    }

    /// The errors and warnings of a run with `-json`.
    pub(crate) fn diagnostics(&self) -> Vec<Diagnostic> {
        self.messages().filter_map(|message| Diagnostic::from_json(message.get("diagnostic")?)).collect()
    }

    pub(crate) fn errors(&self) -> Vec<Diagnostic> {
        self.diagnostics().into_iter().filter(Diagnostic::is_error).collect()
    }

    /// The warnings, but for those that the tests themselves bring about.
    pub(crate) fn warnings(&self) -> Vec<Diagnostic> {
        let own = |diagnostic: &Diagnostic| {
            !diagnostic.is_error() && !OF_THE_TESTS.iter().any(|text| diagnostic.summary.contains(text))
        };
        self.diagnostics().into_iter().filter(own).collect()
    }

    /// The one error of the run. Fails the test if there are more or none.
    #[track_caller]
    pub(crate) fn error(&self) -> Diagnostic {
        let mut errors = self.errors();
        assert_eq!(errors.len(), 1, "one error was expected: {self}");
        errors.remove(0)
    }

    /// Fails the test unless there is an error whose summary or detail has this text; returns the error.
    #[track_caller]
    pub(crate) fn expect_error(&self, text: &str) -> Diagnostic {
        self.expect(&self.errors(), "error", text)
    }

    /// Fails the test unless there is a warning whose summary or detail has this text; returns the warning.
    #[track_caller]
    pub(crate) fn expect_warning(&self, text: &str) -> Diagnostic {
        self.expect(&self.warnings(), "warning", text)
    }

    #[track_caller]
    fn expect(&self, among: &[Diagnostic], kind: &str, text: &str) -> Diagnostic {
        match among.iter().find(|diagnostic| diagnostic.text().contains(text)) {
            Some(diagnostic) => diagnostic.clone(),
            None => panic!("no {kind} with {text:?}: {self}"),
        }
    }

    #[track_caller]
    pub(crate) fn expect_no_warnings(self) -> Outcome {
        assert!(self.warnings().is_empty(), "no warning was expected: {self}");
        self
    }

    /// All that was said, for those who look for what must not be in it.
    pub(crate) fn output(&self) -> String {
        format!("{}\n{}", self.stdout, self.stderr)
    }

    /// The lines of a run with `-json`. `validate` has a document instead, with a list of diagnostics.
    fn messages(&self) -> Box<dyn Iterator<Item = Value>> {
        let document = serde_json::from_str::<Value>(&self.stdout).ok();
        if let Some(list) = document.as_ref().and_then(|document| document.get("diagnostics")?.as_array()) {
            let messages = list.iter().map(|diagnostic| json!({"diagnostic": diagnostic}));
            return Box::new(messages.collect::<Vec<_>>().into_iter());
        }
        let lines = self.stdout.lines().filter_map(|line| serde_json::from_str(line).ok());
        Box::new(lines.collect::<Vec<_>>().into_iter())
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let code = self.code.map_or("a signal".to_owned(), |code| format!("code {code}"));
        writeln!(formatter, "`{}` ended with {code} after {:?}", self.command, self.took)?;
        let mut messages = self.messages().peekable();
        if messages.peek().is_none() {
            writeln!(formatter, "{}", self.stdout)?;
        }
        for message in messages {
            match message.get("diagnostic").and_then(Diagnostic::from_json) {
                Some(diagnostic) => writeln!(formatter, "{diagnostic}")?,
                None => writeln!(
                    formatter,
                    "{}",
                    message.get("@message").and_then(Value::as_str).unwrap_or_default()
                )?,
            }
        }
        write!(formatter, "{}", self.stderr)
    }
}
