//! The changes, each from what the one before has left, as if all were made to one role called `role`.

/// One change of a configuration.
pub(super) struct Step {
    /// The attributes that are written from now on, or (with `""`) no longer.
    pub(super) write: &'static [(&'static str, &'static str)],
    /// The attributes that the plan shows as changed.
    pub(super) shows: &'static [&'static str],
    /// A query and its one value afterwards; both empty where the server knows nothing of the attribute.
    pub(super) server: (&'static str, &'static str),
    /// The first version that can do it.
    pub(super) since: u16,
}

/// A step for every version.
const fn step(
    write: &'static [(&'static str, &'static str)],
    shows: &'static [&'static str],
    server: (&'static str, &'static str),
) -> Step {
    Step { write, shows, server, since: 13 }
}

const fn since(since: u16, step: Step) -> Step {
    Step { since, ..step }
}

const NOT_ON_THE_SERVER: (&str, &str) = ("", "");

const MEMBERSHIPS: &str = "SELECT coalesce(string_agg(roleid::regrole::text || \
     CASE WHEN admin_option THEN '!' ELSE '' END, ' ' ORDER BY roleid::regrole::text), '') \
     FROM pg_auth_members WHERE member = 'role'::regrole AND roleid <> 'rds_iam'::regrole";
const OPTIONS: &str = "SELECT inherit_option::text || ' ' || set_option FROM pg_auth_members \
     WHERE member = 'role'::regrole AND roleid = 'group_a'::regrole";
const PRIVILEGES: &str = "SELECT coalesce(string_agg(datname || ':' || privilege_type || \
     CASE WHEN is_grantable THEN '!' ELSE '' END, ' ' ORDER BY datname, privilege_type), '') \
     FROM pg_database, aclexplode(datacl) WHERE grantee = 'role'::regrole";
const SETTINGS: &str = "SELECT coalesce(string_agg(item, ' ' ORDER BY item), '') FROM pg_db_role_setting, unnest(setconfig) \
     AS item WHERE setrole = 'role'::regrole AND setdatabase = 0";
const DATABASE_SETTINGS: &str = "SELECT coalesce(string_agg(datname || ':' || item, ' ' ORDER BY datname, item), '') \
     FROM pg_db_role_setting JOIN pg_database d ON d.oid = setdatabase, unnest(setconfig) AS item \
     WHERE setrole = 'role'::regrole";
const COMMENT: &str = "SELECT shobj_description('role'::regrole, 'pg_authid')";
const VERIFIER: &str = "SELECT left(rolpassword, 14) FROM pg_authid WHERE rolname = 'role'";

/// What both resources have in common.
pub(super) const COMMON: &[Step] = &[
    step(&[("groups", "[pgum_group.a.name]")], &["groups", "memberships"], (MEMBERSHIPS, "group_a")),
    step(
        &[("groups", "[pgum_group.a.name, pgum_group.b.name]")],
        &["groups", "memberships"],
        (MEMBERSHIPS, "group_a group_b"),
    ),
    step(
        &[("groups", ""), ("memberships", "{ (pgum_group.a.name) = { admin = true } }")],
        &["groups", "memberships"],
        (MEMBERSHIPS, "group_a!"),
    ),
    step(
        &[("memberships", "{ (pgum_group.a.name) = { admin = false } }")],
        &["memberships"],
        (MEMBERSHIPS, "group_a"),
    ),
    since(
        16,
        step(
            &[("memberships", "{ (pgum_group.a.name) = { inherit = false } }")],
            &["memberships"],
            (OPTIONS, "false true"),
        ),
    ),
    since(
        16,
        step(
            &[("memberships", "{ (pgum_group.a.name) = { set = false } }")],
            &["memberships"],
            (OPTIONS, "true false"),
        ),
    ),
    step(&[("memberships", "")], &["groups", "memberships"], (MEMBERSHIPS, "")),
    step(
        &[("databases", "[\"myapp\"]")],
        &["database_privileges", "databases", "privileges"],
        (PRIVILEGES, "myapp:CONNECT"),
    ),
    step(
        &[("privileges", "[\"CONNECT\", \"CREATE\"]")],
        &["database_privileges", "privileges"],
        (PRIVILEGES, "myapp:CONNECT myapp:CREATE"),
    ),
    step(
        &[
            ("privileges", ""),
            ("databases", ""),
            ("database_privileges", "{ myapp = [\"CONNECT WITH GRANT OPTION\"], postgres = [\"TEMP\"] }"),
        ],
        &["database_privileges", "databases", "privileges"],
        (PRIVILEGES, "myapp:CONNECT! postgres:TEMPORARY"),
    ),
    step(
        &[("database_privileges", "{ myapp = [\"ALL\"] }")],
        &["database_privileges", "databases", "privileges"],
        (PRIVILEGES, "myapp:CONNECT myapp:CREATE myapp:TEMPORARY"),
    ),
    step(
        &[("database_privileges", "")],
        &["database_privileges", "databases", "privileges"],
        (PRIVILEGES, ""),
    ),
    step(&[("grants_mode", "\"additive\"")], &["grants_mode"], NOT_ON_THE_SERVER),
    step(&[("grants_mode", "")], &["grants_mode"], NOT_ON_THE_SERVER),
    step(&[("description", "\"It's one\"")], &["description"], (COMMENT, "It's one")),
    step(&[("description", "")], &["description"], (COMMENT, "")),
    step(
        &[("inherit", "false")],
        &["inherit"],
        ("SELECT rolinherit FROM pg_roles WHERE rolname = 'role'", "f"),
    ),
    step(&[("inherit", "")], &["inherit"], ("SELECT rolinherit FROM pg_roles WHERE rolname = 'role'", "t")),
    step(
        &[("create_database", "true")],
        &["create_database"],
        ("SELECT rolcreatedb FROM pg_roles WHERE rolname = 'role'", "t"),
    ),
    step(
        &[("create_database", "")],
        &["create_database"],
        ("SELECT rolcreatedb FROM pg_roles WHERE rolname = 'role'", "f"),
    ),
    step(
        &[("create_role", "true")],
        &["create_role"],
        ("SELECT rolcreaterole FROM pg_roles WHERE rolname = 'role'", "t"),
    ),
    step(
        &[("create_role", "")],
        &["create_role"],
        ("SELECT rolcreaterole FROM pg_roles WHERE rolname = 'role'", "f"),
    ),
    step(
        &[("settings", "{ statement_timeout = \"5s\", search_path = \"app, public\" }")],
        &["settings"],
        (SETTINGS, "search_path=app, public statement_timeout=5s"),
    ),
    step(
        &[("settings", "{ statement_timeout = \"6s\" }")],
        &["settings"],
        (SETTINGS, "statement_timeout=6s"),
    ),
    step(&[("settings", "")], &["settings"], (SETTINGS, "")),
    step(
        &[("database_settings", "{ myapp = { work_mem = \"8MB\" } }")],
        &["database_settings"],
        (DATABASE_SETTINGS, "myapp:work_mem=8MB"),
    ),
    step(&[("database_settings", "")], &["database_settings"], (DATABASE_SETTINGS, "")),
    step(&[("adopt_existing", "true")], &["adopt_existing"], NOT_ON_THE_SERVER),
    step(&[("adopt_existing", "")], &["adopt_existing"], NOT_ON_THE_SERVER),
    step(
        &[("on_destroy", "{ action = \"disable\", reassign_owned_to = \"postgres\" }")],
        &["on_destroy"],
        NOT_ON_THE_SERVER,
    ),
    step(&[("on_destroy", "{ drop_owned = true }")], &["on_destroy"], NOT_ON_THE_SERVER),
    step(&[("on_destroy", "")], &["on_destroy"], NOT_ON_THE_SERVER),
];

pub(super) const USER: &[Step] = &[
    step(
        &[("username", "\"renamed\"")],
        &["username"],
        ("SELECT count(*) FROM pg_roles WHERE rolname = 'renamed'", "1"),
    ),
    step(
        &[("username", "\"role\"")],
        &["username"],
        ("SELECT count(*) FROM pg_roles WHERE rolname = 'role'", "1"),
    ),
    step(&[("password", "\"second\"")], &["password"], (VERIFIER, "SCRAM-SHA-256$")),
    step(
        &[("password", ""), ("password_wo", "\"third\""), ("password_wo_version", "\"1\"")],
        &["password", "password_wo_version"],
        (VERIFIER, "SCRAM-SHA-256$"),
    ),
    step(&[("password_wo_version", "\"2\"")], &["password_wo_version"], (VERIFIER, "SCRAM-SHA-256$")),
    step(
        &[("password_wo", ""), ("password_wo_version", ""), ("auth_method", "\"external\"")],
        &["auth_method", "password_wo_version"],
        (VERIFIER, "SCRAM-SHA-256$"),
    ),
    step(&[("auth_method", "\"iam\"")], &["auth_method", "rds_iam"], (VERIFIER, "")),
    step(
        &[("iam_role", "\"arn:aws:iam::123456789012:role/RDSAccessRole\"")],
        &["iam_role"],
        NOT_ON_THE_SERVER,
    ),
    step(
        &[("enabled", "false")],
        &["enabled"],
        ("SELECT rolcanlogin FROM pg_roles WHERE rolname = 'role'", "f"),
    ),
    step(
        &[("enabled", "true")],
        &["enabled"],
        ("SELECT rolcanlogin FROM pg_roles WHERE rolname = 'role'", "t"),
    ),
    step(
        &[("can_login", "false")],
        &["can_login"],
        ("SELECT rolcanlogin FROM pg_roles WHERE rolname = 'role'", "f"),
    ),
    step(
        &[("can_login", "")],
        &["can_login"],
        ("SELECT rolcanlogin FROM pg_roles WHERE rolname = 'role'", "t"),
    ),
    step(
        &[("connection_limit", "7")],
        &["connection_limit"],
        ("SELECT rolconnlimit FROM pg_roles WHERE rolname = 'role'", "7"),
    ),
    step(
        &[("connection_limit", "")],
        &["connection_limit"],
        ("SELECT rolconnlimit FROM pg_roles WHERE rolname = 'role'", "-1"),
    ),
    step(
        &[("valid_until", "\"2040-01-01T00:00:00+01:00\"")],
        &["valid_until"],
        (
            "SELECT rolvaliduntil AT TIME ZONE 'UTC' FROM pg_roles WHERE rolname = 'role'",
            "2039-12-31 23:00:00",
        ),
    ),
    step(
        &[("valid_until", "")],
        &["valid_until"],
        ("SELECT rolvaliduntil FROM pg_roles WHERE rolname = 'role'", "infinity"),
    ),
    step(&[("terminate_sessions", "true")], &["terminate_sessions"], NOT_ON_THE_SERVER),
    step(&[("terminate_sessions", "")], &["terminate_sessions"], NOT_ON_THE_SERVER),
];

pub(super) const GROUP: &[Step] = &[
    step(
        &[("name", "\"renamed\"")],
        &["name"],
        ("SELECT count(*) FROM pg_roles WHERE rolname = 'renamed'", "1"),
    ),
    step(&[("name", "\"role\"")], &["name"], ("SELECT count(*) FROM pg_roles WHERE rolname = 'role'", "1")),
    step(&[("allowed_members", "[\"app_*\"]")], &["allowed_members"], NOT_ON_THE_SERVER),
    step(&[("allowed_members", "")], &["allowed_members"], NOT_ON_THE_SERVER),
];

/// What only a superuser may give.
pub(super) const FOR_SUPERUSERS: &[Step] = &[
    step(
        &[("superuser", "true")],
        &["superuser"],
        ("SELECT rolsuper FROM pg_roles WHERE rolname = 'role'", "t"),
    ),
    step(&[("superuser", "")], &["superuser"], ("SELECT rolsuper FROM pg_roles WHERE rolname = 'role'", "f")),
    step(
        &[("replication", "true")],
        &["replication"],
        ("SELECT rolreplication FROM pg_roles WHERE rolname = 'role'", "t"),
    ),
    step(
        &[("replication", "")],
        &["replication"],
        ("SELECT rolreplication FROM pg_roles WHERE rolname = 'role'", "f"),
    ),
    step(
        &[("bypass_row_level_security", "true")],
        &["bypass_row_level_security"],
        ("SELECT rolbypassrls FROM pg_roles WHERE rolname = 'role'", "t"),
    ),
    step(
        &[("bypass_row_level_security", "")],
        &["bypass_row_level_security"],
        ("SELECT rolbypassrls FROM pg_roles WHERE rolname = 'role'", "f"),
    ),
];
