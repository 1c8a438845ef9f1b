//! What the resources of one provider process share: the configuration once it is there, and the cluster.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use secrecy::{ExposeSecret, SecretString};

use crate::aws::{self, Account};
use crate::postgres::{Cluster, ConnectionConfig, Error, Password, Snapshot, SqlLog};
use crate::roles::lockout::{self, Protected, Protection, Why};
use crate::roles::{Oid, RoleName};
use crate::sdk::{Diagnostic, Diagnostics, Value};

use super::claims::Claims;
use super::configuration::{Resolved, Usable};
use super::explain;
use super::outlook::Outlook;
use super::recognition::Recognition;
use super::resources::role::{OnDestroyModel, RoleModel};
use super::statements::PlannedStatements;
use super::walk::Walk;

/// What users and groups get where they say nothing themselves. Read when it applies, not from the state.
#[derive(Debug, Clone, Default)]
pub(crate) struct Defaults {
    pub grants_mode: Option<String>,
    pub on_destroy: Option<OnDestroyModel>,
    pub terminate_sessions: Option<bool>,
    /// Who applies, where that is known: `apply_username`, else whom the connection logs in as.
    pub applies: Option<String>,
}

impl Defaults {
    /// The grants mode that applies to a role. Who applies keeps what nobody has written, unless somebody says otherwise:
    /// it has what it manages roles with.
    pub(crate) fn grants_mode<'a>(&'a self, model: &'a RoleModel) -> &'a str {
        let own = self.applies.is_some() && model.name.known() == self.applies.as_ref();
        let unsaid = if own { "additive" } else { "authoritative" };
        model.grants_mode.known().or(self.grants_mode.as_ref()).map_or(unsaid, String::as_str)
    }

    /// What a destroy of a role does.
    pub(crate) fn on_destroy(&self, model: &RoleModel) -> OnDestroyModel {
        model.on_destroy.known().or(self.on_destroy.as_ref()).cloned().unwrap_or_default()
    }

    /// Whether the sessions of a role that may no longer log in are ended.
    pub(crate) fn terminate_sessions(&self, model: &RoleModel) -> bool {
        model.terminate_sessions.known().copied().or(self.terminate_sessions).unwrap_or(false)
    }
}

/// Where the provider itself logs in.
#[derive(Debug, Clone)]
pub(crate) struct Login {
    pub host: String,
    pub port: u16,
    pub database: String,
}

/// A cluster to talk to, and what applies to all roles in it.
pub(crate) struct Session {
    pub cluster: Cluster,
    pub login: Login,
    pub defaults: Defaults,
    /// What the plans of this process would run.
    pub planned_statements: PlannedStatements,
    /// Whether the host is one of RDS's own.
    pub on_rds: bool,
    /// Why the catalog could not be read, and how that was said so far.
    unseen: Mutex<Option<(Error, Said)>>,
    outlook: Mutex<Option<Outlook>>,
    pub recognition: Recognition,
    /// The password that the provider itself logs in with, where that is always the same.
    own_password: Option<SecretString>,
}

/// How something was said that is said once a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Said {
    NotYet,
    AsWarning,
    AsError,
}

/// Why there is no snapshot of the catalog.
pub(crate) enum Unseen {
    /// To be said.
    First(Error),
    /// It was said for another role of this run, which fails for it.
    Again,
}

impl Session {
    fn new(
        connection: ConnectionConfig,
        protection: Protection,
        defaults: Defaults,
        sql_log: SqlLog,
        allow_cluster_change: bool,
    ) -> Self {
        let on_rds = aws::rds_host(&connection.host).is_some();
        let login = Login {
            host: connection.host.clone(),
            port: connection.port,
            database: connection.database.clone(),
        };
        let recognition = Recognition::new(&login, allow_cluster_change);
        let own_password = match &connection.password {
            Some(Password::Fixed(password)) => Some(password.clone()),
            Some(Password::Source(_)) | None => None,
        };
        let planned_statements =
            PlannedStatements::new(sql_log.clone(), connection.server_and(&connection.database));
        let cluster = Cluster::protecting(connection, protection, sql_log);
        let (unseen, outlook) = (Mutex::default(), Mutex::default());
        Self {
            cluster,
            login,
            defaults,
            planned_statements,
            on_rds,
            unseen,
            outlook,
            recognition,
            own_password,
        }
    }

    /// Whether the provider's own login still works once this role has that password (`None`: one that is not known yet);
    /// nothing where that cannot be told.
    pub(crate) fn goes_on_with(&self, role: &RoleName, password: Option<&SecretString>) -> Option<bool> {
        let of_connection = |role: &&Protected| role.why == Why::Connection;
        let own = self.cluster.protection().role(role).filter(of_connection)?;
        match (own.login, &self.own_password) {
            (lockout::Login::Other, _) => Some(true),
            (lockout::Login::Password, Some(own)) => {
                Some(password.is_some_and(|password| password.expose_secret() == own.expose_secret()))
            }
            _ => None,
        }
    }

    /// The catalog, as all reads of this process see it. Where that fails it is not tried again for each of a thousand
    /// roles, which would wait for the same server one after the other and say the same a thousand times: the first
    /// error ends the run. (Terraform has a process of its own for each walk.)
    pub(crate) async fn snapshot(&self) -> Result<Arc<Snapshot>, Unseen> {
        self.look(Said::AsError).await.map_err(|first| first.map_or(Unseen::Again, Unseen::First))
    }

    /// The same for a plan that can do without: where it fails, one warning a run says so.
    pub(crate) async fn snapshot_or_warn(&self, diagnostics: &mut Diagnostics) -> Option<Arc<Snapshot>> {
        match self.look(Said::AsWarning).await {
            Ok(snapshot) => Some(snapshot),
            Err(first) => {
                diagnostics.extend(first.map(|error| explain::not_checked(&error)));
                None
            }
        }
    }

    /// Begins to read the catalog for those who will ask for it. If that fails it is they who say so.
    pub(crate) async fn look_beforehand(&self) {
        // Either way it is kept.
        _ = self.look(Said::NotYet).await;
    }

    /// The error is there for who is to say it: once as an error, or before that once as a warning.
    async fn look(&self, how: Said) -> Result<Arc<Snapshot>, Option<Error>> {
        let known = self.unseen.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let error = match known {
            Some((error, _)) => error,
            None => match self.cluster.snapshot().await {
                Ok(snapshot) => return Ok(snapshot),
                Err(error) => error,
            },
        };
        let mut unseen = self.unseen.lock().unwrap_or_else(PoisonError::into_inner);
        let before = unseen.as_ref().map_or(Said::NotYet, |(_, said)| *said);
        *unseen = Some((error.clone(), before.max(how)));
        Err((before < how).then_some(error))
    }

    /// What the plans of this process have come to so far, where there are any.
    pub(crate) fn outlook(&self) -> MutexGuard<'_, Option<Outlook>> {
        self.outlook.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Works on what the plans of this process have come to so far.
    pub(crate) fn with_outlook<T>(
        &self,
        snapshot: &Arc<Snapshot>,
        work: impl FnOnce(&mut Outlook) -> T,
    ) -> T {
        let mut outlook = self.outlook();
        // A server of RDS is reached by other names, too: an alias of one's own, the near end of a tunnel.
        let on_rds = self.on_rds || snapshot.facts.on_rds;
        work(outlook.get_or_insert_with(|| Outlook::new(snapshot, self.cluster.protection(), on_rds)))
    }
}

enum State {
    /// All is known.
    Ready(Box<Session>),
    /// Something that a connection needs is known only after the apply; which attributes.
    NotKnownYet(Vec<String>, Defaults),
    /// The configuration had errors, which were reported.
    Invalid,
}

/// What a resource plans for a role that it has.
struct Kept {
    /// A digest of what is written for it, where there is one.
    written: Option<u64>,
    /// Whether it is known what that comes to.
    is_planned: bool,
}

/// Shared by all resources of a process.
#[derive(Default)]
pub(crate) struct Context {
    state: OnceLock<State>,
    warned: AtomicBool,
    applied: Mutex<BTreeSet<Oid>>,
    /// Roles that resources have begun to create or to take over.
    made: Mutex<BTreeSet<RoleName>>,
    /// The AWS account, where all that is written of it is known.
    account: OnceLock<Option<Arc<Account>>>,
    applying: AtomicBool,
    refreshing: AtomicBool,
    /// Roles that resources have, and whether they say that it logs in by password.
    managed: Mutex<BTreeMap<Oid, bool>>,
    /// Roles that resources plan to keep or to change.
    kept: Mutex<BTreeMap<Oid, Kept>>,
    /// Roles that a roster plans to take away because it does not name them.
    going: Mutex<BTreeSet<Oid>>,
    /// What else is asked of this process.
    pub(crate) walk: Walk,
    /// The roles that resources are taking over or away.
    pub(crate) claims: Claims,
}

impl Context {
    /// Takes what the configuration came to. A second call is ignored: Terraform configures a process once.
    pub(crate) fn configure(&self, resolved: Resolved) {
        let state = match resolved {
            Resolved::Usable(usable) => {
                let Usable { connection, protection, sql_log, defaults, allow_cluster_change, account } =
                    *usable;
                self.account.set(account).ok();
                let session = Session::new(connection, protection, defaults, sql_log, allow_cluster_change);
                State::Ready(Box::new(session))
            }
            Resolved::NotKnownYet { attributes, defaults, account } => {
                self.account.set(account).ok();
                State::NotKnownYet(attributes, defaults)
            }
            Resolved::Invalid => State::Invalid,
        };
        let _ = self.state.set(state);
    }

    /// The session, where there can be one.
    ///
    /// # Errors
    /// Why there is none, for a call that cannot do without.
    pub(crate) fn session(&self) -> Result<&Session, Diagnostic> {
        match self.state.get() {
            Some(State::Ready(session)) => Ok(session),
            Some(State::NotKnownYet(attributes, _)) => Err(Diagnostic::error(
                "The cluster's address is not known yet",
                format!(
                    "The provider's {} will be known only after the apply, and this needs a connection. Apply what they \
                     come from first: terraform apply -target=..., or in a configuration of its own.",
                    attributes.join(", ")
                ),
            )),
            Some(State::Invalid) | None => Err(Diagnostic::error(
                "The provider pgum is not configured",
                "Its configuration has errors, or was never given. See the other messages.",
            )),
        }
    }

    /// The session, or nothing with one warning a run where it is not known yet.
    pub(crate) fn session_or_warn(&self, diagnostics: &mut Diagnostics) -> Option<&Session> {
        match self.state.get() {
            Some(State::NotKnownYet(attributes, _)) => {
                if !self.warned.swap(true, Ordering::Relaxed) {
                    diagnostics.push(Diagnostic::warning(
                        "Users and groups are not compared with the cluster",
                        format!(
                            "The provider's {} will be known only after the apply, so there is nothing to connect to \
                             yet. What the state holds is taken as it is; the next plan looks again.",
                            attributes.join(", ")
                        ),
                    ));
                }
                None
            }
            _ => match self.session() {
                Ok(session) => Some(session),
                Err(error) => {
                    diagnostics.push(error);
                    None
                }
            },
        }
    }

    /// Whether something that a connection needs is known only after the apply.
    pub(crate) fn is_not_known_yet(&self) -> bool {
        matches!(self.state.get(), Some(State::NotKnownYet(..)))
    }

    /// The AWS account that tokens are signed with, also where the provider itself logs in otherwise; none where something
    /// in `aws` is known after the apply only. Nothing is read or asked for before the first token is.
    pub(crate) fn account(&self) -> Option<&Arc<Account>> {
        self.account.get()?.as_ref()
    }

    /// The defaults, which are there before a connection can be.
    pub(crate) fn defaults(&self) -> Defaults {
        match self.state.get() {
            Some(State::Ready(session)) => session.defaults.clone(),
            Some(State::NotKnownYet(_, defaults)) => defaults.clone(),
            Some(State::Invalid) | None => Defaults::default(),
        }
    }

    /// The session where there is one, for a call that can do without.
    pub(crate) fn ready(&self) -> Option<&Session> {
        match self.state.get() {
            Some(State::Ready(session)) => Some(session),
            _ => None,
        }
    }

    /// Remembers that a resource of this run has created, changed or taken over this role.
    pub(crate) fn remember_applied(&self, oid: Oid) {
        self.applied.lock().unwrap_or_else(PoisonError::into_inner).insert(oid);
    }

    /// Whether one has. Terraform applies a resource once a run, so to another resource it says that the two are for one
    /// role.
    pub(crate) fn was_applied(&self, oid: Oid) -> bool {
        self.applied.lock().unwrap_or_else(PoisonError::into_inner).contains(&oid)
    }

    /// Remembers that a resource of this run begins to create this role or to take it over: from here on it may be there.
    pub(crate) fn remember_made(&self, name: &RoleName) {
        self.made.lock().unwrap_or_else(PoisonError::into_inner).insert(name.clone());
    }

    /// Whether one has begun to.
    pub(crate) fn is_made(&self, name: &RoleName) -> bool {
        self.made.lock().unwrap_or_else(PoisonError::into_inner).contains(name)
    }

    /// Remembers that this process applies: what it reads of the whole cluster is old from now on.
    pub(crate) fn begin_applying(&self) {
        self.applying.store(true, Ordering::Relaxed);
        if let Some(session) = self.ready() {
            session.planned_statements.forget();
        }
    }

    /// Whether it does.
    pub(crate) fn is_applying(&self) -> bool {
        self.applying.load(Ordering::Relaxed)
    }

    /// Remembers that Terraform has asked this process what has become of a state. It does so to plan (unless told not to),
    /// and never to apply.
    pub(crate) fn remember_refresh(&self) {
        self.refreshing.store(true, Ordering::Relaxed);
    }

    /// Whether a plan comes to nothing, so that it may have the words of the prior state for what is written in other ones. What
    /// is write-only is in no state.
    ///
    /// Terraform allows a written value, or the prior one, and nothing in between. Where a part of a value is not known yet the
    /// plan has it as it is written; so must have the plan that is made again to be applied, which knows all, and does not
    /// know that the first one did not. But it is made again only where there was something to apply. So what means the same
    /// stays as it was only in a plan that comes to nothing, and never in one that is made again.
    pub(crate) fn comes_to_nothing(&self, prior: &Value, planned: &Value, write_only: &str) -> bool {
        self.refreshing.load(Ordering::Relaxed)
            && !self.is_applying()
            && prior.is_same_but_for(write_only, planned)
    }

    /// Remembers that a resource has this role, and whether it says that the role logs in by password.
    pub(crate) fn remember_managed(&self, oid: Oid, by_password: bool) {
        self.managed.lock().unwrap_or_else(PoisonError::into_inner).insert(oid, by_password);
    }

    /// Whether one has, as far as this process has seen, and whether it says that the role logs in by password.
    pub(crate) fn managed(&self, oid: Oid) -> Option<bool> {
        self.managed.lock().unwrap_or_else(PoisonError::into_inner).get(&oid).copied()
    }

    /// Remembers that a resource that has this role plans to keep or to change it, with a digest of what is written for it;
    /// whether none did before.
    pub(crate) fn remember_kept(&self, oid: Oid, written: Option<u64>) -> bool {
        self.kept().insert(oid, Kept { written, is_planned: false }).is_none()
    }

    /// Remembers that what such a resource plans is laid over what was planned before.
    pub(crate) fn remember_planned(&self, oid: Oid) {
        if let Some(kept) = self.kept().get_mut(&oid) {
            kept.is_planned = true;
        }
    }

    fn kept(&self) -> MutexGuard<'_, BTreeMap<Oid, Kept>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Remembers that a roster plans to take this role away because it does not name it.
    pub(crate) fn remember_going(&self, oid: Oid) {
        self.going.lock().unwrap_or_else(PoisonError::into_inner).insert(oid);
    }

    /// Whether one does.
    pub(crate) fn is_going(&self, oid: Oid) -> bool {
        self.going.lock().unwrap_or_else(PoisonError::into_inner).contains(&oid)
    }

    /// Whether one does, whose plan is laid.
    pub(crate) fn was_kept(&self, oid: Oid) -> bool {
        self.kept().get(&oid).is_some_and(|kept| kept.is_planned)
    }

    /// Whether a create for which this is written may be the second half of the replacement of such a role: for that
    /// Terraform plans the same resource twice, first with its state and then without.
    pub(crate) fn may_replace(&self, oid: Oid, written: u64) -> bool {
        self.kept().get(&oid).is_some_and(|kept| kept.written.is_none_or(|before| before == written))
    }

    /// Begins nothing new.
    pub(crate) async fn stop(&self) {
        if let Some(session) = self.ready() {
            session.cluster.stop();
            session.planned_statements.write();
        }
    }
}
