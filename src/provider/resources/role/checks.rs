//! Checks of what is written, before anything is touched. They see known values only.

use crate::postgres::scram;
use crate::roles::{
    DatabaseName, NameError, Privilege, PrivilegeError, RoleName, ValidUntil, ValidUntilError,
    member_pattern_error,
};
use crate::sdk::{Diagnostics, Path, Value};

fn text(value: &Value) -> &str {
    match value {
        Value::String(text) => text,
        _ => "",
    }
}

/// The texts of a set or list, in order.
fn texts(value: &Value) -> impl Iterator<Item = &str> {
    let elements: &[Value] = match value {
        Value::Set(elements) | Value::List(elements) => elements,
        _ => &[],
    };
    elements.iter().map(text)
}

fn entries(value: &Value) -> impl Iterator<Item = (&str, &Value)> {
    let (map, object) = match value {
        Value::Map(entries) => (Some(entries), None),
        Value::Object(entries) => (None, Some(entries)),
        _ => (None, None),
    };
    map.into_iter().chain(object).flatten().map(|(key, value)| (key.as_str(), value))
}

/// Why a name cannot be used, and what to do.
fn explain_name(name: &str, error: &NameError) -> String {
    match error {
        NameError::Empty => "A name has at least one character.".to_owned(),
        NameError::TooLong(bytes) => format!(
            "PostgreSQL keeps 63 bytes of a name and cuts the rest; {name:?} has {bytes}. Choose a shorter name."
        ),
        NameError::Nul => "A name cannot contain a NUL character.".to_owned(),
        NameError::Unreadable => format!(
            "{name:?} has U+FFFD, which stands for bytes that are no UTF-8: the name was made in a database of another encoding. \
             Nobody can write it here. Rename it there: ALTER ROLE ... RENAME TO."
        ),
        NameError::ReservedByServer => format!(
            "PostgreSQL keeps {name:?} for itself: names beginning with \"pg_\", \"public\" and \"none\" cannot be \
             created. Choose another name."
        ),
        NameError::ReservedByRds => format!(
            "RDS manages the role {name:?} itself: names beginning with \"rds_\" and \"rdsadmin\" are not to be managed \
             here. Choose another name."
        ),
    }
}

/// The name of a role that is to be managed.
pub(crate) fn managed_name(value: &Value, path: &Path, diagnostics: &mut Diagnostics) {
    let name = text(value);
    if let Err(error) = RoleName::managed(name) {
        diagnostics.error(path.clone(), "This name cannot be managed", explain_name(name, &error));
    }
}

/// The name of any role.
pub(crate) fn role_name(value: &Value, path: &Path, diagnostics: &mut Diagnostics) {
    let name = text(value);
    if let Err(error) = RoleName::new(name) {
        diagnostics.error(path.clone(), "This is no role's name", explain_name(name, &error));
    }
}

/// Names of any roles.
pub(crate) fn role_names(value: &Value, path: &Path, diagnostics: &mut Diagnostics) {
    for name in texts(value) {
        if let Err(error) = RoleName::new(name) {
            diagnostics.error(path.clone(), "This is no role's name", explain_name(name, &error));
        }
    }
}

fn group_name(name: &str, path: &Path, diagnostics: &mut Diagnostics) {
    if let Err(error) = RoleName::new(name) {
        diagnostics.error(path.clone(), "This is no group's name", explain_name(name, &error));
    } else if name == "public" || name == "none" {
        diagnostics.error(
            path.clone(),
            format!("{name:?} is no group"),
            "Every role belongs to PUBLIC without being granted it. Leave it out.",
        );
    } else if name == "pg_database_owner" {
        diagnostics.error(
            path.clone(),
            "pg_database_owner takes no members",
            "Its one member is the owner of the current database, whoever that is. Change the database's owner instead.",
        );
    }
}

/// `groups`.
pub(crate) fn group_names(value: &Value, path: &Path, diagnostics: &mut Diagnostics) {
    for name in texts(value) {
        if name == "rds_iam" {
            diagnostics.error(
                path.clone(),
                "rds_iam is not written as a group",
                "Membership in rds_iam is what auth_method = \"iam\" means. Take rds_iam out of the groups and set \
                 auth_method instead.",
            );
        } else {
            group_name(name, path, diagnostics);
        }
    }
}

/// The keys of `memberships`; whether rds_iam may be among them is decided with `auth_method` at hand.
pub(crate) fn membership_names(value: &Value, path: &Path, diagnostics: &mut Diagnostics) {
    for (name, _) in entries(value) {
        group_name(name, &path.with_key(name), diagnostics);
    }
}

fn database_name(name: &str, path: &Path, diagnostics: &mut Diagnostics) {
    if let Err(error) = DatabaseName::new(name) {
        diagnostics.error(path.clone(), "This is no database's name", explain_name(name, &error));
    }
}

/// `databases`.
pub(crate) fn database_names(value: &Value, path: &Path, diagnostics: &mut Diagnostics) {
    for name in texts(value) {
        database_name(name, path, diagnostics);
    }
}

/// `privileges`.
pub(crate) fn privileges(value: &Value, path: &Path, diagnostics: &mut Diagnostics) {
    for written in texts(value) {
        if let Err(error) = Privilege::parse(written) {
            let why = match error {
                PrivilegeError::OfOtherObjects(objects) => format!(
                    "{written:?} is a privilege on {objects}, and a database has none such. It belongs in a GRANT on \
                     those objects, which pgum does not manage: give it to a group in the migration that makes the \
                     objects, and name the group in `groups`."
                ),
                PrivilegeError::Unknown => format!("PostgreSQL has no privilege {written:?}."),
            };
            diagnostics.error(
                path.clone(),
                format!("{written:?} is no privilege on a database"),
                format!(
                    "{why}\n\nA database has CONNECT, CREATE and TEMPORARY; ALL is the three together. Each may be \
                     followed by WITH GRANT OPTION."
                ),
            );
        }
    }
}

/// `database_privileges`.
pub(crate) fn database_privileges(value: &Value, path: &Path, diagnostics: &mut Diagnostics) {
    for (name, written) in entries(value) {
        let path = path.with_key(name);
        database_name(name, &path, diagnostics);
        privileges(written, &path, diagnostics);
    }
}

/// `password` and `password_wo`; nothing of the password may get into the message.
pub(crate) fn password(value: &Value, path: &Path, diagnostics: &mut Diagnostics) {
    let password = text(value);
    if password.is_empty() {
        diagnostics.error(
            path.clone(),
            "The password is empty",
            "PostgreSQL takes an empty password for none at all, and the user could not log in. Give a password, or \
             set auth_method to \"iam\" or \"external\" for a user without one.",
        );
    } else if password.contains('\0') {
        diagnostics.error(path.clone(), "The password contains a NUL character", "No client could send it.");
    } else if scram::looks_like_hash(password) {
        diagnostics.error(
            path.clone(),
            "The password looks like a hash",
            "PostgreSQL would take it for a stored verifier and not for a password. Give the password itself: it is \
             hashed before it is sent. For a user whose password something else manages, set auth_method = \"external\".",
        );
    }
}

/// `valid_until`.
pub(crate) fn valid_until(value: &Value, path: &Path, diagnostics: &mut Diagnostics) {
    let written = text(value);
    let Err(error) = ValidUntil::parse(written) else { return };
    let why = match error {
        ValidUntilError::NotRfc3339 => "it is not of that form, or there is no such day or time",
        ValidUntilError::Hour24 => "the day has no hour 24; write hour 00 of the next day",
        ValidUntilError::LeapSecond => "PostgreSQL does not keep leap seconds",
        ValidUntilError::OutOfRange => "the year must be from 1 to 9999",
    };
    diagnostics.error(
        path.clone(),
        "This is no moment in RFC 3339",
        format!(
            "{written:?}: {why}. A moment reads 2030-01-31T00:00:00Z or 2030-01-31T00:00:00+02:00, and infinity is none."
        ),
    );
}

/// `iam_role`: `arn:partition:iam::account:role/path/name`.
pub(crate) fn iam_role(value: &Value, path: &Path, diagnostics: &mut Diagnostics) {
    let written = text(value);
    if let Err(why) = role_arn(written) {
        diagnostics.error(
            path.clone(),
            "This is no ARN of an IAM role",
            format!("{written:?}: {why}. An ARN of a role reads arn:aws:iam::123456789012:role/path/name."),
        );
    }
}

/// Checked against the form in the IAM reference: names of up to 64, paths of up to 512 characters.
fn role_arn(arn: &str) -> Result<(), &'static str> {
    let fields: Vec<&str> = arn.splitn(6, ':').collect();
    let [scheme, partition, service, region, account, resource] = fields[..] else {
        return Err("it has fewer than six fields");
    };
    if scheme != "arn" {
        return Err("it does not begin with \"arn:\"");
    }
    let known = partition == "aws" || partition.strip_prefix("aws-").is_some_and(|rest| !rest.is_empty());
    if !known || !partition.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-') {
        return Err("its partition is not aws, aws-cn, aws-us-gov or another of AWS's");
    }
    if service != "iam" {
        return Err("its service is not iam");
    }
    if !region.is_empty() {
        return Err("IAM has no region, so that field is empty");
    }
    if account.len() != 12 || !account.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err("its account is not of 12 digits");
    }
    let Some(name) = resource.strip_prefix("role/") else {
        return Err("what it names is not a role");
    };
    let last = name.rsplit('/').next().unwrap_or_default();
    let allowed = |character: char| character.is_ascii_alphanumeric() || "+=,.@_-/".contains(character);
    if last.is_empty()
        || last.len() > 64
        || name.len() > 576
        || !name.chars().all(allowed)
        || name.contains("//")
    {
        return Err("the role's name is empty, too long, or has characters that IAM does not allow");
    }
    Ok(())
}

/// A text that goes into the catalog.
pub(crate) fn no_nul(value: &Value, path: &Path, diagnostics: &mut Diagnostics) {
    if text(value).contains('\0') {
        diagnostics.error(path.clone(), "This contains a NUL character", "PostgreSQL cannot store it.");
    }
}

/// `settings`.
pub(crate) fn settings(value: &Value, path: &Path, diagnostics: &mut Diagnostics) {
    let mut seen = std::collections::BTreeMap::new();
    for (name, written) in entries(value) {
        let path = path.with_key(name);
        no_nul(written, &path, diagnostics);
        if !is_setting_name(name) {
            diagnostics.error(
                path,
                format!("{name:?} is no setting's name"),
                "A name has letters, digits, _ and $, does not begin with a digit, and may have a dot between an \
                 extension's name and its setting's.",
            );
        } else if let Some(other) = seen.insert(name.to_ascii_lowercase(), name) {
            diagnostics.error(
                path,
                format!("{name:?} and {other:?} are one setting"),
                "PostgreSQL does not tell small and capital letters apart in a setting's name. Leave one out.",
            );
        }
    }
}

/// As guc.c's `valid_custom_variable_name` has it; the server decides whether it exists.
fn is_setting_name(name: &str) -> bool {
    name.split('.').all(|part| {
        part.chars().next().is_some_and(|first| first.is_alphabetic() || first == '_')
            && part.chars().all(|character| character.is_alphanumeric() || "_$".contains(character))
    })
}

/// `database_settings`.
pub(crate) fn database_settings(value: &Value, path: &Path, diagnostics: &mut Diagnostics) {
    for (name, of_database) in entries(value) {
        let path = path.with_key(name);
        database_name(name, &path, diagnostics);
        settings(of_database, &path, diagnostics);
    }
}

/// `allowed_members`.
pub(crate) fn member_globs(value: &Value, path: &Path, diagnostics: &mut Diagnostics) {
    for written in texts(value) {
        if let Some(error) = member_pattern_error(written) {
            diagnostics.error(
                path.clone(),
                format!("{written:?} is neither a name nor a glob"),
                format!(
                    "{error}. In a glob * stands for any text, ? for one character of ASCII, [ab] for a or b."
                ),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn errors(check: fn(&Value, &Path, &mut Diagnostics), value: Value) -> Vec<String> {
        let mut diagnostics = Diagnostics::new();
        check(&value, &Path::attribute("it"), &mut diagnostics);
        diagnostics
            .into_iter()
            .map(|diagnostic| format!("{}: {}", diagnostic.summary, diagnostic.detail))
            .collect()
    }

    fn set(texts: &[&str]) -> Value {
        Value::Set(texts.iter().map(|text| Value::string(*text)).collect())
    }

    #[test]
    fn names_that_postgresql_would_refuse_or_cut() {
        for name in ["", "pg_x", "public", "none", "rds_x", "rdsadmin", &"x".repeat(64), &"é".repeat(32)] {
            assert_eq!(errors(managed_name, Value::string(name)).len(), 1, "{name}");
        }
        for name in ["a", "PUBLIC", "o'neil \"x\"", &"x".repeat(63), "user@example.com"] {
            assert!(errors(managed_name, Value::string(name)).is_empty(), "{name}");
        }
    }

    #[test]
    fn a_privilege_on_tables_is_said_to_be_one() {
        let said = errors(privileges, set(&["select"])).join("");
        assert!(said.contains("privilege on tables"), "{said}");
        assert!(errors(privileges, set(&["ALL", "temp with grant option", "Connect"])).is_empty());
        assert_eq!(errors(privileges, set(&["FLY"])).len(), 1);
    }

    #[test]
    fn rds_iam_is_no_group() {
        assert!(errors(group_names, set(&["rds_iam"])).join("").contains("auth_method"));
        assert!(errors(group_names, set(&["rds_superuser", "app"])).is_empty());
        assert_eq!(errors(group_names, set(&["public", "pg_database_owner", ""])).len(), 3);
    }

    #[test]
    fn arns() {
        for arn in [
            "arn:aws:iam::123456789012:role/RDSAccessRole",
            "arn:aws-us-gov:iam::123456789012:role/a/b/c",
            "arn:aws-cn:iam::123456789012:role/x+=,.@_-",
        ] {
            assert_eq!(role_arn(arn), Ok(()), "{arn}");
        }
        for arn in [
            "",
            "arn:aws:iam::123456789012:user/x",
            "arn:aws:iam:us-east-1:123456789012:role/x",
            "arn:aws:iam::12345678901:role/x",
            "arn:aws:iam::123456789012:role/",
            "arn:aws:s3::123456789012:role/x",
            "arn:aws-:iam::123456789012:role/x",
            "arn:gcp:iam::123456789012:role/x",
            "arn:aws:iam::123456789012:role/a b",
        ] {
            assert!(role_arn(arn).is_err(), "{arn}");
        }
    }

    #[test]
    fn a_password_that_looks_like_a_hash_is_not_shown() {
        let hash = format!("md5{}", "0123456789abcdef".repeat(2));
        let said = errors(password, Value::string(hash.clone())).join("");
        assert!(said.contains("looks like a hash") && !said.contains(&hash));
        assert_eq!(errors(password, Value::string("")).len(), 1);
        assert!(errors(password, Value::string("md5")).is_empty());
    }

    #[test]
    fn settings_with_one_name_in_two_spellings() {
        let value = Value::Map(
            [("TimeZone", "UTC"), ("timezone", "UTC")].map(|(k, v)| (k.to_owned(), Value::string(v))).into(),
        );
        assert_eq!(errors(settings, value).len(), 1);
        let value = Value::Map(
            [("a b", "1"), ("1a", "1"), ("a..b", "1")].map(|(k, v)| (k.to_owned(), Value::string(v))).into(),
        );
        assert_eq!(errors(settings, value).len(), 3);
        let value = Value::Map(
            [("pgaudit.log", "all"), ("work_mem", "1")].map(|(k, v)| (k.to_owned(), Value::string(v))).into(),
        );
        assert!(errors(settings, value).is_empty());
    }
}
