//! Memberships: who belongs to whom, how, and by whose grant.

use super::{Oid, RoleName};

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
