//! What the resources of one provider process share: the configuration once it is there, and the cluster.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use crate::aws::Account;
use crate::postgres::{Cluster, Error, Snapshot};
use crate::roles::Oid;
use crate::sdk::{Diagnostic, Diagnostics};

use super::configuration::{Resolved, Usable};
use super::resources::role::{OnDestroyModel, RoleModel};

/// What users and groups get where they say nothing themselves. Read when it applies, not from the state.
#[derive(Debug, Clone, Default)]
pub(crate) struct Defaults {
    pub grants_mode: Option<String>,
    pub on_destroy: Option<OnDestroyModel>,
    pub terminate_sessions: Option<bool>,
}

impl Defaults {
    /// The grants mode that applies to a role.
    pub(crate) fn grants_mode<'a>(&'a self, model: &'a RoleModel) -> &'a str {
        model.grants_mode.known().or(self.grants_mode.as_ref()).map_or("authoritative", String::as_str)
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
    /// Whether the catalog could not be read, and that was said.
    unseen: AtomicBool,
}

/// Why there is no snapshot of the catalog.
pub(crate) enum Unseen {
    /// To be said.
    First(Error),
    /// It was said for another role of this run, which fails for it.
    Again,
}

impl Session {
    /// The catalog, as all reads of this process see it. Where that fails it is not tried again for each of a thousand
    /// roles, which would wait for the same server one after the other and say the same a thousand times: the first
    /// error ends the run. (Terraform has a process of its own for each walk.)
    pub(crate) async fn snapshot(&self) -> Result<Arc<Snapshot>, Unseen> {
        if self.unseen.load(Ordering::Relaxed) {
            return Err(Unseen::Again);
        }
        self.cluster.snapshot().await.map_err(|error| {
            if self.unseen.swap(true, Ordering::Relaxed) { Unseen::Again } else { Unseen::First(error) }
        })
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

/// Shared by all resources of a process.
#[derive(Default)]
pub(crate) struct Context {
    state: OnceLock<State>,
    warned: AtomicBool,
    applied: Mutex<BTreeSet<Oid>>,
    /// The AWS account, where all that is written of it is known.
    account: OnceLock<Option<Arc<Account>>>,
}

impl Context {
    /// Takes what the configuration came to. A second call is ignored: Terraform configures a process once.
    pub(crate) fn configure(&self, resolved: Resolved) {
        let state = match resolved {
            Resolved::Usable(usable) => {
                let Usable { connection, protection, defaults, account } = *usable;
                self.account.set(account).ok();
                State::Ready(Box::new(Session {
                    login: Login {
                        host: connection.host.clone(),
                        port: connection.port,
                        database: connection.database.clone(),
                    },
                    cluster: Cluster::protecting(connection, protection),
                    defaults,
                    unseen: AtomicBool::new(false),
                }))
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

    /// Begins nothing new.
    pub(crate) async fn stop(&self) {
        if let Some(session) = self.ready() {
            session.cluster.stop();
        }
    }
}
