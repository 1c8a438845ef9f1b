//! The account that servers run under. PostgreSQL refuses to run as root, and containers often are root: there,
//! everything of a server is done as `nobody`.

use std::ffi::OsStr;
use std::io;
use std::os::unix::fs::{MetadataExt, chown};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;
use std::sync::LazyLock;

/// User and group of `nobody`, where we are root.
static UNPRIVILEGED: LazyLock<Option<(u32, u32)>> = LazyLock::new(|| {
    if !is_root() {
        return None;
    }
    Some((id("-u"), id("-g")))
});

/// Whether this process is root: a file it makes tells, without a system call that Rust has no safe name for.
pub(super) fn is_root() -> bool {
    static ROOT: LazyLock<bool> = LazyLock::new(|| {
        let file = tempfile::tempfile().expect("a temporary file");
        file.metadata().expect("its metadata").uid() == 0
    });
    *ROOT
}

fn id(option: &str) -> u32 {
    let output = Command::new("id").args([option, "nobody"]).output().expect("the command `id`");
    let text = String::from_utf8_lossy(&output.stdout);
    text.trim().parse().unwrap_or_else(|_| {
        panic!(
            "root needs an account `nobody` to run PostgreSQL under: {}",
            String::from_utf8_lossy(&output.stderr)
        )
    })
}

/// A command that runs under the server's account, with an environment that carries nothing over.
pub(super) fn command(program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(program);
    command.env_clear().env("LC_ALL", "C").env("TZ", "UTC").current_dir("/");
    if let Some(path) = std::env::var_os("PATH") {
        command.env("PATH", path);
    }
    if let Some((user, group)) = *UNPRIVILEGED {
        command.uid(user).gid(group);
    }
    command
}

/// Gives a file or directory to the server's account.
pub(super) fn give(path: &Path) -> io::Result<()> {
    match *UNPRIVILEGED {
        Some((user, group)) => chown(path, Some(user), Some(group)),
        None => Ok(()),
    }
}
