//! The world as a plan will leave it: a catalog with planned changes laid over it, in the order they are planned. It
//! takes changes as the server takes their statements, and asks nobody whether they are allowed.
//!
//! A change costs no more than the rows of the role that it is about, so a plan of 10,000 roles stays linear. Names
//! that are not there yet (a literal group name, planned before the group) are kept until they come.

mod grants;

use std::collections::HashMap;

use super::{
    Catalog, CatalogMembership, CatalogRole, CatalogSetting, Change, MembershipOptions, Oid, Role,
    RoleAttributes, RoleName, RoleOption, Server,
};

/// A catalog, and what a plan will do to it.
#[derive(Debug, Clone)]
pub struct Foresight {
    catalog: Catalog,
    server: Server,
    creator: Creator,
    /// The OID of the connection's user; it stays the same role when it is renamed.
    user: Option<Oid>,
    /// What happened to passwords: whether there is one now.
    passwords: HashMap<Oid, bool>,
    /// Memberships granted in groups that are not there yet: who waits for which name.
    waiting: HashMap<RoleName, Vec<(Oid, MembershipOptions)>>,
    /// Roles to be made have OIDs from the upper end, where no server has come to.
    next_oid: u32,
}

/// What becomes of who creates a role, from 16 on and unless a superuser.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Creator {
    /// It belongs to the role, with ADMIN and nothing else.
    BecomesMember,
    /// Nobody knows: members of `rds_superuser` on RDS.
    NotKnown,
}

impl Foresight {
    /// With nothing planned yet.
    pub fn new(catalog: Catalog, server: Server, creator: Creator) -> Self {
        let user = catalog.role_oid(&server.user);
        Self {
            catalog,
            server,
            creator,
            user,
            passwords: HashMap::new(),
            waiting: HashMap::new(),
            next_oid: u32::MAX,
        }
    }

    /// What will be there.
    pub fn catalog(&self) -> &Catalog {
        &self.catalog
    }

    /// The server.
    pub fn server(&self) -> &Server {
        &self.server
    }

    /// The OID of the role that it is foreseen for, which stays the same role when it is renamed; `None`: it is not there.
    pub fn user_oid(&self) -> Option<Oid> {
        self.user
    }

    /// Whether a role is to be made by what is laid so far.
    pub fn is_planned(&self, role: Oid) -> bool {
        role.0 > self.next_oid
    }

    /// Whether PostgreSQL's own rules say what the user may do. On RDS, members of `rds_superuser` may do more.
    pub fn rights_are_known(&self) -> bool {
        self.creator == Creator::BecomesMember
    }

    /// The role of that name.
    pub fn role(&self, name: &RoleName) -> Option<Role> {
        self.catalog.role(name)
    }

    /// What a plan did to the password: whether there is one now. `None`: nothing.
    pub fn password_planned(&self, role: Oid) -> Option<bool> {
        self.passwords.get(&role).copied()
    }

    /// Lays a change over what is there. One that is about a role that is not there changes nothing.
    pub fn lay(&mut self, change: &Change) {
        match change {
            Change::Create { name, attributes } => self.create(name, attributes),
            Change::Rename { from, to } => {
                if let Some(oid) = self.catalog.role_oid(from) {
                    self.catalog.rename_role(oid, to.clone());
                    self.end_waiting(to, oid);
                }
            }
            Change::Alter { name, options } => {
                if let Some(oid) = self.catalog.role_oid(name) {
                    options.iter().for_each(|option| self.alter(oid, option));
                }
            }
            Change::SetPassword { name } => self.set_password(name, true),
            Change::ClearPassword { name } => self.set_password(name, false),
            Change::Comment { name, text } => {
                let role = self.catalog.role_oid(name).and_then(|oid| self.catalog.role_mut(oid));
                if let Some(role) = role {
                    role.comment.clone_from(text);
                }
            }
            Change::GrantMembership { group, member, options, keeps_admin } => {
                self.grant_membership(group, member, *options, *keeps_admin);
            }
            Change::RevokeAdminOption { group, member, grantor } => {
                self.revoke_membership(group, member, grantor.as_ref(), true);
            }
            Change::RevokeMembership { group, member, grantor } => {
                self.revoke_membership(group, member, grantor.as_ref(), false);
            }
            Change::GrantPrivileges { database, grantee, privileges } => {
                self.grant_privileges(database, grantee, privileges);
            }
            Change::RevokePrivileges { database, grantee, privileges, grant_option_only, grantor } => {
                let grantor = grantor.as_ref();
                self.revoke_privileges(database, grantee, privileges, *grant_option_only, grantor);
            }
            Change::SetSetting { role, database, name, value } => {
                if let Some((role, database)) = self.place_of_setting(role, database.as_ref()) {
                    self.catalog.remove_setting(role, database, name);
                    let (name, value) = (name.clone(), value.clone());
                    self.catalog.add_setting(CatalogSetting { role, database, name, value });
                }
            }
            Change::ResetSetting { role, database, name } => {
                if let Some((role, database)) = self.place_of_setting(role, database.as_ref()) {
                    self.catalog.remove_setting(role, database, name);
                }
            }
        }
    }

    /// DROP ROLE.
    pub fn drop_role(&mut self, name: &RoleName) {
        if let Some(oid) = self.catalog.role_oid(name) {
            self.catalog.remove_role(oid);
        }
    }

    fn create(&mut self, name: &RoleName, attributes: &RoleAttributes) {
        if self.catalog.role_oid(name).is_some() {
            return;
        }
        let oid = Oid(self.next_oid);
        self.next_oid -= 1;
        self.catalog.add_role(CatalogRole {
            oid,
            name: name.clone(),
            attributes: attributes.clone(),
            comment: None,
        });
        let joins = self.server.has_membership_options()
            && !self.server.superuser
            && self.creator == Creator::BecomesMember;
        if let Some(user) = self.user.filter(|_| joins) {
            self.catalog.add_membership(CatalogMembership {
                group: oid,
                member: user,
                grantor: Oid::BOOTSTRAP_SUPERUSER,
                options: MembershipOptions { admin: true, ..MembershipOptions::NONE },
            });
        }
        self.end_waiting(name, oid);
    }

    /// A role has this name now: who waited for it becomes its member.
    fn end_waiting(&mut self, name: &RoleName, group: Oid) {
        for (member, options) in self.waiting.remove(name).unwrap_or_default() {
            // Of a role that is only now made nothing is there to keep.
            self.add_own_grant(group, member, options, false);
        }
    }

    fn alter(&mut self, oid: Oid, option: &RoleOption) {
        let Some(role) = self.catalog.role_mut(oid) else { return };
        role.attributes.set(option);
        if let RoleOption::Inherit(on) = option
            && !self.server.has_membership_options()
        {
            // Up to 15 this is what a membership inherits by.
            self.catalog.edit_memberships(oid, |row| Some(MembershipOptions { inherit: *on, ..row.options }));
        }
    }

    fn set_password(&mut self, name: &RoleName, there: bool) {
        if let Some(oid) = self.catalog.role_oid(name) {
            self.passwords.insert(oid, there);
        }
    }
}

#[cfg(test)]
mod tests;
