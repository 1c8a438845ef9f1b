//! One step from what is there to what is wanted. Each is one SQL statement (or a short fixed sequence).

use super::{
    DatabaseName, MembershipOptions, Privilege, PrivilegeSet, RoleAttributes, RoleName, ValidUntil,
    privilege_texts,
};

/// One option of ALTER ROLE. An ALTER names only what differs: `NOSUPERUSER` is refused to a master even as a
/// no-op.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs)] // each is the option of its name
pub enum RoleOption {
    Login(bool),
    Inherit(bool),
    CreateDatabase(bool),
    CreateRole(bool),
    Superuser(bool),
    Replication(bool),
    BypassRowLevelSecurity(bool),
    ConnectionLimit(i32),
    ValidUntil(ValidUntil),
}

/// One step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// CREATE ROLE with the attributes that are off their default, without a password.
    Create {
        /// The new role.
        name: RoleName,
        /// What it is allowed by itself.
        attributes: RoleAttributes,
    },
    /// ALTER ROLE RENAME. The steps after it use the new name.
    Rename {
        /// Old name.
        from: RoleName,
        /// New name.
        to: RoleName,
    },
    /// ALTER ROLE, one statement.
    Alter {
        /// The role.
        name: RoleName,
        /// What differs.
        options: Vec<RoleOption>,
    },
    /// ALTER ROLE PASSWORD with a verifier, alone in its statement.
    SetPassword {
        /// The role.
        name: RoleName,
    },
    /// ALTER ROLE PASSWORD NULL.
    ClearPassword {
        /// The role.
        name: RoleName,
    },
    /// COMMENT ON ROLE.
    Comment {
        /// The role.
        name: RoleName,
        /// The text; none takes it away.
        text: Option<String>,
    },
    /// GRANT group TO member, every option written out where the version knows it, but for an ADMIN that is kept.
    GrantMembership {
        /// The group.
        group: RoleName,
        /// The member.
        member: RoleName,
        /// How.
        options: MembershipOptions,
        /// ADMIN is left unsaid (16+): a row that is there keeps it as it is, a new one has none.
        keeps_admin: bool,
    },
    /// REVOKE ADMIN OPTION FOR: the only way to take an option away up to 15.
    RevokeAdminOption {
        /// The group.
        group: RoleName,
        /// The member.
        member: RoleName,
        /// By whose grant (16+); `None`: ours.
        grantor: Option<RoleName>,
    },
    /// REVOKE group FROM member.
    RevokeMembership {
        /// The group.
        group: RoleName,
        /// The member.
        member: RoleName,
        /// By whose grant (16+); `None`: ours.
        grantor: Option<RoleName>,
    },
    /// GRANT ON DATABASE: one statement without and one with grant option, as needed.
    GrantPrivileges {
        /// The database.
        database: DatabaseName,
        /// To whom.
        grantee: RoleName,
        /// What.
        privileges: PrivilegeSet,
    },
    /// REVOKE ON DATABASE.
    RevokePrivileges {
        /// The database.
        database: DatabaseName,
        /// From whom.
        grantee: RoleName,
        /// What.
        privileges: Vec<Privilege>,
        /// Only the grant option.
        grant_option_only: bool,
        /// Who granted it: the statement must run as that role.
        grantor: Option<RoleName>,
    },
    /// ALTER ROLE [IN DATABASE] SET.
    SetSetting {
        /// The role.
        role: RoleName,
        /// In which database; none: in all.
        database: Option<DatabaseName>,
        /// The setting.
        name: String,
        /// Its value, as in postgresql.conf.
        value: String,
    },
    /// ALTER ROLE [IN DATABASE] RESET.
    ResetSetting {
        /// The role.
        role: RoleName,
        /// In which database; none: in all.
        database: Option<DatabaseName>,
        /// The setting.
        name: String,
    },
}

impl Change {
    /// The setting that it sets, or resets where there is no value.
    pub fn setting(&self) -> Option<(&str, Option<&str>)> {
        match self {
            Self::SetSetting { name, value, .. } => Some((name, Some(value))),
            Self::ResetSetting { name, .. } => Some((name, None)),
            _ => None,
        }
    }

    /// A name in it that no statement can write: see [`RoleName::is_unreadable`]. Whoever is looked after has none such.
    pub fn unreadable_name(&self) -> Option<&str> {
        let (roles, database) = match self {
            Self::GrantMembership { group, member, .. } => ([Some(group), Some(member), None], None),
            Self::RevokeAdminOption { group, member, grantor }
            | Self::RevokeMembership { group, member, grantor } => {
                ([Some(group), Some(member), grantor.as_ref()], None)
            }
            Self::GrantPrivileges { database, .. } => ([None; 3], Some(database)),
            Self::RevokePrivileges { database, grantor, .. } => {
                ([grantor.as_ref(), None, None], Some(database))
            }
            Self::SetSetting { database, .. } | Self::ResetSetting { database, .. } => {
                ([None; 3], database.as_ref())
            }
            Self::Create { .. }
            | Self::Rename { .. }
            | Self::Alter { .. }
            | Self::SetPassword { .. }
            | Self::ClearPassword { .. }
            | Self::Comment { .. } => ([None; 3], None),
        };
        let role = roles.into_iter().flatten().find(|name| name.is_unreadable()).map(RoleName::as_str);
        role.or_else(|| database.filter(|name| name.is_unreadable()).map(DatabaseName::as_str))
    }

    /// What it does, in plain English, for messages: `revoke CONNECT on database myapp (granted by alice)`.
    /// The role that is looked after goes without saying.
    pub fn describe(&self) -> String {
        match self {
            Self::Create { .. } => "create the role".to_owned(),
            Self::Rename { from, to } => format!("rename {from} to {to}"),
            Self::Alter { options, .. } => {
                let options: Vec<_> = options.iter().map(RoleOption::describe).collect();
                format!("change {}", options.join(", "))
            }
            Self::SetPassword { .. } => "set the password".to_owned(),
            Self::ClearPassword { .. } => "remove the password".to_owned(),
            Self::Comment { text: Some(_), .. } => "set the comment".to_owned(),
            Self::Comment { text: None, .. } => "remove the comment".to_owned(),
            Self::GrantMembership { group, member, options, .. } => {
                let with: Vec<_> =
                    [("ADMIN", options.admin), ("INHERIT", options.inherit), ("SET", options.set)]
                        .into_iter()
                        .filter_map(|(name, given)| given.then_some(name))
                        .collect();
                let with = if with.is_empty() { "no option".to_owned() } else { with.join(", ") };
                format!("grant membership in {group} to {member} with {with}")
            }
            Self::RevokeAdminOption { group, member, grantor } => {
                format!("revoke ADMIN on {group} from {member}{}", granted_by(grantor.as_ref()))
            }
            Self::RevokeMembership { group, member, grantor } => {
                format!("revoke membership in {group} from {member}{}", granted_by(grantor.as_ref()))
            }
            Self::GrantPrivileges { database, privileges, .. } => {
                let texts: Vec<_> = privilege_texts(privileges).into_iter().collect();
                format!("grant {} on database {database}", texts.join(", "))
            }
            Self::RevokePrivileges { database, privileges, grant_option_only, grantor, .. } => {
                let names: Vec<_> = privileges.iter().map(|privilege| privilege.as_str()).collect();
                let what = if *grant_option_only { "the grant option of " } else { "" };
                let by = granted_by(grantor.as_ref());
                format!("revoke {what}{} on database {database}{by}", names.join(", "))
            }
            // No values of settings: one may hold a secret.
            Self::SetSetting { database, name, .. } => {
                format!("set {name}{}", in_database(database.as_ref()))
            }
            Self::ResetSetting { database, name, .. } => {
                format!("reset {name}{}", in_database(database.as_ref()))
            }
        }
    }
}

impl RoleOption {
    fn describe(&self) -> String {
        let flag = |name: &str, on: bool| format!("{}{name}", if on { "" } else { "NO" });
        match self {
            Self::Login(on) => flag("LOGIN", *on),
            Self::Inherit(on) => flag("INHERIT", *on),
            Self::CreateDatabase(on) => flag("CREATEDB", *on),
            Self::CreateRole(on) => flag("CREATEROLE", *on),
            Self::Superuser(on) => flag("SUPERUSER", *on),
            Self::Replication(on) => flag("REPLICATION", *on),
            Self::BypassRowLevelSecurity(on) => flag("BYPASSRLS", *on),
            Self::ConnectionLimit(limit) => format!("CONNECTION LIMIT {limit}"),
            Self::ValidUntil(until) => format!("VALID UNTIL {until}"),
        }
    }
}

fn granted_by(grantor: Option<&RoleName>) -> String {
    grantor.map(|grantor| format!(" (granted by {grantor})")).unwrap_or_default()
}

fn in_database(database: Option<&DatabaseName>) -> String {
    database.map(|database| format!(" in database {database}")).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn describes_what_goes_and_whose_it_was() -> Result<(), crate::roles::NameError> {
        let change = Change::RevokePrivileges {
            database: DatabaseName::new("myapp")?,
            grantee: RoleName::new("bob")?,
            privileges: vec![Privilege::Connect, Privilege::Create],
            grant_option_only: true,
            grantor: Some(RoleName::new("alice")?),
        };
        assert_eq!(
            change.describe(),
            "revoke the grant option of CONNECT, CREATE on database myapp (granted by alice)"
        );
        let change = Change::GrantMembership {
            group: RoleName::new("app")?,
            member: RoleName::new("bob")?,
            options: MembershipOptions { admin: false, inherit: true, set: true },
            keeps_admin: false,
        };
        assert_eq!(change.describe(), "grant membership in app to bob with INHERIT, SET");
        let change = Change::Alter {
            name: RoleName::new("bob")?,
            options: vec![RoleOption::Login(false), RoleOption::ConnectionLimit(20)],
        };
        assert_eq!(change.describe(), "change NOLOGIN, CONNECTION LIMIT 20");
        Ok(())
    }

    #[test]
    fn never_shows_the_value_of_a_setting() -> Result<(), crate::roles::NameError> {
        let change = Change::SetSetting {
            role: RoleName::new("bob")?,
            database: Some(DatabaseName::new("myapp")?),
            name: "app.token".to_owned(),
            value: "hush".to_owned(),
        };
        assert_eq!(change.describe(), "set app.token in database myapp");
        Ok(())
    }
}
