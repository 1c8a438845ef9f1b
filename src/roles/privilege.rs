//! Privileges on databases.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use super::{DatabaseName, RoleName};

/// A privilege that a database has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Privilege {
    /// CONNECT.
    Connect,
    /// CREATE: make schemas, publications and trusted extensions.
    Create,
    /// TEMPORARY: make temporary tables.
    Temporary,
}

/// Whether a privilege may be granted on.
pub type GrantOption = bool;

/// Privileges on one database, each with its grant option.
pub type PrivilegeSet = BTreeMap<Privilege, GrantOption>;

/// Why a text is no database privilege.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PrivilegeError {
    /// A privilege, but of other objects: the kind of object that has it (`tables`, `schemas`, ...).
    OfOtherObjects(&'static str),
    /// No privilege at all.
    Unknown,
}

/// One entry of a database's ACL for a role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeldPrivilege {
    /// On which database.
    pub database: DatabaseName,
    /// What.
    pub privilege: Privilege,
    /// May be granted on.
    pub grant_option: GrantOption,
    /// By whom; `None` where that role is gone.
    pub grantor: Option<RoleName>,
}

const WITH_GRANT_OPTION: &str = " WITH GRANT OPTION";

impl Privilege {
    /// Every privilege that a database has.
    pub const ALL: [Self; 3] = [Self::Connect, Self::Create, Self::Temporary];

    /// The privileges that a text names, and whether they may be granted on: `CONNECT`, `TEMP`, `ALL`,
    /// `CREATE WITH GRANT OPTION`, in any case and with any white space.
    ///
    /// # Errors
    /// When it names none of a database.
    pub fn parse(text: &str) -> Result<(Vec<Self>, GrantOption), PrivilegeError> {
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ").to_ascii_uppercase();
        let (name, grant_option) = match text.strip_suffix(WITH_GRANT_OPTION) {
            Some(name) => (name, true),
            None => (text.as_str(), false),
        };
        let privileges = match name {
            "CONNECT" => vec![Self::Connect],
            "CREATE" => vec![Self::Create],
            "TEMPORARY" | "TEMP" => vec![Self::Temporary],
            "ALL" | "ALL PRIVILEGES" => Self::ALL.to_vec(),
            other => return Err(of_other_objects(other)),
        };
        Ok((privileges, grant_option))
    }

    /// Its name in SQL, and in a state.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Connect => "CONNECT",
            Self::Create => "CREATE",
            Self::Temporary => "TEMPORARY",
        }
    }
}

fn of_other_objects(name: &str) -> PrivilegeError {
    PrivilegeError::OfOtherObjects(match name {
        "SELECT" | "INSERT" | "UPDATE" | "DELETE" | "TRUNCATE" | "REFERENCES" | "TRIGGER" | "MAINTAIN" => {
            "tables"
        }
        "USAGE" => "schemas, sequences, types, languages and foreign servers",
        "EXECUTE" => "functions and procedures",
        "SET" | "ALTER SYSTEM" => "configuration parameters",
        _ => return PrivilegeError::Unknown,
    })
}

/// All that these texts name, taken together: the grant option of one is enough.
///
/// # Errors
/// The first text that names no privilege of a database, and why.
pub fn parse_privileges<'a>(
    texts: impl IntoIterator<Item = &'a str>,
) -> Result<PrivilegeSet, (&'a str, PrivilegeError)> {
    let mut set = PrivilegeSet::new();
    for text in texts {
        let (privileges, grant_option) = Privilege::parse(text).map_err(|error| (text, error))?;
        for privilege in privileges {
            *set.entry(privilege).or_insert(false) |= grant_option;
        }
    }
    Ok(set)
}

/// A set as a state shows it: one text for each, `CONNECT` or `CONNECT WITH GRANT OPTION`.
pub fn privilege_texts(set: &PrivilegeSet) -> BTreeSet<String> {
    set.iter()
        .map(|(privilege, grant_option)| {
            format!("{privilege}{}", if *grant_option { WITH_GRANT_OPTION } else { "" })
        })
        .collect()
}

impl fmt::Display for Privilege {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Display for PrivilegeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OfOtherObjects(objects) => write!(
                f,
                "this is a privilege of {objects}; on a database there are CONNECT, CREATE, TEMPORARY and ALL"
            ),
            Self::Unknown => write!(
                f,
                "there is no such privilege; on a database there are CONNECT, CREATE, TEMPORARY and ALL, \
                 each also with ` WITH GRANT OPTION`"
            ),
        }
    }
}

impl std::error::Error for PrivilegeError {}

#[cfg(test)]
mod tests;
