//! The file: several processes add to it at the same time.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::Path;

use super::Line;

/// For adding at its end only, so that nobody's lines are written over.
pub(super) fn open(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.append(true).create(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    options.open(path)
}

/// A line in one write, so that no two mix.
pub(super) fn append(mut file: &File, line: &Line) -> io::Result<()> {
    let mut text = serde_json::to_string(line)?;
    text.push('\n');
    file.write_all(text.as_bytes())
}
