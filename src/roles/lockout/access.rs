//! Who is protected, and how a protected role stands at one moment.

use std::collections::BTreeMap;
use std::fmt;

use crate::roles::{Oid, RoleName};

/// A role that a run must never lock out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Protected {
    /// Its name.
    pub name: RoleName,
    /// How it logs in.
    pub login: Login,
    /// Why it is protected.
    pub why: Why,
}

/// How a protected role logs in, as far as known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Login {
    /// With a password.
    Password,
    /// With an IAM token.
    Iam,
    /// With neither: a certificate, peer, trust.
    Other,
    /// Nobody said: with IAM where it is in `rds_iam` beforehand, else with a password.
    Unknown,
}

/// Why a role is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Why {
    /// It is the connection's own user.
    Connection,
    /// It is `apply_username`.
    Applies,
    /// It is in `protected_roles`.
    Listed,
}

/// What a role needs to come in and to work, at one moment. None instead of one: no role has that name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Access {
    /// Another one is another role: dropped and made anew, or another took the name.
    pub oid: Oid,
    /// LOGIN.
    pub login: bool,
    /// CONNECTION LIMIT; -1 is none.
    pub connection_limit: i32,
    /// Whether VALID UNTIL has passed.
    pub valid_until_passed: bool,
    /// Whether it has a password; `None`: that cannot be seen.
    pub has_password: Option<bool>,
    /// The shortest path from the role to `rds_iam`, both included, as `+rds_iam` in pg_hba.conf matches: direct or
    /// not, whatever the options, and superusers only by what they were granted.
    pub rds_iam: Option<Vec<RoleName>>,
    /// CONNECT on the configured database: as owner, superuser, by an own grant, PUBLIC's or an inherited group's.
    pub connect: bool,
    /// CREATEROLE or SUPERUSER.
    pub create_role: bool,
    /// SUPERUSER.
    pub superuser: bool,
    /// Whether it is a member of `rds_superuser`, direct or not.
    pub rds_superuser: bool,
    /// Its settings in the configured database, those of the role in that database over those of the role; only the
    /// ones that [`judged_settings`](super::judged_settings) names.
    pub settings: BTreeMap<String, String>,
}

#[cfg(test)]
impl Access {
    /// Of a role that comes in and works.
    pub(super) fn able() -> Self {
        Self {
            oid: Oid(20_000),
            login: true,
            connection_limit: -1,
            valid_until_passed: false,
            has_password: None,
            rds_iam: None,
            connect: true,
            create_role: true,
            superuser: false,
            rds_superuser: true,
            settings: BTreeMap::new(),
        }
    }
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Connection => "the role that this connection logs in as",
            Self::Applies => "the role that is to apply (apply_username)",
            Self::Listed => "one of protected_roles",
        })
    }
}
