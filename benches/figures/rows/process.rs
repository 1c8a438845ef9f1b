//! The executable itself.

use std::fs;
use std::io::{BufRead, BufReader};
use std::time::{Duration, Instant};

use crate::host::{Credentials, command};
use crate::options::Options;
use crate::support::terraform::provider;
use crate::table::{Figure, Line, median};

/// A start is short, and the machine does other things as well.
const STARTS: usize = 21;

/// From the start to the handshake line.
pub(crate) fn start(_: &Options) -> Vec<Line> {
    let credentials = Credentials::new();
    let starts: Vec<Duration> = (0..STARTS)
        .map(|_| {
            let temporary = tempfile::tempdir().expect("a temporary directory");
            let mut command = command(temporary.path(), Some(&credentials));
            let start = Instant::now();
            let mut child = command.spawn().expect("the provider");
            let mut line = String::new();
            let stdout = child.stdout.take().expect("its output");
            BufReader::new(stdout).read_line(&mut line).expect("the handshake line");
            let took = start.elapsed();
            // Nothing is lost: it has not even been spoken to.
            _ = child.kill();
            _ = child.wait();
            assert!(line.starts_with("1|6|"), "{line}");
            took
        })
        .collect();
    let milliseconds = |duration: Duration| (duration.as_secs_f64() * 100_000.0).round() / 100.0;
    let fastest = starts.iter().min().copied().unwrap_or_default();
    vec![Line {
        what: "start to handshake line".to_owned(),
        floors: None,
        figure: Figure::Of(milliseconds(median(starts)), "ms"),
        goal: 15.0,
        note: format!("the fastest of {STARTS}: {} ms", milliseconds(fastest)),
    }]
}

/// Of the executable.
pub(crate) fn size(_: &Options) -> Vec<Line> {
    let bytes = fs::metadata(provider()).expect("the executable").len() as f64;
    vec![Line {
        what: "executable, stripped".to_owned(),
        floors: None,
        figure: Figure::Of((bytes / 10_000.0).round() / 100.0, "MB"),
        goal: 20.0,
        note: String::new(),
    }]
}
