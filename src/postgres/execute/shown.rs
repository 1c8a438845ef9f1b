//! Statements as a log may show them: without passwords, and without what may be a secret of others.

use super::statements::{self, Dialect};
use crate::roles::{Change, RoleName};

/// In the place of a secret.
const MASK: &str = "***";

/// The statements of a change, one for one as `statements` gives them.
pub(super) fn statements(change: &Change, dialect: &Dialect) -> Vec<String> {
    match masked(change) {
        Some(masked) => statements::statements(&masked, dialect),
        None => statements::statements(change, dialect),
    }
}

/// The statement that sets a password.
pub(super) fn set_password(name: &RoleName) -> String {
    statements::set_password(name, MASK)
}

/// A setting with a dot in its name is an application's or an extension's, and some keep their keys there. PostgreSQL's
/// own that a role can have hold no secret.
fn masked(change: &Change) -> Option<Change> {
    match change {
        Change::SetSetting { role, database, name, .. } if name.contains('.') => Some(Change::SetSetting {
            role: role.clone(),
            database: database.clone(),
            name: name.clone(),
            value: MASK.to_owned(),
        }),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;

    #[test]
    fn what_may_be_a_secret_is_masked() {
        let role = RoleName::from_catalog("x");
        let dialect = Dialect { major_version: 18, user: role.clone(), standings: HashMap::new() };
        let set = |name: &str| Change::SetSetting {
            role: role.clone(),
            database: None,
            name: name.to_owned(),
            value: "hush".to_owned(),
        };
        assert_eq!(statements(&set("app.key"), &dialect), ["ALTER ROLE \"x\" SET \"app\".\"key\" TO '***'"]);
        assert_eq!(statements(&set("work_mem"), &dialect), ["ALTER ROLE \"x\" SET \"work_mem\" TO 'hush'"]);
        assert_eq!(set_password(&role), "ALTER ROLE \"x\" PASSWORD '***'");
    }
}
