//! When a password is sent, taken away, or left alone.

use secrecy::{ExposeSecret, SecretString};

use crate::roles::PasswordChange;
use crate::sdk::{Attr, Diagnostic, Path};

use super::private::Private;
use super::{AuthMethod, RoleModel};

/// How a role comes to be looked at by an apply.
#[derive(Debug, Clone, Copy)]
pub(super) enum Before<'a> {
    /// It is to be made.
    Nothing,
    /// It is there and is taken over.
    Foreign,
    /// It is ours, in this state.
    Ours(&'a RoleModel),
}

/// What is to happen to a user's password. `config` has the write-only password, `planned` the rest.
///
/// # Errors
/// A password that is missing, or was taken out of the configuration while it would stay valid.
pub(super) fn change(
    before: Before<'_>,
    config: &RoleModel,
    planned: &RoleModel,
    private: &Private,
) -> Result<PasswordChange, Diagnostic> {
    let Some(method) = AuthMethod::of(planned) else { return Ok(PasswordChange::Keep) };
    match (method, before) {
        (AuthMethod::External, _) | (AuthMethod::Iam, Before::Nothing) => Ok(PasswordChange::Keep),
        (AuthMethod::Iam, Before::Foreign) => Ok(PasswordChange::Clear),
        (AuthMethod::Iam, Before::Ours(prior)) => {
            // Out of rds_iam somebody may have given it a password, which would work once it is out again.
            let was_iam =
                AuthMethod::of(prior) == Some(AuthMethod::Iam) && prior.rds_iam.known() != Some(&false);
            Ok(if was_iam { PasswordChange::Keep } else { PasswordChange::Clear })
        }
        (AuthMethod::Password, Before::Nothing) => {
            if given(config, planned) {
                Ok(PasswordChange::Set)
            } else {
                Err(missing())
            }
        }
        (AuthMethod::Password, Before::Foreign) => {
            // A write-only password is not sent to a role that is taken over.
            Ok(if planned.password.is_null() { PasswordChange::Keep } else { PasswordChange::Set })
        }
        (AuthMethod::Password, Before::Ours(prior)) => of_ours(prior, config, planned, private),
    }
}

fn of_ours(
    prior: &RoleModel,
    config: &RoleModel,
    planned: &RoleModel,
    private: &Private,
) -> Result<PasswordChange, Diagnostic> {
    let becomes_password = AuthMethod::of(prior) != Some(AuthMethod::Password);
    if !given(config, planned) {
        return if becomes_password {
            Err(missing())
        } else if private.password_sent || !prior.password.is_null() || !prior.password_wo_version.is_null() {
            Err(taken_out())
        } else {
            Ok(PasswordChange::Keep)
        };
    }
    let written_changed = !same(&prior.password, &planned.password);
    let version_changed = prior.password_wo_version != planned.password_wo_version;
    let renamed = prior.name != planned.name;
    let lost = prior.password_in_sync.known() == Some(&false) || renamed || becomes_password;
    let to_send = if planned.password.is_null() {
        lost || written_changed || (version_changed && !private.unapplied)
    } else {
        lost || written_changed
    };
    Ok(if to_send { PasswordChange::Set } else { PasswordChange::Keep })
}

/// Whether an update records the version of a write-only password without sending it, as it does once after an import.
pub(super) fn only_recorded(prior: &RoleModel, planned: &RoleModel, private: &Private) -> bool {
    private.unapplied
        && AuthMethod::of(planned) == Some(AuthMethod::Password)
        && AuthMethod::of(prior) == Some(AuthMethod::Password)
        && planned.password.is_null()
        && !planned.password_wo_version.is_null()
        && prior.password_wo_version != planned.password_wo_version
}

/// The password to send.
pub(super) fn to_send(config: &RoleModel, planned: &RoleModel) -> Option<SecretString> {
    planned.password.known().or(config.password_wo.known()).cloned()
}

fn given(config: &RoleModel, planned: &RoleModel) -> bool {
    !planned.password.is_null() || !config.password_wo.is_null()
}

fn same(one: &Attr<SecretString>, other: &Attr<SecretString>) -> bool {
    match (one, other) {
        (Attr::Known(one), Attr::Known(other)) => one.expose_secret() == other.expose_secret(),
        (Attr::Null, Attr::Null) => true,
        _ => false,
    }
}

fn missing() -> Diagnostic {
    Diagnostic::error(
        "A user with auth_method = \"password\" needs a password",
        "Write password_wo (never kept in the state; with password_wo_version) or password. For a user that logs in \
         with IAM set auth_method = \"iam\"; for one whose password something else manages, \"external\".",
    )
    .at(Path::attribute("password"))
}

fn taken_out() -> Diagnostic {
    Diagnostic::error(
        "The password was taken out of the configuration, and would stay valid",
        "PostgreSQL would go on to accept the password that was sent last. If something else manages it from now on, set \
         auth_method = \"external\", which leaves it as it is. To end logins by password, set auth_method = \"iam\"; or leave the \
         password where it is, and set enabled = false.",
    )
    .at(Path::attribute("password"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn user(method: &str, password: Option<&str>) -> RoleModel {
        RoleModel {
            name: Attr::Known("u".to_owned()),
            auth_method: Attr::Known(method.to_owned()),
            password: password.map_or(Attr::Null, |text| Attr::Known(text.into())),
            password_in_sync: Attr::Known(true),
            rds_iam: Attr::Known(method == "iam"),
            ..RoleModel::default()
        }
    }

    fn write_only(password: Option<&str>, version: Option<&str>) -> RoleModel {
        RoleModel {
            password_wo: password.map_or(Attr::Null, |text| Attr::Known(text.into())),
            password_wo_version: version.map_or(Attr::Null, |text| Attr::Known(text.to_owned())),
            ..user("password", None)
        }
    }

    fn decide(before: Before<'_>, planned: &RoleModel, private: &Private) -> Result<PasswordChange, String> {
        change(before, planned, planned, private).map_err(|error| error.summary)
    }

    #[test]
    fn is_sent_at_creation_and_when_it_changes() {
        let private = Private::default();
        let one = user("password", Some("one"));
        assert_eq!(decide(Before::Nothing, &one, &private), Ok(PasswordChange::Set));
        assert_eq!(decide(Before::Ours(&one), &one, &private), Ok(PasswordChange::Keep));
        assert_eq!(
            decide(Before::Ours(&one), &user("password", Some("two")), &private),
            Ok(PasswordChange::Set)
        );
        let renamed = RoleModel { name: Attr::Known("v".to_owned()), ..one.clone() };
        assert_eq!(decide(Before::Ours(&one), &renamed, &private), Ok(PasswordChange::Set));
        let lost = RoleModel { password_in_sync: Attr::Known(false), ..one.clone() };
        assert_eq!(decide(Before::Ours(&lost), &one, &private), Ok(PasswordChange::Set));
    }

    #[test]
    fn a_write_only_one_follows_its_version() {
        let (ours, imported) = (Private::default(), Private { unapplied: true, ..Private::default() });
        let (one, two) = (write_only(Some("p"), Some("1")), write_only(Some("p"), Some("2")));
        assert_eq!(decide(Before::Nothing, &one, &ours), Ok(PasswordChange::Set));
        assert_eq!(decide(Before::Ours(&one), &one, &ours), Ok(PasswordChange::Keep));
        assert_eq!(decide(Before::Ours(&one), &two, &ours), Ok(PasswordChange::Set));
        assert_eq!(decide(Before::Foreign, &one, &ours), Ok(PasswordChange::Keep));
        let never = write_only(None, None);
        assert_eq!(decide(Before::Ours(&never), &one, &imported), Ok(PasswordChange::Keep));
        assert!(only_recorded(&never, &one, &imported) && !only_recorded(&one, &one, &imported));
    }

    #[test]
    fn follows_the_method() {
        let private = Private::default();
        let (by_password, by_iam, external) =
            (user("password", Some("p")), user("iam", None), user("external", None));
        assert_eq!(decide(Before::Ours(&by_password), &by_iam, &private), Ok(PasswordChange::Clear));
        assert_eq!(decide(Before::Ours(&by_iam), &by_password, &private), Ok(PasswordChange::Set));
        assert_eq!(decide(Before::Ours(&external), &by_password, &private), Ok(PasswordChange::Set));
        assert_eq!(decide(Before::Ours(&by_password), &external, &private), Ok(PasswordChange::Keep));
        assert_eq!(decide(Before::Foreign, &by_iam, &private), Ok(PasswordChange::Clear));
        let out_of_rds_iam = RoleModel { rds_iam: Attr::Known(false), ..by_iam.clone() };
        assert_eq!(decide(Before::Ours(&out_of_rds_iam), &by_iam, &private), Ok(PasswordChange::Clear));
    }

    #[test]
    fn is_missed_where_it_is_missing() {
        let private = Private::default();
        let without = user("password", None);
        assert!(decide(Before::Nothing, &without, &private).is_err());
        assert!(decide(Before::Ours(&user("iam", None)), &without, &private).is_err());
        let taken_out = decide(Before::Ours(&user("password", Some("p"))), &without, &private);
        assert!(taken_out.is_err_and(|summary| summary.contains("taken out")));
        let sent = Private { password_sent: true, ..Private::default() };
        assert!(decide(Before::Ours(&without), &without, &sent).is_err());
        // An imported user needs none.
        assert_eq!(decide(Before::Ours(&without), &without, &private), Ok(PasswordChange::Keep));
    }
}
