//! Which role a state means, in the cluster that it is of.

use super::private::Private;
use super::{RoleModel, RoleResource};
use crate::postgres::{Snapshot, Target};
use crate::provider::context::Session;
use crate::provider::explain;
use crate::provider::recognition::{Found, Oids};
use crate::roles::{Oid, Role, RoleName};
use crate::sdk::{Diagnostic, Diagnostics};

impl RoleResource {
    /// The role of a state, for a Read; none where it is gone. The private state learns the cluster that it is of.
    ///
    /// # Errors
    /// What keeps the state from being compared, unless that was said for another role.
    pub(super) fn find(
        &self,
        session: &Session,
        snapshot: &Snapshot,
        model: &RoleModel,
        kept: &mut Private,
        diagnostics: &mut Diagnostics,
    ) -> Result<Option<Role>, Option<Diagnostic>> {
        let Some(name) = name(model, kept) else { return Ok(None) };
        let recognition = &session.recognition;
        let identifiers = (kept.system_identifier, snapshot.system_identifier);
        if recognition.cluster(identifiers.0, identifiers.1)? == Oids::OfAnother {
            diagnostics.extend(recognition.cluster_changed(identifiers.0, identifiers.1));
        }
        kept.system_identifier = snapshot.system_identifier.or(kept.system_identifier);
        let oid = oid(model, kept);
        let oid = match recognition.role(self.kind, (&name, oid), &snapshot.catalog)? {
            Found::ByName(oid, former) => {
                diagnostics.extend(former.map(|now| explain::former(self.kind, &name, &now)));
                kept.renamed_from = None;
                oid
            }
            Found::Renamed(oid, now) => {
                diagnostics.push(explain::renamed(self.kind, (&name, oid), &now));
                kept.renamed_from = Some(name.to_string());
                oid
            }
            Found::Reserved(now) => {
                diagnostics.push(explain::reserved(self.kind, &name, &now));
                return Ok(None);
            }
            Found::Gone => return Ok(None),
        };
        Ok(snapshot.catalog.role_by_oid(oid))
    }

    /// The role of a state, for an apply.
    pub(super) fn existing(&self, prior: &RoleModel, private: &Private) -> Result<Target, Diagnostic> {
        match (prior.name.known(), oid(prior, private)) {
            (Some(name), Some(oid)) => Ok(Target::Existing { oid, name: RoleName::from_catalog(name) }),
            _ => Err(Diagnostic::error(
                format!("The state of this {} has no name or no OID", self.kind.noun()),
                "It cannot be found on the server by that. Plan without -refresh=false, which looks it up by its name; or \
                 take it out of the state with terraform state rm, and import it again.",
            )),
        }
    }

    /// The role of a state, for a destroy: by the name that was applied, since a role that only has its OID may be another.
    pub(super) fn doomed(
        &self,
        prior: &RoleModel,
        private: &Private,
    ) -> Result<Option<(Oid, RoleName)>, Diagnostic> {
        let Target::Existing { oid, name: now } = self.existing(prior, private)? else { return Ok(None) };
        Ok(Some((oid, name(prior, private).unwrap_or(now))))
    }

    /// Nothing where a state's OID may be used on a cluster: the identifiers are the state's and the cluster's.
    ///
    /// # Errors
    /// The cluster is another one, or may be, and the state was not compared with it.
    pub(super) fn same_cluster(
        &self,
        session: &Session,
        name: &RoleName,
        identifiers: (Option<i64>, Option<i64>),
    ) -> Result<(), Diagnostic> {
        let same = session.recognition.same_cluster(self.kind, name, identifiers);
        same.map_err(|first| first.unwrap_or_else(|| explain::not_looked_for(self.kind, name)))
    }

    /// The same for what is created: the identifiers are that of the cluster which its plan saw, and the cluster's.
    ///
    /// # Errors
    /// The cluster is another one.
    pub(in crate::provider) fn planned_for(
        &self,
        session: &Session,
        name: &RoleName,
        (planned, found): (Option<i64>, Option<i64>),
    ) -> Result<(), Diagnostic> {
        let same = session.recognition.planned_for(planned, found);
        same.map_err(|first| first.unwrap_or_else(|| explain::not_looked_for(self.kind, name)))
    }
}

/// The name that was applied.
fn name(model: &RoleModel, private: &Private) -> Option<RoleName> {
    private.renamed_from.as_ref().or(model.name.known()).map(RoleName::from_catalog)
}

fn oid(model: &RoleModel, private: &Private) -> Option<Oid> {
    model.oid.known().copied().map(Oid).or_else(|| private.oid())
}
