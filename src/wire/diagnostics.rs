//! Diagnostics and paths, as the protocol has them.

use super::codec;
use super::proto::attribute_path::{Step as ProtoStep, step::Selector};
use super::proto::{AttributePath, Diagnostic as ProtoDiagnostic, diagnostic::Severity as ProtoSeverity};
use crate::sdk::{Diagnostic, Diagnostics, Path, Severity, Step};

/// All of them, in their order.
pub(super) fn to_proto(diagnostics: Diagnostics) -> Vec<ProtoDiagnostic> {
    diagnostics.into_iter().map(one_to_proto).collect()
}

/// One.
pub(super) fn one_to_proto(diagnostic: Diagnostic) -> ProtoDiagnostic {
    let severity = match diagnostic.severity {
        Severity::Error => ProtoSeverity::Error,
        Severity::Warning => ProtoSeverity::Warning,
    };
    ProtoDiagnostic {
        severity: severity.into(),
        summary: printable(diagnostic.summary),
        detail: printable(diagnostic.detail),
        attribute: diagnostic.path.as_ref().map(path_to_proto),
    }
}

/// What is shown on a terminal as it is: a server's words, and in them names that anybody may have chosen. A control
/// character, which may clear the screen or hide what follows, is spelt out.
fn printable(text: String) -> String {
    let harmless = |c: char| c == '\n' || c == '\t' || !is_unsafe(c);
    if text.chars().all(harmless) {
        return text;
    }
    text.chars().map(|c| if harmless(c) { c.to_string() } else { c.escape_unicode().to_string() }).collect()
}

/// Control characters, and those that change the direction of the text after them.
fn is_unsafe(c: char) -> bool {
    c.is_control() || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// A path.
pub(super) fn path_to_proto(path: &Path) -> AttributePath {
    let steps = path.steps().iter().cloned().map(|step| {
        let selector = match step {
            Step::Attribute(name) => Selector::AttributeName(name),
            Step::Key(key) => Selector::ElementKeyString(key),
            Step::Index(index) => Selector::ElementKeyInt(index),
        };
        ProtoStep { selector: Some(selector) }
    });
    AttributePath { steps: steps.collect() }
}

/// A request that cannot be read.
pub(super) fn undecodable(what: &str, error: &codec::Error) -> Diagnostic {
    Diagnostic::error(
        format!("The provider cannot read {what}"),
        format!(
            "{error}.\n\nThis is no fault of your configuration: the program that runs the provider and the \
             provider disagree about its schema. Run init again; if that does not help, please report it."
        ),
    )
    .at(error.path())
}

/// A stored state that cannot be read.
pub(super) fn unreadable(what: &str, error: &codec::Error) -> Diagnostic {
    Diagnostic::error(
        format!("The provider cannot read {what}"),
        format!(
            "{error}.\n\nIt was changed by hand, or by a version of the provider that this one does not know. \
             Restore it from a backup, or remove the resource from the state and import it again."
        ),
    )
    .at(error.path())
}

/// An answer that cannot be written.
pub(super) fn unencodable(what: &str, error: &codec::Error) -> Diagnostic {
    Diagnostic::error(
        format!("The provider made {what} that does not fit its own schema"),
        format!("{error}.\n\nThis is a bug in the provider, please report it."),
    )
    .at(error.path())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_step_by_step() {
        let path = Path::attribute("memberships").with_key("a.b").with_attribute("admin").with_index(2);
        let steps: Vec<_> = path_to_proto(&path).steps.into_iter().filter_map(|step| step.selector).collect();
        assert!(matches!(
            steps.as_slice(),
            [
                Selector::AttributeName(a),
                Selector::ElementKeyString(b),
                Selector::AttributeName(c),
                Selector::ElementKeyInt(2),
            ] if a == "memberships" && b == "a.b" && c == "admin"
        ));
    }

    #[test]
    fn nobody_writes_on_the_terminal() {
        let sent = one_to_proto(Diagnostic::error(
            "a\u{1b}[2J \u{202e}b",
            "line\n\ttab \r\u{9b}31m \u{7f}é\u{5d0}😀\0",
        ));
        assert_eq!(sent.summary, "a\\u{1b}[2J \\u{202e}b");
        assert_eq!(sent.detail, "line\n\ttab \\u{d}\\u{9b}31m \\u{7f}é\u{5d0}😀\\u{0}");
    }

    #[test]
    fn the_root_is_no_attribute() {
        assert!(one_to_proto(Diagnostic::error("a", "b").at(Path::root())).attribute.is_none());
        let warning = one_to_proto(Diagnostic::warning("a", "b").at(Path::attribute("x")));
        assert_eq!(warning.severity, i32::from(ProtoSeverity::Warning));
        assert_eq!(warning.attribute.map(|path| path.steps.len()), Some(1));
    }
}
