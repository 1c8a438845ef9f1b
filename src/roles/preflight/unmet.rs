//! What must be there for a role before the first statement.

use super::Unmet;
use crate::roles::{Catalog, Desired, RoleName, Server};

impl Unmet {
    /// Whether nobody can make it be there. Groups and databases may still be made by others, but for PostgreSQL's own: those
    /// are of another version.
    pub fn stays(&self) -> bool {
        match self {
            Self::UnknownOptions { .. } | Self::MissingRdsIam => true,
            Self::MissingGroup { name } => name.as_str().starts_with("pg_"),
            Self::MissingDatabase { .. } => false,
        }
    }
}

/// What a role needs and the catalog or the server does not have. An apply stops at the first of them.
pub fn unmet(desired: &Desired, catalog: &Catalog, server: &Server) -> Vec<Unmet> {
    let mut found = Vec::new();
    if let Some(group) = desired.impossible_membership(server) {
        found.push(Unmet::UnknownOptions { group: group.clone(), version: server.version });
    }
    if desired.rds_iam == Some(true) && catalog.role_oid(&RoleName::rds_iam()).is_none() {
        found.push(Unmet::MissingRdsIam);
    }
    for name in desired.memberships.keys() {
        if catalog.role_oid(name).is_none() {
            found.push(Unmet::MissingGroup { name: name.clone() });
        }
    }
    let mut databases: Vec<_> = desired.privileges.keys().chain(desired.database_settings.keys()).collect();
    databases.sort();
    databases.dedup();
    for name in databases {
        if catalog.database(name).is_none() {
            found.push(Unmet::MissingDatabase { name: name.clone() });
        }
    }
    found
}
