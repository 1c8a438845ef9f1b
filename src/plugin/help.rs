//! What a person gets who starts the executable by hand.

/// What the executable says of itself.
#[derive(Debug, Clone, Copy)]
pub struct About {
    /// Name of the executable.
    pub name: &'static str,
    /// Its version.
    pub version: &'static str,
    /// What it is and how it is used, in a few lines.
    pub text: &'static str,
}

impl About {
    /// The answer to `--version`.
    pub(super) fn version_line(&self) -> String {
        format!("{} {}\n", self.name, self.version)
    }

    /// The answer to `--help`, and to a start that is none of a plugin host's.
    pub(super) fn explanation(&self) -> String {
        format!("{}\n{}\n", self.version_line(), self.text.trim())
    }
}
