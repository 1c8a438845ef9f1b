//! Running a command, and what it and its children have cost. Processor time and memory are read from /proc, so where
//! there is none they are zero.

use std::fs;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// What a run has cost.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Run {
    /// From its start to its end.
    pub(crate) took: Duration,
    /// The processor time of the providers that it started.
    pub(crate) providers: Duration,
    /// The most memory that one of them had, in bytes.
    pub(crate) peak: u64,
}

/// Often enough to see what a provider grows to, and seldom enough to cost nothing.
const PAUSE: Duration = Duration::from_millis(4);

/// Runs a command to its end, which must be a success.
#[track_caller]
pub(crate) fn run(mut command: Command) -> Run {
    let start = Instant::now();
    let mut child =
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().expect("terraform");
    let mut errors = child.stderr.take().expect("its errors");
    let errors = std::thread::spawn(move || std::io::read_to_string(&mut errors).unwrap_or_default());
    let mut run = Run { took: Duration::ZERO, providers: Duration::ZERO, peak: 0 };
    // One that has ended is still in the table until it is waited for, with what its children have cost.
    let status = loop {
        match stat(child.id()) {
            Some(stat) if !stat.has_ended => {}
            stat => {
                run.took = start.elapsed();
                run.providers = stat.map_or(Duration::ZERO, |stat| stat.children);
                break child.wait().expect("its end");
            }
        }
        run.peak = providers(child.id()).into_iter().map(peak).max().unwrap_or_default().max(run.peak);
        std::thread::sleep(PAUSE);
    };
    let errors = errors.join().unwrap_or_default();
    assert!(status.success(), "{command:?}: {status}\n{errors}");
    run
}

struct Stat {
    has_ended: bool,
    /// Its own processor time.
    own: Duration,
    /// The processor time of the children that have ended.
    children: Duration,
}

/// "id (name) state parent ...", where the name may hold anything; times are in hundredths of a second.
fn stat(process: u32) -> Option<Stat> {
    let text = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    let (_, after_name) = text.rsplit_once(") ")?;
    let fields: Vec<&str> = after_name.split(' ').collect();
    let time = |user: usize| {
        let hundredths = |index: usize| fields.get(index).and_then(|field| field.parse::<u64>().ok());
        Some(Duration::from_millis(10 * (hundredths(user)? + hundredths(user + 1)?)))
    };
    Some(Stat { has_ended: matches!(fields.first(), Some(&"Z" | &"X")), own: time(11)?, children: time(13)? })
}

/// The providers that a process has started. One that is about to become a provider has what its parent had.
fn providers(process: u32) -> Vec<u32> {
    let name = |id: u32| fs::read_to_string(format!("/proc/{id}/comm")).unwrap_or_default();
    // The system keeps fifteen bytes of it.
    children(process).into_iter().filter(|id| name(*id).starts_with("terraform-provi")).collect()
}

/// A process is the child of the thread that started it.
fn children(process: u32) -> Vec<u32> {
    let threads = fs::read_dir(format!("/proc/{process}/task")).into_iter().flatten().flatten();
    let lists = threads.filter_map(|thread| fs::read_to_string(thread.path().join("children")).ok());
    lists
        .flat_map(|list| list.split_whitespace().filter_map(|id| id.parse().ok()).collect::<Vec<_>>())
        .collect()
}

/// The most memory that a process has had so far, in bytes.
pub(crate) fn peak(process: u32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or_default();
    line.trim().trim_end_matches(" kB").parse::<u64>().unwrap_or_default() * 1_024
}

/// The processor time that a process has used so far.
pub(crate) fn used(process: u32) -> Duration {
    stat(process).map_or(Duration::ZERO, |stat| stat.own)
}
