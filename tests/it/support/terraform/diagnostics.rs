//! What Terraform reports, read from the lines of its `-json` output.

use serde_json::Value;
use std::fmt;

/// An error or a warning.
#[derive(Clone, Debug)]
pub(crate) struct Diagnostic {
    /// `error` or `warning`.
    pub(crate) severity: String,
    pub(crate) summary: String,
    pub(crate) detail: String,
    /// The resource it is about, such as `pgum_user.app`.
    pub(crate) address: Option<String>,
    /// The configuration it points at: the text that the attribute path of the provider led to.
    pub(crate) code: Option<String>,
    /// The line of the file it points at, from 1.
    pub(crate) line: Option<u64>,
}

impl Diagnostic {
    pub(crate) fn from_json(value: &Value) -> Option<Diagnostic> {
        let text = |name: &str| value.get(name).and_then(Value::as_str).map(str::to_owned);
        let snippet = value.get("snippet");
        Some(Diagnostic {
            severity: text("severity")?,
            summary: text("summary")?,
            detail: text("detail").unwrap_or_default(),
            address: text("address"),
            code: snippet.and_then(|snippet| snippet.get("code")).and_then(Value::as_str).map(str::to_owned),
            line: value.pointer("/range/start/line").and_then(Value::as_u64),
        })
    }

    pub(crate) fn is_error(&self) -> bool {
        self.severity == "error"
    }

    /// Summary and detail, where a test looks for words.
    pub(crate) fn text(&self) -> String {
        format!("{}\n{}", self.summary, self.detail)
    }
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {}", self.severity, self.summary)?;
        if let Some(address) = &self.address {
            write!(formatter, "\n    with {address}")?;
        }
        if let (Some(line), Some(code)) = (self.line, &self.code) {
            write!(formatter, "\n    on line {line}: {}", code.trim())?;
        }
        for line in self.detail.lines() {
            write!(formatter, "\n    {line}")?;
        }
        Ok(())
    }
}
