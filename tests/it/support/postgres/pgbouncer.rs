//! PgBouncer before a cluster, as it stands before many: it hands a server's connection to whoever has a transaction,
//! and takes it back at the end of each.

use super::cluster::Cluster;
use super::run_directory::RunDirectory;
use super::server::free_port;
use super::supervisor::{PATIENCE, Supervisor};
use super::{MASTER, MASTER_PASSWORD, account};
use crate::support::not_tested;
use std::fs::{self, File};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// A PgBouncer in transaction mode. The master may log in through it, to any database.
pub(crate) struct PgBouncer {
    /// First, so that it ends before its directory goes.
    _supervisor: Supervisor,
    run: RunDirectory,
    port: u16,
}

impl PgBouncer {
    /// Starts one that has so many connections to each database. `None` where there is no PgBouncer.
    pub(crate) fn start(cluster: &Cluster, pool_size: u16) -> Option<PgBouncer> {
        let Some(program) = find() else {
            not_tested("the way through PgBouncer", "there is no pgbouncer (Debian's package of that name)");
            return None;
        };
        for _ in 0..20 {
            if let Some(started) = launch(&program, cluster, pool_size) {
                return Some(started);
            }
        }
        panic!("PgBouncer finds no free port in 20 attempts")
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// The directory of the unix socket: a `host` that starts with `/`.
    pub(crate) fn socket_directory(&self) -> &Path {
        self.run.path()
    }

    /// All that it has logged so far.
    pub(crate) fn log(&self) -> String {
        log(&self.run)
    }
}

/// Debian has it where only root's PATH looks.
fn find() -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let directories = std::env::split_paths(&path).chain([PathBuf::from("/usr/sbin")]);
    directories.map(|directory| directory.join("pgbouncer")).find(|file| file.is_file())
}

/// `None` where the port was taken by another program.
fn launch(program: &Path, cluster: &Cluster, pool_size: u16) -> Option<PgBouncer> {
    let run = RunDirectory::new();
    let port = free_port();
    let users = run.path().join("users.txt");
    let settings = run.path().join("pgbouncer.ini");
    // Ignores no start-up parameter that it does not know, and resets nothing: what is set for longer than a
    // transaction would show.
    let text = format!(
        "[databases]\n\
         * = host={} port={}\n\
         [pgbouncer]\n\
         listen_addr = 127.0.0.1\n\
         listen_port = {port}\n\
         unix_socket_dir = {}\n\
         auth_type = scram-sha-256\n\
         auth_file = {}\n\
         pool_mode = transaction\n\
         default_pool_size = {pool_size}\n\
         server_reset_query =\n",
        cluster.socket_directory().display(),
        cluster.port(),
        run.path().display(),
        users.display(),
    );
    for (file, text) in [(&users, format!("\"{MASTER}\" \"{MASTER_PASSWORD}\"\n")), (&settings, text)] {
        fs::write(file, text).expect("a file of PgBouncer");
        account::give(file).expect("its owner");
    }
    let file = File::create(run.path().join("log")).expect("the log");
    let mut command = Supervisor::command(program, &run, file);
    command.arg(&settings);
    let mut supervisor = Supervisor::start(command);
    let socket = run.path().join(format!(".s.PGSQL.{port}"));
    let start = Instant::now();
    loop {
        if let Some(status) = supervisor.ended() {
            let log = log(&run);
            assert!(log.contains("Address already in use"), "PgBouncer does not start: {status}\n{log}");
            return None;
        }
        // It listens on all of its sockets before it takes the first connection.
        if UnixStream::connect(&socket).is_ok() {
            return Some(PgBouncer { _supervisor: supervisor, run, port });
        }
        assert!(start.elapsed() < PATIENCE, "PgBouncer is not ready:\n{}", log(&run));
        std::thread::sleep(Duration::from_millis(5));
    }
}

fn log(run: &RunDirectory) -> String {
    let bytes = fs::read(run.path().join("log")).unwrap_or_default();
    String::from_utf8_lossy(&bytes).into_owned()
}
