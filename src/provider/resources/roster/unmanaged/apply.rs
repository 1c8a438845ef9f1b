//! Roles go that the roster does not name: those that the plan has announced, and no others.

use std::collections::BTreeSet;

use super::{Roles, Unmanaged};
use crate::provider::context::Session;
use crate::provider::explain;
use crate::provider::resources::roster::Roster;
use crate::provider::resources::roster::apply::{Done, Progress};
use crate::provider::resources::roster::entry::Sides;
use crate::provider::resources::roster::place::{Gathered, first_ten};
use crate::provider::resources::roster::schema::UNMANAGED;
use crate::roles::{Oid, RoleName};
use crate::sdk::{Diagnostics, Path, PrivateState};

impl Roster {
    /// Those that are to go, as the cluster is now: what the plan has named, less what has another OID by now. Of the rest it is
    /// said that they stay.
    pub(in crate::provider::resources::roster) async fn unmanaged_to_remove(
        &self,
        sides: &Sides<'_>,
        session: &Session,
        diagnostics: &mut Diagnostics,
    ) -> Result<Roles, Diagnostics> {
        let how = Unmanaged::of(sides.config).filter(|how| how.goes());
        let (Some(how), Some(prior)) = (how, sides.prior) else { return Ok(Roles::new()) };
        let looked = session.cluster.look_at_all().await;
        let snapshot = looked.map_err(|error| Diagnostics::from(explain::looking(None, &error)))?;
        let protection = session.cluster.protection();
        let mut roles = self.unmanaged(sides.config, Some(prior), &snapshot, protection).unwrap_or_default();
        let left: BTreeSet<&str> = self.names(prior).collect();
        roles.retain(|name, oid| {
            // What goes out of the roster goes as its own on_destroy says.
            !left.contains(name.as_str())
                && self.context.managed(*oid).is_none()
                && !self.context.was_applied(*oid)
                && !self.context.is_made(name)
        });
        let (going, staying): (Roles, Roles) =
            roles.into_iter().partition(|(name, oid)| sides.private.is_stranger(name, *oid));
        if !staying.is_empty() {
            let names: Vec<&str> = staying.keys().map(RoleName::as_str).collect();
            diagnostics.warning(
                Path::attribute(UNMANAGED),
                format!(
                    "{} roles that the roster does not name are not {}, because the plan did not name them",
                    names.len(),
                    how.verb()
                ),
                format!(
                    "They are {}. They came after it, or were made anew since. The next plan names \
                     them.",
                    first_ten(&names)
                ),
            );
        }
        Ok(going)
    }

    pub(in crate::provider::resources::roster) async fn remove_unmanaged(
        &self,
        sides: &Sides<'_>,
        roles: &Roles,
        done: &mut Done,
        said: &mut Gathered,
        progress: &mut Progress,
    ) {
        let Some(how) = Unmanaged::of(sides.config) else { return };
        let all: Vec<_> = roles.iter().collect();
        let defaults = self.context.defaults();
        let doomed = |(name, oid): &(&RoleName, &Oid)| {
            (self.users.of_unmanaged(how, name.as_str(), **oid, &defaults), PrivateState::default())
        };
        let told = |(name, _): &(&RoleName, &Oid), of_role: Diagnostics| {
            if !of_role.has_errors() {
                done.dealt_with.insert((*name).clone());
            }
            said.add_at(&Path::attribute(UNMANAGED), name.as_str(), of_role);
        };
        self.take_away(&self.users, &all, doomed, told, progress).await;
    }
}
