//! What differs between a role as it is and as it should be, as an ordered list of changes. One file a
//! concern; each is a pure function of the two states and of what the server can do.
//!
//! The order of the whole: the role itself (renamed, created, altered), its comment, its settings, its
//! privileges, its memberships and members, its password. The password comes last because the statement of an
//! attempt that fails may end up in the server's log: by then nothing else is left that could fail. Databases
//! and groups come in the order of their names, so that two runs that change the same ones lock them in the
//! same order.

mod attributes;
mod members;
mod memberships;
mod privileges;
mod settings;

use super::{Change, Desired, HeldMembership, Oid, PasswordChange, Role, RoleName};

pub use members::{NamePatterns, foreign_members, member_pattern_error};

/// What the diff must know of the server and the connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Server {
    /// `server_version_num`, such as 150018.
    pub version: u32,
    /// The connection's user.
    pub user: RoleName,
    /// Whether that user is a superuser.
    pub superuser: bool,
}

impl Server {
    /// Whether a membership has INHERIT and SET of its own and a row for each grantor (16+). Before, there is
    /// one row, its grantor means nothing, and the two are the member's INHERIT and true.
    pub fn has_membership_options(&self) -> bool {
        self.version >= 160_000
    }

    /// Whether our grants of memberships to this role are recorded as by the role itself, which cannot have
    /// ADMIN so (0LP01).
    fn grants_as(&self, role: &RoleName) -> bool {
        !self.superuser && self.user == *role
    }

    /// Whether a GRANT and a plain REVOKE of ours work on this row (16+). A superuser's grants are recorded
    /// as the bootstrap superuser's.
    fn is_own_grant(&self, row: &HeldMembership) -> bool {
        if self.superuser {
            row.grantor_oid == Oid::BOOTSTRAP_SUPERUSER
        } else {
            row.grantor.as_ref() == Some(&self.user)
        }
    }
}

/// What to do, in order.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Difference {
    /// The steps.
    pub changes: Vec<Change>,
}

impl Difference {
    /// Whether there is nothing to do.
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }
}

/// What brings `actual` to `desired`. After the changes, `diff` of the role read again and the same desired
/// state with `PasswordChange::Keep` is empty.
pub fn diff(actual: Option<&Role>, desired: &Desired, server: &Server) -> Difference {
    let nothing_yet;
    let (actual, is_new) = match actual {
        Some(role) => (role, false),
        None => {
            nothing_yet = new_role(desired);
            (&nothing_yet, true)
        }
    };
    let sides = Sides { actual, desired, server };

    let mut changes = Vec::new();
    let mut last = Vec::new();
    if is_new {
        changes.push(Change::Create { name: desired.name.clone(), attributes: desired.attributes.clone() });
    } else {
        changes.extend(attributes::rename(&sides));
        // What the connection may do itself, it gives up only when the rest is done.
        let own = actual.name == server.user;
        (if own { &mut last } else { &mut changes }).extend(attributes::alter(&sides));
    }
    changes.extend(attributes::comment(&sides));
    changes.extend(settings::changes(&sides));
    changes.extend(privileges::changes(&sides));
    changes.extend(memberships::changes(&sides));
    changes.append(&mut last);
    match desired.password {
        PasswordChange::Keep => {}
        PasswordChange::Set => changes.push(Change::SetPassword { name: desired.name.clone() }),
        PasswordChange::Clear => changes.push(Change::ClearPassword { name: desired.name.clone() }),
    }
    Difference { changes }
}

/// What every concern compares.
struct Sides<'a> {
    actual: &'a Role,
    desired: &'a Desired,
    server: &'a Server,
}

impl Sides<'_> {
    /// How a grantor is called once the role has its new name.
    fn grantor(&self, grantor: Option<&RoleName>) -> Option<RoleName> {
        match grantor {
            Some(name) if *name == self.actual.name => Some(self.desired.name.clone()),
            other => other.cloned(),
        }
    }
}

/// The role as CREATE ROLE leaves it.
fn new_role(desired: &Desired) -> Role {
    Role {
        oid: Oid(0),
        name: desired.name.clone(),
        attributes: desired.attributes.clone(),
        comment: None,
        settings: Default::default(),
        database_settings: Default::default(),
        memberships: Vec::new(),
        members: Vec::new(),
        privileges: Vec::new(),
        owned_databases: Default::default(),
    }
}

#[cfg(test)]
pub(in crate::roles) mod tests;
