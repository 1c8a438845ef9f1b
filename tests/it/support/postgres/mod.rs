//! PostgreSQL clusters for tests: real servers of every supported major version, each test with its own, set up
//! as Aurora sets up its clusters ([`bootstrap`]), gone when the test is over, however it ends.

mod account;
mod bootstrap;
mod builder;
mod cache;
mod cluster;
mod inventory;
mod pgbouncer;
mod run_directory;
mod server;
mod session;
mod supervisor;
mod template;
mod traffic;

pub(crate) use bootstrap::{APPLICATION_DATABASE, MASTER, MASTER_PASSWORD, SUPERUSER};
pub(crate) use builder::ClusterBuilder;
pub(crate) use cluster::Cluster;
pub(crate) use pgbouncer::PgBouncer;
pub(crate) use session::{Rows, Session, rows};
pub(crate) use traffic::{Count, Traffic};

/// The supported major versions.
pub(crate) const VERSIONS: [u16; 6] = [13, 14, 15, 16, 17, 18];

/// The version for tests that need only one: `PGUM_TEST_POSTGRES`, else 17.
pub(crate) fn default_version() -> u16 {
    match std::env::var("PGUM_TEST_POSTGRES") {
        Ok(text) => match text.parse() {
            Ok(version) if VERSIONS.contains(&version) => version,
            _ => panic!("PGUM_TEST_POSTGRES is {text:?}; it names one of {VERSIONS:?}"),
        },
        Err(_) => 17,
    }
}
