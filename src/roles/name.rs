//! Names and OIDs.

use std::fmt;

/// An object identifier of the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Oid(pub u32);

impl Oid {
    /// The superuser that initdb made (`BOOTSTRAP_SUPERUSERID`): `rdsadmin` on RDS, often `postgres`
    /// elsewhere.
    pub const BOOTSTRAP_SUPERUSER: Self = Self(10);
}

/// Why a name cannot be a managed role's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NameError {
    /// The empty text.
    Empty,
    /// More than 63 bytes, which PostgreSQL would cut; with the number of bytes.
    TooLong(usize),
    /// A NUL character.
    Nul,
    /// U+FFFD, which stands for bytes that could not be read: see [`RoleName::is_unreadable`].
    Unreadable,
    /// `pg_*`, `public`, `none`: PostgreSQL keeps them for itself.
    ReservedByServer,
    /// `rds_*`, `rdsadmin` and the other roles that RDS manages.
    ReservedByRds,
}

impl fmt::Display for NameError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("the name is empty"),
            Self::TooLong(bytes) => {
                write!(f, "the name has {bytes} bytes; PostgreSQL cuts names after 63 bytes")
            }
            Self::Nul => f.write_str("the name has a NUL character"),
            Self::Unreadable => {
                f.write_str("the name has U+FFFD, which stands for bytes that could not be read as UTF-8")
            }
            Self::ReservedByServer => {
                f.write_str("PostgreSQL keeps names that begin with `pg_`, `public` and `none` for itself")
            }
            Self::ReservedByRds => {
                f.write_str("RDS keeps names that begin with `rds_`, and the roles it manages, for itself")
            }
        }
    }
}

impl std::error::Error for NameError {}

/// The name of a role: 1 to 63 bytes.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RoleName(String);

impl RoleName {
    /// Any name that a role may have, system roles included: as a group, a grantor, an owner.
    ///
    /// # Errors
    /// `Empty`, `TooLong`, `Nul`, `Unreadable`.
    pub fn new(name: impl Into<String>) -> Result<Self, NameError> {
        let name = name.into();
        match name.len() {
            0 => Err(NameError::Empty),
            length if length > 63 => Err(NameError::TooLong(length)),
            _ if name.contains('\0') => Err(NameError::Nul),
            _ if name.contains(char::REPLACEMENT_CHARACTER) => Err(NameError::Unreadable),
            _ => Ok(Self(name)),
        }
    }

    /// A name that pgum may create, change and drop.
    ///
    /// # Errors
    /// As `new`, and the reserved ones.
    pub fn managed(name: impl Into<String>) -> Result<Self, NameError> {
        let name = Self::new(name)?;
        if name.0.starts_with("pg_") || name.0 == "public" || name.0 == "none" {
            Err(NameError::ReservedByServer)
        } else if name.is_rds() {
            Err(NameError::ReservedByRds)
        } else {
            Ok(name)
        }
    }

    /// A name read from the catalog, taken as it is: another tool's role may have bytes that are no UTF-8,
    /// which arrive here replaced by U+FFFD.
    pub fn from_catalog(name: impl Into<String>) -> Self {
        Self(name.into())
    }

    /// The group whose members log in with IAM tokens.
    pub fn rds_iam() -> Self {
        Self("rds_iam".to_owned())
    }

    /// Whether this is `rds_iam`.
    pub fn is_rds_iam(&self) -> bool {
        self.0 == "rds_iam"
    }

    /// Whether the server or RDS made it: never managed, never drift.
    pub fn is_system(&self) -> bool {
        self.0.starts_with("pg_") || self.is_rds()
    }

    /// Whether it has bytes that are no UTF-8, which makes it a name that no statement can write. (A role of a database in
    /// another encoding has such a name. One that is really called U+FFFD counts as one: who could tell the two apart?)
    pub fn is_unreadable(&self) -> bool {
        self.0.contains(char::REPLACEMENT_CHARACTER)
    }

    fn is_rds(&self) -> bool {
        self.0.starts_with("rds_") || matches!(self.0.as_str(), "rdsadmin" | "rdstopmgr" | "rdsrepladmin")
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RoleName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The name of a database.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct DatabaseName(String);

impl DatabaseName {
    /// A name of 1 to 63 bytes.
    ///
    /// # Errors
    /// As those of roles.
    pub fn new(name: impl Into<String>) -> Result<Self, NameError> {
        RoleName::new(name).map(|name| Self(name.0))
    }

    /// A name read from the catalog, taken as it is.
    pub fn from_catalog(name: impl Into<String>) -> Self {
        Self(name.into())
    }

    /// As that of a role: see [`RoleName::is_unreadable`].
    pub fn is_unreadable(&self) -> bool {
        self.0.contains(char::REPLACEMENT_CHARACTER)
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for DatabaseName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_role_has_1_to_63_bytes() {
        assert_eq!(RoleName::new(""), Err(NameError::Empty));
        assert_eq!(RoleName::new("a\0b"), Err(NameError::Nul));
        assert!(RoleName::new("a".repeat(63)).is_ok());
        assert_eq!(RoleName::new("a".repeat(64)), Err(NameError::TooLong(64)));
        assert_eq!(RoleName::new("é".repeat(32)), Err(NameError::TooLong(64)));
        for legal in ["pg_monitor", "rds_iam", "a\"b", "a\nb", "team/one", "user@example.com", "Öl"] {
            assert!(RoleName::new(legal).is_ok(), "{legal}");
        }
        assert_eq!(DatabaseName::new(""), Err(NameError::Empty));
    }

    #[test]
    fn what_stands_for_unreadable_bytes_is_no_name() {
        assert_eq!(RoleName::new("caf\u{fffd}"), Err(NameError::Unreadable));
        assert_eq!(DatabaseName::new("caf\u{fffd}"), Err(NameError::Unreadable));
        assert!(
            RoleName::from_catalog("caf\u{fffd}").is_unreadable()
                && !RoleName::from_catalog("café").is_unreadable()
        );
    }

    #[test]
    fn reserved_roles_are_not_managed() {
        for name in ["pg_x", "public", "none"] {
            assert_eq!(RoleName::managed(name), Err(NameError::ReservedByServer), "{name}");
        }
        for name in ["rds_iam", "rds_x", "rdsadmin", "rdstopmgr", "rdsrepladmin"] {
            assert_eq!(RoleName::managed(name), Err(NameError::ReservedByRds), "{name}");
        }
        // Case matters to the server.
        for name in ["PUBLIC", "None", "Pg_x", "rdsadmin2", "pg"] {
            assert!(RoleName::managed(name).is_ok(), "{name}");
        }
        assert!(RoleName::rds_iam().is_system() && RoleName::rds_iam().is_rds_iam());
    }
}
