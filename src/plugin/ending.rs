//! How the process ends: who asked for it, and who waits for it.

use std::time::Duration;

use tokio::sync::watch;

/// Who asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    /// The host, which is done and kills after two seconds.
    Shutdown,
    /// A signal, or the host is gone.
    Terminated,
}

impl Cause {
    /// How long calls that are under way may still take.
    pub(super) fn patience(self) -> Duration {
        match self {
            Self::Shutdown => Duration::from_millis(1500),
            // Whoever sends SIGTERM waits some 30 seconds before SIGKILL.
            Self::Terminated => Duration::from_secs(20),
        }
    }
}

/// The end of the process, to ask for and to wait for. The first cause counts.
#[derive(Debug, Clone)]
pub struct Ending(watch::Sender<Option<Cause>>);

impl Ending {
    /// Not asked for yet.
    #[expect(clippy::new_without_default, reason = "there is nothing default about an end")]
    pub fn new() -> Self {
        Self(watch::Sender::new(None))
    }

    /// Asks for it.
    pub fn begin(&self, cause: Cause) {
        self.0.send_if_modified(|current| {
            let first = current.is_none();
            current.get_or_insert(cause);
            first
        });
    }

    /// Waits until it is asked for.
    pub fn begun(&self) -> impl Future<Output = Cause> + Send + 'static + use<> {
        let sender = self.0.clone();
        async move {
            let mut receiver = sender.subscribe();
            // The sender lives as long as this future, so there is always an answer.
            match receiver.wait_for(Option::is_some).await.as_deref() {
                Ok(Some(cause)) => *cause,
                Ok(None) | Err(_) => Cause::Terminated,
            }
        }
    }
}

/// Asks for the end when a signal says so or the host is gone.
pub(super) fn watch_for_signals(ending: &Ending) -> std::io::Result<()> {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};

        for kind in [SignalKind::terminate(), SignalKind::hangup()] {
            let mut signals = signal(kind)?;
            let ending = ending.clone();
            tokio::spawn(async move {
                if signals.recv().await.is_some() {
                    tracing::info!(signal = kind.as_raw_value(), "asked to terminate");
                    ending.begin(Cause::Terminated);
                }
            });
        }
        let mut interrupts = signal(SignalKind::interrupt())?;
        tokio::spawn(async move { while interrupts.recv().await.is_some_and(|()| ignore_interrupt()) {} });
        // Who the host is must be known before it knows of us, and can end.
        tokio::spawn(watch_parent(std::os::unix::process::parent_id(), ending.clone()));
    }
    #[cfg(not(unix))]
    {
        _ = ending;
        tokio::spawn(async { while tokio::signal::ctrl_c().await.is_ok_and(|()| ignore_interrupt()) {} });
    }
    Ok(())
}

/// Ctrl-C goes to the whole foreground process group. The host gets it too and then says StopProvider, waits for
/// the calls under way, and shuts us down: to die before that would lose what they did.
fn ignore_interrupt() -> bool {
    tracing::info!("interrupted; the host says what to do about it");
    true
}

/// A host that is killed cannot shut us down. Its orphan would hold connections and locks of the cluster.
#[cfg(unix)]
async fn watch_parent(host: u32, ending: Ending) {
    let mut interval = tokio::time::interval(Duration::from_secs(1));
    loop {
        interval.tick().await;
        if std::os::unix::process::parent_id() != host {
            tracing::warn!("the host is gone");
            return ending.begin(Cause::Terminated);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_first_cause_counts_and_all_who_wait_hear_it() {
        let ending = Ending::new();
        let (early, other) = (tokio::spawn(ending.begun()), ending.clone());
        other.begin(Cause::Shutdown);
        other.begin(Cause::Terminated);
        assert_eq!(early.await.unwrap(), Cause::Shutdown);
        assert_eq!(ending.begun().await, Cause::Shutdown);
    }
}
