//! Which roles a run protects, and whether it may lock them out all the same.

use super::{Login, Protected, Why};
use crate::roles::{DatabaseName, RoleName};

/// What the configuration says of lock-out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Protection {
    /// The protected roles, each once; the connection's own user first.
    pub roles: Vec<Protected>,
    /// The one database that they must be able to connect to.
    pub database: DatabaseName,
    /// Whether a loss is warned of only.
    pub allow_lockout: bool,
}

impl Protection {
    /// Nobody but the connection's own user, who logs in so.
    pub fn of_connection(user: RoleName, login: Login, database: DatabaseName) -> Self {
        let roles = vec![Protected { name: user, login, why: Why::Connection }];
        Self { roles, database, allow_lockout: false }
    }

    /// Protects one more role, of which nobody says how it logs in. The first reason stays.
    pub fn protect(&mut self, name: RoleName, why: Why) {
        if self.role(&name).is_none() {
            self.roles.push(Protected { name, login: Login::Unknown, why });
        }
    }

    /// The role that applies, where that is another than the connection's own user.
    pub fn applies(&self) -> Option<&RoleName> {
        self.roles.iter().find(|role| role.why == Why::Applies).map(|role| &role.name)
    }

    /// The protected role of that name.
    pub fn role(&self, name: &RoleName) -> Option<&Protected> {
        self.roles.iter().find(|role| role.name == *name)
    }
}
