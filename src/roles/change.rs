//! One step from what is there to what is wanted. Each is one SQL statement (or a short fixed sequence).

use super::{DatabaseName, MembershipOptions, Privilege, PrivilegeSet, RoleAttributes, RoleName, ValidUntil};

/// One option of ALTER ROLE. An ALTER names only what differs: `NOSUPERUSER` is refused to a master even as a no-op.
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
    /// GRANT group TO member, every option written out where the version knows it.
    GrantMembership {
        /// The group.
        group: RoleName,
        /// The member.
        member: RoleName,
        /// How.
        options: MembershipOptions,
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
