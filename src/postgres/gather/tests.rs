use std::collections::BTreeSet;

use futures_util::future::{join_all, ready};
use tokio::sync::{Notify, oneshot};

use super::*;
use crate::postgres::error::Kind;

#[test]
fn what_is_next() {
    let mut parts = Parts::default();
    assert_eq!(parts.next(), None);
    parts.extend(0..TOGETHER + 3);
    assert_eq!(parts.next(), Some((0..TOGETHER).collect()));
    // What was begun comes before what waits, and keeps its order.
    parts.halve(vec![1, 2, 3]);
    parts.separate(vec![7, 8]);
    let next: Vec<_> = std::iter::from_fn(|| parts.next()).collect();
    assert_eq!(next, [vec![7], vec![8], vec![1, 2], vec![3], vec![500, 501, 502]]);
}

#[test]
fn what_had_no_room_goes_in_smaller_parts_from_then_on() {
    let mut parts = Parts::default();
    parts.extend(0..1_000);
    let begun = parts.next().unwrap();
    parts.halve_for_good(begun);
    assert_eq!(parts.next().map(|part| part.len()), Some(250));
    let begun = parts.next().unwrap();
    parts.halve_for_good(begun);
    let lengths: Vec<usize> = std::iter::from_fn(|| parts.next()).map(|part| part.len()).collect();
    assert_eq!(lengths, [125; 6]);
    parts.extend([1]);
    let begun = parts.next().unwrap();
    parts.halve_for_good(begun);
    assert_eq!((parts.next(), parts.next()), (Some(vec![1]), None));
}

/// A worker for whom some numbers fail whoever goes with them, and who notes what went together.
#[derive(Default)]
struct Lab {
    bad: BTreeSet<u32>,
    /// More at once have no room.
    room: Option<usize>,
    /// After so many parts the server is gone.
    lost_after: Option<(usize, Kind)>,
    /// Where the first part waits until others may have come.
    door: Option<Door>,
    together: Mutex<Vec<usize>>,
}

#[derive(Default)]
struct Door {
    reached: Notify,
    opened: Notify,
}

struct Number(u32, oneshot::Sender<Result<(), String>>);

impl Work for Lab {
    const NAME: &'static str = "the lab";

    type Job = Number;

    fn is_wanted(job: &Number) -> bool {
        !job.1.is_closed()
    }

    async fn work(self: Arc<Self>, mut jobs: Vec<Number>, others: Others<Self>) -> Left<Number> {
        tokio::task::yield_now().await;
        let is_first = self.together.lock().unwrap().is_empty();
        if let Some(door) = self.door.as_ref().filter(|_| is_first) {
            door.reached.notify_one();
            door.opened.notified().await;
        }
        others.join(&mut jobs);
        let parts = {
            let mut together = self.together.lock().unwrap();
            together.push(jobs.len());
            together.len()
        };
        if self.room.is_some_and(|room| jobs.len() > room) {
            return Left::TooMany(jobs);
        }
        if let Some((after, kind)) = self.lost_after
            && parts > after
        {
            let error = Error::new(kind, "gone");
            self.refuse(jobs, &error);
            return Left::Lost(error);
        }
        let fails = jobs.iter().any(|job| self.bad.contains(&job.0));
        if fails && jobs.len() > 1 {
            return Left::Halves(jobs);
        }
        for Number(number, reply) in jobs {
            let answer = if fails { Err(format!("{number} is bad")) } else { Ok(()) };
            reply.send(answer).unwrap();
        }
        Left::Nothing
    }

    fn refuse(&self, jobs: Vec<Number>, error: &Error) {
        for Number(_, reply) in jobs {
            reply.send(Err(error.message().to_owned())).unwrap();
        }
    }
}

/// The answers of so many numbers that were asked for at the same time, and how many went together.
async fn answers(lab: Lab, count: u32) -> (Vec<Result<(), String>>, Vec<usize>) {
    let gather = Gather::new(lab);
    let answers = ask(&gather, 0..count);
    let answers = together(gather.hold(), join_all(answers), ready(())).await;
    let together = gather.worker().together.lock().unwrap().clone();
    (answers, together)
}

fn ask(
    gather: &Gather<Lab>,
    numbers: impl Iterator<Item = u32>,
) -> impl Iterator<Item = impl Future<Output = Result<(), String>>> {
    numbers.map(move |number| async move { gather.ask(|reply| Number(number, reply)).await.unwrap() })
}

#[tokio::test]
async fn who_fails_is_found_by_halves() {
    let bad = BTreeSet::from([0, 300, 499, 620]);
    let (answers, together) = answers(Lab { bad: bad.clone(), ..Lab::default() }, 700).await;
    for (number, answer) in (0..).zip(answers) {
        assert_eq!(answer.is_err(), bad.contains(&number), "{number}: {answer:?}");
    }
    assert_eq!(together.first(), Some(&500));
    // About twice the logarithm for each.
    assert!(together.len() < 80, "{} parts", together.len());
    assert!(together.contains(&200), "{together:?}");
}

#[tokio::test]
async fn there_is_room_for_so_many() {
    let (answers, together) = answers(Lab { room: Some(100), ..Lab::default() }, 1_000).await;
    assert!(answers.iter().all(Result::is_ok));
    // Found out once.
    assert_eq!(together.iter().filter(|count| **count > 100).count(), 7, "{together:?}");
}

#[tokio::test]
async fn where_the_server_is_gone_all_are_answered() {
    let gone = async |kind| {
        answers(Lab { bad: [10].into(), lost_after: Some((1, kind)), ..Lab::default() }, 1_200).await
    };
    let (answers, together) = gone(Kind::Starting).await;
    assert!(answers.iter().all(|answer| *answer == Err("gone".to_owned())));
    assert_eq!(together, [500, 250]);
    // With the connection only those who were begun: others may fare better.
    let (answers, together) = gone(Kind::ConnectionLost).await;
    assert!(answers.iter().all(|answer| *answer == Err("gone".to_owned())));
    assert_eq!(together, [500, 250, 500, 200]);
}

/// What went together, where so many came while one was about to begin.
async fn came_late(lab: Lab, count: u32, held: bool) -> Vec<usize> {
    let gather = Gather::new(Lab { door: Some(Door::default()), ..lab });
    let late = async {
        let door = gather.worker().door.as_ref().unwrap();
        door.reached.notified().await;
        let hold = held.then(|| gather.hold());
        let asking = join_all(ask(&gather, 1..=count));
        let opening = async {
            door.opened.notify_one();
            while gather.worker().together.lock().unwrap().is_empty() {
                tokio::task::yield_now().await;
            }
            drop(hold);
        };
        join(asking, opening).await.0
    };
    let (first, late) = join(ask(&gather, 0..1).next().unwrap(), late).await;
    assert!(first.is_ok() && late.iter().all(Result::is_ok));
    gather.worker().together.lock().unwrap().clone()
}

#[tokio::test]
async fn who_comes_before_it_matters_joins_in() {
    assert_eq!(came_late(Lab::default(), 3, false).await, [4]);
    // Not those who are to go together with others who are still to come.
    assert_eq!(came_late(Lab::default(), 3, true).await, [1, 3]);
    // No more than go together.
    assert_eq!(came_late(Lab::default(), 600, false).await, [500, 101]);
}

#[tokio::test]
async fn nobody_joins_what_has_failed_before() {
    let bad = BTreeSet::from([0]);
    let gather = Gather::new(Lab { bad, ..Lab::default() });
    let late = async {
        while gather.worker().together.lock().unwrap().is_empty() {
            tokio::task::yield_now().await;
        }
        join_all(ask(&gather, 2..4)).await
    };
    let first = together(gather.hold(), join_all(ask(&gather, 0..2)), ready(()));
    let (first, late) = join(first, late).await;
    assert!(first[0].is_err() && first[1].is_ok() && late.iter().all(Result::is_ok));
    assert_eq!(*gather.worker().together.lock().unwrap(), [2, 1, 1, 2]);
}

#[tokio::test]
async fn nothing_is_done_for_who_has_gone_away() {
    let gather = Gather::new(Lab::default());
    let asking = async {
        let (reply, answer) = oneshot::channel();
        gather.push(Number(1, reply));
        drop(answer);
        ask(&gather, 2..3).next().unwrap().await
    };
    assert_eq!(together(gather.hold(), asking, ready(())).await, Ok(()));
    assert_eq!(*gather.worker().together.lock().unwrap(), [1]);
}
