//! One server process: started on a free port, stopped with its owner.

use super::bootstrap::SUPERUSER;
use super::run_directory::RunDirectory;
use super::session::Session;
use super::supervisor::{PATIENCE, Supervisor};
use super::template;
use std::fs::{self, File, OpenOptions};
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

pub(super) struct Server {
    /// First, so that the server ends before its directory goes.
    supervisor: Option<Supervisor>,
    version: u16,
    data: PathBuf,
    /// Holds the socket and the log, and for most clusters the data directory.
    run: RunDirectory,
    port: u16,
}

enum StartFailure {
    PortTaken,
    Other(String),
}

impl Server {
    /// Starts a server on a data directory that lives longer than it.
    pub(super) fn start(version: u16, data: &Path) -> Server {
        Server::start_in(version, data.to_owned(), RunDirectory::new())
    }

    pub(super) fn start_in(version: u16, data: PathBuf, run: RunDirectory) -> Server {
        let mut server = Server { supervisor: None, version, data, run, port: 0 };
        for _ in 0..20 {
            server.port = free_port();
            match server.launch() {
                Ok(()) => return server,
                Err(StartFailure::PortTaken) => {}
                Err(StartFailure::Other(log)) => panic!("PostgreSQL {version} does not start:\n{log}"),
            }
        }
        panic!("PostgreSQL {version}: no free port in 20 attempts")
    }

    /// Starts a stopped server again, on the same port.
    pub(super) fn start_again(&mut self) {
        let start = Instant::now();
        loop {
            match self.launch() {
                Ok(()) => return,
                Err(StartFailure::PortTaken) if start.elapsed() < PATIENCE => {
                    std::thread::sleep(Duration::from_millis(50));
                }
                Err(StartFailure::PortTaken) => panic!("port {} was taken by another program", self.port),
                Err(StartFailure::Other(log)) => panic!("PostgreSQL {} does not start:\n{log}", self.version),
            }
        }
    }

    fn launch(&mut self) -> Result<(), StartFailure> {
        let log =
            OpenOptions::new().create(true).append(true).open(self.log_file()).expect("the server's log");
        let log_start = log.metadata().expect("the log's metadata").len();
        let mut supervisor = self.spawn(log);
        let start = Instant::now();
        loop {
            if let Some(status) = supervisor.ended() {
                let log = self.log_from(log_start);
                return Err(if log.contains("could not create any TCP/IP sockets") {
                    StartFailure::PortTaken
                } else {
                    StartFailure::Other(format!("{status}\n{log}"))
                });
            }
            if self.is_ready() {
                self.supervisor = Some(supervisor);
                return Ok(());
            }
            assert!(start.elapsed() < PATIENCE, "PostgreSQL is not ready:\n{}", self.log_from(log_start));
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    fn spawn(&self, log: File) -> Supervisor {
        let program = template::programs(self.version).join("postgres");
        let mut command = Supervisor::command(program, &self.run, log);
        command
            .arg("-D")
            .arg(&self.data)
            .arg("-k")
            .arg(self.run.path())
            .args(["-p", &self.port.to_string()])
            .args(["-c", "listen_addresses=127.0.0.1"])
            // Nothing here has to survive a power failure, but a crash of the server it does.
            .args(["-c", "fsync=off", "-c", "full_page_writes=off"])
            .args(["-c", "shared_buffers=32MB"]);
        Supervisor::start(command)
    }

    /// Whether the server takes connections: the eighth line of postmaster.pid says so.
    fn is_ready(&self) -> bool {
        let state = fs::read_to_string(self.data.join("postmaster.pid")).unwrap_or_default();
        let state = state.lines().nth(7).map(str::trim);
        matches!(state, Some("ready" | "standby"))
    }

    /// The fast shutdown: sessions are ended, work is rolled back.
    pub(super) fn stop(&mut self) {
        self.end_with("INT");
    }

    /// As a crash: the next start recovers.
    pub(super) fn crash(&mut self) {
        self.end_with("QUIT");
    }

    fn end_with(&mut self, signal: &str) {
        if let Some(supervisor) = self.supervisor.take() {
            supervisor.end_with(signal);
        }
    }

    pub(super) fn is_running(&mut self) -> bool {
        self.supervisor.as_mut().is_some_and(|supervisor| supervisor.ended().is_none())
    }

    pub(super) fn version(&self) -> u16 {
        self.version
    }

    pub(super) fn port(&self) -> u16 {
        self.port
    }

    pub(super) fn data(&self) -> &Path {
        &self.data
    }

    pub(super) fn run_directory(&self) -> &Path {
        self.run.path()
    }

    fn log_file(&self) -> PathBuf {
        self.run.path().join("log")
    }

    /// All that the servers on this directory have logged.
    pub(super) fn log(&self) -> String {
        self.log_from(0)
    }

    fn log_from(&self, start: u64) -> String {
        let bytes = fs::read(self.log_file()).unwrap_or_default();
        let start = usize::try_from(start).unwrap_or(usize::MAX).min(bytes.len());
        String::from_utf8_lossy(&bytes[start..]).into_owned()
    }

    /// How the superuser logs in: through the socket, without a password.
    pub(super) fn superuser_config(&self, database: &str) -> tokio_postgres::Config {
        let mut config = tokio_postgres::Config::new();
        config.host_path(self.run.path()).port(self.port).user(SUPERUSER).dbname(database);
        config
    }

    pub(super) fn superuser_session(&self, database: &str) -> Session {
        Session::open(&self.superuser_config(database)).expect("a superuser session")
    }
}

/// A port that was free a moment ago; another process may take it first.
pub(super) fn free_port() -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
    listener.local_addr().expect("its address").port()
}
