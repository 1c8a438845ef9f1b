//! Finding processes: in /proc where there is one, else with `ps`, which minimal systems do not have.

use std::fs;
use std::path::Path;
use std::process::Command;

/// The children of a process whose command line has this text.
pub(super) fn children(parent: u32, text: &str) -> Vec<u32> {
    let processes = if Path::new("/proc/self/stat").exists() { from_proc() } else { from_ps() };
    let wanted = |process: &Process| process.parent == parent && process.command.contains(text);
    processes.into_iter().filter(wanted).map(|process| process.id).collect()
}

struct Process {
    id: u32,
    parent: u32,
    command: String,
}

fn from_proc() -> Vec<Process> {
    let entries = fs::read_dir("/proc").expect("the process table").flatten();
    let processes = entries.filter_map(|entry| {
        let id = entry.file_name().to_str()?.parse().ok()?;
        let stat = fs::read_to_string(entry.path().join("stat")).ok()?;
        // "id (name) state parent ...", where the name may hold anything.
        let (_, after_name) = stat.rsplit_once(')')?;
        let parent = after_name.split_whitespace().nth(1)?.parse().ok()?;
        let command = fs::read(entry.path().join("cmdline")).ok()?;
        Some(Process { id, parent, command: String::from_utf8_lossy(&command).into_owned() })
    });
    processes.collect()
}

fn from_ps() -> Vec<Process> {
    let output =
        Command::new("ps").args(["-A", "-o", "pid=,ppid=,args="]).output().expect("the command `ps`");
    let text = String::from_utf8_lossy(&output.stdout);
    let processes = text.lines().filter_map(|line| {
        let mut words = line.split_whitespace();
        let id = words.next()?.parse().ok()?;
        let parent = words.next()?.parse().ok()?;
        Some(Process { id, parent, command: words.collect::<Vec<_>>().join(" ") })
    });
    processes.collect()
}
