//! What stands in the way of a step, and why.

use super::Unmet;
use crate::roles::{Change, DatabaseName, Oid, Privilege, RoleName, RoleOption};

/// Something for which an apply fails, or may fail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Obstacle {
    /// Why.
    pub reason: Reason,
    /// The step that the server would refuse; none: it would not come to one. An ALTER has only those options that are
    /// refused.
    pub change: Option<Change>,
    /// Whether the apply fails in any case. Else the catalog does not decide it, or somebody may still clear it away.
    pub certain: bool,
}

impl Obstacle {
    /// Whether this is a matter of rights that the catalog does not decide.
    pub fn is_right_not_known(&self) -> bool {
        let of_rights = matches!(
            self.reason,
            Reason::NoRight(_) | Reason::CannotRevoke { .. } | Reason::GrantedOn { .. } | Reason::GrantedBack
        );
        of_rights && !self.certain
    }
}

/// Why a step fails.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reason {
    /// A role that is to be created is there already.
    AlreadyThere {
        /// Its OID.
        oid: Oid,
    },
    /// The name that a role is to have belongs to another one.
    NameTaken {
        /// The name.
        name: RoleName,
        /// The other's OID.
        oid: Oid,
    },
    /// The name that a role is to have belongs to another one, which loses it in this run; in which order is not known.
    NameGivenUp {
        /// The other's OID.
        oid: Oid,
    },
    /// Another resource is for the same role.
    TwoResources,
    /// What must be there before the first step is not.
    Unmet(Unmet),
    /// The group belongs to the member already.
    Circle {
        /// From the group to the member.
        path: Vec<RoleName>,
    },
    /// No statement can write this name: see [`RoleName::is_unreadable`].
    Unreadable {
        /// The name, as it can be shown.
        name: String,
    },
    /// Who applies may not do it.
    NoRight(Right),
    /// What must go was granted by somebody else, and who applies cannot act for them.
    CannotRevoke {
        /// Who granted it.
        grantor: RoleName,
    },
    /// What may be granted on is to go, and was granted on.
    GrantedOn {
        /// To whom.
        to: Vec<RoleName>,
    },
    /// What may be granted on is granted to the one that the grantor has it from.
    GrantedBack,
}

/// What who applies would need.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Right {
    /// CREATEROLE.
    CreateRole,
    /// ADMIN OPTION on a role (16+).
    Admin {
        /// The role.
        on: RoleName,
    },
    /// ADMIN OPTION on a role that it has by memberships which it inherits (16+): it has it by others only.
    InheritedAdmin {
        /// The role.
        on: RoleName,
    },
    /// To be another role than the one that is changed: nobody has ADMIN OPTION on itself (16+).
    NotItself,
    /// To be a superuser, because this role is one.
    SuperuserFor {
        /// The role.
        role: RoleName,
    },
    /// To be a superuser, because this role has REPLICATION (up to 15).
    SuperuserForReplication {
        /// The role.
        role: RoleName,
    },
    /// To be a superuser, for these options.
    Superuser {
        /// The options.
        options: Vec<RoleOption>,
    },
    /// To have itself what it gives or takes (16+).
    Own {
        /// The options.
        options: Vec<RoleOption>,
    },
    /// That the role takes members at all.
    Members {
        /// The role.
        of: RoleName,
    },
    /// These privileges WITH GRANT OPTION, or the privileges of the database's owner.
    GrantOption {
        /// The database.
        database: DatabaseName,
        /// Its owner, where it is known.
        owner: Option<RoleName>,
        /// The privileges.
        privileges: Vec<Privilege>,
    },
}

impl Reason {
    /// Whether this says what the other says already: one missing right stops many steps.
    fn says_the_same(&self, other: &Self) -> bool {
        match self {
            Self::NoRight(
                Right::CreateRole | Right::Admin { .. } | Right::NotItself | Right::SuperuserFor { .. },
            ) => self == other,
            _ => false,
        }
    }
}

/// Adds an obstacle, unless another of the same role says the same.
pub(super) fn add(found: &mut Vec<Obstacle>, obstacle: Obstacle) {
    if !found.iter().any(|other| other.reason.says_the_same(&obstacle.reason)) {
        found.push(obstacle);
    }
}
