//! Which members a group may have.

use std::collections::{BTreeMap, BTreeSet};

use globset::{Glob, GlobBuilder, GlobMatcher};

use super::{Server, Sides};
use crate::roles::{Change, HeldMembership, MemberRule, MembershipOptions, Oid, Role, RoleName};

/// A foreign member's memberships are revoked. What it granted to members that are allowed is granted again
/// by us first: it hangs on the ADMIN that goes (2BP01; 16+).
pub(super) fn changes(sides: &Sides<'_>) -> Vec<Change> {
    let mut surplus: Vec<_> = foreign_rows(sides.actual, &sides.desired.member_rule, sides.server).collect();
    let mut changes = Vec::new();
    if sides.server.has_membership_options() {
        let inherited = granted_by_foreign_members(&surplus, sides.actual, sides.server);
        changes.extend(granted_again(&inherited, sides));
        surplus.extend(inherited);
        surplus = dependents_first(surplus);
    }
    changes.extend(surplus.into_iter().map(|row| Change::RevokeMembership {
        group: sides.desired.name.clone(),
        member: row.other.clone(),
        grantor: sides.revoking_grantor(row),
    }));
    changes
}

/// The rows that stay, but whose grantor's ADMIN does not.
fn granted_by_foreign_members<'a>(
    foreign: &[&HeldMembership],
    actual: &'a Role,
    server: &Server,
) -> Vec<&'a HeldMembership> {
    let foreign: BTreeSet<_> = foreign.iter().map(|row| row.other_oid).collect();
    let creators: BTreeSet<_> =
        actual.members.iter().filter(|row| row.is_implicit(server)).map(|row| row.other_oid).collect();
    let loses_admin = |oid: &Oid| foreign.contains(oid) && !creators.contains(oid);
    let stays = |row: &HeldMembership| !foreign.contains(&row.other_oid);
    actual.members.iter().filter(|row| stays(row) && loses_admin(&row.grantor_oid)).collect()
}

/// One grant of ours for each member that lacks something without these rows. It says all that the member
/// has: the server may record it over another row than ours.
fn granted_again(rows: &[&HeldMembership], sides: &Sides<'_>) -> Vec<Change> {
    let mut by_member = BTreeMap::<&RoleName, Vec<&HeldMembership>>::new();
    for row in rows {
        by_member.entry(&row.other).or_default().push(row);
    }
    let together = |rows: &mut dyn Iterator<Item = &HeldMembership>| {
        rows.map(|row| row.options).reduce(MembershipOptions::or)
    };
    let mut changes = Vec::new();
    for (member, goes) in by_member {
        let of_member = || sides.actual.members.iter().filter(|row| row.other == *member);
        let remains = together(&mut of_member().filter(|row| !goes.contains(row)));
        let Some(options) = together(&mut of_member()).filter(|all| remains != Some(*all)) else { continue };
        changes.push(sides.grant(&sides.desired.name, member, options, options.admin));
    }
    changes
}

/// The same rows, each before the row that its grantor has its ADMIN from.
fn dependents_first(mut rows: Vec<&HeldMembership>) -> Vec<&HeldMembership> {
    let mut ordered = Vec::with_capacity(rows.len());
    while !rows.is_empty() {
        let grantors: BTreeSet<_> = rows.iter().map(|row| row.grantor_oid).collect();
        let (later, now): (Vec<_>, Vec<_>) =
            rows.into_iter().partition(|row| row.options.admin && grantors.contains(&row.other_oid));
        if now.is_empty() {
            // A circle, which the server does not let come about.
            ordered.extend(later);
            break;
        }
        ordered.extend(now);
        rows = later;
    }
    ordered
}

/// The direct members that the rule does not allow.
pub fn foreign_members(actual: &Role, rule: &MemberRule, server: &Server) -> BTreeSet<RoleName> {
    foreign_rows(actual, rule, server).map(|row| row.other.clone()).collect()
}

/// Why a text is no pattern of member names, if it is none.
pub fn member_pattern_error(pattern: &str) -> Option<String> {
    glob(pattern).err().map(|error| error.kind().to_string())
}

fn foreign_rows<'a>(
    actual: &'a Role,
    rule: &MemberRule,
    server: &Server,
) -> impl Iterator<Item = &'a HeldMembership> {
    let allowed = match rule {
        MemberRule::Any => None,
        MemberRule::Only(patterns) => Some(NamePatterns::new(patterns)),
    };
    actual.members.iter().filter(move |row| {
        allowed.as_ref().is_some_and(|allowed| !row.is_implicit(server) && !allowed.matches(&row.other))
    })
}

/// Names and globs of roles.
pub struct NamePatterns {
    names: BTreeSet<String>,
    globs: Vec<GlobMatcher>,
}

impl NamePatterns {
    /// What is no glob counts as a name only.
    pub fn new(patterns: &BTreeSet<String>) -> Self {
        // What is no glob still allows the role of that very name.
        let globs = patterns.iter().filter_map(|pattern| glob(pattern).ok());
        Self { names: patterns.clone(), globs: globs.map(|glob| glob.compile_matcher()).collect() }
    }

    /// Whether one of them is this name, or stands for it.
    pub fn matches(&self, name: &RoleName) -> bool {
        self.names.contains(name.as_str()) || self.globs.iter().any(|glob| glob.is_match(name.as_str()))
    }
}

/// `*` stands for anything, a slash included: names of roles are no paths.
fn glob(pattern: &str) -> Result<Glob, globset::Error> {
    GlobBuilder::new(pattern).literal_separator(false).backslash_escape(true).build()
}
