//! Any state of a role on a server, as the statements that make it, and any way in which it should be.

use std::collections::BTreeSet;

use pgum::roles::{
    DatabaseName, Desired, GrantsMode, MemberRule, MembershipOptions, PasswordChange, Privilege,
    PrivilegeSet, RoleAttributes, RoleName, Settings, ValidUntil,
};
use proptest::collection::{btree_map, btree_set, vec};
use proptest::option::{of, weighted};
use proptest::prelude::*;
use proptest::sample::{select, subsequence};

/// The role that it is about, and its new name where it gets one.
pub(super) const SUBJECT: &str = "subject";
const RENAMED: &str = "renamed";
/// Whom the provider logs in as.
pub(super) const ME: &str = "me";
const OTHERS: [&str; 5] = ["another", "group_a", "group_b", "team/one", "team/two"];
const GROUPS: [&str; 4] = ["another", "group_a", "group_b", "rds_iam"];
const GRANTORS: [&str; 4] = ["rdsadmin", ME, "another", "team/one"];
pub(super) const DATABASES: [&str; 2] = ["app", "Reports"];

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
    let subject = weighted(0.85, (any::<bool>(), attributes(), vec(of_the_role(), 0..4)));
    let around = (me(), vec((any::<bool>(), any::<[bool; 2]>()), OTHERS.len()), vec(admin(version), 1..8));
    let grants = (vec(membership(version), 0..8), databases(), vec(privilege_grant(), 0..8));
    (subject, around, grants, desired(version)).prop_map(
        |(subject, (me, others, admins), (memberships, databases, privileges), desired)| {
            let mut statements = vec![me];
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

/// Who acts: mostly with CREATEROLE, now and then a superuser, now and then neither.
fn me() -> impl Strategy<Value = String> {
    let rights = prop_oneof![
        9 => Just("CREATEROLE CREATEDB"),
        2 => Just("SUPERUSER"),
        1 => Just("NOCREATEROLE"),
        1 => Just("CREATEROLE NOINHERIT"),
    ];
    rights.prop_map(|rights| format!("CREATE ROLE {ME} LOGIN PASSWORD '{ME}' {rights}"))
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

fn options() -> impl Strategy<Value = MembershipOptions> {
    let plain = Just(MembershipOptions { admin: false, inherit: true, set: true });
    let any = any::<[bool; 3]>();
    prop_oneof![
        1 => plain,
        1 => any.prop_map(|[admin, inherit, set]| MembershipOptions { admin, inherit, set }),
    ]
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
        1 => (select(&GROUPS[..]), select(&OTHERS[..])),
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

fn privilege() -> impl Strategy<Value = Privilege> {
    select(Privilege::ALL.to_vec())
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
    let setting = (of(select(&DATABASES[..])), setting()).prop_map(|(database, (name, value))| {
        let place = database.map(|name| format!(" IN DATABASE {}", quoted(name))).unwrap_or_default();
        let value = if name == "search_path" { value } else { format!("'{value}'") };
        format!("ALTER ROLE {SUBJECT}{place} SET {name} TO {value}")
    });
    prop_oneof![
        1 => select(&["one", "two"][..]).prop_map(|text| format!("COMMENT ON ROLE {SUBJECT} IS '{text}'")),
        3 => setting,
    ]
}

fn setting() -> impl Strategy<Value = (String, String)> {
    // The last one is a superuser's.
    let name = prop_oneof![
        20 => select(&["statement_timeout", "search_path", "jit"][..]),
        1 => Just("log_statement"),
    ];
    (name, 0usize..3).prop_map(|(name, place)| {
        let value = match name {
            "statement_timeout" => ["5s", "5000", "7min"],
            "search_path" => ["a, \"B\"", "A,\"B\"", "b"],
            "jit" => ["on", "TRUE", "off"],
            _ => ["all", "none", "ddl"],
        }[place];
        (name.to_owned(), value.to_owned())
    })
}

fn settings() -> impl Strategy<Value = Settings> {
    vec(setting(), 0..3).prop_map(|settings| settings.into_iter().collect())
}

/// Flags that only few may give are rare.
fn attributes() -> impl Strategy<Value = RoleAttributes> {
    let rarely = || proptest::bool::weighted(0.05);
    let valid_until = select(&["infinity", "2090-01-01 00:00:00+00", "2091-05-06 07:08:09.5+00"][..]);
    let flags = (any::<[bool; 2]>(), [proptest::bool::weighted(0.2), proptest::bool::weighted(0.2)]);
    (flags, [rarely(), rarely(), rarely()], -1..3, valid_until).prop_map(
        |(([login, inherit], [create_database, create_role]), rare, connection_limit, valid_until)| {
            let [superuser, replication, bypass_row_level_security] = rare;
            RoleAttributes {
                login,
                inherit,
                create_database,
                create_role,
                superuser,
                replication,
                bypass_row_level_security,
                connection_limit,
                valid_until: ValidUntil::from_server(valid_until),
            }
        },
    )
}

fn role(text: &str) -> RoleName {
    RoleName::new(text).unwrap()
}

fn desired(version: u16) -> impl Strategy<Value = Desired> {
    let groups: Vec<RoleName> = GROUPS.into_iter().map(role).collect();
    let database = || select(&DATABASES[..]).prop_map(|name| DatabaseName::new(name).unwrap());
    let privileges = btree_map(privilege(), any::<bool>(), 1..3);
    let privileges = btree_map(database(), privileges.prop_map(PrivilegeSet::from_iter), 0..3);
    let mode = prop_oneof![
        3 => Just(GrantsMode::Authoritative),
        1 => (btree_set(select(groups.clone()), 0..3), btree_map(database(), btree_set(privilege(), 0..3), 0..3))
            .prop_map(|(former_groups, former_privileges)| GrantsMode::Additive { former_groups, former_privileges }),
    ];
    (
        (prop_oneof![4 => Just(SUBJECT), 1 => Just(RENAMED)], attributes(), of(Just("one".to_owned()))),
        (settings(), btree_map(database(), settings(), 0..2)),
        (btree_map(select(groups), options(), 0..3), of(any::<bool>())),
        privileges,
        (mode, member_rule()),
        prop_oneof![3 => Just(PasswordChange::Keep), 1 => Just(PasswordChange::Set), 1 => Just(PasswordChange::Clear)],
    )
        .prop_map(move |(of_role, settings, (mut memberships, rds_iam), privileges, modes, password)| {
            let (name, attributes, comment) = of_role;
            if version < 16 {
                for options in memberships.values_mut() {
                    (options.inherit, options.set) = (attributes.inherit, true);
                }
            }
            Desired {
                name: role(name),
                attributes,
                looks_after_limits: true,
                comment,
                settings: settings.0,
                database_settings: settings.1,
                memberships,
                rds_iam,
                privileges,
                grants_mode: modes.0,
                member_rule: modes.1,
                password,
            }
        })
}

fn member_rule() -> impl Strategy<Value = MemberRule> {
    weighted(0.3, subsequence(vec!["me", "another", "team/*"], 0..4)).prop_map(|patterns| match patterns {
        None => MemberRule::Any,
        Some(patterns) => MemberRule::Only(patterns.into_iter().map(str::to_owned).collect::<BTreeSet<_>>()),
    })
}
