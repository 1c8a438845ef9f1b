//! Where libpq looks for a user's own files.

use std::path::PathBuf;

/// A file of libpq's own folder: `~/.postgresql/<name>`, or `%APPDATA%\postgresql\<name>`.
pub(super) fn own_file(name: &str) -> Option<PathBuf> {
    if cfg!(windows) {
        Some(PathBuf::from(std::env::var_os("APPDATA")?).join("postgresql").join(name))
    } else {
        Some(home()?.join(".postgresql").join(name))
    }
}

/// The password file where PGPASSFILE names no other.
pub(super) fn password_file() -> Option<PathBuf> {
    if cfg!(windows) { own_file("pgpass.conf") } else { Some(home()?.join(".pgpass")) }
}

fn home() -> Option<PathBuf> {
    std::env::home_dir().filter(|home| home.is_absolute())
}
