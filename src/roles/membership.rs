//! Memberships: who belongs to whom, how, and by whose grant.

use super::{Oid, RoleName, Server};

/// How a member belongs to a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MembershipOptions {
    /// May grant it on.
    pub admin: bool,
    /// Has its privileges without SET ROLE. Up to 15 this is the member's own INHERIT.
    pub inherit: bool,
    /// May SET ROLE to it. Up to 15 always.
    pub set: bool,
}

impl MembershipOptions {
    /// No option at all.
    pub const NONE: Self = Self { admin: false, inherit: false, set: false };

    /// What either has: several grants of one membership add up.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        Self {
            admin: self.admin || other.admin,
            inherit: self.inherit || other.inherit,
            set: self.set || other.set,
        }
    }

    /// What this has and the other has not.
    #[must_use]
    pub fn beyond(self, other: Self) -> Self {
        Self {
            admin: self.admin && !other.admin,
            inherit: self.inherit && !other.inherit,
            set: self.set && !other.set,
        }
    }
}

/// One row of `pg_auth_members`, seen from one of its two ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeldMembership {
    /// The other end: the group of a member, or the member of a group.
    pub other: RoleName,
    /// Its OID.
    pub other_oid: Oid,
    /// Who granted it; up to 15 that role may be gone.
    pub grantor: Option<RoleName>,
    /// The grantor's OID.
    pub grantor_oid: Oid,
    /// How.
    pub options: MembershipOptions,
}

impl HeldMembership {
    /// Whether this looks like what 16+ gives a role's creator that is no superuser: ADMIN alone, by the
    /// bootstrap superuser, not to be revoked by the creator. A grant written `WITH ADMIN TRUE, INHERIT
    /// FALSE, SET FALSE` by a superuser (and, it seems, by the master of RDS) leaves the very same row; only
    /// what was written before can tell them apart, so such a row counts where ADMIN is wanted and is ignored
    /// elsewhere.
    pub fn is_implicit(&self, server: &Server) -> bool {
        server.has_membership_options()
            && self.grantor_oid == Oid::BOOTSTRAP_SUPERUSER
            && self.options == MembershipOptions { admin: true, ..MembershipOptions::NONE }
    }
}
