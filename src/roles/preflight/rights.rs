//! The role itself: who may create, alter, rename and comment it. As CreateRole, AlterRole, RenameRole, AlterRoleSet and
//! check_object_ownership of PostgreSQL have it, up to 15 and from 16 on.

use super::judge::Case;
use super::obstacle::{Reason, Right};
use crate::roles::{CatalogRole, Change, RoleAttributes, RoleOption};

impl Case<'_> {
    pub(super) fn create(&mut self, attributes: &RoleAttributes) {
        if self.is_superuser() {
            return;
        }
        if !self.has_create_role() {
            self.lacks(Right::CreateRole);
            return;
        }
        if attributes.superuser {
            let options = vec![RoleOption::Superuser(true)];
            self.found_for_certain(Reason::NoRight(Right::Superuser { options }));
        }
        let mut refused = Vec::new();
        if attributes.create_database {
            refused.push(RoleOption::CreateDatabase(true));
        }
        if attributes.replication {
            refused.push(RoleOption::Replication(true));
        }
        if attributes.bypass_row_level_security {
            refused.push(RoleOption::BypassRowLevelSecurity(true));
        }
        refused.retain(|option| self.is_refused(option));
        if !refused.is_empty() {
            self.lacks(self.right_for(refused));
        }
    }

    /// Whether giving or taking it takes more than CREATEROLE and ADMIN OPTION.
    fn is_refused(&self, option: &RoleOption) -> bool {
        let by_admin = self.is_by_admin();
        match option {
            RoleOption::Superuser(_) => true,
            RoleOption::CreateDatabase(_) => by_admin && !self.has(|own| own.create_database),
            RoleOption::Replication(_) => !by_admin || !self.has(|own| own.replication),
            RoleOption::BypassRowLevelSecurity(_) => {
                !by_admin || !self.has(|own| own.bypass_row_level_security)
            }
            _ => false,
        }
    }

    fn right_for(&self, options: Vec<RoleOption>) -> Right {
        if self.is_by_admin() { Right::Own { options } } else { Right::Superuser { options } }
    }

    pub(super) fn alter(&mut self, role: &CatalogRole, options: &[RoleOption]) {
        if self.is_superuser() || self.is_superusers(role) || self.is_of_replication(role) {
            return;
        }
        let change = |options: Vec<RoleOption>| Change::Alter { name: role.name.clone(), options };
        let of_superuser: Vec<_> =
            options.iter().filter(|option| matches!(option, RoleOption::Superuser(_))).cloned().collect();
        if !of_superuser.is_empty() {
            let reason = Reason::NoRight(Right::Superuser { options: of_superuser.clone() });
            self.push(reason, change(of_superuser), true);
        }
        let others: Vec<_> =
            options.iter().filter(|option| !matches!(option, RoleOption::Superuser(_))).cloned().collect();
        let refused: Vec<_> = others.iter().filter(|option| self.is_refused(option)).cloned().collect();
        if others.is_empty() {
            return;
        }
        // Up to 15 it is asked for the rest only where nothing takes a superuser.
        let decided = !self.is_by_admin() && refused.len() < options.len();
        if (self.is_by_admin() || decided) && !self.may_manage(role) {
            return;
        }
        if !refused.is_empty() {
            let reason = Reason::NoRight(self.right_for(refused.clone()));
            self.push(reason, change(refused), self.foresight.rights_are_known());
        }
    }

    pub(super) fn password(&mut self, role: &CatalogRole) {
        if self.is_superuser() || self.is_superusers(role) || self.is_of_replication(role) {
            return;
        }
        // Everybody may change its own.
        if role.oid != self.me() {
            self.may_manage(role);
        }
    }

    pub(super) fn rename(&mut self, role: &CatalogRole) {
        // Nobody renames itself, which is said elsewhere.
        if !self.is_superuser() && role.oid != self.me() && !self.is_superusers(role) {
            self.may_manage(role);
        }
    }

    pub(super) fn comment(&mut self, role: &CatalogRole) {
        if !self.is_superuser() && !self.is_superusers(role) {
            self.may_manage(role);
        }
    }

    pub(super) fn setting(&mut self, role: &CatalogRole) {
        if !self.is_superuser() && !self.is_superusers(role) && role.oid != self.me() {
            self.may_manage(role);
        }
    }

    /// Whether who applies has CREATEROLE, and from 16 on ADMIN OPTION on the role.
    fn may_manage(&mut self, role: &CatalogRole) -> bool {
        if !self.has_create_role() {
            self.lacks(Right::CreateRole);
            false
        } else if !self.is_by_admin() || self.is_admin_of(role.oid) {
            true
        } else {
            let itself = role.oid == self.me();
            self.lacks(if itself { Right::NotItself } else { Right::Admin { on: role.name.clone() } });
            false
        }
    }

    /// Superusers are for superusers only, on RDS too.
    pub(super) fn is_superusers(&mut self, role: &CatalogRole) -> bool {
        if role.attributes.superuser {
            self.found_for_certain(Reason::NoRight(Right::SuperuserFor { role: role.name.clone() }));
        }
        role.attributes.superuser
    }

    fn is_of_replication(&mut self, role: &CatalogRole) -> bool {
        let is = !self.is_by_admin() && role.attributes.replication;
        if is {
            self.lacks(Right::SuperuserForReplication { role: role.name.clone() });
        }
        is
    }
}
