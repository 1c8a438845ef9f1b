//! A running cluster, as tests see it.

use super::bootstrap::{FIRST_DATABASE, MASTER, MASTER_PASSWORD, SUPERUSER};
use super::builder::{self, ClusterBuilder};
use super::server::Server;
use super::session::{self, Rows, Session};
use std::path::Path;
use tokio_postgres::{Client, Config, Error, NoTls};

/// A PostgreSQL cluster that belongs to one test and ends with it.
pub(crate) struct Cluster {
    server: Server,
}

impl Cluster {
    /// A cluster with the roles `rdsadmin` (superuser), `rds_superuser` and its like, and the master `postgres`;
    /// with the databases `postgres`, `myapp` and `rdsadmin`; without TLS, where everybody logs in with a password.
    pub(crate) fn start(version: u16) -> Cluster {
        ClusterBuilder::new(version).start()
    }

    pub(crate) fn builder(version: u16) -> ClusterBuilder {
        ClusterBuilder::new(version)
    }

    pub(super) fn new(server: Server) -> Cluster {
        Cluster { server }
    }

    pub(crate) fn version(&self) -> u16 {
        self.server.version()
    }

    #[allow(clippy::unused_self, reason = "a property of the cluster to whoever asks")]
    pub(crate) fn host(&self) -> &'static str {
        "127.0.0.1"
    }

    pub(crate) fn port(&self) -> u16 {
        self.server.port()
    }

    /// The directory of the unix socket: a `host` that starts with `/`.
    pub(crate) fn socket_directory(&self) -> &Path {
        self.server.run_directory()
    }

    /// All that the server has logged so far.
    pub(crate) fn log(&self) -> String {
        self.server.log()
    }

    /// The superuser in database `postgres`: what no user of Aurora is.
    pub(crate) async fn superuser(&self) -> Client {
        session::connect(&self.superuser_config(FIRST_DATABASE), NoTls).await.expect("the superuser's login")
    }

    /// How the superuser logs in, for those who do it themselves.
    pub(crate) fn superuser_config(&self, database: &str) -> Config {
        self.server.superuser_config(database)
    }

    /// The master in database `postgres`.
    pub(crate) async fn master(&self) -> Client {
        self.connect_as(MASTER, MASTER_PASSWORD, FIRST_DATABASE).await.expect("the master's login")
    }

    /// A login over TCP without TLS.
    pub(crate) async fn connect_as(
        &self,
        user: &str,
        password: &str,
        database: &str,
    ) -> Result<Client, Error> {
        session::connect(&self.config(user, password, database), NoTls).await
    }

    /// As [`Cluster::superuser`], for plain tests and for any database.
    pub(crate) fn superuser_session(&self, database: &str) -> Session {
        self.server.superuser_session(database)
    }

    /// As [`Cluster::master`], for plain tests and for any database.
    pub(crate) fn master_session(&self, database: &str) -> Session {
        self.try_session(MASTER, MASTER_PASSWORD, database).expect("the master's login")
    }

    /// As [`Cluster::connect_as`], for plain tests.
    pub(crate) fn try_session(&self, user: &str, password: &str, database: &str) -> Result<Session, Error> {
        Session::open(&self.config(user, password, database))
    }

    pub(crate) fn config(&self, user: &str, password: &str, database: &str) -> Config {
        let mut config = Config::new();
        config.host(self.host()).port(self.port()).user(user).password(password).dbname(database);
        config
    }

    /// The environment variables that name the cluster and its master to whatever reads libpq's.
    pub(crate) fn environment(&self) -> [(&'static str, String); 4] {
        [
            ("PGHOST", self.host().to_owned()),
            ("PGPORT", self.port().to_string()),
            ("PGUSER", MASTER.to_owned()),
            ("PGPASSWORD", MASTER_PASSWORD.to_owned()),
        ]
    }

    /// Runs statements as the superuser in database `postgres`, on a connection of their own.
    pub(crate) fn execute(&self, sql: &str) {
        self.superuser_session(FIRST_DATABASE).execute(sql);
    }

    /// The rows of statements that the superuser runs in database `postgres`.
    pub(crate) fn query(&self, sql: &str) -> Rows {
        self.superuser_session(FIRST_DATABASE).query(sql)
    }

    /// The one value of a query of the superuser, NULL as an empty text.
    pub(crate) fn value(&self, sql: &str) -> String {
        self.superuser_session(FIRST_DATABASE).value(sql)
    }

    /// The first column of a query of the superuser.
    pub(crate) fn column(&self, sql: &str) -> Vec<String> {
        self.superuser_session(FIRST_DATABASE).column(sql)
    }

    /// Ends all sessions but the superuser's own; returns how many there were.
    pub(crate) fn kill_sessions(&self) -> usize {
        let killed = self.column(&format!(
            "SELECT pg_catalog.pg_terminate_backend(pid) FROM pg_catalog.pg_stat_activity \
             WHERE backend_type = 'client backend' AND usename <> '{SUPERUSER}'"
        ));
        killed.len()
    }

    /// Stops the server as an administrator does: sessions are ended.
    pub(crate) fn stop(&mut self) {
        self.server.stop();
    }

    /// Stops the server as a crash does.
    pub(crate) fn crash(&mut self) {
        self.server.crash();
    }

    /// Starts a stopped server, on the same port.
    pub(crate) fn start_again(&mut self) {
        self.server.start_again();
    }

    /// Makes it a server in recovery, as behind a reader endpoint: what is there stays, and nothing can be written.
    pub(crate) fn demote(&mut self) {
        self.stop();
        builder::mark_as_standby(self.server.data());
        self.start_again();
    }

    pub(crate) fn restart(&mut self) {
        self.stop();
        self.start_again();
    }

    pub(crate) fn is_running(&mut self) -> bool {
        self.server.is_running()
    }
}
