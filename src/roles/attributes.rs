//! What a role is allowed by itself.

use super::{RoleOption, ValidUntil};

/// The columns of `pg_roles`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoleAttributes {
    /// LOGIN.
    pub login: bool,
    /// INHERIT.
    pub inherit: bool,
    /// CREATEDB.
    pub create_database: bool,
    /// CREATEROLE.
    pub create_role: bool,
    /// SUPERUSER.
    pub superuser: bool,
    /// REPLICATION.
    pub replication: bool,
    /// BYPASSRLS.
    pub bypass_row_level_security: bool,
    /// CONNECTION LIMIT; -1 is none.
    pub connection_limit: i32,
    /// VALID UNTIL.
    pub valid_until: ValidUntil,
}

impl RoleAttributes {
    /// What ALTER ROLE makes of them.
    pub(crate) fn set(&mut self, option: &RoleOption) {
        match option {
            RoleOption::Login(on) => self.login = *on,
            RoleOption::Inherit(on) => self.inherit = *on,
            RoleOption::CreateDatabase(on) => self.create_database = *on,
            RoleOption::CreateRole(on) => self.create_role = *on,
            RoleOption::Superuser(on) => self.superuser = *on,
            RoleOption::Replication(on) => self.replication = *on,
            RoleOption::BypassRowLevelSecurity(on) => self.bypass_row_level_security = *on,
            RoleOption::ConnectionLimit(limit) => self.connection_limit = *limit,
            RoleOption::ValidUntil(until) => self.valid_until = until.clone(),
        }
    }
}

/// A role of `CREATE ROLE` with no options.
impl Default for RoleAttributes {
    fn default() -> Self {
        Self {
            login: false,
            inherit: true,
            create_database: false,
            create_role: false,
            superuser: false,
            replication: false,
            bypass_row_level_security: false,
            connection_limit: -1,
            valid_until: ValidUntil::Never,
        }
    }
}
