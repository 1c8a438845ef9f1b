//! Where server binaries and templates are kept between runs, and how processes that want the same one at the
//! same time wait for the first.

use super::account;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

/// `PGUM_TEST_CACHE`; else the user's cache directory; for root one that `nobody` can reach, too.
pub(super) fn directory() -> &'static Path {
    static DIRECTORY: LazyLock<PathBuf> = LazyLock::new(|| {
        let directory = if let Some(directory) = std::env::var_os("PGUM_TEST_CACHE") {
            std::path::absolute(directory).expect("PGUM_TEST_CACHE as an absolute path")
        } else if account::is_root() {
            PathBuf::from("/var/cache/pgum-tests")
        } else if let Some(cache) = std::env::var_os("XDG_CACHE_HOME") {
            Path::new(&cache).join("pgum-tests")
        } else {
            let home = std::env::var_os("HOME").expect("HOME or PGUM_TEST_CACHE, for PostgreSQL's binaries");
            Path::new(&home).join(".cache").join("pgum-tests")
        };
        fs::create_dir_all(&directory)
            .unwrap_or_else(|error| panic!("the cache directory {}: {error}", directory.display()));
        directory
    });
    &DIRECTORY
}

/// The directory of this name in the cache, which `fill` makes when it is not there: given an empty directory, it
/// leaves in it what shall be kept. Either all of it is there afterwards or nothing, and it happens once however
/// many tests and processes ask.
pub(super) fn directory_filled_once(name: &str, fill: impl FnOnce(&Path)) -> PathBuf {
    let finished = directory().join(name);
    if finished.exists() {
        return finished;
    }
    let lock = File::create(directory().join(format!("{name}.lock"))).expect("a lock file in the cache");
    lock.lock().expect("the cache's lock");
    if finished.exists() {
        return finished;
    }
    let unfinished = directory().join(format!("{name}.unfinished"));
    if unfinished.exists() {
        fs::remove_dir_all(&unfinished).expect("what an earlier run left unfinished, removed");
    }
    fs::create_dir(&unfinished).expect("a directory in the cache");
    fill(&unfinished);
    fs::rename(&unfinished, &finished).expect("the cache's new directory under its name");
    finished
}
