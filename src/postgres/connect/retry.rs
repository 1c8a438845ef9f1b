//! Which failures of an attempt another one may not meet, and when it is made.

use std::time::Duration;

use crate::postgres::error::{Error, Kind, UnreachableProblem};

/// Whether the server may be starting, full, failing over, or not in the DNS yet. Never where a login was
/// rejected: it would be again, and accounts are locked for less.
pub(super) fn may_pass(error: &Error) -> bool {
    match error.kind() {
        Kind::Starting | Kind::TooManyConnections | Kind::ConnectionLost => true,
        Kind::Unreachable(problem) => !matches!(
            problem,
            UnreachableProblem::Proxy | UnreachableProblem::NotPostgres | UnreachableProblem::Other
        ),
        _ => false,
    }
}

const FIRST: Duration = Duration::from_millis(100);
const LONGEST: Duration = Duration::from_secs(2);

/// The pauses between attempts: each up to twice as long as the one before, none of them the same as that
/// of others who wait for the same server.
pub(super) struct Backoff {
    ceiling: Duration,
}

impl Backoff {
    pub(super) fn new() -> Backoff {
        Backoff { ceiling: FIRST }
    }

    /// The next pause.
    pub(super) fn next(&mut self) -> Duration {
        let ceiling = self.ceiling;
        self.ceiling = (ceiling * 2).min(LONGEST);
        ceiling.mul_f64(0.5 + 0.5 * fraction())
    }
}

/// At random, from 0 to 1.
fn fraction() -> f64 {
    let mut byte = [0];
    match aws_lc_rs::rand::fill(&mut byte) {
        Ok(()) => f64::from(byte[0]) / 255.0,
        Err(_) => 1.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_up_to_a_bound() {
        let mut backoff = Backoff::new();
        let mut ceiling = FIRST;
        for _ in 0..20 {
            let pause = backoff.next();
            assert!(pause >= ceiling / 2 && pause <= ceiling, "{pause:?} of {ceiling:?}");
            ceiling = (ceiling * 2).min(LONGEST);
        }
        assert_eq!(ceiling, LONGEST);
    }
}
