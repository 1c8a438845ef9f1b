//! When to try a transaction again, and how long to wait before it.

use std::hash::{BuildHasher, Hasher, RandomState};
use std::time::{Duration, Instant};

use tokio_postgres::error::SqlState;

use super::error::{Error, Kind};

/// The server says XX000 for collisions ("tuple concurrently updated"), and for some things that will never
/// work. So it is believed so many times only: when every second try collides, one in 30,000 meets that many.
const COLLISIONS: u32 = 15;
/// A server that restarts needs some seconds; connections that are killed again and again need luck.
const PATIENCE: Duration = Duration::from_secs(30);

/// For how long something is tried again: `connect_retry` is how long people are ready to wait for a server, and it is
/// never less than the time a restart takes.
pub(crate) fn patience(connect_retry: Duration) -> Duration {
    connect_retry.max(PATIENCE)
}

/// The tries of one piece of work.
#[derive(Debug)]
pub(crate) struct Retry {
    patience: Duration,
    first_failure: Option<Instant>,
    failures: u32,
    collisions: u32,
}

impl Retry {
    pub(crate) fn new(connect_retry: Duration) -> Retry {
        Retry { patience: patience(connect_retry), first_failure: None, failures: 0, collisions: 0 }
    }

    /// How long to wait until the next try after this error; `None`: there is none.
    pub(crate) fn after(&mut self, error: &Error) -> Option<Duration> {
        if !error.is_retryable() {
            return None;
        }
        self.failures += 1;
        if error.sqlstate() == Some(&SqlState::INTERNAL_ERROR) {
            self.collisions += 1;
            if self.collisions >= COLLISIONS {
                return None;
            }
        }
        // Who collided is gone in a moment; a server that is away is so for longer.
        let doublings = if error.kind() == Kind::Serialization { 3 } else { 6 };
        let pause = pause(self.failures.min(doublings + 1), RandomState::new().build_hasher().finish());
        let waited = self.first_failure.get_or_insert_with(Instant::now).elapsed();
        (waited + pause <= self.patience).then_some(pause)
    }
}

/// Does something until it succeeds or trying again is no use. For what may be done twice.
pub(crate) async fn persistently<T, F>(connect_retry: Duration, work: impl Fn() -> F) -> Result<T, Error>
where
    F: Future<Output = Result<T, Error>>,
{
    let mut retry = Retry::new(connect_retry);
    loop {
        let error = match work().await {
            Ok(result) => return Ok(result),
            Err(error) => error,
        };
        let Some(pause) = retry.after(&error) else { return Err(error) };
        tracing::debug!(%error, ?pause, "trying again");
        tokio::time::sleep(pause).await;
    }
}

/// 20 ms at first, doubled each time, of which up to a half is left out at random: two that collided do not meet
/// again.
fn pause(failures: u32, random: u64) -> Duration {
    let longest = Duration::from_millis(10 << failures.min(7));
    longest - longest.mul_f64(0.5 * (random % 1_000) as f64 / 1_000.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pause_grows_to_a_bound() {
        assert_eq!(pause(1, 0), Duration::from_millis(20));
        assert!(pause(1, 999) > Duration::from_millis(10));
        assert_eq!(pause(7, 0), Duration::from_millis(1_280));
        assert_eq!(pause(70, 0), Duration::from_millis(1_280));
    }

    #[test]
    fn what_cannot_be_saved_is_not_tried_again() {
        let mut retry = Retry::new(Duration::ZERO);
        assert_eq!(retry.after(&Error::new(Kind::InsufficientPrivilege, "no")), None);
        assert_eq!(retry.after(&Error::new(Kind::LockTimeout, "no")), None);
        assert!(retry.after(&Error::new(Kind::ConnectionLost, "gone")).is_some());
    }

    #[test]
    fn patience_ends() {
        let mut retry = Retry::new(Duration::ZERO);
        retry.first_failure = Instant::now().checked_sub(Duration::from_secs(31));
        assert_eq!(retry.after(&Error::new(Kind::ConnectionLost, "gone")), None);
    }
}
