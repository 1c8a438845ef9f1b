//! Which members a group may have.

use std::collections::BTreeSet;

use globset::{Glob, GlobBuilder, GlobMatcher};

use super::{Server, Sides};
use crate::roles::{Change, HeldMembership, MemberRule, Role, RoleName};

pub(super) fn changes(sides: &Sides<'_>) -> Vec<Change> {
    foreign_rows(sides.actual, &sides.desired.member_rule, sides.server)
        .map(|row| Change::RevokeMembership {
            group: sides.desired.name.clone(),
            member: row.other.clone(),
            grantor: sides.revoking_grantor(row),
        })
        .collect()
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
        MemberRule::Only(patterns) => Some(Allowed::new(patterns)),
    };
    actual.members.iter().filter(move |row| {
        allowed.as_ref().is_some_and(|allowed| !row.is_implicit(server) && !allowed.matches(&row.other))
    })
}

struct Allowed {
    names: BTreeSet<String>,
    globs: Vec<GlobMatcher>,
}

impl Allowed {
    fn new(patterns: &BTreeSet<String>) -> Self {
        // What is no glob still allows the role of that very name.
        let globs = patterns.iter().filter_map(|pattern| glob(pattern).ok());
        Self { names: patterns.clone(), globs: globs.map(|glob| glob.compile_matcher()).collect() }
    }

    fn matches(&self, name: &RoleName) -> bool {
        self.names.contains(name.as_str()) || self.globs.iter().any(|glob| glob.is_match(name.as_str()))
    }
}

/// `*` stands for anything, a slash included: names of roles are no paths.
fn glob(pattern: &str) -> Result<Glob, globset::Error> {
    GlobBuilder::new(pattern).literal_separator(false).backslash_escape(true).build()
}
