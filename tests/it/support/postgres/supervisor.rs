//! A server's process under the server's account. A shell stands between, so that the server also ends when the test
//! process is killed: the shell reads from a pipe that only the test process holds open.

use super::account;
use super::run_directory::RunDirectory;
use std::ffi::OsStr;
use std::fs::File;
use std::io::Write;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

/// Runs "$@" until it ends, or until a signal's name (then that signal is sent) or the end of the pipe comes. At
/// the end of the pipe nobody is left to tidy up, so the run directory goes too. TERM before QUIT because a shell's
/// background process ignores QUIT until the server has set its own handler.
const SCRIPT: &str = r#"
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
pub(super) const PATIENCE: Duration = Duration::from_secs(60);

/// A server that runs. It ends with its owner.
pub(super) struct Supervisor(Child);

impl Supervisor {
    /// A command to add the server's arguments to.
    pub(super) fn command(program: impl AsRef<OsStr>, run: &RunDirectory, log: File) -> Command {
        let mut command = account::command("sh");
        command
            .args(["-c", SCRIPT, "sh"])
            .arg(program)
            .env("RUN_DIRECTORY", run.path())
            .stdin(Stdio::piped())
            .stdout(log.try_clone().expect("the log twice"))
            .stderr(log)
            // Ctrl-C in a terminal is for the tests; the server then ends as the pipe does.
            .process_group(0);
        command
    }

    pub(super) fn start(mut command: Command) -> Supervisor {
        Supervisor(command.spawn().expect("a shell"))
    }

    /// How the server has ended, if it has.
    pub(super) fn ended(&mut self) -> Option<ExitStatus> {
        self.0.try_wait().expect("the server's state")
    }

    /// Sends a signal, and waits for the server's end.
    pub(super) fn end_with(mut self, signal: &str) {
        if let Some(pipe) = &mut self.0.stdin {
            // An error means that the server is gone already.
            let _ = writeln!(pipe, "{signal}");
        }
    }
}

impl Drop for Supervisor {
    /// Does not panic: it also runs while a failed test unwinds.
    fn drop(&mut self) {
        drop(self.0.stdin.take());
        let start = Instant::now();
        while start.elapsed() < PATIENCE {
            if !matches!(self.0.try_wait(), Ok(None)) {
                return;
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        eprintln!("a server did not end within {PATIENCE:?}");
    }
}
