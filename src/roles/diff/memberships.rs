//! The groups that a role belongs to.
//!
//! From 16 on a membership has a row for each grantor, and what is held is all of them together. What must go
//! is revoked from each row by name of its grantor, since a plain REVOKE reaches our own row only. Within a
//! group the revokes come before the grant: the server may record a grant of ours as another's (a group's
//! that we inherit ADMIN from; `rdsadmin`'s on RDS), and a revoke after it would take it away again.
//!
//! ADMIN is always taken by REVOKE ADMIN OPTION, never by a GRANT with ADMIN FALSE: the first fails with
//! 2BP01 where the member has granted the group on, the second leaves those grants with a grantor that may
//! not grant.

use std::collections::{BTreeMap, BTreeSet};

use super::{Sides, members};
use crate::roles::{Change, GrantsMode, HeldMembership, MembershipOptions, RoleName};

/// What a membership of `rds_iam` gets that was not written with options.
const RDS_IAM_OPTIONS: MembershipOptions = MembershipOptions { admin: false, inherit: true, set: true };

pub(super) fn changes(sides: &Sides<'_>) -> Vec<Change> {
    let mut held = BTreeMap::<&RoleName, Vec<&HeldMembership>>::new();
    for row in &sides.actual.memberships {
        held.entry(&row.other).or_default().push(row);
    }
    let rds_iam = RoleName::rds_iam();
    let groups: BTreeSet<_> =
        held.keys().copied().chain(sides.desired.memberships.keys()).chain([&rds_iam]).collect();

    let mut changes = Vec::new();
    let mut members = Some(members::changes(sides));
    for group in groups {
        // The role's own members are memberships in one more group, which has its place among the others.
        if *group > sides.desired.name {
            changes.extend(members.take().into_iter().flatten());
        }
        let rows = held.get(group).map(Vec::as_slice).unwrap_or_default();
        let membership = Membership { sides, group, rows };
        match wanted(sides, group) {
            Wanted::Anything => {}
            Wanted::With(options) if sides.server.has_membership_options() => {
                changes.extend(membership.to_options(options));
            }
            Wanted::With(options) => changes.extend(membership.to_admin(options)),
            Wanted::WithoutAdmin => changes.extend(membership.to_plain_member()),
            Wanted::Membership => changes.extend(membership.to_member()),
            Wanted::Nothing => changes.extend(membership.to_nothing()),
        }
    }
    changes.extend(members.into_iter().flatten());
    changes
}

/// What should be of a membership.
enum Wanted {
    /// Not looked after.
    Anything,
    /// Held, with exactly these options.
    With(MembershipOptions),
    /// Held somehow.
    Membership,
    /// Held somehow, but not to be granted on.
    WithoutAdmin,
    /// Not held.
    Nothing,
}

fn wanted(sides: &Sides<'_>, group: &RoleName) -> Wanted {
    let desired = sides.desired;
    let looked_after = match &desired.grants_mode {
        GrantsMode::Authoritative => true,
        GrantsMode::Additive { former_groups, .. } => former_groups.contains(group),
    };
    match (desired.memberships.get(group), desired.rds_iam.filter(|_| group.is_rds_iam())) {
        (_, None) if group.is_rds_iam() => Wanted::Anything,
        (_, Some(false)) => Wanted::Nothing,
        (Some(options), _) => Wanted::With(*options),
        (None, Some(true)) if looked_after => Wanted::WithoutAdmin,
        (None, Some(true)) => Wanted::Membership,
        (None, None) if looked_after => Wanted::Nothing,
        (None, None) => Wanted::Anything,
    }
}

/// Changes of one membership.
struct Steps {
    changes: Vec<Change>,
    /// Whether ADMIN is taken from a row, for good or for a moment.
    take_admin: bool,
}

/// One group, and what the role holds of it.
struct Membership<'a> {
    sides: &'a Sides<'a>,
    group: &'a RoleName,
    rows: &'a [&'a HeldMembership],
}

impl Membership<'_> {
    /// From 16 on: all rows together come to have exactly these options.
    fn to_options(&self, wanted: MembershipOptions) -> Vec<Change> {
        let steps = self.steps_to_options(wanted, &[]);
        if steps.take_admin {
            self.steps_to_options(wanted, &self.granted_to_itself()).changes
        } else {
            steps.changes
        }
    }

    fn steps_to_options(&self, wanted: MembershipOptions, without: &[&HeldMembership]) -> Steps {
        let server = self.sides.server;
        let mut steps =
            Steps { changes: without.iter().map(|row| self.revoke(row)).collect(), take_admin: false };
        let mut own: Option<MembershipOptions> = None;
        let mut of_others: Option<MembershipOptions> = None;
        let mut own_is_too_wide = false;
        let mut own_implicit = None;
        for row in self.rows.iter().filter(|row| !without.contains(row)) {
            let is_own = server.is_own_grant(row);
            if row.is_implicit(server) && !wanted.admin {
                own_implicit = is_own.then_some(row).or(own_implicit);
                continue;
            }
            let surplus = row.options.beyond(wanted);
            let too_wide = surplus.inherit || surplus.set;
            if too_wide && !is_own {
                steps.take_admin |= row.options.admin;
                steps.changes.push(self.revoke(row));
                continue;
            }
            if surplus.admin {
                steps.take_admin = true;
                steps.changes.push(self.revoke_admin(row));
            }
            own_is_too_wide |= too_wide;
            let rest = row.options.beyond(surplus);
            let side = if is_own { &mut own } else { &mut of_others };
            *side = Some(side.map_or(rest, |all| all.or(rest)));
        }
        let mut together = match (own, of_others) {
            (Some(own), Some(others)) => Some(own.or(others)),
            (own, others) => own.or(others),
        };
        if let Some(row) = own_implicit
            && together != Some(wanted)
        {
            // A grant of ours goes over this row.
            steps.take_admin = true;
            steps.changes.push(self.revoke_admin(row));
            together = together.or(Some(MembershipOptions::NONE));
        }
        if own_is_too_wide || together != Some(wanted) {
            let has_admin = of_others.is_some_and(|options| options.admin);
            steps.changes.push(self.sides.grant(self.group, &self.member(), wanted, has_admin));
        }
        steps
    }

    /// The rows that the member itself granted, by an ADMIN of another row. As long as they are there, that
    /// ADMIN cannot be taken (2BP01). Up to 15 nothing hangs on anything.
    fn granted_to_itself(&self) -> Vec<&HeldMembership> {
        let by_rows = self.sides.server.has_membership_options();
        let itself = Some(&self.sides.actual.name);
        self.rows.iter().copied().filter(|row| by_rows && row.grantor.as_ref() == itself).collect()
    }

    /// Up to 15, where ADMIN is the only option of a membership.
    fn to_admin(&self, wanted: MembershipOptions) -> Vec<Change> {
        let admin = self.rows.iter().find(|row| row.options.admin);
        match (self.rows.is_empty(), wanted.admin, admin) {
            (true, _, _) | (false, true, None) => vec![self.grant(wanted)],
            (false, false, Some(row)) => vec![self.revoke_admin(row)],
            (false, true, Some(_)) | (false, false, None) => Vec::new(),
        }
    }

    fn to_member(&self) -> Vec<Change> {
        if self.rows.is_empty() { vec![self.grant(RDS_IAM_OPTIONS)] } else { Vec::new() }
    }

    fn to_plain_member(&self) -> Vec<Change> {
        let server = self.sides.server;
        let with_admin: Vec<_> =
            self.rows.iter().filter(|row| row.options.admin && !row.is_implicit(server)).collect();
        if with_admin.is_empty() {
            return self.to_member();
        }
        let first = self.granted_to_itself().into_iter().map(|row| self.revoke(row));
        first.chain(with_admin.into_iter().map(|row| self.revoke_admin(row))).collect()
    }

    fn to_nothing(&self) -> Vec<Change> {
        let server = self.sides.server;
        // For pg_hba.conf every membership of rds_iam is one, the creator's too.
        let surplus = |row: &&&HeldMembership| self.group.is_rds_iam() || !row.is_implicit(server);
        let first = self.granted_to_itself();
        let then = self.rows.iter().filter(surplus).filter(|row| !first.contains(row));
        first.iter().chain(then).map(|row| self.revoke(row)).collect()
    }

    fn grant(&self, options: MembershipOptions) -> Change {
        self.sides.grant(self.group, &self.member(), options, false)
    }

    fn revoke(&self, row: &HeldMembership) -> Change {
        Change::RevokeMembership {
            group: self.group.clone(),
            member: self.member(),
            grantor: self.sides.revoking_grantor(row),
        }
    }

    fn revoke_admin(&self, row: &HeldMembership) -> Change {
        Change::RevokeAdminOption {
            group: self.group.clone(),
            member: self.member(),
            grantor: self.sides.revoking_grantor(row),
        }
    }

    fn member(&self) -> RoleName {
        self.sides.desired.name.clone()
    }
}

impl Sides<'_> {
    /// A grant of ours that gives just these options. ADMIN cannot be granted to oneself by oneself (0LP01); who has it
    /// by another's grant keeps it: nothing is said of it, since the server may record ours over the very row that
    /// has it (as `rdsadmin`'s on RDS).
    pub(super) fn grant(
        &self,
        group: &RoleName,
        member: &RoleName,
        options: MembershipOptions,
        has_admin: bool,
    ) -> Change {
        let keeps_admin = options.admin && has_admin && self.server.grants_as(member);
        Change::GrantMembership {
            group: group.clone(),
            member: member.clone(),
            options: MembershipOptions { admin: options.admin && !keeps_admin, ..options },
            keeps_admin,
        }
    }

    /// Whom a REVOKE of this row has to name: nobody where the row is ours, nor up to 15, where anybody's
    /// REVOKE reaches the one row.
    pub(super) fn revoking_grantor(&self, row: &HeldMembership) -> Option<RoleName> {
        if !self.server.has_membership_options() || self.server.is_own_grant(row) {
            None
        } else {
            self.grantor(row.grantor.as_ref())
        }
    }
}
