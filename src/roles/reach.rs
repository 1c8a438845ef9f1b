//! What a role comes to by its memberships.

use std::collections::HashSet;

use super::{Catalog, CatalogMembership, Oid};

/// What one role comes to. Superusers come to everything, which is not written here.
#[derive(Debug, Clone)]
pub(crate) struct Reach {
    of: Oid,
    /// All roles that it belongs to, in whatever way; itself among them.
    all: HashSet<Oid>,
    /// The roles whose privileges it has without SET ROLE; itself among them.
    inherits: HashSet<Oid>,
    /// The same, in the order in which the server looks through them for a grantor (`roles_is_member_of`).
    inherited: Vec<Oid>,
    /// The roles that it may SET ROLE to.
    sets: HashSet<Oid>,
    /// The roles that it has ADMIN OPTION on, through whatever memberships (`is_admin_of_role`).
    admin: HashSet<Oid>,
    /// Those of them that it could be recorded as a grantor for (`select_best_admin`): as itself, or as a role that it
    /// inherits.
    grantable: HashSet<Oid>,
}

impl Reach {
    pub(crate) fn new(catalog: &Catalog, of: Oid) -> Self {
        let inherited = closure(catalog, of, |row| row.options.inherit);
        let sets = closure(catalog, of, |row| row.options.set).into_iter().collect();
        let all = closure(catalog, of, |_| true);
        let mut admin = admin_of(catalog, &all);
        let mut grantable = admin_of(catalog, &inherited);
        // Nobody has ADMIN OPTION on itself.
        admin.remove(&of);
        grantable.remove(&of);
        let (all, inherits) = (all.into_iter().collect(), inherited.iter().copied().collect());
        Self { of, all, inherits, inherited, sets, admin, grantable }
    }

    pub(crate) fn has_privileges_of(&self, role: Oid) -> bool {
        self.inherits.contains(&role)
    }

    pub(crate) fn may_set_role(&self, role: Oid) -> bool {
        self.sets.contains(&role)
    }

    pub(crate) fn is_admin_of(&self, role: Oid) -> bool {
        self.admin.contains(&role)
    }

    pub(crate) fn may_be_grantor_of(&self, role: Oid) -> bool {
        self.grantable.contains(&role)
    }

    /// Itself and the roles whose privileges it has, in the order in which the server looks for a grantor.
    pub(crate) fn inherited(&self) -> impl Iterator<Item = Oid> {
        self.inherited.iter().copied()
    }

    /// Whether it comes to something by what that role belongs to, itself included.
    pub(crate) fn goes_through(&self, role: Oid) -> bool {
        self.all.contains(&role)
    }

    /// Whether it would lose something without a membership.
    pub(crate) fn stands_by(&self, catalog: &Catalog, row: &CatalogMembership) -> bool {
        let strong = [&self.inherits, &self.sets].iter().any(|roles| roles.contains(&row.member));
        let leads_to_admin = || {
            let beyond = closure(catalog, row.group, |_| true);
            row.options.admin || !admin_of(catalog, &beyond).is_empty()
        };
        strong || (self.all.contains(&row.member) && leads_to_admin())
    }

    /// Whether it was granted ADMIN OPTION on that role itself.
    pub(crate) fn is_direct_admin_of(&self, catalog: &Catalog, role: Oid) -> bool {
        self.rows(catalog, role).any(|row| row.options.admin)
    }

    /// The memberships in that role that it was granted itself.
    pub(crate) fn rows<'a>(
        &self,
        catalog: &'a Catalog,
        role: Oid,
    ) -> impl Iterator<Item = &'a CatalogMembership> {
        catalog.groups_of(self.of).filter(move |row| row.group == role)
    }

    /// Whether it can make itself a member of another role for a moment, where it may grant that role: a membership that is
    /// there already must not be lost by it. Up to 15 that is any; from 16 on (`has_grantors`) each grantor has a row of its
    /// own, and who has ADMIN OPTION itself adds one of its own.
    pub(crate) fn may_join(&self, catalog: &Catalog, role: Oid, has_grantors: bool) -> bool {
        let Some(row) = catalog.row(role) else { return false };
        let is_member = self.rows(catalog, role).next().is_some();
        let in_danger = is_member && !(has_grantors && self.is_direct_admin_of(catalog, role));
        !in_danger && !row.attributes.superuser && role != self.of && catalog.path_to(role, self.of).is_none()
    }
}

/// The roles that one comes to, itself first, then by rank, those of one role by their OIDs.
fn closure(catalog: &Catalog, of: Oid, goes: impl Fn(&CatalogMembership) -> bool) -> Vec<Oid> {
    let mut seen = HashSet::from([of]);
    let mut all = vec![of];
    let mut next = 0;
    while let Some(oid) = all.get(next) {
        let groups = catalog.groups_of(*oid).filter(|row| catalog.row(row.group).is_some() && goes(row));
        let mut groups: Vec<Oid> = groups.map(|row| row.group).collect();
        groups.sort();
        all.extend(groups.into_iter().filter(|group| seen.insert(*group)));
        next += 1;
    }
    all
}

fn admin_of(catalog: &Catalog, members: &[Oid]) -> HashSet<Oid> {
    let rows = members.iter().flat_map(|member| catalog.groups_of(*member));
    rows.filter(|row| row.options.admin).map(|row| row.group).collect()
}
