//! Who must not be locked out: `protected_roles`, `apply_username`, `allow_lockout`.

use super::lookup::Lookup;
use super::model::ConfigurationModel;
use crate::aws::{RdsHostKind, rds_host};
use crate::postgres::ConnectionConfig;
use crate::roles::RoleName;
use crate::roles::lockout::{Login, Protection, Why};
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
    /// The role that applies, where that is said.
    pub(super) fn applies(&self) -> Option<&str> {
        self.applies.as_deref()
    }

    /// Together with the role that logs in, which is protected in any case.
    pub(super) fn protection(self, connection: &ConnectionConfig) -> Protection {
        let mut protection = connection.protection();
        if rds_host(&connection.host).is_some_and(|host| host.kind == RdsHostKind::Proxy) {
            // The token is for the proxy, which logs in to the database with a password that it keeps, or itself with IAM.
            for role in protection.roles.iter_mut().filter(|role| role.login == Login::Iam) {
                role.login = Login::Unknown;
            }
        }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::provider::configuration::{Environment, Resolved, resolve, schema};
    use crate::sdk::{Diagnostic, Diagnostics, Value};

    fn resolved(written: &[(&str, Value)], environment: &[(&str, &str)]) -> (Resolved, Vec<Diagnostic>) {
        let mut config = schema().null_object();
        for (name, value) in written {
            config.set(name, value.clone());
        }
        let mut diagnostics = Diagnostics::new();
        let environment =
            [&[("PGHOST", "db"), ("PGUSER", "me"), ("PGPASSWORD", "p")][..], environment].concat();
        let resolved = resolve(&config, &Environment::of(&environment), &mut diagnostics);
        (resolved, diagnostics.into_iter().collect())
    }

    fn roles(written: &[(&str, Value)], environment: &[(&str, &str)]) -> Vec<(String, Login, Why)> {
        match resolved(written, environment) {
            (Resolved::Usable(usable), _) => {
                let roles = usable.protection.roles.into_iter();
                roles.map(|role| (role.name.to_string(), role.login, role.why)).collect()
            }
            (_, said) => panic!("not usable: {said:?}"),
        }
    }

    #[test]
    fn each_role_is_protected_once_and_for_the_first_reason() {
        let listed = Value::Set(["me", "applier", "other"].map(Value::string).into());
        let own = ("me".to_owned(), Login::Password, Why::Connection);
        assert_eq!(roles(&[], &[]), std::slice::from_ref(&own));
        assert_eq!(
            roles(&[(PROTECTED_ROLES, listed)], &[("PGUM_APPLY_USERNAME", "applier")]),
            [
                own,
                ("applier".to_owned(), Login::Unknown, Why::Applies),
                ("other".to_owned(), Login::Unknown, Why::Listed),
            ]
        );
    }

    #[test]
    fn a_token_in_the_place_of_the_password_is_a_login_with_iam() {
        let token = "db:5432/?Action=connect&DBUser=me&X-Amz-Signature=0";
        assert_eq!(roles(&[], &[("POSTGRES_PASSWORD", token)])[0].1, Login::Iam);
    }

    #[test]
    fn a_token_for_a_proxy_does_not_say_how_the_proxy_logs_in() {
        let login = |host| roles(&[("host", Value::string(host))], &[("POSTGRES_IAM_AUTH", "true")])[0].1;
        assert_eq!(login("p.proxy-abc.eu-west-1.rds.amazonaws.com"), Login::Unknown);
        assert_eq!(login("db.cluster-abc.eu-west-1.rds.amazonaws.com"), Login::Iam);
    }

    #[test]
    fn what_is_unknown_or_no_name_is_said() {
        let unknown = [(PROTECTED_ROLES, Value::Set(vec![Value::unknown()]))];
        let (resolved_to, _) = resolved(&unknown, &[]);
        assert!(
            matches!(resolved_to, Resolved::NotKnownYet { attributes, .. } if attributes == [PROTECTED_ROLES])
        );
        let long = "a".repeat(64);
        let (_, said) = resolved(&[], &[("PGUM_APPLY_USERNAME", &long)]);
        assert_eq!(said.len(), 1, "{said:?}");
    }
}
