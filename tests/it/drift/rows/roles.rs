//! Roles that go and come again, and those that are looked after in part.

use crate::drift::case::Hand::{Master, Superuser};
use crate::drift::case::{CASE, Case, Section, group, user};
use crate::drift::oracle::Fact::{self, Comment, Groups, Options, Privileges, Query, Role, Settings};

const VERIFIER: Fact =
    Query("SELECT left(rolpassword, 14) FROM pg_authid WHERE rolname = 'user_@'", "SCRAM-SHA-256$");

pub(super) const ROLES: Section = Section {
    title: "Roles dropped, and made anew",
    words: "",
    cases: &[
        Case {
            written: user!("iam", "description = \"A user\""),
            by_hand: &[Master("DROP ROLE user_@")],
            shows: &["pgum_user.user_@: created"],
            then: &[Groups("user_@", "rds_iam"), Comment("user_@", "A user")],
            ..CASE
        },
        Case {
            written: user!("password", "password = \"a secret\"", "databases = [\"myapp\"]"),
            by_hand: &[Master("REVOKE ALL ON DATABASE myapp FROM user_@"), Master("DROP ROLE user_@")],
            shows: &["pgum_user.user_@: created"],
            then: &[VERIFIER, Privileges("user_@", "myapp", "CONNECT")],
            ..CASE
        },
        // The role is another one, so its password is sent again.
        Case {
            written: user!("password", "password = \"a secret\""),
            by_hand: &[Master("DROP ROLE user_@"), Master("CREATE ROLE user_@ LOGIN PASSWORD 'theirs'")],
            shows: &["pgum_user.user_@.password_in_sync: false -> true"],
            then: &[VERIFIER],
            ..CASE
        },
        Case {
            written: concat!(
                user!("iam", "groups = [pgum_group.group_@.name]", "connection_limit = 3"),
                group!()
            ),
            by_hand: &[Master("DROP ROLE user_@"), Master("CREATE ROLE user_@ LOGIN")],
            shows: &[
                "pgum_user.user_@.connection_limit: -1 -> 3",
                "pgum_user.user_@.groups: [] -> [\"group_@\"]",
                "pgum_user.user_@.memberships.group_@: null -> {\"admin\":false,\"inherit\":true,\"set\":true}",
                "pgum_user.user_@.rds_iam: false -> true",
            ],
            then: &[Groups("user_@", "group_@ rds_iam"), Role("user_@", "rolconnlimit", "3")],
            ..CASE
        },
        Case {
            written: concat!(
                user!("external", "groups = [pgum_group.group_@.name]"),
                group!("databases = [\"myapp\"]")
            ),
            by_hand: &[Master("REVOKE ALL ON DATABASE myapp FROM group_@"), Master("DROP ROLE group_@")],
            shows: &[
                "pgum_group.group_@: created",
                "pgum_user.user_@.groups: [] -> [\"group_@\"]",
                "pgum_user.user_@.memberships.group_@: null -> {\"admin\":false,\"inherit\":true,\"set\":true}",
            ],
            then: &[Options("user_@", "group_@", "inherit set"), Privileges("group_@", "myapp", "CONNECT")],
            ..CASE
        },
        Case {
            written: concat!(
                user!("external", "groups = [pgum_group.group_@.name]"),
                group!("description = \"All\"")
            ),
            by_hand: &[Master("DROP ROLE group_@"), Master("CREATE ROLE group_@")],
            shows: &[
                "pgum_group.group_@.description: null -> \"All\"",
                "pgum_user.user_@.groups: [] -> [\"group_@\"]",
                "pgum_user.user_@.memberships.group_@: null -> {\"admin\":false,\"inherit\":true,\"set\":true}",
            ],
            then: &[Options("user_@", "group_@", "inherit set"), Comment("group_@", "All")],
            ..CASE
        },
    ],
};

/// Keeps the OID of a role that was renamed.
const KEPT: &str = "CREATE TABLE public.kept_@ AS SELECT oid FROM pg_authid WHERE rolname = 'renamed_@'";

/// It is the same role that has its name again, and there is no second one.
const RENAMED_BACK: Fact = Query(
    "SELECT string_agg(rolname, ' ') FROM pg_authid WHERE oid IN (SELECT oid FROM public.kept_@) OR rolname = 'renamed_@'",
    "user_@",
);

pub(super) const RENAMED: Section = Section {
    title: "Roles renamed",
    words: "A role whose name is gone and whose OID is there was renamed. It is renamed back, and never dropped: a restored or \
        cloned cluster can look like this, too, and the plan warns of that.",
    cases: &[
        Case {
            written: concat!(user!("iam", "groups = [pgum_group.group_@.name]"), group!()),
            by_hand: &[Master("ALTER ROLE user_@ RENAME TO renamed_@")],
            noted: &[Superuser(KEPT)],
            shows: &["pgum_user.user_@.username: \"renamed_@\" -> \"user_@\""],
            warns: &["The user \"user_@\" is called \"renamed_@\" now"],
            then: &[RENAMED_BACK, Groups("user_@", "group_@ rds_iam")],
            ..CASE
        },
        // And more than that.
        Case {
            written: user!(
                "password",
                "password = \"a secret\"",
                "databases = [\"myapp\"]",
                "settings = { work_mem = \"8MB\" }"
            ),
            by_hand: &[
                Master("ALTER ROLE user_@ RENAME TO renamed_@"),
                Master("ALTER ROLE renamed_@ NOLOGIN"),
                Master("REVOKE ALL ON DATABASE myapp FROM renamed_@"),
            ],
            noted: &[Superuser(KEPT)],
            shows: &[
                "pgum_user.user_@.database_privileges.myapp: null -> [\"CONNECT\"]",
                "pgum_user.user_@.databases: [] -> [\"myapp\"]",
                "pgum_user.user_@.enabled: false -> true",
                "pgum_user.user_@.privileges: [] -> [\"CONNECT\"]",
                "pgum_user.user_@.username: \"renamed_@\" -> \"user_@\"",
            ],
            warns: &["The user \"user_@\" is called \"renamed_@\" now"],
            then: &[RENAMED_BACK, VERIFIER, Settings("user_@", "", "work_mem=8MB")],
            ..CASE
        },
        Case {
            written: concat!(
                user!("external", "groups = [pgum_group.group_@.name]"),
                group!("databases = [\"myapp\"]")
            ),
            by_hand: &[Master("ALTER ROLE group_@ RENAME TO renamed_@")],
            noted: &[Superuser(KEPT)],
            shows: &[
                "pgum_group.group_@.name: \"renamed_@\" -> \"group_@\"",
                "pgum_user.user_@.groups: [\"renamed_@\"] -> [\"group_@\"]",
                "pgum_user.user_@.memberships.group_@: null -> {\"admin\":false,\"inherit\":true,\"set\":true}",
                "pgum_user.user_@.memberships.renamed_@: {\"admin\":false,\"inherit\":true,\"set\":true} -> null",
            ],
            warns: &["The group \"group_@\" is called \"renamed_@\" now"],
            then: &[
                Query(
                    "SELECT string_agg(rolname, ' ') FROM pg_authid WHERE oid IN (SELECT oid FROM public.kept_@) \
                     OR rolname = 'renamed_@'",
                    "group_@",
                ),
                Groups("user_@", "group_@"),
                Privileges("group_@", "myapp", "CONNECT"),
            ],
            ..CASE
        },
        // The name has another role by now: that one is made as it should be, and the other is told of.
        Case {
            written: user!("password", "password = \"a secret\"", "connection_limit = 3"),
            by_hand: &[
                Master("ALTER ROLE user_@ RENAME TO renamed_@"),
                Master("CREATE ROLE user_@ LOGIN PASSWORD 'theirs'"),
            ],
            shows: &[
                "pgum_user.user_@.connection_limit: -1 -> 3",
                "pgum_user.user_@.password_in_sync: false -> true",
            ],
            warns: &["The user \"user_@\" is another role than before, which is called \"renamed_@\" now"],
            then: &[Role("user_@", "rolconnlimit", "3"), Role("renamed_@", "rolconnlimit", "3")],
            ..CASE
        },
    ],
};

pub(super) const ADDITIVE: Section = Section {
    title: "grants_mode = \"additive\"",
    words: "What is written is looked after; what others grant beside it is theirs.",
    cases: &[
        Case {
            first: &[Master("CREATE ROLE theirs_@")],
            written: concat!(
                user!("external", "grants_mode = \"additive\"", "groups = [pgum_group.group_@.name]"),
                group!()
            ),
            by_hand: &[Master("REVOKE group_@ FROM user_@"), Master("GRANT theirs_@ TO user_@")],
            shows: &[
                "pgum_user.user_@.groups: [] -> [\"group_@\"]",
                "pgum_user.user_@.memberships.group_@: null -> {\"admin\":false,\"inherit\":true,\"set\":true}",
            ],
            then: &[Groups("user_@", "group_@ theirs_@")],
            ..CASE
        },
        Case {
            written: concat!(
                user!("external", "grants_mode = \"additive\"", "groups = [pgum_group.group_@.name]"),
                group!()
            ),
            by_hand: &[Master("GRANT group_@ TO user_@ WITH ADMIN OPTION")],
            shows: &["pgum_user.user_@.memberships.group_@.admin: true -> false"],
            then: &[Options("user_@", "group_@", "inherit set")],
            ..CASE
        },
        Case {
            written: user!("external", "grants_mode = \"additive\"", "databases = [\"myapp\"]"),
            by_hand: &[
                Master("REVOKE CONNECT ON DATABASE myapp FROM user_@"),
                Master("GRANT CREATE ON DATABASE myapp TO user_@"),
                Master("GRANT TEMP ON DATABASE postgres TO user_@"),
            ],
            shows: &[
                "pgum_user.user_@.database_privileges.myapp: null -> [\"CONNECT\"]",
                "pgum_user.user_@.databases: [] -> [\"myapp\"]",
                "pgum_user.user_@.privileges: [] -> [\"CONNECT\"]",
            ],
            then: &[
                Privileges("user_@", "myapp", "CONNECT CREATE"),
                Privileges("user_@", "postgres", "TEMPORARY"),
            ],
            ..CASE
        },
        Case {
            written: user!("external", "grants_mode = \"additive\"", "description = \"A user\""),
            by_hand: &[
                Superuser("COMMENT ON ROLE user_@ IS 'changed'"),
                Master("GRANT rds_iam TO user_@"),
                Master("ALTER ROLE user_@ SET work_mem = '8MB'"),
            ],
            shows: &[
                "pgum_user.user_@.description: \"changed\" -> \"A user\"",
                "pgum_user.user_@.rds_iam: true -> false",
                "pgum_user.user_@.settings.work_mem: \"8MB\" -> null",
            ],
            then: &[Groups("user_@", ""), Comment("user_@", "A user")],
            ..CASE
        },
    ],
};
