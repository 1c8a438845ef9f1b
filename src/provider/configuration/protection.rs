//! Who must not be locked out: `protected_roles`, `apply_username`, `allow_lockout`.

use super::lookup::Lookup;
use super::model::ConfigurationModel;
use crate::postgres::ConnectionConfig;
use crate::roles::RoleName;
use crate::roles::lockout::{Protection, Why};
use crate::sdk::Attr;

pub(super) const APPLY_USERNAME: &str = "apply_username";
const PROTECTED_ROLES: &str = "protected_roles";
const ALLOW_LOCKOUT: &str = "allow_lockout";

/// What is written, looked up. The schema has checked the names of an attribute.
pub(super) struct Written {
    applies: Option<String>,
    listed: Vec<String>,
    allow_lockout: bool,
}

pub(super) fn look_up(model: &ConfigurationModel, lookup: &mut Lookup<'_>) -> Written {
    let applies = lookup.text(APPLY_USERNAME, &model.apply_username, &["PGUM_APPLY_USERNAME"]);
    if let Some(name) = &applies
        && RoleName::new(name).is_err()
    {
        lookup.error(
            APPLY_USERNAME,
            "apply_username is no role's name",
            format!("{name:?} cannot be the name of a role. Set apply_username, or PGUM_APPLY_USERNAME."),
        );
    }
    let mut listed = Vec::new();
    match &model.protected_roles {
        Attr::Unknown => lookup.unknown.push(PROTECTED_ROLES.to_owned()),
        Attr::Null => {}
        Attr::Known(names) if names.iter().any(|name| name.known().is_none()) => {
            lookup.unknown.push(PROTECTED_ROLES.to_owned());
        }
        Attr::Known(names) => listed.extend(names.iter().filter_map(|name| name.known().cloned())),
    }
    let allow_lockout = lookup.boolean(ALLOW_LOCKOUT, &model.allow_lockout, &[]) == Some(true);
    Written { applies, listed, allow_lockout }
}

impl Written {
    /// Together with the role that logs in, which is protected in any case.
    pub(super) fn protection(self, connection: &ConnectionConfig) -> Protection {
        let mut protection = connection.protection();
        protection.allow_lockout = self.allow_lockout;
        if let Some(name) = self.applies {
            protection.protect(RoleName::from_catalog(name), Why::Applies);
        }
        for name in self.listed {
            protection.protect(RoleName::from_catalog(name), Why::Listed);
        }
        protection
    }
}
