//! What a protected role loses, in words.

use super::Harm;
use crate::roles::RoleName;

/// One thing that a protected role has before and has not after.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Loss {
    /// No role has its name any more.
    Gone,
    /// Its name is given up for this one.
    Renamed {
        /// The new name.
        to: RoleName,
    },
    /// Another role has its name.
    AnotherRole,
    /// NOLOGIN.
    Login,
    /// CONNECTION LIMIT 0.
    ConnectionLimit,
    /// VALID UNTIL a moment that has passed.
    Validity,
    /// PASSWORD NULL.
    Password,
    /// It comes under `rds_iam`, and does not log in with IAM.
    EntersRdsIam {
        /// From the role to `rds_iam`.
        path: Vec<RoleName>,
    },
    /// It leaves `rds_iam`, and logs in with IAM.
    LeavesRdsIam {
        /// The way it had, from the role to `rds_iam`.
        path: Vec<RoleName>,
    },
    /// CONNECT on the configured database.
    Connect,
    /// CREATEROLE.
    CreateRole,
    /// SUPERUSER.
    Superuser,
    /// Its membership in `rds_superuser`.
    RdsSuperuser,
    /// It gets a setting that does harm.
    Setting {
        /// The setting.
        name: String,
        /// What it does.
        harm: Harm,
    },
}

/// A path through groups, as messages show it: `postgres -> dba -> rds_iam`.
pub fn path_text(path: &[RoleName]) -> String {
    path.iter().map(RoleName::as_str).collect::<Vec<_>>().join(" -> ")
}

impl Loss {
    /// What happens to the role, to follow on its name: `comes under rds_iam: postgres -> dba -> rds_iam`.
    pub fn describe(&self) -> String {
        match self {
            Self::Gone => "is there no more under its name".to_owned(),
            Self::Renamed { to } => format!("is renamed to {:?}", to.as_str()),
            Self::AnotherRole => "gives its name to another role".to_owned(),
            Self::Login => "may not log in any more (NOLOGIN)".to_owned(),
            Self::ConnectionLimit => "may have no connection any more (CONNECTION LIMIT 0)".to_owned(),
            Self::Validity => {
                "cannot log in with its password any more: VALID UNTIL is in the past".to_owned()
            }
            Self::Password => "has no password any more (PASSWORD NULL)".to_owned(),
            Self::EntersRdsIam { path } => format!("comes under rds_iam: {}", path_text(path)),
            Self::LeavesRdsIam { path } => {
                format!("does not belong to rds_iam any more, as it did: {}", path_text(path))
            }
            Self::Connect => "may not connect to the provider's database any more (CONNECT)".to_owned(),
            Self::CreateRole => "may not manage roles any more (CREATEROLE)".to_owned(),
            Self::Superuser => "is no superuser any more".to_owned(),
            Self::RdsSuperuser => "does not belong to rds_superuser any more".to_owned(),
            Self::Setting { name, harm } => format!("gets the setting {name}, {}", harm.describe()),
        }
    }

    /// Why that matters, where the description does not say it.
    pub fn consequence(&self) -> &'static str {
        match self {
            Self::Gone | Self::Renamed { .. } | Self::AnotherRole => {
                "Who logs in by that name finds no such role, or another."
            }
            Self::Login | Self::ConnectionLimit => "Nobody could log in as it from then on.",
            Self::Validity | Self::Password => "Its password would be refused from then on.",
            Self::EntersRdsIam { .. } => {
                "RDS lets members of rds_iam in with an IAM token only, whatever their password. It makes no difference \
                 whether they are direct members, nor with which options."
            }
            Self::LeavesRdsIam { .. } => {
                "RDS lets in with an IAM token only those who are members of rds_iam."
            }
            Self::Connect => {
                "All reads and locks of the provider go through that one database, so it could do nothing from then on."
            }
            Self::CreateRole | Self::Superuser | Self::RdsSuperuser => {
                "It could not undo the change itself, and could not manage users and groups from then on."
            }
            Self::Setting { harm, .. } => harm.consequence(),
        }
    }
}

impl Harm {
    fn describe(self) -> &'static str {
        match self {
            Self::LoadsLibraries => "for which every login loads a library",
            Self::ReadOnly => "with which its transactions are read-only",
            Self::ActsAsAnother => "with which its sessions act as another role",
            Self::EndsAtOnce => "which leaves its sessions less than a second",
        }
    }

    fn consequence(self) -> &'static str {
        match self {
            Self::LoadsLibraries => {
                "Where one of the libraries is not there or may not be loaded, every login as this role fails."
            }
            Self::ReadOnly => "Whatever it writes would be refused, unless it says READ WRITE first.",
            Self::ActsAsAnother => "It would have that role's rights from then on, and not its own.",
            Self::EndsAtOnce => {
                "The server would end its sessions or statements before they can do anything."
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shows_the_way_to_rds_iam() -> Result<(), crate::roles::NameError> {
        let path = ["postgres", "dba", "rds_iam"].into_iter().map(RoleName::new).collect::<Result<_, _>>()?;
        assert_eq!(Loss::EntersRdsIam { path }.describe(), "comes under rds_iam: postgres -> dba -> rds_iam");
        Ok(())
    }
}
