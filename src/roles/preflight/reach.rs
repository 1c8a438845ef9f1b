//! What a role comes to by its memberships.

use std::collections::HashSet;

use crate::roles::{Catalog, CatalogMembership, Oid};

/// What one role comes to. Superusers come to everything, which is not written here.
#[derive(Debug, Clone)]
pub(super) struct Reach {
    of: Oid,
    /// The roles whose privileges it has without SET ROLE; itself among them.
    inherits: HashSet<Oid>,
    /// The roles that it may SET ROLE to.
    sets: HashSet<Oid>,
    /// The roles that it has ADMIN OPTION on, through whatever memberships (`is_admin_of_role`).
    admin: HashSet<Oid>,
    /// Those of them that it could be recorded as a grantor for (`select_best_admin`): as itself, or as a role that it
    /// inherits.
    grantable: HashSet<Oid>,
}

impl Reach {
    pub(super) fn new(catalog: &Catalog, of: Oid) -> Self {
        let inherits = closure(catalog, of, |row| row.options.inherit);
        let sets = closure(catalog, of, |row| row.options.set);
        let mut admin = admin_of(catalog, &closure(catalog, of, |_| true));
        let mut grantable = admin_of(catalog, &inherits);
        // Nobody has ADMIN OPTION on itself.
        admin.remove(&of);
        grantable.remove(&of);
        Self { of, inherits, sets, admin, grantable }
    }

    pub(super) fn has_privileges_of(&self, role: Oid) -> bool {
        self.inherits.contains(&role)
    }

    pub(super) fn may_set_role(&self, role: Oid) -> bool {
        self.sets.contains(&role)
    }

    pub(super) fn is_admin_of(&self, role: Oid) -> bool {
        self.admin.contains(&role)
    }

    pub(super) fn may_be_grantor_of(&self, role: Oid) -> bool {
        self.grantable.contains(&role)
    }

    /// Itself and the roles whose privileges it has.
    pub(super) fn inherited(&self) -> impl Iterator<Item = Oid> {
        self.inherits.iter().copied()
    }

    /// Whether it was granted ADMIN OPTION on that role itself.
    pub(super) fn is_direct_admin_of(&self, catalog: &Catalog, role: Oid) -> bool {
        catalog.groups_of(self.of).any(|row| row.group == role && row.options.admin)
    }

    /// Whether it was granted that role itself, with whatever options.
    pub(super) fn is_direct_member_of(&self, catalog: &Catalog, role: Oid) -> bool {
        catalog.groups_of(self.of).any(|row| row.group == role)
    }
}

fn closure(catalog: &Catalog, of: Oid, goes: impl Fn(&CatalogMembership) -> bool) -> HashSet<Oid> {
    let mut seen = HashSet::from([of]);
    let mut ahead = vec![of];
    while let Some(oid) = ahead.pop() {
        for row in catalog.groups_of(oid) {
            if catalog.row(row.group).is_some() && goes(row) && seen.insert(row.group) {
                ahead.push(row.group);
            }
        }
    }
    seen
}

fn admin_of(catalog: &Catalog, members: &HashSet<Oid>) -> HashSet<Oid> {
    let rows = members.iter().flat_map(|member| catalog.groups_of(*member));
    rows.filter(|row| row.options.admin).map(|row| row.group).collect()
}
