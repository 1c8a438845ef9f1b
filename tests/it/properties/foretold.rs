//! What a plan says of an apply beforehand, and whether that was true: what stands in its way, which settings the server
//! refuses, and who is locked out by it.

use pgum::postgres::{Applied, ApplyError, Cluster, Snapshot};
use pgum::roles::foresight::{Creator, Foresight};
use pgum::roles::lockout::{Lost, Watch};
use pgum::roles::preflight::{Obstacle, Reason, Right, obstacles, unmet};
use pgum::roles::{Change, Desired};
use time::OffsetDateTime;

/// What is said of the changes that lead from what is there to what should be.
pub(super) struct Foretold {
    changes: Vec<Change>,
    said: Vec<Said>,
    lost: Vec<Lost>,
}

/// That an apply fails, or may fail.
#[derive(Debug)]
struct Said {
    /// Why, in a word.
    why: String,
    /// At which step; `None`: it does not come to one.
    change: Option<Change>,
    /// Whether it is an error in the plan.
    certain: bool,
    /// Whether the server may take the statement and do nothing.
    silent: bool,
}

impl From<Obstacle> for Said {
    fn from(Obstacle { reason, change, certain }: Obstacle) -> Said {
        let why = format!("{reason:?}");
        let why = why.split([' ', '{']).next().unwrap_or_default().trim_end_matches(')').replace('(', " ");
        let silent =
            matches!(reason, Reason::CannotRevoke { .. } | Reason::NoRight(Right::GrantOption { .. }));
        Said { why, change, certain, silent }
    }
}

impl Foretold {
    /// Of an apply by the role that the cluster's connections log in as.
    pub(super) async fn of(
        cluster: &Cluster,
        snapshot: &Snapshot,
        desired: &Desired,
        changes: Vec<Change>,
    ) -> Foretold {
        let (catalog, server) = (&snapshot.catalog, &snapshot.server);
        let mut foresight = Foresight::new(catalog.clone(), server.clone(), Creator::BecomesMember);
        let missing = unmet(desired, catalog, server).into_iter().map(|unmet| {
            let certain = unmet.stays();
            Obstacle { reason: Reason::Unmet(unmet), change: None, certain }.into()
        });
        let mut said: Vec<Said> = missing.collect();
        said.extend(obstacles(&foresight, &changes).into_iter().map(Said::from));
        let set = changes.iter().filter(|change| change.setting().is_some());
        let settings: Vec<_> = changes.iter().filter_map(Change::setting).collect();
        let refusals = cluster.inquiry().settings(&server.user, &settings).await;
        said.extend(set.zip(refusals).filter(|(_, refusal)| refusal.is_some()).map(|(change, _)| {
            let change = Some(change.clone());
            Said { why: "Setting".to_owned(), change, certain: true, silent: false }
        }));
        let mut watch = Watch::new(cluster.protection(), &foresight, OffsetDateTime::now_utc());
        let lost = watch.lay(&changes, &mut foresight);
        Foretold { changes, said, lost }
    }

    /// Why the apply came to nothing, in a word, as it was said before; `None`: it succeeded. An error is what was not said,
    /// or was said and is not so.
    pub(super) fn holds(&self, outcome: &Result<Applied, ApplyError>) -> Result<Option<&str>, String> {
        match outcome {
            Ok(_) => {
                self.no_false_alarm(|_| true)?;
                if self.lost.is_empty() { Ok(None) } else { Err(format!("nobody lost {:?}", self.lost)) }
            }
            // By then all was done.
            Err(ApplyError::LocksOut { .. }) => {
                self.no_false_alarm(|_| true)?;
                let word = (!self.lost.is_empty()).then_some(Some("LocksOut"));
                word.ok_or_else(|| "nobody was said to be locked out".to_owned())
            }
            Err(ApplyError::Failed { change: Some(change), .. }) => {
                let at = self.place(change);
                let before = |said: &Said| said.change.as_ref().is_none_or(|said| self.place(said) < at);
                self.no_false_alarm(|said| !said.silent && before(said))?;
                self.why(|said| is_about(said, change))
            }
            Err(ApplyError::CannotRevoke { change, error, .. }) => {
                self.no_false_alarm(|said| !said.silent && error.is_none())?;
                self.why(|said| said == &**change)
            }
            Err(ApplyError::StillDiffers { left, .. }) => {
                self.no_false_alarm(|said| !said.silent)?;
                self.why(|said| left.iter().any(|left| is_about(said, left)))
            }
            Err(ApplyError::Unmet(_)) => {
                let unmet = self.said.iter().find(|said| said.change.is_none());
                unmet.map(|said| Some(&*said.why)).ok_or_else(|| "all was said to be there".to_owned())
            }
            Err(_) => Err("nothing that may come about here".to_owned()),
        }
    }

    /// The reason that was given for a change.
    fn why(&self, is_it: impl Fn(&Change) -> bool) -> Result<Option<&str>, String> {
        let said = self.said.iter().find(|said| said.change.as_ref().is_some_and(&is_it));
        said.map(|said| Some(&*said.why)).ok_or_else(|| format!("not foreseen; it was said {:#?}", self.said))
    }

    /// Fails where one of these was said to make the apply fail in any case.
    fn no_false_alarm(&self, counts: impl Fn(&Said) -> bool) -> Result<(), String> {
        match self.said.iter().find(|said| said.certain && counts(said)) {
            Some(said) => Err(format!("a false alarm: {said:#?}")),
            None => Ok(()),
        }
    }

    /// Where a change is in the order of all; one that came up later is behind them.
    fn place(&self, change: &Change) -> usize {
        let place = self.changes.iter().position(|other| is_about(change, other));
        place.unwrap_or(self.changes.len())
    }
}

/// Whether something is said of a change: of an ALTER it has only the options that it is about.
fn is_about(said: &Change, change: &Change) -> bool {
    match (said, change) {
        (Change::Alter { name, options: some }, Change::Alter { name: other, options: all }) => {
            name == other && some.iter().all(|option| all.contains(option))
        }
        // What a statement has not granted is granted again alone.
        (
            Change::GrantPrivileges { database, grantee, privileges: all },
            Change::GrantPrivileges { database: on, grantee: to, privileges: some },
        ) => {
            (database, grantee) == (on, to) && some.iter().all(|(name, option)| all.get(name) == Some(option))
        }
        _ => said == change,
    }
}
