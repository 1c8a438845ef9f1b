//! The SQL text of a change. Pure.

use std::collections::HashMap;

use super::standing::{OwnGrant, Standing};
use crate::postgres::quote::{identifier, literal};
use crate::roles::{
    Change, DatabaseName, MembershipOptions, Privilege, PrivilegeSet, RoleAttributes, RoleName, RoleOption,
};

/// What decides how a change is written.
#[derive(Debug, Clone)]
pub(crate) struct Dialect {
    /// Such as 15.
    pub(crate) major_version: u32,
    /// The role that statements run as.
    pub(crate) user: RoleName,
    /// How we stand to the grantors that changes name.
    pub(crate) standings: HashMap<RoleName, Standing>,
}

impl Dialect {
    pub(crate) fn standing(&self, role: &RoleName) -> Standing {
        self.standings.get(role).copied().unwrap_or_default()
    }
}

/// The statements of changes that [`super::merge`] has put together, each to be sent by itself: what is granted to
/// several is granted at once.
pub(super) fn merged(changes: &[&Change], dialect: &Dialect) -> Vec<String> {
    match changes {
        [Change::GrantMembership { group, options, keeps_admin, .. }, _, ..] => {
            vec![grant_membership(group, &grantees(changes), *options, *keeps_admin, dialect)]
        }
        [Change::GrantPrivileges { database, privileges, .. }, _, ..] => {
            grant(database, &grantees(changes), privileges)
        }
        _ => changes.iter().flat_map(|change| statements(change, dialect)).collect(),
    }
}

/// To whom these changes grant.
fn grantees<'a>(changes: &[&'a Change]) -> Vec<&'a RoleName> {
    let grantee = |change: &&'a Change| match change {
        Change::GrantMembership { member: grantee, .. } | Change::GrantPrivileges { grantee, .. } => {
            Some(grantee)
        }
        _ => None,
    };
    changes.iter().filter_map(grantee).collect()
}

/// The statements of a change, each to be sent by itself. A password is not among them: it is set last and
/// apart, and only where the statement that stands here for it was accepted.
pub(super) fn statements(change: &Change, dialect: &Dialect) -> Vec<String> {
    match change {
        Change::Create { name, attributes } => vec![create(name, attributes)],
        Change::Rename { from, to } => {
            vec![format!("ALTER ROLE {} RENAME TO {}", role(from), role(to))]
        }
        Change::Alter { name, options } => {
            let options: Vec<String> = options.iter().map(option).collect();
            vec![format!("ALTER ROLE {} {}", role(name), options.join(" "))]
        }
        // A statement that fails is logged with its text. So before the one with the verifier comes one without, that
        // needs the same rights and waits for the same lock.
        Change::SetPassword { name } | Change::ClearPassword { name } => {
            vec![format!("ALTER ROLE {} PASSWORD NULL", role(name))]
        }
        Change::Comment { name, text } => {
            let text = text.as_ref().map_or("NULL".to_owned(), |text| literal(text));
            vec![format!("COMMENT ON ROLE {} IS {text}", role(name))]
        }
        Change::GrantMembership { group, member, options, keeps_admin } => {
            vec![grant_membership(group, &[member], *options, *keeps_admin, dialect)]
        }
        Change::RevokeAdminOption { group, member, grantor } => {
            revoke_membership("ADMIN OPTION FOR ", group, member, grantor.as_ref(), dialect)
        }
        Change::RevokeMembership { group, member, grantor } => {
            revoke_membership("", group, member, grantor.as_ref(), dialect)
        }
        Change::GrantPrivileges { database, grantee, privileges } => grant(database, &[grantee], privileges),
        Change::RevokePrivileges { database, grantee, privileges, grant_option_only, grantor } => {
            let option = if *grant_option_only { "GRANT OPTION FOR " } else { "" };
            let revoke = format!(
                "REVOKE {option}{} ON DATABASE {} FROM {}",
                words(privileges.iter()),
                identifier(database.as_str()),
                role(grantee)
            );
            match grantor {
                Some(grantor) => as_other(grantor, vec![revoke], dialect),
                None => vec![revoke],
            }
        }
        Change::SetSetting { role: of, database, name, value } => {
            set_setting(&of_role(of, database.as_ref()), name, value)
        }
        Change::ResetSetting { role: of, database, name } => {
            vec![format!("{} RESET {}", of_role(of, database.as_ref()), setting(name))]
        }
    }
}

/// The statement that sets a password, with a verifier: a secret.
pub(super) fn set_password(name: &RoleName, verifier: &str) -> String {
    format!("ALTER ROLE {} PASSWORD {}", role(name), literal(verifier))
}

/// `statements` as another role: a REVOKE on an object reaches only what its own grantor granted. Back again by
/// name, not by RESET or NONE: what we run as need not be what we logged in as.
///
/// Where we cannot be that role, as ourselves: that reaches the grants of an owner whose privileges we have. What is
/// there afterwards decides.
pub(crate) fn as_other(other: &RoleName, statements: Vec<String>, dialect: &Dialect) -> Vec<String> {
    let Standing { may_set_role, may_join, .. } = dialect.standing(other);
    if *other == dialect.user || !(may_set_role || may_join) {
        return statements;
    }
    let mut all = vec![format!("SET LOCAL ROLE {}", role(other))];
    all.extend(statements);
    all.push(format!("SET LOCAL ROLE {}", role(&dialect.user)));
    if may_set_role { all } else { as_member(other, all, dialect) }
}

/// `statements` while we are a member of a role, which we are for nobody else: it is undone before it is committed.
pub(crate) fn as_member(of: &RoleName, statements: Vec<String>, dialect: &Dialect) -> Vec<String> {
    let options = if dialect.major_version >= 16 { " WITH INHERIT TRUE, SET TRUE" } else { "" };
    let (of_role, us) = (role(of), role(&dialect.user));
    let mut all = vec![format!("GRANT {of_role} TO {us}{options}")];
    all.extend(statements);
    all.push(match dialect.standing(of).own_grant {
        Some(OwnGrant { inherit, set }) => {
            format!("GRANT {of_role} TO {us} WITH INHERIT {}, SET {}", word(inherit), word(set))
        }
        None => format!("REVOKE {of_role} FROM {us}"),
    });
    all
}

fn role(name: &RoleName) -> String {
    identifier(name.as_str())
}

fn roles(names: &[&RoleName]) -> String {
    let names: Vec<String> = names.iter().map(|name| role(name)).collect();
    names.join(", ")
}

fn create(name: &RoleName, attributes: &RoleAttributes) -> String {
    let default = RoleAttributes::default();
    let mut text = format!("CREATE ROLE {}", role(name));
    let mut add = |differs: bool, wanted: RoleOption| {
        if differs {
            text.push(' ');
            text.push_str(&option(&wanted));
        }
    };
    let RoleAttributes {
        login,
        inherit,
        create_database,
        create_role,
        superuser,
        replication,
        bypass_row_level_security,
        connection_limit,
        valid_until,
    } = attributes;
    add(*login != default.login, RoleOption::Login(*login));
    add(*inherit != default.inherit, RoleOption::Inherit(*inherit));
    add(*create_database != default.create_database, RoleOption::CreateDatabase(*create_database));
    add(*create_role != default.create_role, RoleOption::CreateRole(*create_role));
    add(*superuser != default.superuser, RoleOption::Superuser(*superuser));
    add(*replication != default.replication, RoleOption::Replication(*replication));
    add(
        *bypass_row_level_security != default.bypass_row_level_security,
        RoleOption::BypassRowLevelSecurity(*bypass_row_level_security),
    );
    add(*connection_limit != default.connection_limit, RoleOption::ConnectionLimit(*connection_limit));
    add(*valid_until != default.valid_until, RoleOption::ValidUntil(valid_until.clone()));
    text
}

fn option(option: &RoleOption) -> String {
    let flag = |word: &str, on: bool| format!("{}{word}", if on { "" } else { "NO" });
    match option {
        RoleOption::Login(on) => flag("LOGIN", *on),
        RoleOption::Inherit(on) => flag("INHERIT", *on),
        RoleOption::CreateDatabase(on) => flag("CREATEDB", *on),
        RoleOption::CreateRole(on) => flag("CREATEROLE", *on),
        RoleOption::Superuser(on) => flag("SUPERUSER", *on),
        RoleOption::Replication(on) => flag("REPLICATION", *on),
        RoleOption::BypassRowLevelSecurity(on) => flag("BYPASSRLS", *on),
        RoleOption::ConnectionLimit(limit) => format!("CONNECTION LIMIT {limit}"),
        RoleOption::ValidUntil(until) => format!("VALID UNTIL {}", literal(&until.to_string())),
    }
}

fn word(on: bool) -> &'static str {
    if on { "TRUE" } else { "FALSE" }
}

/// From 16 on every option is written, but for an ADMIN that is kept: what is left out is not the default but what an
/// earlier grant said, or what the member's INHERIT says at that moment.
fn membership_options(options: MembershipOptions, keeps_admin: bool, major_version: u32) -> String {
    if major_version >= 16 {
        let MembershipOptions { admin, inherit, set } = options;
        let admin = if keeps_admin { String::new() } else { format!("ADMIN {}, ", word(admin)) };
        format!(" WITH {admin}INHERIT {}, SET {}", word(inherit), word(set))
    } else if options.admin {
        " WITH ADMIN OPTION".to_owned()
    } else {
        String::new()
    }
}

/// From 16 on a membership is there once a grantor. `GRANTED BY` needs that grantor's rights; without them a
/// plain REVOKE is tried, which on RDS may act for `rdsadmin`, and what is there afterwards decides.
fn revoke_membership(
    what: &str,
    group: &RoleName,
    member: &RoleName,
    grantor: Option<&RoleName>,
    dialect: &Dialect,
) -> Vec<String> {
    let plain = format!("REVOKE {what}{} FROM {}", role(group), role(member));
    let Some(grantor) = grantor.filter(|_| dialect.major_version >= 16) else { return vec![plain] };
    let granted_by = format!("{plain} GRANTED BY {}", role(grantor));
    match dialect.standing(grantor) {
        Standing { has_privileges: true, .. } => vec![granted_by],
        Standing { may_join: true, .. } => as_member(grantor, vec![granted_by], dialect),
        _ => vec![plain],
    }
}

fn grant_membership(
    group: &RoleName,
    members: &[&RoleName],
    options: MembershipOptions,
    keeps_admin: bool,
    dialect: &Dialect,
) -> String {
    let options = membership_options(options, keeps_admin, dialect.major_version);
    format!("GRANT {} TO {}{options}", role(group), roles(members))
}

fn grant(database: &DatabaseName, grantees: &[&RoleName], privileges: &PrivilegeSet) -> Vec<String> {
    [(false, ""), (true, " WITH GRANT OPTION")]
        .into_iter()
        .filter_map(|(wanted, suffix)| {
            let mut these = privileges.iter().filter(|(_, option)| **option == wanted).peekable();
            these.peek()?;
            Some(format!(
                "GRANT {} ON DATABASE {} TO {}{suffix}",
                words(these.map(|(privilege, _)| privilege)),
                identifier(database.as_str()),
                roles(grantees)
            ))
        })
        .collect()
}

fn words<'a>(privileges: impl Iterator<Item = &'a Privilege>) -> String {
    let words: Vec<&str> = privileges.map(|privilege| privilege.as_str()).collect();
    words.join(", ")
}

fn of_role(name: &RoleName, database: Option<&DatabaseName>) -> String {
    match database {
        None => format!("ALTER ROLE {}", role(name)),
        Some(database) => {
            format!("ALTER ROLE {} IN DATABASE {}", role(name), identifier(database.as_str()))
        }
    }
}

/// The name of a setting; one of an extension or of somebody's own has a dot in it.
fn setting(name: &str) -> String {
    let parts: Vec<String> = name.split('.').map(identifier).collect();
    parts.join(".")
}

/// The settings whose value is a list of names, each of which the server quotes as it stores them: all of
/// PostgreSQL's with GUC_LIST_QUOTE that a role can have. Extensions may define none. As one literal, `a, b` would
/// become the one name "a, b".
const LISTS_OF_NAMES: [&str; 4] =
    ["search_path", "temp_tablespaces", "session_preload_libraries", "local_preload_libraries"];

fn set_setting(of_role: &str, name: &str, value: &str) -> Vec<String> {
    let Some(list) = LISTS_OF_NAMES.into_iter().find(|list| list.eq_ignore_ascii_case(name)) else {
        return vec![format!("{of_role} SET {} TO {}", setting(name), literal(value))];
    };
    // In this transaction only, the setting is taken as it is written, and stored from there. Nothing is looked up
    // by name before the transaction's own search_path is back.
    let mut all = vec![
        format!("SELECT pg_catalog.set_config({}, {}, true)", literal(list), literal(value)),
        format!("{of_role} SET {} FROM CURRENT", setting(list)),
    ];
    if list == "search_path" {
        all.push("SET LOCAL search_path = pg_catalog, pg_temp".to_owned());
    }
    all
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::roles::{ValidUntil, parse_privileges};

    fn role(name: &str) -> RoleName {
        RoleName::from_catalog(name)
    }

    fn sql(major_version: u32, change: &Change) -> Vec<String> {
        sql_with(major_version, change, Standing::default())
    }

    /// With this standing to the role `other`.
    fn sql_with(major_version: u32, change: &Change, standing: Standing) -> Vec<String> {
        let standings = HashMap::from([(role("other"), standing)]);
        statements(change, &Dialect { major_version, user: role("me"), standings })
    }

    const PLAIN: MembershipOptions = MembershipOptions { admin: false, inherit: true, set: true };

    #[test]
    fn a_role_is_created_with_what_is_off_its_default() {
        let plain = Change::Create { name: role("a\"b"), attributes: RoleAttributes::default() };
        assert_eq!(sql(18, &plain), ["CREATE ROLE \"a\"\"b\""]);
        let attributes = RoleAttributes {
            login: true,
            inherit: false,
            create_database: true,
            create_role: true,
            superuser: true,
            replication: true,
            bypass_row_level_security: true,
            connection_limit: 0,
            valid_until: ValidUntil::parse("2030-01-01T00:00:00+01:00").unwrap(),
        };
        assert_eq!(
            sql(13, &Change::Create { name: role("x"), attributes }),
            ["CREATE ROLE \"x\" LOGIN NOINHERIT CREATEDB CREATEROLE SUPERUSER REPLICATION BYPASSRLS \
              CONNECTION LIMIT 0 VALID UNTIL '2029-12-31T23:00:00Z'"]
        );
    }

    #[test]
    fn an_alteration_names_what_differs() {
        let options = vec![RoleOption::Login(false), RoleOption::ValidUntil(ValidUntil::Never)];
        assert_eq!(
            sql(13, &Change::Alter { name: role("x"), options }),
            ["ALTER ROLE \"x\" NOLOGIN VALID UNTIL 'infinity'"]
        );
    }

    #[test]
    fn no_password_is_among_the_statements() {
        let name = role("x");
        assert_eq!(sql(13, &Change::SetPassword { name: name.clone() }), ["ALTER ROLE \"x\" PASSWORD NULL"]);
        assert_eq!(set_password(&name, "SCRAM-SHA-256$x"), "ALTER ROLE \"x\" PASSWORD 'SCRAM-SHA-256$x'");
    }

    #[test]
    fn options_of_memberships_are_written_out_where_there_are_any() {
        let (group, member) = (role("g"), role("m"));
        let grant = |options| Change::GrantMembership {
            group: group.clone(),
            member: member.clone(),
            options,
            keeps_admin: false,
        };
        assert_eq!(sql(15, &grant(PLAIN)), ["GRANT \"g\" TO \"m\""]);
        assert_eq!(
            sql(15, &grant(MembershipOptions { admin: true, ..PLAIN })),
            ["GRANT \"g\" TO \"m\" WITH ADMIN OPTION"]
        );
        assert_eq!(sql(16, &grant(PLAIN)), ["GRANT \"g\" TO \"m\" WITH ADMIN FALSE, INHERIT TRUE, SET TRUE"]);
        assert_eq!(
            sql(18, &grant(MembershipOptions { admin: true, inherit: false, set: false })),
            ["GRANT \"g\" TO \"m\" WITH ADMIN TRUE, INHERIT FALSE, SET FALSE"]
        );
        let keeping = Change::GrantMembership {
            group: group.clone(),
            member: member.clone(),
            options: PLAIN,
            keeps_admin: true,
        };
        assert_eq!(sql(16, &keeping), ["GRANT \"g\" TO \"m\" WITH INHERIT TRUE, SET TRUE"]);
    }

    #[test]
    fn a_membership_is_revoked_by_its_grantors_right() {
        let revoke = |grantor: Option<&str>| Change::RevokeMembership {
            group: role("g"),
            member: role("m"),
            grantor: grantor.map(role),
        };
        let has = Standing { has_privileges: true, ..Standing::default() };
        let may_join = Standing { may_join: true, ..Standing::default() };
        assert_eq!(sql(18, &revoke(None)), ["REVOKE \"g\" FROM \"m\""]);
        assert_eq!(
            sql_with(18, &revoke(Some("other")), has),
            ["REVOKE \"g\" FROM \"m\" GRANTED BY \"other\""]
        );
        assert_eq!(
            sql_with(18, &revoke(Some("other")), may_join),
            [
                "GRANT \"other\" TO \"me\" WITH INHERIT TRUE, SET TRUE",
                "REVOKE \"g\" FROM \"m\" GRANTED BY \"other\"",
                "REVOKE \"other\" FROM \"me\"",
            ]
        );
        assert_eq!(sql(18, &revoke(Some("other"))), ["REVOKE \"g\" FROM \"m\""]);
        // Before 16 GRANTED BY is not heeded.
        assert_eq!(sql_with(15, &revoke(Some("other")), has), ["REVOKE \"g\" FROM \"m\""]);
    }

    #[test]
    fn privileges_with_and_without_grant_option_are_two_statements() {
        let privileges = parse_privileges(["CONNECT", "TEMP", "CREATE WITH GRANT OPTION"]).unwrap();
        let change = Change::GrantPrivileges {
            database: DatabaseName::from_catalog("d"),
            grantee: role("x"),
            privileges,
        };
        assert_eq!(
            sql(13, &change),
            [
                "GRANT CONNECT, TEMPORARY ON DATABASE \"d\" TO \"x\"",
                "GRANT CREATE ON DATABASE \"d\" TO \"x\" WITH GRANT OPTION",
            ]
        );
        let none = Change::GrantPrivileges {
            database: DatabaseName::from_catalog("d"),
            grantee: role("x"),
            privileges: BTreeMap::new(),
        };
        assert!(sql(13, &none).is_empty());
    }

    #[test]
    fn privileges_are_revoked_as_their_grantor() {
        let revoke = |grantor: &str, grant_option_only| Change::RevokePrivileges {
            database: DatabaseName::from_catalog("d"),
            grantee: role("x"),
            privileges: vec![Privilege::Connect, Privilege::Create],
            grant_option_only,
            grantor: Some(role(grantor)),
        };
        let plain = "REVOKE CONNECT, CREATE ON DATABASE \"d\" FROM \"x\"";
        let may_set_role = Standing { may_set_role: true, ..Standing::default() };
        assert_eq!(
            sql_with(13, &revoke("other", false), may_set_role),
            ["SET LOCAL ROLE \"other\"", plain, "SET LOCAL ROLE \"me\""]
        );
        assert_eq!(sql(13, &revoke("other", false)), [plain]);
        assert_eq!(
            sql(13, &revoke("me", true)),
            ["REVOKE GRANT OPTION FOR CONNECT, CREATE ON DATABASE \"d\" FROM \"x\""]
        );
    }

    #[test]
    fn lists_of_names_are_stored_as_they_are_written() {
        let set = |name: &str, value: &str| Change::SetSetting {
            role: role("x"),
            database: Some(DatabaseName::from_catalog("d")),
            name: name.to_owned(),
            value: value.to_owned(),
        };
        assert_eq!(
            sql(13, &set("Search_Path", "\"$user\", it's")),
            [
                "SELECT pg_catalog.set_config('search_path', '\"$user\", it''s', true)",
                "ALTER ROLE \"x\" IN DATABASE \"d\" SET \"search_path\" FROM CURRENT",
                "SET LOCAL search_path = pg_catalog, pg_temp",
            ]
        );
        assert_eq!(
            sql(13, &set("my.\"setting\"", "a, b")),
            ["ALTER ROLE \"x\" IN DATABASE \"d\" SET \"my\".\"\"\"setting\"\"\" TO 'a, b'"]
        );
        let reset = Change::ResetSetting { role: role("x"), database: None, name: "DateStyle".to_owned() };
        assert_eq!(sql(13, &reset), ["ALTER ROLE \"x\" RESET \"DateStyle\""]);
    }
}
