//! What a destroy will come to, as far as what depends on the role tells.

use super::request::{Destroy, DestroyAction};
use super::survey::{self, Dependents, InDatabase};
use crate::roles::DatabaseName;

/// In words.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Foreseen {
    /// What stands in the way.
    pub left: Vec<String>,
    /// How many objects will be dropped.
    pub dropped: i64,
    /// Where they are.
    pub drops: Vec<String>,
    /// What it will lose of what it was granted in databases.
    pub revokes: Vec<String>,
}

/// What a destroy will come to. What the role granted to others in a database shows only there: nobody connects to all
/// of them for a plan.
pub fn foresee(destroy: &Destroy, dependents: &Dependents) -> Foreseen {
    let mut foreseen = Foreseen::default();
    if destroy.action == DestroyAction::Disable {
        return foreseen;
    }
    foreseen.left.extend(owned_by_the_cluster(destroy, dependents));
    for (database, there) in &dependents.databases {
        let InDatabase { owned, mentioned, allows_connections } = *there;
        let decided = destroy.reassign_owned_to.is_some() || destroy.drop_owned;
        if owned > 0 && (!decided || !allows_connections) {
            foreseen.left.push(format!("{} it owns {}", place(database, there), objects(owned)));
        } else if owned > 0 && destroy.reassign_owned_to.is_none() {
            foreseen.dropped += owned;
            foreseen.drops.push(format!("{} {}", place(database, there), objects(owned)));
        }
        if mentioned > 0 {
            let named = format!(
                "{} the privileges or policies of {} name it",
                place(database, there),
                objects(mentioned)
            );
            if allows_connections { &mut foreseen.revokes } else { &mut foreseen.left }.push(named);
        }
        if (owned, mentioned, allows_connections) == (0, 0, false) {
            foreseen.left.push(format!("{} {}", place(database, there), there.describe()));
        }
    }
    foreseen
}

impl InDatabase {
    /// In words.
    pub(super) fn describe(&self) -> String {
        let owned = format!("it owns {}", objects(self.owned));
        let mentioned = format!("the privileges or policies of {} name it", objects(self.mentioned));
        match (self.owned, self.mentioned) {
            // Which are not counted.
            (0, 0) => "it has default privileges of its own".to_owned(),
            (_, 0) => owned,
            (0, _) => mentioned,
            _ => format!("{owned} and {mentioned}"),
        }
    }
}

fn place(database: &DatabaseName, there: &InDatabase) -> String {
    let closed = if there.allows_connections { "" } else { ", which allows no connections," };
    format!("in database \"{database}\"{closed}")
}

/// What it owns that belongs to no database, where that stands in the way.
pub(super) fn owned_by_the_cluster(destroy: &Destroy, dependents: &Dependents) -> Option<String> {
    if destroy.reassign_owned_to.is_some() || dependents.shared_owned.is_empty() {
        return None;
    }
    let owned = survey::list(dependents.shared_owned.clone());
    let never = if destroy.drop_owned { ", which drop_owned does not drop" } else { "" };
    Some(format!("it owns {owned}{never}"))
}

fn objects(count: i64) -> String {
    format!("{count} object{}", if count == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::roles::RoleName;

    fn destroy(action: DestroyAction, heir: Option<&str>, drop_owned: bool) -> Destroy {
        Destroy {
            resource: "pgum_user",
            oid: None,
            name: RoleName::from_catalog("one"),
            action,
            reassign_owned_to: heir.map(RoleName::from_catalog),
            drop_owned,
            terminate_sessions: false,
        }
    }

    fn dependents() -> Dependents {
        let there =
            |owned, mentioned, allows_connections| InDatabase { owned, mentioned, allows_connections };
        let databases = [
            ("app", there(2, 1, true)),
            ("closed", there(0, 3, false)),
            ("closed too", there(0, 0, false)),
            ("log", there(0, 4, true)),
            ("open", there(0, 0, true)),
        ];
        let databases = databases.map(|(name, there)| (DatabaseName::from_catalog(name), there));
        Dependents { databases: databases.into(), shared_owned: vec!["database app".to_owned()] }
    }

    #[test]
    fn what_nobody_said_what_to_do_with_stands_in_the_way() {
        let foreseen = foresee(&destroy(DestroyAction::Drop, None, false), &dependents());
        let closed = "in database \"closed\", which allows no connections, the privileges or policies of 3 objects name it";
        let closed_too =
            "in database \"closed too\", which allows no connections, it has default privileges of its own";
        assert_eq!(
            foreseen.left,
            ["it owns database app", "in database \"app\" it owns 2 objects", closed, closed_too]
        );
        assert_eq!(foreseen.dropped, 0);
        assert_eq!(
            foreseen.revokes,
            [
                "in database \"app\" the privileges or policies of 1 object name it",
                "in database \"log\" the privileges or policies of 4 objects name it"
            ]
        );
        let foreseen = foresee(&destroy(DestroyAction::Drop, Some("heir"), false), &dependents());
        assert_eq!(
            (foreseen.left.as_slice(), foreseen.dropped),
            ([closed, closed_too].map(str::to_owned).as_slice(), 0)
        );
        let foreseen = foresee(&destroy(DestroyAction::Disable, None, false), &dependents());
        assert_eq!(foreseen, Foreseen::default());
    }

    #[test]
    fn what_is_dropped_is_counted() {
        let foreseen = foresee(&destroy(DestroyAction::Drop, None, true), &dependents());
        assert_eq!(
            foreseen.left.first().map(String::as_str),
            Some("it owns database app, which drop_owned does not drop")
        );
        assert_eq!((foreseen.dropped, foreseen.drops), (2, vec!["in database \"app\" 2 objects".to_owned()]));
        // An heir gets what it owns; only the rest is dropped.
        let foreseen = foresee(&destroy(DestroyAction::Drop, Some("heir"), true), &dependents());
        assert_eq!(foreseen.dropped, 0);
    }
}
