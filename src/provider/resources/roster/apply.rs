//! Applies of a roster: groups, then users, then those that go; each role by the single resource, many in one transaction.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::future::join_all;

use super::Roster;
use super::entry::{Entry, Gone, Sides};
use super::place::{Gathered, first_ten};
use super::private::Private;
use super::removals::Removals;
use super::side::{Side, entries, oid_value};
use crate::provider::context::Session;
use crate::provider::explain;
use crate::provider::resources::role::{Kind, entry};
use crate::roles::{Oid, RoleName};
use crate::sdk::resource::{ApplyRequest, StateResponse};
use crate::sdk::{Diagnostic, Diagnostics, PrivateState, Resource, Value};

/// So many roles are asked for at a time; who makes them or takes them away puts them together as far as one transaction
/// goes.
const CHUNK: usize = 500;

/// A role that is to be changed.
struct Work<'a> {
    entry: &'a Entry<'a>,
    request: ApplyRequest,
}

/// What became of the roles so far.
#[derive(Default)]
pub(super) struct Done {
    /// Their OIDs and private states by name.
    pub(super) applied: BTreeMap<String, (Value, PrivateState)>,
    /// Those of them that this apply has created.
    created: Vec<(RoleName, Oid)>,
    /// Those that were there and that this apply has taken over.
    adopted: Vec<String>,
    /// Those that are gone.
    pub(super) removed: BTreeSet<String>,
    /// Roles that the roster does not name and that are dealt with.
    pub(super) dealt_with: BTreeSet<RoleName>,
}

/// A line a chunk in the log.
pub(super) struct Progress {
    done: usize,
    all: usize,
}

impl Progress {
    pub(super) fn add(&mut self, count: usize) {
        self.done += count;
        tracing::info!(done = self.done, all = self.all, "roster: {} of {} roles done", self.done, self.all);
    }
}

impl Roster {
    pub(super) async fn create_all(
        &self,
        request: &ApplyRequest,
        diagnostics: &mut Diagnostics,
    ) -> StateResponse {
        let kept = Private::decode(&request.private);
        let sides = Sides { config: &with_passwords(request), prior: None, private: &kept };
        let mut done = Done::default();
        let mut said = Gathered::default();
        let result = self.bring_about(&sides, &mut done, &mut said, diagnostics).await;
        let failed = said.has_errors() || result.is_err();
        said.say(diagnostics);
        diagnostics.extend(result.err().into_iter().flatten());
        if failed {
            self.undo(done.created, diagnostics).await;
            if !done.adopted.is_empty() {
                diagnostics.push(Diagnostic::warning(
                    format!("{} roles that were there already have been changed", done.adopted.len()),
                    format!(
                        "The roster failed as a whole, and what had been done to these by then stays: {}. They are not in the \
                         state; the next apply takes them over again.",
                        first_ten(&done.adopted)
                    ),
                ));
            }
            return StateResponse { state: None, private: PrivateState::default() };
        }
        self.state_after(&request.planned, &sides, &done, diagnostics).await
    }

    pub(super) async fn update_all(
        &self,
        request: &ApplyRequest,
        diagnostics: &mut Diagnostics,
    ) -> StateResponse {
        let kept = Private::decode(&request.private);
        let sides = Sides { config: &with_passwords(request), prior: request.prior.as_ref(), private: &kept };
        let mut done = Done::default();
        let mut said = Gathered::default();
        let result = self.bring_about(&sides, &mut done, &mut said, diagnostics).await;
        let failed = said.has_errors() || result.is_err();
        said.say(diagnostics);
        diagnostics.extend(result.err().into_iter().flatten());
        match &request.prior {
            Some(prior) if failed => self.state_half_done(prior, &sides, done),
            _ => self.state_after(&request.planned, &sides, &done, diagnostics).await,
        }
    }

    /// Does it all, or what of it can be done. An error that it gives has ended it before anything was begun.
    async fn bring_about(
        &self,
        sides: &Sides<'_>,
        done: &mut Done,
        said: &mut Gathered,
        diagnostics: &mut Diagnostics,
    ) -> Result<(), Diagnostics> {
        self.context.begin_applying();
        let session = self.context.session()?;
        self.check_cluster(sides, session).await?;
        let written = self.written(sides);
        let (mut works, mut removals) = (Vec::new(), Removals::default());
        for entry in &written {
            let Some(text) = entry.written.filter(|_| entry.is_untouched(sides).is_none()) else { continue };
            let Some(request) = entry.apply_request(sides, text) else { continue };
            removals.change(entry.side.kind, entry.name, request.prior.as_ref(), &request.planned);
            works.push(Work { entry, request });
        }
        let gone = self.gone(sides);
        let leaving: Vec<_> = gone.iter().filter(|role| !role.is_let_go).collect();
        leaving.iter().for_each(|role| removals.take_out(role.name));
        let unmanaged = self.unmanaged_to_remove(sides, session, diagnostics).await?;
        removals.unmanaged(unmanaged.keys().map(RoleName::as_str));
        if let Some(error) = removals.check(sides.config) {
            return Err(error.into());
        }

        let mut progress = Progress { done: 0, all: works.len() + leaving.len() + unmanaged.len() };
        for wave in waves(works) {
            for chunk in wave.chunks(CHUNK) {
                self.apply_chunk(chunk, done, said).await;
                progress.add(chunk.len());
                // What a create has done by then is undone. Nothing more has been asked for: what is done to roles that
                // were there already would stay.
                if sides.prior.is_none() && said.has_errors() {
                    return Ok(());
                }
            }
        }
        for side in self.sides().into_iter().rev() {
            let of_kind: Vec<_> = leaving.iter().filter(|role| role.side.kind == side.kind).collect();
            let doomed = |role: &&&Gone<'_>| {
                let state = sides.prior.map(|prior| role.side.state(prior, role.name, role.text));
                (state.unwrap_or(Value::Null), sides.private.role(role.name))
            };
            let told = |role: &&&Gone<'_>, of_role: Diagnostics| {
                if !of_role.has_errors() {
                    done.removed.insert(role.name.to_owned());
                }
                said.add(role.side, role.name, of_role);
            };
            self.take_away(side, &of_kind, doomed, told, &mut progress).await;
        }
        self.remove_unmanaged(sides, &unmanaged, done, said, &mut progress).await;
        Ok(())
    }

    /// Takes roles away, so many at a time: each as `doomed` gives its state, and with what is said of it `told`.
    pub(super) async fn take_away<R: Sync>(
        &self,
        side: &Side,
        roles: &[R],
        doomed: impl Fn(&R) -> (Value, PrivateState),
        mut told: impl FnMut(&R, Diagnostics),
        progress: &mut Progress,
    ) {
        for chunk in roles.chunks(CHUNK) {
            let going = chunk.iter().map(|role| {
                let (state, private) = doomed(role);
                async move {
                    let mut of_role = Diagnostics::new();
                    side.resource.delete(state, private, &mut of_role).await;
                    of_role
                }
            });
            for (role, of_role) in chunk.iter().zip(self.together(going).await) {
                told(role, of_role);
            }
            progress.add(chunk.len());
        }
    }

    /// Awaits what is done to each of some roles.
    async fn together<T>(&self, roles: impl Iterator<Item = impl Future<Output = T>>) -> Vec<T> {
        let all = join_all(roles);
        match self.context.ready() {
            Some(session) => session.cluster.together(all).await,
            None => all.await,
        }
    }

    /// Nothing where this is the cluster that was planned for, or nobody can tell.
    async fn check_cluster(&self, sides: &Sides<'_>, session: &Session) -> Result<(), Diagnostics> {
        let Some(planned_for) = sides.private.cluster_planned_for() else { return Ok(()) };
        let looked = session.cluster.system_identifier().await;
        let found = looked.map_err(|error| Diagnostics::from(explain::looking(None, &error)))?;
        let same = session.recognition.planned_for(Some(planned_for), found);
        same.map_err(|first| first.into_iter().collect::<Diagnostics>())
    }

    async fn apply_chunk(&self, chunk: &[Work<'_>], done: &mut Done, said: &mut Gathered) {
        let applying = chunk.iter().map(|work| async move {
            let mut of_role = Diagnostics::new();
            let made = work.entry.side.resource.make(&work.request, &mut of_role).await;
            (work, made, of_role)
        });
        for (Work { entry, .. }, made, mut of_role) in self.together(applying).await {
            match made {
                Ok(made) => {
                    if made.is_new {
                        done.created.push((RoleName::from_catalog(entry.name), made.oid));
                    } else if !entry.is_there() {
                        done.adopted.push(entry.name.to_owned());
                    }
                    done.applied.insert(entry.name.to_owned(), (oid_value(made.oid.0), made.private));
                }
                Err(errors) => of_role.extend(errors),
            }
            said.add(entry.side, entry.name, of_role);
        }
    }

    /// After a create that failed nothing of it is left.
    async fn undo(&self, created: Vec<(RoleName, Oid)>, diagnostics: &mut Diagnostics) {
        if created.is_empty() {
            return;
        }
        let count = created.len();
        let undone = match self.context.session() {
            Ok(session) => {
                session.cluster.undo(Self::TYPE_NAME, created).await.map_err(|error| error.to_detail())
            }
            Err(error) => Err(error.detail),
        };
        match undone {
            Ok(()) => tracing::info!("roster: the {count} roles that were created are dropped again"),
            Err(why) => diagnostics.push(Diagnostic::error(
                "Roles that were created could not be dropped again",
                format!(
                    "The roster failed as a whole, and of the {count} roles that it had created by then some are left. They are not \
                     in the state: import them, or drop them by hand.\n\n{why}"
                ),
            )),
        }
    }

    pub(super) async fn delete_all(
        &self,
        prior: Value,
        private: PrivateState,
        diagnostics: &mut Diagnostics,
    ) -> StateResponse {
        self.context.begin_applying();
        let kept = Private::decode(&private);
        let mut done = Done::default();
        let mut said = Gathered::default();
        let count = |side: &Side| entries(&prior, side.attribute).len();
        let mut progress = Progress { done: 0, all: self.sides().into_iter().map(count).sum() };
        for side in self.sides().into_iter().rev() {
            let all: Vec<(&String, &Value)> = entries(&prior, side.attribute).iter().collect();
            let doomed = |(name, text): &(&String, &Value)| {
                let text = if let Value::String(text) = text { text.as_str() } else { "{}" };
                (side.state(&prior, name, text), kept.role(name))
            };
            let told = |(name, _): &(&String, &Value), of_role: Diagnostics| {
                if !of_role.has_errors() {
                    done.removed.insert((*name).clone());
                }
                said.add(side, name, of_role);
            };
            self.take_away(side, &all, doomed, told, &mut progress).await;
        }
        let failed = said.has_errors();
        said.say(diagnostics);
        if !failed {
            return StateResponse { state: None, private: PrivateState::default() };
        }
        let nothing = Value::Null;
        let sides = Sides { config: &nothing, prior: None, private: &kept };
        self.state_half_done(&prior, &sides, done)
    }
}

/// What is planned, with the passwords of the configuration: those of a plan are null.
fn with_passwords(request: &ApplyRequest) -> Value {
    let mut config = request.planned.clone();
    let passwords = request.config.get(super::schema::PASSWORDS).cloned().unwrap_or(Value::Null);
    config.set(super::schema::PASSWORDS, passwords);
    config
}

/// Who must be there before whom: groups before those that belong to them, and users last. Within one wave nobody waits
/// for another. Users of the same groups lie together: what comes into one transaction is granted at once, and from
/// PostgreSQL 16 on a grant by who has made thousands of roles takes tens of milliseconds.
fn waves(works: Vec<Work<'_>>) -> Vec<Vec<Work<'_>>> {
    let (mut groups, mut users): (Vec<_>, Vec<_>) =
        works.into_iter().partition(|work| work.entry.side.kind == Kind::Group);
    let mut waves = Vec::new();
    while !groups.is_empty() {
        let waiting: BTreeSet<String> = groups.iter().map(|work| work.entry.name.to_owned()).collect();
        let waits = |work: &Work<'_>| {
            entry::groups(&work.request.planned)
                .any(|group| group != work.entry.name && waiting.contains(group))
        };
        let (later, now): (Vec<_>, Vec<_>) = groups.into_iter().partition(waits);
        if now.is_empty() {
            // A circle: the server says so.
            waves.push(later);
            break;
        }
        waves.push(now);
        groups = later;
    }
    users.sort_by_cached_key(|work| {
        entry::groups(&work.request.planned).map(str::to_owned).collect::<Vec<_>>()
    });
    waves.push(users);
    waves
}
