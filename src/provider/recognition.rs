//! Whether the cluster at the end of the connection is the one that a state is of, and which role in it is the state's.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use super::context::Login;
use super::explain;
use super::resources::role::Kind;
use crate::roles::{Catalog, Oid, RoleName};
use crate::sdk::Diagnostic;

/// One a session.
pub(crate) struct Recognition {
    /// Where the connection goes, for messages.
    endpoint: String,
    allows_change: bool,
    /// Whether it was said that this is another cluster.
    said: AtomicBool,
    /// The roles that states have been found to mean.
    found: Mutex<BTreeMap<Oid, FoundBy>>,
}

/// Two system identifiers that are not the same.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Identifiers {
    /// The state's.
    pub kept: i64,
    /// The connection's.
    pub found: i64,
}

/// What a state's OIDs are worth.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Oids {
    /// They are those of this cluster; or nobody can tell, since the server does not let us see its identifier.
    OfThisCluster,
    /// They are those of another cluster.
    OfAnother,
}

/// How a state's role was found.
#[derive(Debug, Clone, PartialEq, Eq)]
enum FoundBy {
    Name,
    /// It has another name than in the state, which is this.
    Oid(RoleName),
}

/// The role that a state means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Found {
    /// The role of that name; and the name that the role with the state's OID has now, where that is another role.
    ByName(Oid, Option<RoleName>),
    /// The role of that OID, which has another name now.
    Renamed(Oid, RoleName),
    /// The role of that OID has a name now with which it is not ours to touch.
    Reserved(RoleName),
    /// Nobody.
    Gone,
}

impl Recognition {
    pub(super) fn new(login: &Login, allows_change: bool) -> Self {
        let endpoint = format!("{}:{}", login.host, login.port);
        Self { endpoint, allows_change, said: AtomicBool::default(), found: Mutex::default() }
    }

    /// Whether a state with this system identifier is of the cluster with that one. Where either is not known, nothing is
    /// compared.
    ///
    /// # Errors
    /// It is not, and may not be; what to say of it, unless that was said for another role of this run.
    pub(crate) fn cluster(&self, kept: Option<i64>, found: Option<i64>) -> Result<Oids, Option<Diagnostic>> {
        let (Some(kept), Some(found)) = (kept, found) else { return Ok(Oids::OfThisCluster) };
        if kept == found {
            return Ok(Oids::OfThisCluster);
        }
        if self.allows_change {
            return Ok(Oids::OfAnother);
        }
        let identifiers = Identifiers { kept, found };
        let first = !self.said.swap(true, Ordering::Relaxed);
        Err(first.then(|| explain::another_cluster(&self.endpoint, identifiers)))
    }

    /// The same for what looks a role up by the OID in its state: that of another cluster's will not do, also where
    /// another cluster is allowed.
    ///
    /// # Errors
    /// As `cluster`, or the look is missing with which a state learns its new cluster.
    pub(crate) fn same_cluster(
        &self,
        kind: Kind,
        name: &RoleName,
        (kept, found): (Option<i64>, Option<i64>),
    ) -> Result<(), Option<Diagnostic>> {
        match self.cluster(kept, found)? {
            Oids::OfThisCluster => Ok(()),
            Oids::OfAnother => {
                let first = !self.said.swap(true, Ordering::Relaxed);
                Err(first.then(|| explain::not_compared_yet(kind, name)))
            }
        }
    }

    /// The same for what was planned for a cluster and is in no state yet: its plan saw the one identifier, its apply the
    /// other. Where another role's state has shown that this is another cluster, it is so for this one too.
    ///
    /// # Errors
    /// As `cluster`.
    pub(crate) fn planned_for(
        &self,
        planned: Option<i64>,
        found: Option<i64>,
    ) -> Result<(), Option<Diagnostic>> {
        if self.allows_change {
            return Ok(());
        }
        match (planned, found) {
            (Some(planned), Some(found)) if planned != found => {
                let identifiers = Identifiers { kept: planned, found };
                let first = !self.said.swap(true, Ordering::Relaxed);
                Err(first.then(|| explain::planned_for_another(&self.endpoint, identifiers)))
            }
            _ if self.said.load(Ordering::Relaxed) => Err(None),
            _ => Ok(()),
        }
    }

    /// What is to be said once where a state of another cluster is compared by names.
    pub(crate) fn cluster_changed(&self, kept: Option<i64>, found: Option<i64>) -> Option<Diagnostic> {
        let identifiers = Identifiers { kept: kept?, found: found? };
        let first = !self.said.swap(true, Ordering::Relaxed);
        first.then(|| explain::cluster_changed(&self.endpoint, identifiers))
    }

    /// The role that a state means by a name and an OID. Where another cluster is allowed the name alone counts: who says
    /// that this may be a restored one says that OIDs may mean other roles.
    ///
    /// # Errors
    /// Another state means the same role, and one of the two by its OID only.
    pub(crate) fn role(
        &self,
        kind: Kind,
        (name, oid): (&RoleName, Option<Oid>),
        catalog: &Catalog,
    ) -> Result<Found, Diagnostic> {
        let found = find(name, oid.filter(|_| !self.allows_change), catalog);
        let (oid, by, now) = match &found {
            Found::ByName(oid, _) => (*oid, FoundBy::Name, name),
            Found::Renamed(oid, now) => (*oid, FoundBy::Oid(name.clone()), now),
            Found::Reserved(_) | Found::Gone => return Ok(found),
        };
        let mut all = self.found.lock().unwrap_or_else(PoisonError::into_inner);
        let before = all.entry(oid).or_insert_with(|| by.clone());
        // In which order two states are looked at is not known, so either order comes to the same.
        let gone = match (&*before, &by) {
            _ if *before == by => return Ok(found),
            (FoundBy::Oid(gone), _) | (_, FoundBy::Oid(gone)) => gone,
            (FoundBy::Name, FoundBy::Name) => return Ok(found),
        };
        Err(explain::two_states(kind, (gone, oid), now))
    }
}

fn find(name: &RoleName, oid: Option<Oid>, catalog: &Catalog) -> Found {
    let by_oid = oid.and_then(|oid| Some((oid, catalog.role_name(oid)?)));
    if let Some(by_name) = catalog.role_oid(name) {
        let former = by_oid.filter(|(oid, _)| *oid != by_name).map(|(_, former)| former.clone());
        return Found::ByName(by_name, former);
    }
    match by_oid {
        None => Found::Gone,
        Some((oid, now)) if RoleName::managed(now.as_str()).is_ok() => Found::Renamed(oid, now.clone()),
        Some((_, now)) => Found::Reserved(now.clone()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::roles::{CatalogRole, RoleAttributes};

    fn name(text: &str) -> RoleName {
        RoleName::from_catalog(text)
    }

    fn catalog(roles: &[(u32, &str)]) -> Catalog {
        let row = |(oid, text): &(u32, &str)| CatalogRole {
            oid: Oid(*oid),
            name: name(text),
            attributes: RoleAttributes::default(),
            comment: None,
        };
        Catalog::new(roles.iter().map(row).collect(), vec![], vec![], vec![])
    }

    fn recognition(allows_change: bool) -> Recognition {
        let login = Login { host: "db".to_owned(), port: 5432, database: "postgres".to_owned() };
        Recognition::new(&login, allows_change)
    }

    fn look(recognition: &Recognition, state: (&str, u32), catalog: &Catalog) -> Result<Found, String> {
        let found = recognition.role(Kind::User, (&name(state.0), Some(Oid(state.1))), catalog);
        found.map_err(|error| error.summary)
    }

    #[test]
    fn a_name_wins_over_an_oid() {
        let catalog = catalog(&[(1, "b"), (2, "a"), (3, "rds_x")]);
        let here = recognition(false);
        assert_eq!(look(&here, ("a", 1), &catalog), Ok(Found::ByName(Oid(2), Some(name("b")))));
        assert_eq!(look(&here, ("a", 2), &catalog), Ok(Found::ByName(Oid(2), None)));
        assert_eq!(look(&here, ("a", 9), &catalog), Ok(Found::ByName(Oid(2), None)));
        assert_eq!(look(&here, ("gone", 1), &catalog), Ok(Found::Renamed(Oid(1), name("b"))));
        assert_eq!(look(&here, ("gone", 3), &catalog), Ok(Found::Reserved(name("rds_x"))));
        assert_eq!(look(&here, ("gone", 4), &catalog), Ok(Found::Gone));
        assert_eq!(look(&recognition(true), ("gone", 1), &catalog), Ok(Found::Gone));
    }

    #[test]
    fn one_role_is_not_followed_where_another_state_has_it_in_either_order() {
        let catalog = catalog(&[(1, "b")]);
        for states in [[("a", 1), ("b", 1)], [("b", 1), ("a", 1)], [("a", 1), ("c", 1)]] {
            let here = recognition(false);
            assert!(look(&here, states[0], &catalog).is_ok());
            let error = look(&here, states[1], &catalog).unwrap_err();
            assert!(error.contains("Two states"), "{error}");
            assert!(look(&here, states[0], &catalog).is_ok(), "looked at twice");
        }
    }

    #[test]
    fn two_clusters_are_said_once() {
        let here = recognition(false);
        assert_eq!(here.cluster(None, Some(1)), Ok(Oids::OfThisCluster));
        assert_eq!(here.cluster(Some(1), None), Ok(Oids::OfThisCluster));
        assert_eq!(here.cluster(Some(1), Some(1)), Ok(Oids::OfThisCluster));
        let said = here.cluster(Some(1), Some(-2)).unwrap_err().unwrap();
        for text in ["db:5432", "1", "-2", "allow_cluster_change"] {
            assert!(said.detail.contains(text), "{said:?}");
        }
        assert_eq!(here.cluster(Some(1), Some(-2)), Err(None));
        let elsewhere = recognition(true);
        assert_eq!(elsewhere.cluster(Some(1), Some(2)), Ok(Oids::OfAnother));
        assert!(elsewhere.cluster_changed(Some(1), Some(2)).is_some());
        assert!(elsewhere.cluster_changed(Some(1), Some(2)).is_none());
        assert_eq!(elsewhere.same_cluster(Kind::User, &name("a"), (Some(1), Some(2))), Err(None));
    }

    #[test]
    fn what_was_planned_for_one_cluster_is_not_for_another() {
        let here = recognition(false);
        for (planned, found) in [(None, Some(2)), (Some(1), None), (Some(2), Some(2))] {
            assert_eq!(here.planned_for(planned, found), Ok(()));
        }
        let said = here.planned_for(Some(1), Some(-2)).unwrap_err().unwrap();
        for text in ["db:5432", "1", "-2", "allow_cluster_change"] {
            assert!(said.detail.contains(text), "{said:?}");
        }
        // From then on for all, also those of which no plan has seen a cluster.
        assert_eq!(here.planned_for(Some(1), Some(-2)), Err(None));
        assert_eq!(here.planned_for(None, Some(-2)), Err(None));
        assert_eq!(recognition(true).planned_for(Some(1), Some(-2)), Ok(()));
        let elsewhere = recognition(false);
        assert!(elsewhere.cluster(Some(1), Some(2)).is_err());
        assert_eq!(elsewhere.planned_for(None, Some(2)), Err(None));
    }
}
