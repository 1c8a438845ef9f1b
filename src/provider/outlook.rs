//! What the plans of one process have come to so far: each resource's changes are laid over those that were planned
//! before it.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use time::OffsetDateTime;

use crate::postgres::Snapshot;
use crate::roles::foresight::{Creator, Foresight};
use crate::roles::lockout::{Lost, Protection, Watch, Why};
use crate::roles::preflight::{Judge, Obstacle};
use crate::roles::{Catalog, Change, DatabaseName, Oid, Privilege, RoleName, Server};

/// The world as the plans leave it, with the protected roles in it, and who is to bring it about.
pub(crate) struct Outlook {
    /// What is there before any of them.
    before: Arc<Snapshot>,
    /// Who logs in to apply.
    applies: RoleName,
    /// The roles that who applies is, before anything is planned: whom it logs in as, and whom its statements run as.
    ours: Vec<Oid>,
    /// What `protected_roles` names.
    listed: Vec<RoleName>,
    foresight: Foresight,
    watch: Watch,
    /// `None`: who applies is not there.
    judge: Option<Judge>,
    /// What was said once, and is not said again.
    said: HashSet<Once>,
    /// Of whom it was said that they come under `rds_iam`.
    warned: HashSet<Oid>,
    /// Of which databases it was said that everybody may connect to them.
    open: HashSet<DatabaseName>,
    /// Who granted which membership to whom, before any plan; looked through once somebody needs it.
    granted: Option<HashMap<Oid, Vec<(RoleName, RoleName)>>>,
}

/// What concerns the whole run, and is said with the first role that it keeps from being as planned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Once {
    /// Nothing can be written here.
    Reader,
    /// Who applies is not there.
    NobodyApplies,
    /// A role that is to be protected is not there.
    NobodyProtected,
    /// The server decides, not the catalog.
    RightsNotKnown,
}

impl Outlook {
    /// Before anything is planned.
    pub(super) fn new(snapshot: &Arc<Snapshot>, protection: &Protection, on_rds: bool) -> Self {
        let (applies, server) = who_applies(snapshot, protection);
        let rds_superuser = RoleName::from_catalog("rds_superuser");
        let among_rds_superusers = snapshot.catalog.is_member_of(&server.user, &rds_superuser);
        let creator = if on_rds && among_rds_superusers { Creator::NotKnown } else { Creator::BecomesMember };
        let foresight = Foresight::new(snapshot.catalog.clone(), server, creator);
        let watch = Watch::new(protection, &foresight, OffsetDateTime::now_utc());
        let judge = Judge::new(&foresight);
        let ours = snapshot.catalog.role_oid(&applies).into_iter().chain(foresight.user_oid()).collect();
        let listed = protection.roles.iter().filter(|role| role.why == Why::Listed);
        let listed = listed.map(|role| role.name.clone()).collect();
        Self {
            before: Arc::clone(snapshot),
            applies,
            ours,
            listed,
            foresight,
            watch,
            judge,
            said: HashSet::new(),
            warned: HashSet::new(),
            open: HashSet::new(),
            granted: None,
        }
    }

    /// Who logs in to apply.
    pub(crate) fn applies(&self) -> &RoleName {
        &self.applies
    }

    /// Whether that is a role which who applies is: never to be disabled or dropped.
    pub(crate) fn is_who_applies(&self, role: Oid) -> bool {
        self.ours.contains(&role)
    }

    /// Whether what who applies may do can be judged.
    pub(crate) fn is_judged(&self) -> bool {
        self.judge.is_some()
    }

    /// Whether the server takes no writes.
    pub(crate) fn only_reads(&self) -> bool {
        self.before.facts.in_recovery
    }

    /// The names in `protected_roles` that no role has, before the plans or as far as they are known.
    pub(crate) fn nobody_protected(&self) -> Vec<RoleName> {
        self.listed.iter().filter(|name| !self.has_role(name)).cloned().collect()
    }

    /// Whether this is said for the first time.
    pub(crate) fn say_once(&mut self, what: Once) -> bool {
        self.said.insert(what)
    }

    /// The world as it is foreseen so far.
    pub(crate) fn foresight(&self) -> &Foresight {
        &self.foresight
    }

    /// Lays the changes of one resource; gives what protected roles lose by them, and adds what stands in their way.
    /// `may_change` says of a role whether another resource of the run may still change it.
    pub(crate) fn lay(
        &mut self,
        changes: &[Change],
        may_change: &dyn Fn(Oid) -> bool,
        obstacles: &mut Vec<Obstacle>,
    ) -> Vec<Lost> {
        let judge = &mut self.judge;
        let lost = self.watch.lay_each(changes, &mut self.foresight, |foresight, change| {
            if let Some(judge) = judge {
                judge.look(foresight, change, may_change, obstacles);
            }
        });
        if let Some(judge) = judge {
            judge.end(&self.foresight, may_change, obstacles);
        }
        lost
    }

    /// Lays a DROP ROLE.
    pub(crate) fn lay_drop(&mut self, name: &RoleName) -> Vec<Lost> {
        self.watch.lay_drop(name, &mut self.foresight)
    }

    /// Lays NOLOGIN.
    pub(crate) fn lay_disable(&mut self, name: &RoleName) -> Vec<Lost> {
        self.watch.lay_disable(name, &mut self.foresight)
    }

    /// Keeps silent about a role: it is said of it already that it is locked out.
    pub(crate) fn has_been_told(&mut self, role: &RoleName) {
        self.warned.extend(self.foresight.catalog().role_oid(role));
    }

    /// The way from a role to `rds_iam`, if it has one.
    pub(crate) fn way_to_rds_iam(&self, role: Oid) -> Option<Vec<RoleName>> {
        let catalog = self.foresight.catalog();
        let way = catalog.path_to(role, catalog.role_oid(&RoleName::rds_iam())?)?;
        Some(way.into_iter().filter_map(|oid| catalog.role_name(oid).cloned()).collect())
    }

    /// Who logs in by password, and comes under `rds_iam` by belonging to this role (or by being it), through groups and
    /// not said yet; each with the way.
    pub(crate) fn newly_under_rds_iam(
        &mut self,
        through: Oid,
        by_password: impl Fn(Oid) -> bool,
    ) -> Vec<Vec<RoleName>> {
        if self.way_to_rds_iam(through).is_none() {
            return Vec::new();
        }
        let everyone = self.foresight.catalog().everyone_in(through);
        let is_new = |role: &Oid| by_password(*role) && !self.was_under_rds_iam(*role);
        let newly: Vec<_> = everyone.into_iter().filter(is_new).collect();
        let ways = newly.into_iter().filter_map(|role| {
            let way = self.way_to_rds_iam(role).filter(|way| way.len() > 2)?;
            self.warned.insert(role).then_some(way)
        });
        ways.collect()
    }

    /// The databases that CONNECT is granted on although everybody may connect, not said yet. A grant option is of use
    /// there, too.
    pub(crate) fn newly_open(&mut self, changes: &[Change]) -> Vec<DatabaseName> {
        let catalog = self.foresight.catalog();
        let granted = changes.iter().filter_map(|change| match change {
            Change::GrantPrivileges { database, privileges, .. } => {
                (privileges.get(&Privilege::Connect) == Some(&false)).then_some(database)
            }
            _ => None,
        });
        let open = granted.filter(|database| catalog.public_may_connect(database));
        let new: Vec<_> = open.filter(|database| !self.open.contains(*database)).cloned().collect();
        self.open.extend(new.iter().cloned());
        new
    }

    /// The memberships that a role has granted to others, each as the group and the member.
    pub(crate) fn granted_by(&mut self, role: Oid) -> Vec<(RoleName, RoleName)> {
        let before = &self.before.catalog;
        let granted = self.granted.get_or_insert_with(|| before.granted_memberships());
        granted.get(&role).cloned().unwrap_or_default()
    }

    /// Who had a name before any plan, where nobody has it by now.
    pub(crate) fn gave_up(&self, name: &RoleName) -> Option<Oid> {
        let free = self.foresight.catalog().role_oid(name).is_none();
        self.before.catalog.role_oid(name).filter(|_| free)
    }

    /// Whether a role of that name is there, or comes before this.
    pub(crate) fn has_role(&self, name: &RoleName) -> bool {
        [&self.before.catalog, self.foresight.catalog()]
            .iter()
            .any(|catalog| catalog.role_oid(name).is_some())
    }

    fn was_under_rds_iam(&self, role: Oid) -> bool {
        let before = &self.before.catalog;
        let group = before.role_oid(&RoleName::rds_iam());
        group.is_some_and(|group| before.path_to(role, group).is_some())
    }
}

/// Who logs in to apply, and the server as that role sees it.
fn who_applies(snapshot: &Snapshot, protection: &Protection) -> (RoleName, Server) {
    let applies = protection.roles.iter().find(|role| role.why == Why::Applies).map(|role| &role.name);
    let Some(applies) = applies.filter(|name| **name != snapshot.facts.session_user) else {
        return (snapshot.facts.session_user.clone(), snapshot.server.clone());
    };
    let user = acts_as(&snapshot.catalog, applies, &protection.database);
    let row = snapshot.catalog.role_oid(&user).and_then(|oid| snapshot.catalog.row(oid));
    let superuser = row.is_some_and(|row| row.attributes.superuser);
    (applies.clone(), Server { version: snapshot.server.version, user, superuser })
}

/// The role that the statements of a role run as: its own, unless a setting says another.
fn acts_as(catalog: &Catalog, role: &RoleName, database: &DatabaseName) -> RoleName {
    let settings = catalog.role_oid(role).map(|oid| catalog.settings_of(oid));
    let other = settings.and_then(|(everywhere, by_database)| {
        let here = by_database.get(database).and_then(|settings| settings.get("role"));
        here.or(everywhere.get("role")).filter(|name| name.as_str() != "none").map(RoleName::from_catalog)
    });
    other.unwrap_or_else(|| role.clone())
}
