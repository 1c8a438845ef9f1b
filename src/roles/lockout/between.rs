//! What the protected roles lose between two moments at which a server was asked.

use std::collections::BTreeMap;

use super::cause::cause;
use super::{Access, Lost, Protection, losses};
use crate::roles::{Change, RoleName};

/// How the protected roles stand at one moment, by name. Who is not among them is not there.
pub type Accesses = BTreeMap<RoleName, Access>;

/// What the protected roles lose between two moments. `changes` are what was done in between by us; they tell by
/// what it is lost, and what no catalog shows: that a password was cleared.
pub fn lost(protection: &Protection, before: &Accesses, after: &Accesses, changes: &[&Change]) -> Vec<Lost> {
    let of_role = |role: &super::Protected| {
        let before = before.get(&role.name);
        let after = after.get(&role.name).map(|access| with_password(access, &role.name, changes));
        losses(role, before, after.as_ref())
    };
    let each = protection.roles.iter().map(|role| (role, of_role(role)));
    each.flat_map(|(role, losses)| {
        losses.into_iter().map(|loss| {
            let (loss, by) = cause(loss, &role.name, changes);
            Lost { role: role.clone(), loss, by }
        })
    })
    .collect()
}

fn with_password(access: &Access, role: &RoleName, changes: &[&Change]) -> Access {
    let last = changes.iter().rev().find_map(|change| match change {
        Change::SetPassword { name } if name == role => Some(true),
        Change::ClearPassword { name } if name == role => Some(false),
        _ => None,
    });
    Access { has_password: last.or(access.has_password), ..access.clone() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::roles::lockout::{Login, Loss};
    use crate::roles::{DatabaseName, MembershipOptions};

    fn name(text: &str) -> RoleName {
        RoleName::from_catalog(text)
    }

    fn protection() -> Protection {
        Protection::of_connection(name("me"), Login::Password, DatabaseName::from_catalog("postgres"))
    }

    fn one(access: Access) -> Accesses {
        Accesses::from([(name("me"), access)])
    }

    #[test]
    fn the_grant_that_does_it_is_told() {
        let path = vec![name("me"), name("dba"), name("rds_iam")];
        let after = one(Access { rds_iam: Some(path.clone()), ..Access::able() });
        let options = MembershipOptions { admin: false, inherit: true, set: true };
        let does_it = Change::GrantMembership {
            group: name("rds_iam"),
            member: name("dba"),
            options,
            keeps_admin: false,
        };
        let other = Change::Comment { name: name("dba"), text: None };
        let lost = lost(&protection(), &one(Access::able()), &after, &[&does_it, &other]);
        assert_eq!(lost.len(), 1);
        assert_eq!(lost[0].loss, Loss::EntersRdsIam { path });
        assert_eq!(lost[0].by.as_ref(), Some(&does_it));
    }

    #[test]
    fn a_cleared_password_is_lost_though_nothing_shows_it() {
        let cleared = Change::ClearPassword { name: name("me") };
        let set = Change::SetPassword { name: name("me") };
        let of =
            |changes: &[&Change]| lost(&protection(), &one(Access::able()), &one(Access::able()), changes);
        assert_eq!(of(&[&cleared]).into_iter().map(|lost| lost.loss).collect::<Vec<_>>(), [Loss::Password]);
        assert!(of(&[&cleared, &set]).is_empty());
        assert!(of(&[&Change::ClearPassword { name: name("another") }]).is_empty());
    }

    #[test]
    fn who_is_not_there_any_more_was_renamed_or_is_gone() {
        let renamed = Change::Rename { from: name("me"), to: name("you") };
        let of = |changes: &[&Change]| {
            let lost = lost(&protection(), &one(Access::able()), &Accesses::new(), changes);
            lost.into_iter().map(|lost| lost.loss).collect::<Vec<_>>()
        };
        assert_eq!(of(&[&renamed]), [Loss::Renamed { to: name("you") }]);
        assert_eq!(of(&[]), [Loss::Gone]);
        assert!(lost(&protection(), &Accesses::new(), &one(Access::able()), &[]).is_empty());
    }
}
