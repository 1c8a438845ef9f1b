//! The role itself: its name, its attributes, its comment.

use super::Sides;
use crate::roles::{Change, RoleOption};

pub(super) fn rename(sides: &Sides<'_>) -> Option<Change> {
    let (from, to) = (&sides.actual.name, &sides.desired.name);
    (from != to).then(|| Change::Rename { from: from.clone(), to: to.clone() })
}

pub(super) fn alter(sides: &Sides<'_>) -> Option<Change> {
    let (is, should) = (&sides.actual.attributes, &sides.desired.attributes);
    let mut options = Vec::new();
    let mut flag = |is: bool, should: bool, option: fn(bool) -> RoleOption| {
        if is != should {
            options.push(option(should));
        }
    };
    flag(is.superuser, should.superuser, RoleOption::Superuser);
    flag(is.inherit, should.inherit, RoleOption::Inherit);
    flag(is.create_role, should.create_role, RoleOption::CreateRole);
    flag(is.create_database, should.create_database, RoleOption::CreateDatabase);
    flag(is.login, should.login, RoleOption::Login);
    flag(is.replication, should.replication, RoleOption::Replication);
    flag(is.bypass_row_level_security, should.bypass_row_level_security, RoleOption::BypassRowLevelSecurity);
    let limits = sides.desired.looks_after_limits;
    if limits && is.connection_limit != should.connection_limit {
        options.push(RoleOption::ConnectionLimit(should.connection_limit));
    }
    if limits && !is.valid_until.is_same(&should.valid_until) {
        options.push(RoleOption::ValidUntil(should.valid_until.clone()));
    }
    (!options.is_empty()).then(|| Change::Alter { name: sides.desired.name.clone(), options })
}

pub(super) fn comment(sides: &Sides<'_>) -> Option<Change> {
    // COMMENT ... IS '' takes the comment away, so an empty one is none.
    let text = |comment: &Option<String>| comment.clone().filter(|text| !text.is_empty());
    let should = text(&sides.desired.comment);
    (text(&sides.actual.comment) != should)
        .then(|| Change::Comment { name: sides.desired.name.clone(), text: should })
}
