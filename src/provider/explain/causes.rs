//! Why something cannot be, and what to do about it: the same words whether a plan says it or an apply.

use crate::provider::resources::role::Kind;
use crate::roles::preflight::Unmet;
use crate::roles::{Change, Oid, RoleName, RoleOption};

/// The summary of [`already_there`].
pub(super) fn there_already(name: &RoleName) -> String {
    format!("There is a role {:?} already", name.as_str())
}

/// A role that is to be created is there.
pub(super) fn already_there(kind: Kind, name: &RoleName) -> String {
    format!(
        "It is not in the state of this resource. To manage it from here on, import it:\n\n  import {{\n    to = \
         {}.<name>\n    id = {:?}\n  }}\n\nor set adopt_existing = true, which takes it over in the next apply. Otherwise \
         choose another name. If another resource of this run gives the name up, let this one wait for it with depends_on, \
         or apply again. {BEFORE_DESTROY}",
        kind.type_name(),
        name.as_str()
    )
}

/// What Terraform's own order makes impossible.
const BEFORE_DESTROY: &str = "With create_before_destroy a replacement comes before the role that it replaces, and finds the \
    name taken: take that out, or set adopt_existing = true, which takes the role over as it is.";

/// The name that a role is to get belongs to another, which gives it up in this run. The summary and the detail.
pub(super) fn name_given_up(name: &RoleName, oid: Oid) -> (String, String) {
    let summary = format!("The name {:?} is another role's until this run takes it away", name.as_str());
    let detail = format!(
        "The role with OID {} has it, and another resource of this run drops or renames that. Where nothing says in which order, \
         this one may come first, and fails: let it wait for the other with depends_on, or apply again then. \
         {BEFORE_DESTROY}",
        oid.0
    );
    (summary, detail)
}

/// The name that a role is to get belongs to another.
pub(super) fn name_taken(name: &RoleName, oid: Oid) -> String {
    format!(
        "It cannot be renamed: the name {:?} belongs to another role (OID {}). Choose another name, or give that role another \
         one first. If another resource of this run gives the name up, let this one wait for it with depends_on, or apply \
         again. Two that swap their names need a third name in between, in an apply of its own.",
        name.as_str(),
        oid.0
    )
}

/// The summary of [`TWO_RESOURCES`].
pub(super) fn for_one_role(name: &RoleName) -> String {
    format!("Two resources are for the role {:?}", name.as_str())
}

/// Two resources are for one role.
pub(super) const TWO_RESOURCES: &str = "Another resource of this run has it, creates it or changes it, and each would undo what \
    the other does. Take one of the two out of the configuration. If the resource got a new address, say so with a moved block.";

/// What to do about a group that is not there.
pub(crate) const GROUP_BY_REFERENCE: &str = "If this configuration makes it, name it by reference, such as \
    groups = [pgum_group.example.name], or add depends_on: a bare name makes no order.";

/// What must be there before the first step is not.
pub(super) fn unmet(unmet: &Unmet) -> String {
    match unmet {
        Unmet::MissingGroup { name } => {
            format!("There is no group {:?}. Check the spelling. {GROUP_BY_REFERENCE}", name.as_str())
        }
        Unmet::MissingDatabase { name } => format!(
            "There is no database {:?}. Check the spelling. If this run makes it, name it by reference or add depends_on.",
            name.as_str()
        ),
        Unmet::MissingRdsIam => {
            "This server has no role rds_iam. On RDS and Aurora it is always there; elsewhere \
             auth_method = \"iam\" has no meaning, unless you make such a role yourself: CREATE ROLE rds_iam."
                .to_owned()
        }
        Unmet::UnknownOptions { group, version } => format!(
            "PostgreSQL {} has no INHERIT and SET options for the membership in {:?}: up to 15, inherit is the role's own, \
             and set is always true. Leave the two out, and set inherit on the role itself.",
            version / 10_000,
            group.as_str()
        ),
    }
}

/// Somebody else's grant. `said` is what the server said, if anything.
pub(super) fn cannot_revoke(what: &str, grantor: &RoleName, said: &str) -> String {
    format!(
        "Cannot {what}: it was granted by {grantor:?}, and only that role, or one that may act for it, can take it \
         back.{said}\n\nLet {grantor:?} revoke it, or make the connection's user a member of {grantor:?}; or write it \
         in the configuration, if it is to stay.",
        grantor = grantor.as_str(),
    )
}

/// What to do about a setting that only others may set.
pub(super) const SETTING_IS_NOT_OURS: &str = "Only a superuser may set and reset this for a role (from PostgreSQL 15 on also who was \
    granted SET ON PARAMETER). On RDS and Aurora it is set in the parameter group instead.";

/// What to do where ADMIN OPTION on the role is missing.
pub(super) const ADMIN_OPTION: &str = "From PostgreSQL 16 on a role with CREATEROLE may alter only roles on which it has ADMIN \
    OPTION: those that it made itself, or was granted WITH ADMIN OPTION.";

/// What to do about a step for which a right is missing.
pub(super) fn remedy(change: &Change) -> &'static str {
    let asks_for = |wanted: fn(&RoleOption) -> bool, options: &[RoleOption]| options.iter().any(wanted);
    match change {
        Change::Alter { options, .. } => {
            if asks_for(|option| matches!(option, RoleOption::Superuser(false)), options) {
                "Only a superuser can take SUPERUSER away from whom another superuser gave it. Let one do it: ALTER ROLE ... \
                 NOSUPERUSER. If it is to stay, write superuser = true."
            } else if asks_for(|option| matches!(option, RoleOption::Superuser(_)), options) {
                "Only a superuser can give or take SUPERUSER, and RDS has none to offer. There, membership in rds_superuser is \
                 the most that can be had: groups = [\"rds_superuser\"]."
            } else if asks_for(
                |option| {
                    matches!(
                        option,
                        RoleOption::Replication(false) | RoleOption::BypassRowLevelSecurity(false)
                    )
                },
                options,
            ) {
                "Taking REPLICATION and BYPASSRLS away needs a superuser, or from PostgreSQL 16 on a role that has them itself. Let \
                 one do it: ALTER ROLE ... NOREPLICATION NOBYPASSRLS. If they are to stay, write replication = true or \
                 bypass_row_level_security = true."
            } else if asks_for(|option| matches!(option, RoleOption::Replication(_)), options) {
                "On RDS and Aurora replication is a membership: groups = [\"rds_replication\"]. Elsewhere the connection's user \
                 needs REPLICATION itself (PostgreSQL 16 and later) or has to be a superuser."
            } else if asks_for(|option| matches!(option, RoleOption::BypassRowLevelSecurity(_)), options) {
                "The connection's user needs BYPASSRLS itself (PostgreSQL 16 and later) or has to be a superuser; on RDS only \
                 members of rds_superuser come near it."
            } else if asks_for(|option| matches!(option, RoleOption::CreateDatabase(_)), options) {
                "From PostgreSQL 16 on giving and taking CREATEDB needs CREATEDB itself, and any change of a role ADMIN OPTION on it."
            } else {
                ADMIN_OPTION
            }
        }
        Change::Create { .. } => {
            "The connection's user needs CREATEROLE, and can give a new role only what it has itself (CREATEDB, REPLICATION, \
             BYPASSRLS). On RDS and Aurora groups = [\"rds_superuser\"] and [\"rds_replication\"] stand for superuser and \
             replication."
        }
        Change::GrantMembership { .. }
        | Change::RevokeMembership { .. }
        | Change::RevokeAdminOption { .. } => {
            "From PostgreSQL 16 on the connection's user must have ADMIN OPTION on a group to grant it (on RDS, members of \
             rds_superuser need none). Up to 15 it needs CREATEROLE. Let a role that may: GRANT group TO user WITH ADMIN OPTION."
        }
        Change::GrantPrivileges { .. } | Change::RevokePrivileges { .. } => {
            "A privilege on a database can be granted by the database's owner, by members of the owner, and by those who have it \
             WITH GRANT OPTION. Connect as one of them, or make the connection's user a member of the owner."
        }
        Change::SetSetting { .. } | Change::ResetSetting { .. } => SETTING_IS_NOT_OURS,
        Change::SetPassword { .. } | Change::ClearPassword { .. } => {
            "Where RDS restricts password commands (rds.restrict_password_commands) the connection's user must be a member of \
             rds_password. From PostgreSQL 16 on it needs ADMIN OPTION on the user."
        }
        Change::Comment { .. } | Change::Rename { .. } => {
            "From PostgreSQL 16 on the connection's user needs ADMIN OPTION on the role for this, and before it CREATEROLE."
        }
    }
}
