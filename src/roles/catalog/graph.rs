//! Ways through memberships, and what they lead to.

use std::collections::{HashMap, HashSet, VecDeque};

use super::{Catalog, CatalogMembership};
use crate::roles::{DatabaseName, Oid, Privilege, RoleName};

/// PUBLIC, as a grantee.
pub(in crate::roles) const PUBLIC: Oid = Oid(0);

impl Catalog {
    /// Whether a role belongs to a group as `+group` in pg_hba.conf means it: itself, directly or through
    /// others, each membership counting whatever its options, and superusers belonging to no more than they
    /// were granted.
    pub fn is_member_of(&self, member: &RoleName, group: &RoleName) -> bool {
        self.role_oid(member).zip(self.role_oid(group)).is_some_and(|(member, group)| {
            self.shortest_path(member, |_| true, |_, oid| oid == group).is_some()
        })
    }

    /// The shortest way from a role to a group, both included, as `+group` in pg_hba.conf goes.
    pub fn path_to(&self, member: Oid, group: Oid) -> Option<Vec<Oid>> {
        self.shortest_path(member, |_| true, |_, oid| oid == group)
    }

    /// The same, but past one role.
    pub fn path_past(&self, member: Oid, group: Oid, past: Oid) -> Option<Vec<Oid>> {
        self.shortest_path(member, |row| row.group != past, |_, oid| oid == group)
    }

    /// By which role of those whose privileges it has a role may connect to a database, and the way to that one. It
    /// ends with PUBLIC where that may; a superuser needs none.
    pub fn connect_path(&self, role: Oid, database: &DatabaseName) -> Option<Vec<Oid>> {
        let database = self.database(database)?;
        let may = |grantee: Oid| {
            self.privileges_to(grantee)
                .any(|(on, entry)| *on == database.oid && entry.privilege == Privilege::Connect)
        };
        if may(PUBLIC) {
            return Some(vec![role, PUBLIC]);
        }
        // From 14 on a database's owner belongs to pg_database_owner, without a membership.
        let owner_role = self.role_oid(&RoleName::from_catalog("pg_database_owner"));
        let by_owning = owner_role.is_some_and(may);
        self.shortest_path(
            role,
            |row| row.options.inherit,
            |catalog, oid| {
                let superuser = oid == role && catalog.row(oid).is_some_and(|row| row.attributes.superuser);
                superuser || may(oid) || (by_owning && oid == database.owner)
            },
        )
    }

    /// Whether everybody may connect to a database.
    pub fn public_may_connect(&self, database: &DatabaseName) -> bool {
        self.database(database).is_some_and(|database| {
            self.privileges_to(PUBLIC)
                .any(|(on, entry)| *on == database.oid && entry.privilege == Privilege::Connect)
        })
    }

    /// Who granted which membership to somebody else, each as the group and the member.
    pub fn granted_memberships(&self) -> HashMap<Oid, Vec<(RoleName, RoleName)>> {
        let mut granted = HashMap::<Oid, Vec<(RoleName, RoleName)>>::new();
        for row in self.memberships.iter().flatten() {
            let names = self.role_name(row.group).zip(self.role_name(row.member));
            if let Some((group, member)) = names.filter(|_| ![row.group, row.member].contains(&row.grantor)) {
                granted.entry(row.grantor).or_default().push((group.clone(), member.clone()));
            }
        }
        granted
    }

    /// Everyone who belongs to a group, itself first.
    pub fn everyone_in(&self, group: Oid) -> Vec<Oid> {
        let mut seen = HashSet::from([group]);
        let mut all = vec![group];
        let mut place = 0;
        while let Some(oid) = all.get(place).copied() {
            place += 1;
            for row in self.memberships_of(&self.memberships_by_group, oid) {
                if self.role_by_oid.contains_key(&row.member) && seen.insert(row.member) {
                    all.push(row.member);
                }
            }
        }
        all
    }

    fn shortest_path(
        &self,
        from: Oid,
        goes: impl Fn(&CatalogMembership) -> bool,
        arrives: impl Fn(&Self, Oid) -> bool,
    ) -> Option<Vec<Oid>> {
        let mut came_from = HashMap::from([(from, from)]);
        let mut ahead = VecDeque::from([from]);
        while let Some(oid) = ahead.pop_front() {
            if arrives(self, oid) {
                let mut path = vec![oid];
                let mut at = oid;
                while at != from {
                    at = *came_from.get(&at)?;
                    path.push(at);
                }
                path.reverse();
                return Some(path);
            }
            for row in self.memberships_of(&self.memberships_by_member, oid) {
                let is_there = self.role_by_oid.contains_key(&row.group);
                if is_there && goes(row) && !came_from.contains_key(&row.group) {
                    came_from.insert(row.group, oid);
                    ahead.push_back(row.group);
                }
            }
        }
        None
    }
}
