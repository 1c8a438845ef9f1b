//! Which changes are made with one statement, and how the changes of several roles lie among each other. From PostgreSQL 16
//! on a master is a member of each role that it has made. Each new membership makes the server forget what it knew of
//! them, and the next statement that asks for a right looks at all of them again (roles_is_member_of in acl.c): with
//! thousands of roles that is most of what a statement costs. So roles are made first, all of them, and granted to
//! together.

use crate::roles::{Change, DatabaseName, MembershipOptions, PrivilegeSet, RoleName};

/// What is granted, of changes that differ only in whom it is granted to. The order is that in which a list has them
/// (see `roles::diff`): so what several lists have in common comes up in all of them before any goes past it, and
/// databases and groups are locked in the order of their names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Granted<'a> {
    Privileges(&'a DatabaseName, &'a PrivilegeSet),
    Membership(&'a RoleName, Options),
}

/// The options of a membership, in some order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Options {
    admin: bool,
    keeps_admin: bool,
    inherit: bool,
    set: bool,
}

fn granted(change: &Change) -> Option<Granted<'_>> {
    match change {
        Change::GrantPrivileges { database, privileges, .. } => {
            Some(Granted::Privileges(database, privileges))
        }
        Change::GrantMembership { group, options, keeps_admin, .. } => {
            let MembershipOptions { admin, inherit, set } = *options;
            Some(Granted::Membership(group, Options { admin, keeps_admin: *keeps_admin, inherit, set }))
        }
        _ => None,
    }
}

/// Puts together what several lists grant to different roles. Each list keeps its order; how lists lie among each
/// other is nobody's concern. What comes together here can be done with one statement each. `T` is whose list it is.
pub(super) fn merge<'a, T: Copy>(
    lists: impl IntoIterator<Item = (T, &'a [Change])>,
) -> Vec<Vec<(T, &'a Change)>> {
    let mut lists: Vec<_> = lists.into_iter().map(|(of, list)| (of, list.iter().peekable())).collect();
    let mut merged = Vec::new();
    for (of, list) in &mut lists {
        if let Some(create) = list.next_if(|change| matches!(change, Change::Create { .. })) {
            merged.push(vec![(*of, create)]);
        }
    }
    loop {
        for (of, list) in &mut lists {
            while let Some(change) = list.next_if(|change| granted(change).is_none()) {
                merged.push(vec![(*of, change)]);
            }
        }
        // Whoever has gone past a grant may have something to do before the next one.
        let next = lists.iter_mut().filter_map(|(_, list)| list.peek().and_then(|change| granted(change)));
        let Some(next) = next.min() else { return merged };
        let together = lists.iter_mut().filter_map(|(of, list)| {
            list.next_if(|change| granted(change) == Some(next)).map(|change| (*of, change))
        });
        merged.push(together.collect());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::roles::{RoleAttributes, parse_privileges};

    fn role(name: &str) -> RoleName {
        RoleName::from_catalog(name)
    }

    fn comment(name: &str) -> Change {
        Change::Comment { name: role(name), text: None }
    }

    fn connect(database: &str, grantee: &str) -> Change {
        let privileges = parse_privileges(["CONNECT"]).unwrap();
        Change::GrantPrivileges {
            database: DatabaseName::from_catalog(database),
            grantee: role(grantee),
            privileges,
        }
    }

    fn member(group: &str, member: &str, admin: bool) -> Change {
        let options = MembershipOptions { admin, inherit: true, set: true };
        Change::GrantMembership { group: role(group), member: role(member), options, keeps_admin: false }
    }

    fn merged(lists: &[Vec<Change>]) -> Vec<Vec<&Change>> {
        let merged = merge(lists.iter().map(|list| ((), list.as_slice())));
        merged.into_iter().map(|group| group.into_iter().map(|((), change)| change).collect()).collect()
    }

    #[test]
    fn what_is_granted_alike_comes_together() {
        let lists: Vec<Vec<Change>> = ["a", "b", "c"]
            .iter()
            .zip([["g", "h"], ["h", "i"], ["g", "i"]])
            .map(|(name, groups)| {
                vec![
                    comment(name),
                    connect("d", name),
                    member(groups[0], name, false),
                    member(groups[1], name, false),
                ]
            })
            .collect();
        let expected = [
            vec![comment("a")],
            vec![comment("b")],
            vec![comment("c")],
            vec![connect("d", "a"), connect("d", "b"), connect("d", "c")],
            vec![member("g", "a", false), member("g", "c", false)],
            vec![member("h", "a", false), member("h", "b", false)],
            vec![member("i", "b", false), member("i", "c", false)],
        ];
        assert_eq!(
            merged(&lists),
            expected.iter().map(|group| group.iter().collect::<Vec<_>>()).collect::<Vec<_>>()
        );
    }

    #[test]
    fn roles_are_made_before_anything_else() {
        let create = |name: &str| Change::Create { name: role(name), attributes: RoleAttributes::default() };
        let lists = [
            vec![create("a"), comment("a"), connect("d", "a")],
            vec![comment("b")],
            vec![create("c"), comment("c"), connect("d", "c")],
        ];
        let expected = [
            vec![&lists[0][0]],
            vec![&lists[2][0]],
            vec![&lists[0][1]],
            vec![&lists[1][0]],
            vec![&lists[2][1]],
            vec![&lists[0][2], &lists[2][2]],
        ];
        assert_eq!(merged(&lists), expected);
    }

    #[test]
    fn each_list_keeps_its_order() {
        // Not in the order of names, with something between, and the same group with two kinds of options.
        let lists = [
            vec![member("z", "a", false), comment("a"), connect("d", "a"), member("b", "a", true)],
            vec![connect("d", "b"), member("b", "b", false), member("z", "b", false)],
        ];
        let merged = merged(&lists);
        for list in &lists {
            let kept: Vec<&Change> = merged
                .iter()
                .flatten()
                .filter(|change| list.iter().any(|own| std::ptr::eq(own, **change)))
                .copied()
                .collect();
            assert_eq!(kept, list.iter().collect::<Vec<_>>());
        }
        assert_eq!(merged.iter().flatten().count(), 7);
        assert!(merged.iter().all(|group| {
            group.windows(2).all(|pair| pair.iter().all(|change| granted(change) == granted(pair[0])))
        }));
    }

    #[test]
    fn nothing_is_merged_with_itself() {
        assert!(merged(&[]).is_empty());
        assert!(merged(&[vec![]]).is_empty());
        let alone = [vec![connect("d", "a"), connect("e", "a")]];
        assert_eq!(merged(&alone).len(), 2);
    }
}
