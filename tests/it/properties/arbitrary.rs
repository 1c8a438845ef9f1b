//! Any state of a role on a server, as the statements that make it, and any way in which it should be.

use pgum::roles::{Desired, MembershipOptions, RoleAttributes};
use proptest::collection::vec;
use proptest::option::{of, weighted};
use proptest::prelude::*;
use proptest::sample::select;

use super::wanted::{Choice, options, privilege};

/// The role that it is about, and its new name where it gets one.
pub(super) const SUBJECT: &str = "subject";
const RENAMED: &str = "renamed";
/// Whom the provider logs in as.
pub(super) const ME: &str = "me";
const OTHERS: [&str; 5] = ["another", "group_a", "group_b", "team/one", "team/two"];
const GROUPS: [&str; 4] = ["another", "group_a", "group_b", "rds_iam"];
const MEMBERS: [&str; 6] = [ME, "another", "group_a", "group_b", "team/one", "team/two"];
const GRANTORS: [&str; 4] = ["rdsadmin", ME, "another", "team/one"];
pub(super) const DATABASES: [&str; 2] = ["app", "Reports"];

/// The last one is a superuser's, and rare.
const SETTINGS: [&str; 16] = {
    let (timeout, path, jit) = ("statement_timeout", "search_path", "jit");
    let others = "application_name";
    [
        timeout,
        path,
        jit,
        timeout,
        path,
        jit,
        timeout,
        path,
        jit,
        timeout,
        path,
        jit,
        others,
        others,
        others,
        "log_statement",
    ]
};

/// What is wanted. Mostly it is called as it was.
const CHOICE: Choice = Choice {
    names: &[SUBJECT, SUBJECT, SUBJECT, RENAMED],
    groups: &GROUPS,
    databases: &DATABASES,
    comments: &["one", "two"],
    settings: &SETTINGS,
    valid_until: &["infinity", "2090-01-01 00:00:00+00", "2091-05-06 07:08:09.5+00"],
    members: &[ME, "another", "team/*"],
    of_superusers: 0.02,
};

/// All roles that a case may leave behind.
pub(super) fn all_roles() -> Vec<&'static str> {
    [&[SUBJECT, RENAMED, ME][..], &OTHERS].concat()
}

/// What there is, what there should be.
#[derive(Clone)]
pub(super) struct Case {
    /// Of the superuser. Those that the server refuses make no difference.
    pub(super) statements: Vec<String>,
    /// Whether the subject is among what there is.
    pub(super) is_there: bool,
    pub(super) desired: Desired,
}

impl std::fmt::Debug for Case {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{};\nshould be {:#?}", self.statements.join(";\n"), self.desired)
    }
}

pub(super) fn case(version: u16) -> impl Strategy<Value = Case> {
    let subject = weighted(0.85, (any::<bool>(), CHOICE.attributes(), vec(of_the_role(), 0..4)));
    let around = (me(), vec((any::<bool>(), any::<[bool; 2]>()), OTHERS.len()), vec(admin(version), 0..8));
    let grants = (vec(membership(version), 0..8), databases(), vec(privilege_grant(), 0..8));
    (subject, around, grants, CHOICE.desired(version >= 16)).prop_map(
        move |(subject, (me, others, admins), (memberships, databases, privileges), desired)| {
            let mut statements = vec![me.create()];
            for (name, (by_me, [inherit, create_role])) in OTHERS.into_iter().zip(others) {
                let attributes = RoleAttributes { inherit, create_role, ..RoleAttributes::default() };
                statements.extend(create(name, &attributes, by_me));
            }
            let is_there = subject.is_some();
            let mut of_subject = Vec::new();
            if let Some((by_me, attributes, rest)) = subject {
                statements.extend(create(SUBJECT, &attributes, by_me));
                of_subject = rest;
            }
            statements.extend(me.admin(version));
            statements.extend(admins);
            statements.extend(memberships.into_iter().flatten());
            statements.extend(databases);
            statements.extend(privileges.into_iter().flatten());
            statements.extend(of_subject);
            Case { statements, is_there, desired }
        },
    )
}

fn quoted(name: &str) -> String {
    format!("\"{name}\"")
}

fn as_role(role: &str, statement: &str) -> String {
    format!("SET ROLE {}; {statement}; RESET ROLE", quoted(role))
}

/// Who acts: mostly with CREATEROLE, now and then as the master of an RDS cluster who has made all others, as a superuser, or
/// with little.
fn me() -> impl Strategy<Value = Me> {
    let with = |rights: &'static str| Just(Me { rights, is_master: false });
    prop_oneof![
        7 => with("CREATEROLE CREATEDB"),
        3 => Just(Me { rights: "CREATEROLE CREATEDB IN ROLE rds_superuser", is_master: true }),
        2 => with("SUPERUSER"),
        2 => with(""),
        1 => with("CREATEROLE CREATEDB NOINHERIT"),
        1 => with("CREATEROLE REPLICATION BYPASSRLS"),
        1 => with("CREATEROLE"),
    ]
}

#[derive(Clone, Debug)]
struct Me {
    rights: &'static str,
    is_master: bool,
}

impl Me {
    fn create(&self) -> String {
        format!("CREATE ROLE {ME} LOGIN PASSWORD '{ME}' {}", self.rights)
    }

    /// What it has of all others, from 16 on.
    fn admin(&self, version: u16) -> Vec<String> {
        let of_others = [&["rds_iam", SUBJECT][..], &OTHERS].concat();
        let grant =
            |name| format!("GRANT {} TO {ME} WITH ADMIN TRUE, INHERIT FALSE, SET FALSE", quoted(name));
        if self.is_master && version >= 16 { of_others.into_iter().map(grant).collect() } else { Vec::new() }
    }
}

/// By the one who acts, where he may.
fn create(name: &str, attributes: &RoleAttributes, by_me: bool) -> Vec<String> {
    let flag = |word: &str, on: bool| format!("{}{word}", if on { "" } else { "NO" });
    let statement = format!(
        "CREATE ROLE {} {} {} {} {} {} {} {} CONNECTION LIMIT {} VALID UNTIL '{}'",
        quoted(name),
        flag("LOGIN", attributes.login),
        flag("INHERIT", attributes.inherit),
        flag("CREATEDB", attributes.create_database),
        flag("CREATEROLE", attributes.create_role),
        flag("SUPERUSER", attributes.superuser),
        flag("REPLICATION", attributes.replication),
        flag("BYPASSRLS", attributes.bypass_row_level_security),
        attributes.connection_limit,
        attributes.valid_until,
    );
    let first = by_me.then(|| as_role(ME, &statement));
    first.into_iter().chain([statement]).collect()
}

fn option_words(options: MembershipOptions, version: u16) -> String {
    let MembershipOptions { admin, inherit, set } = options;
    match (version >= 16, admin) {
        (true, _) => format!(" WITH ADMIN {admin}, INHERIT {inherit}, SET {set}"),
        (false, true) => " WITH ADMIN OPTION".to_owned(),
        (false, false) => String::new(),
    }
}

/// What the one who acts may grant.
fn admin(version: u16) -> impl Strategy<Value = String> {
    let groups = [&["rds_iam"][..], &OTHERS].concat();
    let groups = prop_oneof![1 => Just(SUBJECT), 1 => select(groups)];
    (groups, options()).prop_map(move |(group, options)| {
        let options = option_words(MembershipOptions { admin: true, ..options }, version);
        format!("GRANT {} TO {ME}{options}", quoted(group))
    })
}

/// A membership of the subject or in it, or one around it; the grantor gets ADMIN first, if that may be.
fn membership(version: u16) -> impl Strategy<Value = Vec<String>> {
    let ends = prop_oneof![
        3 => select(&GROUPS[..]).prop_map(|group| (group, SUBJECT)),
        2 => select(&["another", "team/one", "team/two", ME][..]).prop_map(|member| (SUBJECT, member)),
        1 => (select(&GROUPS[..]), select(&MEMBERS[..])),
    ];
    (ends, select(&GRANTORS[..]), options(), any::<bool>()).prop_map(
        move |((group, member), grantor, options, prepare)| {
            let [of_group, to_member, to_grantor] = [group, member, grantor].map(quoted);
            let prepare = prepare && grantor != "rdsadmin";
            let first = prepare.then(|| format!("GRANT {of_group} TO {to_grantor} WITH ADMIN OPTION"));
            let grant = format!("GRANT {of_group} TO {to_member}{}", option_words(options, version));
            first.into_iter().chain([as_role(grantor, &grant)]).collect()
        },
    )
}

fn databases() -> impl Strategy<Value = Vec<String>> {
    let owner = select(&["rdsadmin", "rdsadmin", ME, "another", SUBJECT][..]);
    let one = (owner, weighted(0.3, Just("REVOKE ALL ON DATABASE {} FROM PUBLIC")));
    [one.clone(), one].prop_map(|both| {
        let mut statements = Vec::new();
        for (name, (owner, closed)) in DATABASES.into_iter().zip(both) {
            let database = quoted(name);
            statements.push(format!("ALTER DATABASE {database} OWNER TO {}", quoted(owner)));
            statements.extend(closed.map(|text| text.replace("{}", &database)));
        }
        statements
    })
}

fn privilege_grant() -> impl Strategy<Value = Vec<String>> {
    let grantees = select(&[SUBJECT, SUBJECT, SUBJECT, ME, "another", "team/one"][..]);
    let grant = (privilege(), select(&DATABASES[..]), grantees, any::<bool>());
    (grant, select(&[ME, "another", "rdsadmin", SUBJECT][..]), any::<bool>()).prop_map(
        |((privilege, database, grantee, option), grantor, prepare)| {
            let what = format!("GRANT {} ON DATABASE {} TO", privilege.as_str(), quoted(database));
            let prepare = prepare && grantor != "rdsadmin";
            let first = prepare.then(|| format!("{what} {} WITH GRANT OPTION", quoted(grantor)));
            let option = if option { " WITH GRANT OPTION" } else { "" };
            let grant = as_role(grantor, &format!("{what} {}{option}", quoted(grantee)));
            first.into_iter().chain([grant]).collect()
        },
    )
}

/// A comment, or a setting here or there.
fn of_the_role() -> impl Strategy<Value = String> {
    let setting = (of(CHOICE.database()), CHOICE.setting()).prop_map(|(database, (name, value))| {
        let place =
            database.map(|name| format!(" IN DATABASE {}", quoted(name.as_str()))).unwrap_or_default();
        let is_list = name.eq_ignore_ascii_case("search_path");
        let value = if is_list { value } else { format!("'{value}'") };
        format!("ALTER ROLE {SUBJECT}{place} SET {name} TO {value}")
    });
    let comment = select(CHOICE.comments).prop_map(|text| format!("COMMENT ON ROLE {SUBJECT} IS '{text}'"));
    prop_oneof![1 => comment, 3 => setting]
}
