//! What must be there for a role before the first statement.

use std::fmt;

use crate::roles::{Catalog, DatabaseName, Desired, RoleName, Server};

/// What a role needs and the catalog or the server does not have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unmet {
    /// A group to be a member of is not there.
    MissingGroup {
        /// Its name.
        name: RoleName,
    },
    /// A database is not there.
    MissingDatabase {
        /// Its name.
        name: DatabaseName,
    },
    /// `rds_iam` is not there: this is no RDS.
    MissingRdsIam,
    /// A membership is to have options that this version of the server does not know.
    UnknownOptions {
        /// The group.
        group: RoleName,
        /// The server's version, such as 150018.
        version: u32,
    },
}

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

impl fmt::Display for Unmet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::MissingGroup { name } => write!(f, "there is no group \"{name}\""),
            Self::MissingDatabase { name } => write!(f, "there is no database \"{name}\""),
            Self::MissingRdsIam => f.write_str("this server has no role \"rds_iam\""),
            Self::UnknownOptions { group, version } => {
                write!(f, "PostgreSQL {} has no options for the membership in \"{group}\"", version / 10_000)
            }
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
