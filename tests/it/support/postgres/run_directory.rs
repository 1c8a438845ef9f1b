//! Where a cluster lives while it runs: its socket, its log, and its data.

use super::account;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;
use tempfile::TempDir;

/// Room that a memory file system must have left to be used, in KiB: a cluster takes about 60 MB, and some tests
/// write.
const ENOUGH: u64 = 4 * 1024 * 1024;

/// A directory with a short name (a socket's path has about 100 bytes), which the server's account owns.
pub(super) struct RunDirectory(TempDir);

impl RunDirectory {
    pub(super) fn new() -> RunDirectory {
        let directory = tempfile::Builder::new().prefix("pgum-").tempdir_in(&*PARENT).expect("a directory");
        account::give(directory.path()).expect("the directory for the server's account");
        RunDirectory(directory)
    }

    pub(super) fn path(&self) -> &Path {
        self.0.path()
    }
}

/// Memory, where there is enough of it and nobody has said otherwise with TMPDIR. Each cluster is 1,600 files that
/// come and go, and ext4 is slow to give out inodes again that were just freed.
static PARENT: LazyLock<PathBuf> = LazyLock::new(|| {
    let memory = Path::new("/dev/shm");
    if std::env::var_os("TMPDIR").is_none() && available(memory).is_some_and(|room| room >= ENOUGH) {
        return memory.to_owned();
    }
    std::env::temp_dir()
});

/// The room left on a file system in KiB, as `df` tells: its fourth column.
fn available(directory: &Path) -> Option<u64> {
    let output = Command::new("df").arg("-Pk").arg(directory).output().ok()?;
    let text = String::from_utf8_lossy(&output.stdout);
    text.lines().nth(1)?.split_whitespace().nth(3)?.parse().ok()
}
