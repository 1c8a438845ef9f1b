//! What others granted: from PostgreSQL 16 on a membership has a row for each of them.

use crate::drift::case::Hand::{Master, Role, Superuser};
use crate::drift::case::{CASE, Case, FROM_16, Section, UP_TO_15, group, user};
use crate::drift::oracle::Fact::{Groups, Options, Privileges, Query};

pub(super) const GRANTORS: Section = Section {
    title: "More than one grantor",
    words: "All grants of a membership or privilege together are what is held. What must go is revoked from each grantor.",
    cases: &[
        // An intruder by somebody else's grant.
        Case {
            first: &[Master("CREATE ROLE second_@")],
            written: concat!(user!("external"), group!()),
            by_hand: &[
                Master("GRANT group_@ TO second_@ WITH ADMIN OPTION"),
                Role("second_@", "GRANT group_@ TO user_@"),
            ],
            shows: &[
                "pgum_user.user_@.groups: [\"group_@\"] -> []",
                "pgum_user.user_@.memberships.group_@: {\"admin\":false,\"inherit\":true,\"set\":true} -> null",
            ],
            then: &[Groups("user_@", ""), Options("second_@", "group_@", "admin inherit set")],
            ..CASE
        },
        // The same by two.
        Case {
            first: &[Master("CREATE ROLE second_@")],
            written: concat!(user!("external"), group!()),
            by_hand: &[
                Master("GRANT group_@ TO second_@ WITH ADMIN OPTION"),
                Role("second_@", "GRANT group_@ TO user_@"),
                Master("GRANT group_@ TO user_@ WITH ADMIN OPTION"),
            ],
            shows: &[
                "pgum_user.user_@.groups: [\"group_@\"] -> []",
                "pgum_user.user_@.memberships.group_@: {\"admin\":true,\"inherit\":true,\"set\":true} -> null",
            ],
            then: &[Groups("user_@", "")],
            ..CASE
        },
        // More than what is written, by somebody else.
        Case {
            first: &[Master("CREATE ROLE second_@")],
            written: concat!(user!("external", "groups = [pgum_group.group_@.name]"), group!()),
            by_hand: &[
                Master("GRANT group_@ TO second_@ WITH ADMIN OPTION"),
                Role("second_@", "GRANT group_@ TO user_@ WITH ADMIN OPTION"),
            ],
            shows: &["pgum_user.user_@.memberships.group_@.admin: true -> false"],
            then: &[Options("user_@", "group_@", "inherit set")],
            ..CASE
        },
        Case {
            versions: FROM_16,
            first: &[Master("CREATE ROLE second_@")],
            written: concat!(
                user!("external", "memberships = { (pgum_group.group_@.name) = { inherit = false } }"),
                group!()
            ),
            by_hand: &[
                Master("GRANT group_@ TO second_@ WITH ADMIN OPTION"),
                Role("second_@", "GRANT group_@ TO user_@ WITH INHERIT TRUE"),
            ],
            shows: &["pgum_user.user_@.memberships.group_@.inherit: true -> false"],
            then: &[Options("user_@", "group_@", "set")],
            ..CASE
        },
        // What is left by somebody else is less than what is written.
        Case {
            versions: FROM_16,
            first: &[Master("CREATE ROLE second_@")],
            written: concat!(user!("external", "groups = [pgum_group.group_@.name]"), group!()),
            by_hand: &[
                Master("GRANT group_@ TO second_@ WITH ADMIN OPTION"),
                Role("second_@", "GRANT group_@ TO user_@ WITH INHERIT FALSE, SET FALSE"),
                Master("REVOKE group_@ FROM user_@"),
            ],
            shows: &[
                "pgum_user.user_@.memberships.group_@.inherit: false -> true",
                "pgum_user.user_@.memberships.group_@.set: false -> true",
            ],
            then: &[Options("user_@", "group_@", "inherit set")],
            ..CASE
        },
        // Up to 15 any role with CREATEROLE revokes what anybody granted.
        Case {
            versions: UP_TO_15,
            written: concat!(user!("external"), group!()),
            by_hand: &[Superuser("GRANT group_@ TO user_@ WITH ADMIN OPTION")],
            shows: &[
                "pgum_user.user_@.groups: [\"group_@\"] -> []",
                "pgum_user.user_@.memberships.group_@: {\"admin\":true,\"inherit\":true,\"set\":true} -> null",
            ],
            then: &[Groups("user_@", "")],
            ..CASE
        },
        // Up to 15 a grant outlives its grantor.
        Case {
            versions: UP_TO_15,
            first: &[Master("CREATE ROLE second_@")],
            written: concat!(user!("external"), group!()),
            by_hand: &[
                Master("GRANT group_@ TO second_@ WITH ADMIN OPTION"),
                Role("second_@", "GRANT group_@ TO user_@ WITH ADMIN OPTION"),
                Master("DROP ROLE second_@"),
            ],
            shows: &[
                "pgum_user.user_@.groups: [\"group_@\"] -> []",
                "pgum_user.user_@.memberships.group_@: {\"admin\":true,\"inherit\":true,\"set\":true} -> null",
            ],
            then: &[Groups("user_@", "")],
            ..CASE
        },
        // Up to 15 every role with CREATEROLE may give away what the master has and is.
        Case {
            versions: UP_TO_15,
            written: user!("external"),
            by_hand: &[Master("GRANT rds_superuser, postgres TO user_@")],
            shows: &[
                "pgum_user.user_@.groups: [\"postgres\",\"rds_superuser\"] -> []",
                "pgum_user.user_@.memberships.postgres: {\"admin\":false,\"inherit\":true,\"set\":true} -> null",
                "pgum_user.user_@.memberships.rds_superuser: {\"admin\":false,\"inherit\":true,\"set\":true} -> null",
            ],
            then: &[Groups("user_@", "")],
            ..CASE
        },
        // The member's ADMIN was used.
        Case {
            first: &[Master("CREATE ROLE second_@")],
            written: concat!(user!("external", "groups = [pgum_group.group_@.name]"), group!()),
            by_hand: &[
                Master("GRANT group_@ TO user_@ WITH ADMIN OPTION"),
                Role("user_@", "GRANT group_@ TO second_@"),
            ],
            versions: UP_TO_15,
            shows: &["pgum_user.user_@.memberships.group_@.admin: true -> false"],
            then: &[Options("user_@", "group_@", "inherit set"), Groups("second_@", "group_@")],
            ..CASE
        },
        Case {
            first: &[Master("CREATE ROLE second_@")],
            written: user!("external"),
            by_hand: &[
                Master("GRANT CREATE ON DATABASE myapp TO second_@ WITH GRANT OPTION"),
                Role("second_@", "GRANT CREATE ON DATABASE myapp TO user_@"),
            ],
            shows: &[
                "pgum_user.user_@.database_privileges.myapp: [\"CREATE\"] -> null",
                "pgum_user.user_@.databases: [\"myapp\"] -> []",
                "pgum_user.user_@.privileges: [\"CREATE\"] -> []",
            ],
            then: &[Privileges("user_@", "myapp", ""), Privileges("second_@", "myapp", "CREATE*")],
            ..CASE
        },
        Case {
            first: &[Master("CREATE ROLE second_@")],
            written: user!("external", "databases = [\"myapp\"]"),
            by_hand: &[
                Master("GRANT CONNECT ON DATABASE myapp TO second_@ WITH GRANT OPTION"),
                Role("second_@", "GRANT CONNECT ON DATABASE myapp TO user_@ WITH GRANT OPTION"),
            ],
            shows: &[
                "pgum_user.user_@.database_privileges.myapp: [\"CONNECT WITH GRANT OPTION\"] -> [\"CONNECT\"]",
                "pgum_user.user_@.privileges: [\"CONNECT WITH GRANT OPTION\"] -> [\"CONNECT\"]",
            ],
            then: &[
                Privileges("user_@", "myapp", "CONNECT"),
                Query("SELECT has_database_privilege('second_@', 'myapp', 'CONNECT WITH GRANT OPTION')", "t"),
            ],
            ..CASE
        },
    ],
};
