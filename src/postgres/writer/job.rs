//! One request on its way through the writer: which role it means, what must be there for it, what differs.

use secrecy::SecretString;
use tokio::sync::oneshot;

use super::error::ApplyError;
use super::request::{Applied, Apply, Target};
use crate::postgres::catalog::Subjects;
use crate::postgres::error::{Error, Kind};
use crate::postgres::scram;
use crate::postgres::sql_log::LoggedAs;
use crate::roles::lockout::Lost;
use crate::roles::preflight::unmet;
use crate::roles::{Catalog, Change, Oid, PasswordChange, Role, RoleName, Server, diff};

/// A request, and who waits for its answer.
pub(super) struct Job {
    pub(super) request: Apply,
    /// As what its statements are logged.
    pub(super) logged_as: LoggedAs,
    pub(super) reply: oneshot::Sender<Result<Applied, ApplyError>>,
    /// Of a transaction whose COMMIT got no answer: the role that it created, and what it did.
    pub(super) unsure: Option<Unsure>,
    /// Whether nothing is to be tried for it before a look: something failed, and a look may tell why.
    pub(super) look_first: bool,
    /// The verifier of the password, for this number of iterations.
    pub(super) verifier: Option<(u32, SecretString)>,
}

/// What has happened, or has not.
pub(super) struct Unsure {
    /// The role's OID then: where it is there now, it has happened.
    pub(super) oid: Oid,
    pub(super) did: Did,
}

/// What a transaction did for a job.
#[derive(Clone)]
pub(super) struct Did {
    pub(super) changes: Vec<Change>,
    pub(super) adopted: bool,
    /// What protected roles have lost by it, where that is allowed.
    pub(super) lost: Vec<Lost>,
}

impl Job {
    pub(super) fn new(request: Apply, reply: oneshot::Sender<Result<Applied, ApplyError>>) -> Job {
        Job {
            logged_as: request.logged_as(),
            request,
            reply,
            unsure: None,
            look_first: false,
            verifier: None,
        }
    }

    /// Adds what this job must see to what is read.
    pub(super) fn subjects(&self, subjects: &mut Subjects) {
        let desired = &self.request.desired;
        subjects.name(&desired.name);
        if let Target::Existing { oid, name } = &self.request.target {
            subjects.oid(*oid).mention(name);
        }
        for group in desired.memberships.keys() {
            subjects.mention(group);
        }
        subjects.mention(&RoleName::rds_iam());
    }

    /// The role that is meant, as it is; `None`: it is to be created.
    pub(super) fn actual(&self, catalog: &Catalog) -> Result<Option<Role>, ApplyError> {
        let wanted = &self.request.desired.name;
        match &self.request.target {
            Target::New { adopt } => match catalog.role(wanted) {
                Some(role) if !adopt && !self.is_our_own_creation(&role) => {
                    Err(ApplyError::AlreadyThere { oid: role.oid })
                }
                role => Ok(role),
            },
            Target::Existing { oid, name } => {
                let Some(role) = catalog.role_by_oid(*oid) else {
                    return Err(match catalog.role_oid(name) {
                        Some(found) => ApplyError::MadeAnew { name: name.clone(), oid: *oid, found },
                        None => ApplyError::Gone { name: name.clone(), oid: *oid },
                    });
                };
                match catalog.role_oid(wanted) {
                    Some(other) if other != *oid => {
                        Err(ApplyError::NameTaken { name: wanted.clone(), oid: other })
                    }
                    _ => Ok(Some(role)),
                }
            }
        }
    }

    /// Whether a role that is there already may be taken over.
    pub(super) fn adopts(&self) -> bool {
        self.request.target == Target::New { adopt: true }
    }

    /// Whether the transaction whose COMMIT got no answer created it: a role that somebody else creates has another
    /// OID.
    pub(super) fn is_our_own_creation(&self, role: &Role) -> bool {
        self.unsure.as_ref().is_some_and(|unsure| unsure.oid == role.oid)
    }

    /// Whether all is there that the statements will name, and the server can have it.
    pub(super) fn check(&self, catalog: &Catalog, server: &Server) -> Result<(), ApplyError> {
        let desired = &self.request.desired;
        if let Some(unmet) = unmet(desired, catalog, server).into_iter().next() {
            return Err(ApplyError::Unmet(unmet));
        }
        if desired.password == PasswordChange::Set && self.request.password.is_none() {
            return Err(no_password().into());
        }
        Ok(())
    }

    /// The verifier of its password: made once, and not on the threads that answer Terraform.
    pub(super) async fn verifier(&mut self, iterations: u32) -> Result<SecretString, Error> {
        if let Some((made_for, verifier)) = &self.verifier
            && *made_for == iterations
        {
            return Ok(verifier.clone());
        }
        let password = self.request.password.clone();
        let Some(password) = password else { return Err(no_password()) };
        let verifier = tokio::task::spawn_blocking(move || scram::verifier(&password, iterations))
            .await
            .map_err(|error| Error::new(Kind::Other, format!("the password could not be hashed: {error}")))?;
        self.verifier = Some((iterations, verifier.clone()));
        Ok(verifier)
    }

    /// What is to be done.
    pub(super) fn changes(&self, actual: Option<&Role>, server: &Server) -> Vec<Change> {
        diff(actual, &self.request.desired, server).changes
    }

    /// What is still to be done, once a password has been sent: the catalog does not show it.
    pub(super) fn changes_left(&self, actual: &Role, server: &Server) -> Vec<Change> {
        let mut desired = self.request.desired.clone();
        desired.password = PasswordChange::Keep;
        diff(Some(actual), &desired, server).changes
    }
}

fn no_password() -> Error {
    Error::new(Kind::Other, "a password is to be set, and none was given")
}
