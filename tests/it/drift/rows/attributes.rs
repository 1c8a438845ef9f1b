//! What a role is by itself.

use crate::drift::case::Hand::{Master, Superuser};
use crate::drift::case::{CASE, Case, FROM_16, Section, UP_TO_15, group, user};
use crate::drift::oracle::Fact::{Comment, Groups, Options, Query, Role};

pub(super) const LOGIN: Section = Section {
    title: "Login, limits and validity",
    words: "Drift of the login shows on `enabled`, and on `can_login` where only that said no.",
    cases: &[
        Case {
            written: user!("external"),
            by_hand: &[Master("ALTER ROLE user_@ NOLOGIN")],
            shows: &["pgum_user.user_@.enabled: false -> true"],
            then: &[Role("user_@", "rolcanlogin", "true")],
            ..CASE
        },
        Case {
            written: user!("iam", "enabled = false"),
            by_hand: &[Master("ALTER ROLE user_@ LOGIN")],
            shows: &["pgum_user.user_@.enabled: true -> false"],
            then: &[Role("user_@", "rolcanlogin", "false"), Groups("user_@", "rds_iam")],
            ..CASE
        },
        Case {
            written: user!("external", "can_login = false"),
            by_hand: &[Master("ALTER ROLE user_@ LOGIN PASSWORD 'an intruder''s'")],
            shows: &["pgum_user.user_@.can_login: true -> false"],
            then: &[Role("user_@", "rolcanlogin", "false")],
            ..CASE
        },
        Case {
            written: user!("external", "enabled = false", "can_login = false"),
            by_hand: &[Superuser("ALTER ROLE user_@ LOGIN")],
            shows: &["pgum_user.user_@.can_login: true -> false", "pgum_user.user_@.enabled: true -> false"],
            then: &[Role("user_@", "rolcanlogin", "false")],
            ..CASE
        },
        Case {
            written: group!(),
            by_hand: &[Master("ALTER ROLE group_@ LOGIN")],
            shows: &["pgum_group.group_@.can_login: true -> false"],
            then: &[Role("group_@", "rolcanlogin", "false")],
            ..CASE
        },
        Case {
            written: user!("external"),
            by_hand: &[Master("ALTER ROLE user_@ CONNECTION LIMIT 5")],
            shows: &["pgum_user.user_@.connection_limit: 5 -> -1"],
            then: &[Role("user_@", "rolconnlimit", "-1")],
            ..CASE
        },
        Case {
            written: user!("external", "connection_limit = 20"),
            by_hand: &[Master("ALTER ROLE user_@ CONNECTION LIMIT -1")],
            shows: &["pgum_user.user_@.connection_limit: -1 -> 20"],
            then: &[Role("user_@", "rolconnlimit", "20")],
            ..CASE
        },
        Case {
            written: user!("external", "connection_limit = 3"),
            by_hand: &[Superuser("ALTER ROLE user_@ CONNECTION LIMIT 0")],
            shows: &["pgum_user.user_@.connection_limit: 0 -> 3"],
            then: &[Role("user_@", "rolconnlimit", "3")],
            ..CASE
        },
        Case {
            written: user!("password", "password = \"a secret\""),
            by_hand: &[Master("ALTER ROLE user_@ VALID UNTIL '2040-01-01 00:00:00+00'")],
            shows: &["pgum_user.user_@.valid_until: \"2040-01-01T00:00:00Z\" -> null"],
            then: &[Query(
                "SELECT coalesce(rolvaliduntil, 'infinity') = 'infinity' FROM pg_authid WHERE rolname = 'user_@'",
                "t",
            )],
            ..CASE
        },
        Case {
            written: user!(
                "password",
                "password = \"a secret\"",
                "valid_until = \"2035-05-01T12:00:00+02:00\""
            ),
            by_hand: &[Master("ALTER ROLE user_@ VALID UNTIL '2035-05-01 12:00:00+00'")],
            shows: &[
                "pgum_user.user_@.valid_until: \"2035-05-01T12:00:00Z\" -> \"2035-05-01T12:00:00+02:00\"",
            ],
            then: &[Query(
                "SELECT rolvaliduntil = '2035-05-01 10:00:00+00' FROM pg_authid WHERE rolname = 'user_@'",
                "t",
            )],
            ..CASE
        },
        Case {
            written: user!("password", "password = \"a secret\"", "valid_until = \"2035-05-01T12:00:00Z\""),
            by_hand: &[Superuser("ALTER ROLE user_@ VALID UNTIL 'infinity'")],
            shows: &["pgum_user.user_@.valid_until: null -> \"2035-05-01T12:00:00Z\""],
            then: &[Query(
                "SELECT rolvaliduntil = '2035-05-01 12:00:00+00' FROM pg_authid WHERE rolname = 'user_@'",
                "t",
            )],
            ..CASE
        },
        Case {
            written: user!("password", "password = \"a secret\""),
            by_hand: &[Master("ALTER ROLE user_@ VALID UNTIL '0044-03-15 12:00:00+00 BC'")],
            shows: &["pgum_user.user_@.valid_until: \"0044-03-15 12:00:00+00 BC\" -> null"],
            then: &[Query(
                "SELECT coalesce(rolvaliduntil, 'infinity') = 'infinity' FROM pg_authid WHERE rolname = 'user_@'",
                "t",
            )],
            ..CASE
        },
        Case {
            written: user!("password", "password = \"a secret\""),
            by_hand: &[Master("ALTER ROLE user_@ VALID UNTIL '-infinity'")],
            shows: &["pgum_user.user_@.valid_until: \"-infinity\" -> null"],
            then: &[Query(
                "SELECT coalesce(rolvaliduntil, 'infinity') = 'infinity' FROM pg_authid WHERE rolname = 'user_@'",
                "t",
            )],
            ..CASE
        },
    ],
};

pub(super) const FLAGS: Section = Section {
    title: "Attributes",
    words: "",
    cases: &[
        Case {
            written: user!("external"),
            by_hand: &[Master("ALTER ROLE user_@ NOINHERIT")],
            shows: &["pgum_user.user_@.inherit: false -> true"],
            then: &[Role("user_@", "rolinherit", "true")],
            ..CASE
        },
        Case {
            written: user!("external", "inherit = false"),
            by_hand: &[Master("ALTER ROLE user_@ INHERIT")],
            shows: &["pgum_user.user_@.inherit: true -> false"],
            then: &[Role("user_@", "rolinherit", "false")],
            ..CASE
        },
        // Up to 15 a membership inherits as its member does.
        Case {
            versions: UP_TO_15,
            written: concat!(user!("external", "groups = [pgum_group.group_@.name]"), group!()),
            by_hand: &[Master("ALTER ROLE user_@ NOINHERIT")],
            shows: &[
                "pgum_user.user_@.inherit: false -> true",
                "pgum_user.user_@.memberships.group_@.inherit: false -> true",
            ],
            then: &[Role("user_@", "rolinherit", "true"), Options("user_@", "group_@", "inherit set")],
            ..CASE
        },
        Case {
            versions: FROM_16,
            written: concat!(user!("external", "groups = [pgum_group.group_@.name]"), group!()),
            by_hand: &[Master("ALTER ROLE user_@ NOINHERIT")],
            shows: &["pgum_user.user_@.inherit: false -> true"],
            then: &[Role("user_@", "rolinherit", "true"), Options("user_@", "group_@", "inherit set")],
            ..CASE
        },
        Case {
            written: user!("external"),
            by_hand: &[Master("ALTER ROLE user_@ CREATEDB")],
            shows: &["pgum_user.user_@.create_database: true -> false"],
            then: &[Role("user_@", "rolcreatedb", "false")],
            ..CASE
        },
        Case {
            written: user!("external"),
            by_hand: &[Superuser("ALTER ROLE user_@ CREATEROLE")],
            shows: &["pgum_user.user_@.create_role: true -> false"],
            then: &[Role("user_@", "rolcreaterole", "false")],
            ..CASE
        },
        Case {
            written: user!("external", "create_database = true", "create_role = true"),
            by_hand: &[Master("ALTER ROLE user_@ NOCREATEDB NOCREATEROLE")],
            shows: &[
                "pgum_user.user_@.create_database: false -> true",
                "pgum_user.user_@.create_role: false -> true",
            ],
            then: &[Role("user_@", "rolcreatedb", "true"), Role("user_@", "rolcreaterole", "true")],
            ..CASE
        },
        Case {
            written: group!(),
            by_hand: &[Superuser("ALTER ROLE group_@ NOINHERIT CREATEDB CREATEROLE")],
            shows: &[
                "pgum_group.group_@.create_database: true -> false",
                "pgum_group.group_@.create_role: true -> false",
                "pgum_group.group_@.inherit: false -> true",
            ],
            then: &[
                Role("group_@", "rolinherit", "true"),
                Role("group_@", "rolcreatedb", "false"),
                Role("group_@", "rolcreaterole", "false"),
            ],
            ..CASE
        },
        Case {
            written: user!("external", "connection_limit = 7", "description = \"A user\""),
            by_hand: &[
                Master("ALTER ROLE user_@ NOLOGIN CREATEDB CONNECTION LIMIT 9"),
                Superuser("COMMENT ON ROLE user_@ IS 'changed'"),
                Master("ALTER ROLE user_@ SET work_mem = '64MB'"),
            ],
            shows: &[
                "pgum_user.user_@.connection_limit: 9 -> 7",
                "pgum_user.user_@.create_database: true -> false",
                "pgum_user.user_@.description: \"changed\" -> \"A user\"",
                "pgum_user.user_@.enabled: false -> true",
                "pgum_user.user_@.settings.work_mem: \"64MB\" -> null",
            ],
            then: &[Role("user_@", "rolconnlimit", "7"), Comment("user_@", "A user")],
            ..CASE
        },
    ],
};

pub(super) const COMMENTS: Section = Section {
    title: "Comments",
    words: "",
    cases: &[
        Case {
            written: user!("external", "description = \"The first\""),
            by_hand: &[Master("COMMENT ON ROLE user_@ IS 'another'")],
            shows: &["pgum_user.user_@.description: \"another\" -> \"The first\""],
            then: &[Comment("user_@", "The first")],
            ..CASE
        },
        Case {
            written: user!("external", "description = \"The first\""),
            by_hand: &[Master("COMMENT ON ROLE user_@ IS NULL")],
            shows: &["pgum_user.user_@.description: null -> \"The first\""],
            then: &[Comment("user_@", "The first")],
            ..CASE
        },
        Case {
            written: user!("external"),
            by_hand: &[Superuser("COMMENT ON ROLE user_@ IS 'somebody''s'")],
            shows: &["pgum_user.user_@.description: \"somebody's\" -> null"],
            then: &[Comment("user_@", "")],
            ..CASE
        },
        Case {
            written: group!("description = \"All \\\"of\\\" them\""),
            by_hand: &[Master("COMMENT ON ROLE group_@ IS 'all of them'")],
            shows: &["pgum_group.group_@.description: \"all of them\" -> \"All \\\"of\\\" them\""],
            then: &[Comment("group_@", "All \"of\" them")],
            ..CASE
        },
    ],
};
