//! One run of Terraform: started in a process group of its own, its output gathered, its time limited.

use super::outcome::Outcome;
use super::process_table;
use std::io::Read;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

/// More than any run here takes on a busy machine; whatever takes longer hangs.
const TIME_LIMIT: Duration = Duration::from_secs(300);

/// A run that goes on.
pub(crate) struct Running {
    child: Child,
    command: String,
    stdout: Receiver<Vec<u8>>,
    stderr: Receiver<Vec<u8>>,
    start: Instant,
    ended: bool,
}

impl Running {
    pub(super) fn start(mut command: Command) -> Running {
        use std::os::unix::process::CommandExt;
        let words = command.get_args().map(|word| word.to_string_lossy().into_owned());
        let words = std::iter::once("terraform".to_owned()).chain(words).collect::<Vec<_>>().join(" ");
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).process_group(0);
        let mut child = command.spawn().unwrap_or_else(|error| panic!("{words}: {error}"));
        let stdout = gathered(child.stdout.take().expect("the pipe of stdout"));
        let stderr = gathered(child.stderr.take().expect("the pipe of stderr"));
        Running { child, command: words, stdout, stderr, start: Instant::now(), ended: false }
    }

    /// Waits for the end.
    pub(crate) fn wait(mut self) -> Outcome {
        let status = loop {
            if let Some(status) = self.child.try_wait().expect("the state of terraform") {
                break status;
            }
            if self.start.elapsed() > TIME_LIMIT {
                self.kill_all();
                let (stdout, stderr) = self.output();
                panic!("{} did not end within {TIME_LIMIT:?}\n{stdout}\n{stderr}", self.command);
            }
            std::thread::sleep(Duration::from_millis(5));
        };
        self.ended = true;
        let (stdout, stderr) = self.output();
        Outcome {
            command: self.command.clone(),
            code: status.code(),
            stdout,
            stderr,
            took: self.start.elapsed(),
        }
    }

    /// Whether it still runs.
    pub(crate) fn is_running(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    /// The provider's processes that this run has started.
    pub(crate) fn providers(&self) -> Vec<u32> {
        process_table::children(self.child.id(), "terraform-provider-pgum")
    }

    /// Sends SIGKILL to the provider's processes; returns how many there were.
    pub(crate) fn kill_providers(&self) -> usize {
        let providers = self.providers();
        for process in &providers {
            signal("KILL", &process.to_string());
        }
        providers.len()
    }

    /// What Ctrl-C does: Terraform is asked to stop, and so is the provider.
    pub(crate) fn interrupt(&self) {
        signal("INT", &format!("-{}", self.child.id()));
    }

    fn kill_all(&mut self) {
        signal("KILL", &format!("-{}", self.child.id()));
        let _ = self.child.wait();
        self.ended = true;
    }

    /// Both outputs. A process that outlives Terraform may hold the pipes, so this does not wait without end.
    fn output(&self) -> (String, String) {
        let text = |receiver: &Receiver<Vec<u8>>| match receiver.recv_timeout(Duration::from_secs(20)) {
            Ok(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
            Err(_) => {
                panic!("{}: a process that it started holds its output open after its end", self.command)
            }
        };
        (text(&self.stdout), text(&self.stderr))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if !self.ended {
            self.kill_all();
        }
    }
}

fn gathered(mut pipe: impl Read + Send + 'static) -> Receiver<Vec<u8>> {
    let (sender, receiver) = channel();
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        let _ = pipe.read_to_end(&mut bytes);
        let _ = sender.send(bytes);
    });
    receiver
}

/// Sends a signal to a process, or to a process group (a number with a minus). The shell's own `kill`, since the
/// program of that name is not everywhere.
pub(crate) fn signal(name: &str, target: &str) {
    // An error means that the process has just ended.
    let _ = Command::new("sh")
        .args(["-c", "kill -s \"$1\" -- \"$2\"", "sh", name, target])
        .stderr(Stdio::null())
        .status();
}
