//! What is asked for while somebody is at work waits here, and then goes together: so many at a time, in halves where they
//! do not fare well together, alone where that is better.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures_util::future::join;
use tokio::sync::oneshot;

use super::error::{Error, Kind};

/// Never more roles in one transaction: the server's table of locks has room for some thousands of entries, and each
/// role needs a few. Fewer cost more: each transaction waits for the server some times, and from PostgreSQL 16 on its first
/// GRANT looks through all memberships.
pub(super) const TOGETHER: usize = 500;

/// Where connections break again and again, what is shorter has a better chance: so often all of it is tried, and then halves.
pub(super) const TRIES_TOGETHER: u32 = 2;

/// Things to be done, and how many of them go together.
#[derive(Debug)]
pub(super) struct Parts<T> {
    /// In the order in which they came.
    waiting: VecDeque<T>,
    /// Parts of what was begun together, of which the last is the next.
    begun: Vec<Vec<T>>,
    /// How many go together: less than [`TOGETHER`] once there was no room for so many.
    together: usize,
}

impl<T> Default for Parts<T> {
    fn default() -> Self {
        Parts { waiting: VecDeque::new(), begun: Vec::new(), together: TOGETHER }
    }
}

impl<T> Extend<T> for Parts<T> {
    fn extend<I: IntoIterator<Item = T>>(&mut self, items: I) {
        self.waiting.extend(items);
    }
}

impl<T> Parts<T> {
    /// What goes next; what was begun before what waits.
    pub(super) fn next(&mut self) -> Option<Vec<T>> {
        self.begun.pop().or_else(|| {
            let waiting: Vec<T> = self.waiting(0).collect();
            (!waiting.is_empty()).then_some(waiting)
        })
    }

    /// What waits and may go together with so many others.
    fn waiting(&mut self, others: usize) -> impl Iterator<Item = T> {
        let count = self.waiting.len().min(self.together.saturating_sub(others));
        self.waiting.drain(..count)
    }

    /// One of these failed: half of them may fare better, and who fails alone is to blame.
    pub(super) fn halve(&mut self, mut first: Vec<T>) {
        let second = first.split_off(first.len().div_ceil(2));
        // The last comes first off.
        self.begun.extend([second, first].into_iter().filter(|part| !part.is_empty()));
    }

    /// There was no room for so many, so there is none for as many of the next.
    pub(super) fn halve_for_good(&mut self, items: Vec<T>) {
        self.together = items.len().div_ceil(2).max(1);
        self.halve(items);
    }

    /// Each of these goes by itself.
    pub(super) fn separate(&mut self, items: Vec<T>) {
        self.begun.extend(items.into_iter().rev().map(|item| vec![item]));
    }

    /// All that was begun.
    fn take_begun(&mut self) -> Vec<T> {
        // The last is the next.
        std::mem::take(&mut self.begun).into_iter().rev().flatten().collect()
    }
}

/// Does what was gathered.
pub(super) trait Work: Send + Sync + 'static {
    /// What it is called where something is wrong with it.
    const NAME: &'static str;

    /// One thing to be done, with who waits for its answer.
    type Job: Send + 'static;

    /// Whether anybody still waits for it.
    fn is_wanted(job: &Self::Job) -> bool;

    /// Does these together, and answers them, except for those that are left. Others may join them, until it matters who they
    /// are.
    fn work(
        self: Arc<Self>,
        jobs: Vec<Self::Job>,
        others: Others<Self>,
    ) -> impl Future<Output = Left<Self::Job>> + Send
    where
        Self: Sized;

    /// Answers that nothing can be done, because of this error.
    fn refuse(&self, jobs: Vec<Self::Job>, error: &Error);
}

/// What is left of jobs that were to go together.
#[derive(Debug)]
pub(super) enum Left<J> {
    /// All have their answers.
    Nothing,
    /// These must go alone.
    Alone(Vec<J>),
    /// One of them failed: half of them may fare better, and who fails alone is to blame.
    Halves(Vec<J>),
    /// The server has no room for so many at once.
    TooMany(Vec<J>),
    /// The server is out of reach, and so it would be for the rest of those that were begun; where nobody has come to it at
    /// all, for those that wait, too.
    Lost(Error),
}

/// A queue and its one worker, who is there while there is something to do.
pub(super) struct Gather<W: Work>(Arc<Inner<W>>);

struct Inner<W: Work> {
    worker: Arc<W>,
    queue: Mutex<Queue<W::Job>>,
}

struct Queue<J> {
    parts: Parts<J>,
    /// Whether a task is at work on it.
    working: bool,
    /// How many keep it from being begun.
    held: usize,
}

/// Those who came to wait after others were begun.
pub(super) struct Others<W: Work>(Option<Arc<Inner<W>>>);

/// While this is there, nothing that is asked for is begun.
pub(super) struct Held<W: Work>(Arc<Inner<W>>);

impl<W: Work> Gather<W> {
    pub(super) fn new(worker: W) -> Self {
        let queue = Queue { parts: Parts::default(), working: false, held: 0 };
        Gather(Arc::new(Inner { worker: Arc::new(worker), queue: Mutex::new(queue) }))
    }

    pub(super) fn worker(&self) -> &W {
        &self.0.worker
    }

    /// Has it done, with what others ask for at the same time, and gives the answer.
    ///
    /// # Errors
    /// There came none.
    pub(super) async fn ask<A>(&self, job: impl FnOnce(oneshot::Sender<A>) -> W::Job) -> Result<A, Error> {
        let (reply, answer) = oneshot::channel();
        self.push(job(reply));
        answer.await.map_err(|_| {
            let why = format!("{} ended before it had an answer; this is a bug in pgum", W::NAME);
            Error::new(Kind::Other, why)
        })
    }

    fn push(&self, job: W::Job) {
        self.0.queue().parts.extend([job]);
        self.0.start();
    }

    /// Until what this gives is dropped, nothing that is asked for is begun.
    pub(super) fn hold(&self) -> Held<W> {
        self.0.queue().held += 1;
        Held(Arc::clone(&self.0))
    }
}

/// Awaits something; what that asks for at once, and once `until` is over, goes together with those who are `held`.
pub(super) async fn together<T>(
    held: impl Sized,
    asking: impl Future<Output = T>,
    until: impl Future<Output = ()>,
) -> T {
    let let_go = async move {
        until.await;
        drop(held);
    };
    // The first is polled first, until it waits.
    join(asking, let_go).await.0
}

impl<W: Work> Others<W> {
    /// Lets those who wait by now join in, where there is room for them.
    pub(super) fn join(&self, jobs: &mut Vec<W::Job>) {
        let Some(inner) = &self.0 else { return };
        let mut queue = inner.queue();
        if queue.held == 0 {
            let others = queue.parts.waiting(jobs.len());
            jobs.extend(others.filter(W::is_wanted));
        }
    }
}

impl<W: Work> Drop for Held<W> {
    fn drop(&mut self) {
        self.0.queue().held -= 1;
        self.0.start();
    }
}

impl<W: Work> Inner<W> {
    fn queue(&self) -> MutexGuard<'_, Queue<W::Job>> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Begins, unless somebody is at it or it is to wait.
    fn start(self: &Arc<Self>) {
        let mut queue = self.queue();
        if queue.held == 0 && !queue.parts.waiting.is_empty() && !std::mem::replace(&mut queue.working, true)
        {
            // A task of its own: it works for others too, whoever of them goes away.
            tokio::spawn(work(Arc::clone(self)));
        }
    }

    /// What goes next, with those who may join it: nobody joins what has been begun before. `None`: nobody is at it any more.
    fn next(self: &Arc<Self>) -> Option<(Vec<W::Job>, Others<W>)> {
        let mut queue = self.queue();
        let others = queue.parts.begun.is_empty().then(|| Arc::clone(self));
        let next = queue.parts.next();
        queue.working = next.is_some();
        Some((next?, Others(others)))
    }
}

/// Works until nothing waits.
async fn work<W: Work>(inner: Arc<Inner<W>>) {
    let _end = End(&inner);
    while let Some((mut jobs, others)) = inner.next() {
        // Who has gone away before it was begun wants nothing any more.
        jobs.retain(W::is_wanted);
        if jobs.is_empty() {
            continue;
        }
        let left = Arc::clone(&inner.worker).work(jobs, others).await;
        let mut queue = inner.queue();
        match left {
            Left::Nothing => {}
            Left::Alone(jobs) => queue.parts.separate(jobs),
            Left::Halves(jobs) => queue.parts.halve(jobs),
            Left::TooMany(jobs) => queue.parts.halve_for_good(jobs),
            Left::Lost(error) => {
                let mut jobs = queue.parts.take_begun();
                // A connection that was lost may have been so by what these asked for.
                if error.kind() != Kind::ConnectionLost {
                    jobs.extend(queue.parts.waiting.drain(..));
                }
                drop(queue);
                inner.worker.refuse(jobs, &error);
            }
        }
    }
}

/// Should the task panic, those who wait get an error, and the next request a new task.
struct End<'a, W: Work>(&'a Inner<W>);

impl<W: Work> Drop for End<'_, W> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let mut queue = self.0.queue();
            queue.parts = Parts::default();
            queue.working = false;
        }
    }
}

#[cfg(test)]
mod tests;
