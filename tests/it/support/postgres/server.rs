//! One server process: started on a free port, stopped with its owner. A shell stands between, so that the server
//! also ends when the test process is killed: the shell reads from a pipe that only the test process holds open.

use super::bootstrap::SUPERUSER;
use super::run_directory::RunDirectory;
use super::session::Session;
use super::{account, template};
use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

/// Runs "$@" until it ends, or until a signal's name (then that signal is sent) or the end of the pipe comes. At
/// the end of the pipe nobody is left to tidy up, so the run directory goes too. TERM before QUIT because a shell's
/// background process ignores QUIT until the server has set its own handler.
const SUPERVISOR: &str = r#"
exec 3<&0
"$@" 3<&- </dev/null &
server=$!
(
    if read -r signal <&3; then
        kill -s "$signal" "$server"
    else
        kill -s TERM "$server"
        kill -s QUIT "$server"
        exit 3
    fi
) 2>/dev/null &
reader=$!
wait "$server"
status=$?
kill "$reader" 2>/dev/null
wait "$reader"
if [ $? -eq 3 ]; then rm -rf "$RUN_DIRECTORY"; fi
exit "$status"
"#;

/// How long a start or a stop may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

pub(super) struct Server {
    version: u16,
    data: PathBuf,
    /// Holds the socket and the log, and for most clusters the data directory.
    run: RunDirectory,
    port: u16,
    supervisor: Option<Child>,
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
        let mut server = Server { version, data, run, port: 0, supervisor: None };
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
            if let Some(status) = supervisor.try_wait().expect("the server's state") {
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

    fn spawn(&self, log: File) -> Child {
        use std::os::unix::process::CommandExt;
        account::command("sh")
            .args(["-c", SUPERVISOR, "sh"])
            .arg(template::programs(self.version).join("postgres"))
            .arg("-D")
            .arg(&self.data)
            .arg("-k")
            .arg(self.run.path())
            .args(["-p", &self.port.to_string()])
            .args(["-c", "listen_addresses=127.0.0.1"])
            // Nothing here has to survive a power failure, but a crash of the server it does.
            .args(["-c", "fsync=off", "-c", "full_page_writes=off"])
            .args(["-c", "shared_buffers=32MB"])
            .env("RUN_DIRECTORY", self.run.path())
            .stdin(Stdio::piped())
            .stdout(log.try_clone().expect("the log twice"))
            .stderr(log)
            // Ctrl-C in a terminal is for the tests; the server then ends as the pipe does.
            .process_group(0)
            .spawn()
            .expect("a shell")
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
        if let Some(mut supervisor) = self.supervisor.take()
            && let Some(mut pipe) = supervisor.stdin.take()
        {
            // An error means that the server is gone already.
            let _ = writeln!(pipe, "{signal}");
            wait_for(&mut supervisor);
        }
    }

    pub(super) fn is_running(&mut self) -> bool {
        self.supervisor.as_mut().is_some_and(|child| matches!(child.try_wait(), Ok(None)))
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

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(mut supervisor) = self.supervisor.take() {
            drop(supervisor.stdin.take());
            wait_for(&mut supervisor);
        }
    }
}

/// Waits for the end of a supervisor. Does not panic: it also runs while a failed test unwinds.
fn wait_for(supervisor: &mut Child) {
    let start = Instant::now();
    while start.elapsed() < PATIENCE {
        if !matches!(supervisor.try_wait(), Ok(None)) {
            return;
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    eprintln!("a PostgreSQL server did not end within {PATIENCE:?}");
}

/// A port that was free a moment ago; another process may take it first.
fn free_port() -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
    listener.local_addr().expect("its address").port()
}
