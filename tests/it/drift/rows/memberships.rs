//! Who belongs to whom.

use crate::drift::case::Hand::{Master, Role, Superuser};
use crate::drift::case::{CASE, Case, FROM_16, Section, UP_TO_15, group, user};
use crate::drift::oracle::Fact::{self, Groups, Members, Options, Query};

pub(super) const GROUPS: Section = Section {
    title: "Memberships",
    words: "`memberships` has the options, `groups` the names alone; both are there whichever is written.",
    cases: &[
        Case {
            written: concat!(user!("external"), group!(other_@)),
            by_hand: &[Master("GRANT other_@ TO user_@")],
            shows: &[
                "pgum_user.user_@.groups: [\"other_@\"] -> []",
                "pgum_user.user_@.memberships.other_@: {\"admin\":false,\"inherit\":true,\"set\":true} -> null",
            ],
            then: &[Groups("user_@", "")],
            ..CASE
        },
        Case {
            written: concat!(user!("external", "groups = [pgum_group.group_@.name]"), group!()),
            by_hand: &[Master("REVOKE group_@ FROM user_@")],
            shows: &[
                "pgum_user.user_@.groups: [] -> [\"group_@\"]",
                "pgum_user.user_@.memberships.group_@: null -> {\"admin\":false,\"inherit\":true,\"set\":true}",
            ],
            then: &[Options("user_@", "group_@", "inherit set")],
            ..CASE
        },
        Case {
            written: concat!(
                user!("external", "groups = [pgum_group.group_@.name]"),
                group!(),
                group!(other_@)
            ),
            by_hand: &[Master("REVOKE group_@ FROM user_@"), Master("GRANT other_@ TO user_@")],
            shows: &[
                "pgum_user.user_@.groups: [\"other_@\"] -> [\"group_@\"]",
                "pgum_user.user_@.memberships.group_@: null -> {\"admin\":false,\"inherit\":true,\"set\":true}",
                "pgum_user.user_@.memberships.other_@: {\"admin\":false,\"inherit\":true,\"set\":true} -> null",
            ],
            then: &[Groups("user_@", "group_@")],
            ..CASE
        },
        Case {
            written: concat!(user!("external", "groups = [pgum_group.group_@.name]"), group!()),
            by_hand: &[Master("GRANT group_@ TO user_@ WITH ADMIN OPTION")],
            shows: &["pgum_user.user_@.memberships.group_@.admin: true -> false"],
            then: &[Options("user_@", "group_@", "inherit set")],
            ..CASE
        },
        Case {
            written: concat!(
                user!("external", "memberships = { (pgum_group.group_@.name) = { admin = true } }"),
                group!()
            ),
            by_hand: &[Master("REVOKE ADMIN OPTION FOR group_@ FROM user_@")],
            shows: &["pgum_user.user_@.memberships.group_@.admin: false -> true"],
            then: &[Options("user_@", "group_@", "admin inherit set")],
            ..CASE
        },
        Case {
            versions: FROM_16,
            written: concat!(user!("external", "groups = [pgum_group.group_@.name]"), group!()),
            by_hand: &[Master("GRANT group_@ TO user_@ WITH INHERIT FALSE")],
            shows: &["pgum_user.user_@.memberships.group_@.inherit: false -> true"],
            then: &[Options("user_@", "group_@", "inherit set")],
            ..CASE
        },
        Case {
            versions: FROM_16,
            written: concat!(user!("external", "groups = [pgum_group.group_@.name]"), group!()),
            by_hand: &[Master("GRANT group_@ TO user_@ WITH SET FALSE")],
            shows: &["pgum_user.user_@.memberships.group_@.set: false -> true"],
            then: &[Options("user_@", "group_@", "inherit set")],
            ..CASE
        },
        Case {
            versions: FROM_16,
            written: concat!(
                user!(
                    "external",
                    "memberships = { (pgum_group.group_@.name) = { inherit = false, set = false } }"
                ),
                group!()
            ),
            by_hand: &[Master("GRANT group_@ TO user_@ WITH INHERIT TRUE, SET TRUE, ADMIN TRUE")],
            shows: &[
                "pgum_user.user_@.memberships.group_@.admin: true -> false",
                "pgum_user.user_@.memberships.group_@.inherit: true -> false",
                "pgum_user.user_@.memberships.group_@.set: true -> false",
            ],
            then: &[Options("user_@", "group_@", "")],
            ..CASE
        },
        // Without an option of its own the membership has that of the role.
        Case {
            versions: FROM_16,
            written: concat!(
                user!("external", "inherit = false", "groups = [pgum_group.group_@.name]"),
                group!()
            ),
            by_hand: &[Master("GRANT group_@ TO user_@ WITH INHERIT TRUE")],
            shows: &["pgum_user.user_@.memberships.group_@.inherit: true -> false"],
            then: &[Options("user_@", "group_@", "set"), Fact::Role("user_@", "rolinherit", "false")],
            ..CASE
        },
        Case {
            written: user!("external"),
            by_hand: &[Master("GRANT pg_monitor TO user_@")],
            shows: &[
                "pgum_user.user_@.groups: [\"pg_monitor\"] -> []",
                "pgum_user.user_@.memberships.pg_monitor: {\"admin\":false,\"inherit\":true,\"set\":true} -> null",
            ],
            then: &[Groups("user_@", "")],
            ..CASE
        },
        Case {
            written: user!("external", "groups = [\"pg_signal_backend\", \"pg_monitor\"]"),
            by_hand: &[Master("REVOKE pg_monitor FROM user_@")],
            shows: &[
                "pgum_user.user_@.groups: [\"pg_signal_backend\"] -> [\"pg_monitor\",\"pg_signal_backend\"]",
                "pgum_user.user_@.memberships.pg_monitor: null -> {\"admin\":false,\"inherit\":true,\"set\":true}",
            ],
            then: &[Groups("user_@", "pg_monitor pg_signal_backend")],
            ..CASE
        },
        Case {
            written: concat!(
                user!("external", "groups = [pgum_group.group_@.name]"),
                group!("groups = [pgum_group.other_@.name]"),
                group!(other_@)
            ),
            by_hand: &[Master("REVOKE other_@ FROM group_@")],
            shows: &[
                "pgum_group.group_@.groups: [] -> [\"other_@\"]",
                "pgum_group.group_@.memberships.other_@: null -> {\"admin\":false,\"inherit\":true,\"set\":true}",
            ],
            then: &[Groups("group_@", "other_@"), Groups("user_@", "group_@")],
            ..CASE
        },
        Case {
            written: concat!(
                user!("external", "groups = [pgum_group.group_@.name]"),
                group!(),
                group!(other_@)
            ),
            by_hand: &[Master("GRANT other_@ TO group_@ WITH ADMIN OPTION")],
            shows: &[
                "pgum_group.group_@.groups: [\"other_@\"] -> []",
                "pgum_group.group_@.memberships.other_@: {\"admin\":true,\"inherit\":true,\"set\":true} -> null",
            ],
            then: &[Groups("group_@", ""), Groups("user_@", "group_@")],
            ..CASE
        },
        // Nesting turned round: the group comes to belong to what belonged to it.
        Case {
            written: concat!(group!("groups = [pgum_group.other_@.name]"), group!(other_@)),
            by_hand: &[Master("REVOKE other_@ FROM group_@"), Master("GRANT group_@ TO other_@")],
            shows: &[
                "pgum_group.group_@.groups: [] -> [\"other_@\"]",
                "pgum_group.group_@.memberships.other_@: null -> {\"admin\":false,\"inherit\":true,\"set\":true}",
                "pgum_group.other_@.groups: [\"group_@\"] -> []",
                "pgum_group.other_@.memberships.group_@: {\"admin\":false,\"inherit\":true,\"set\":true} -> null",
            ],
            then: &[Groups("group_@", "other_@"), Groups("other_@", "")],
            ..CASE
        },
    ],
};

pub(super) const RDS_IAM: Section = Section {
    title: "rds_iam",
    words: "The membership itself shows on the user as `rds_iam`.",
    cases: &[
        Case {
            written: user!("iam"),
            by_hand: &[Master("REVOKE rds_iam FROM user_@")],
            shows: &["pgum_user.user_@.rds_iam: false -> true"],
            then: &[Groups("user_@", "rds_iam")],
            ..CASE
        },
        Case {
            written: user!("password", "password = \"a secret\""),
            by_hand: &[Master("GRANT rds_iam TO user_@")],
            shows: &["pgum_user.user_@.rds_iam: true -> false"],
            then: &[Groups("user_@", ""), VERIFIER],
            ..CASE
        },
        Case {
            written: user!("external"),
            by_hand: &[Superuser("GRANT rds_iam TO user_@"), Master("COMMENT ON ROLE user_@ IS 'by IAM'")],
            versions: UP_TO_15,
            shows: &[
                "pgum_user.user_@.description: \"by IAM\" -> null",
                "pgum_user.user_@.rds_iam: true -> false",
            ],
            then: &[Groups("user_@", "")],
            ..CASE
        },
        Case {
            written: user!("iam"),
            by_hand: &[Master("GRANT rds_iam TO user_@ WITH ADMIN OPTION")],
            shows: &[
                "pgum_user.user_@.memberships.rds_iam: {\"admin\":true,\"inherit\":true,\"set\":true} -> null",
            ],
            then: &[Options("user_@", "rds_iam", "inherit set")],
            ..CASE
        },
        Case {
            written: user!("iam", "memberships = { rds_iam = { admin = true } }"),
            by_hand: &[Master("REVOKE ADMIN OPTION FOR rds_iam FROM user_@")],
            shows: &["pgum_user.user_@.memberships.rds_iam.admin: false -> true"],
            then: &[Options("user_@", "rds_iam", "admin inherit set")],
            ..CASE
        },
        // It would still log in with IAM, through its group; that is not what is written.
        Case {
            first: &[Master("CREATE ROLE theirs_@"), Master("GRANT rds_iam TO theirs_@")],
            written: user!("iam", "groups = [\"theirs_@\"]"),
            by_hand: &[Master("REVOKE rds_iam FROM user_@")],
            shows: &["pgum_user.user_@.rds_iam: false -> true"],
            then: &[Groups("user_@", "rds_iam theirs_@")],
            ..CASE
        },
        // A password user that comes under rds_iam through a group that nobody wrote.
        Case {
            first: &[Master("CREATE ROLE theirs_@"), Master("GRANT rds_iam TO theirs_@")],
            written: user!("password", "password = \"a secret\""),
            by_hand: &[Master("GRANT theirs_@ TO user_@")],
            shows: &[
                "pgum_user.user_@.groups: [\"theirs_@\"] -> []",
                "pgum_user.user_@.memberships.theirs_@: {\"admin\":false,\"inherit\":true,\"set\":true} -> null",
            ],
            warns: &["User \"user_@\" cannot log in with its password"],
            then: &[
                Query("SELECT pg_has_role('user_@', 'rds_iam', 'MEMBER')", "f"),
                Groups("theirs_@", "rds_iam"),
            ],
            ..CASE
        },
    ],
};

const VERIFIER: Fact =
    Query("SELECT left(rolpassword, 14) FROM pg_authid WHERE rolname = 'user_@'", "SCRAM-SHA-256$");

pub(super) const MEMBERS: Section = Section {
    title: "Members of a group",
    words: "Looked at only where `allowed_members` is written.",
    cases: &[
        Case {
            first: &[
                Master("CREATE ROLE intruder_@"),
                Master("CREATE ROLE app_@_b"),
                Master("CREATE ROLE theirs_@"),
            ],
            written: group!("allowed_members = [\"app_@_*\", \"theirs_@\"]"),
            by_hand: &[Master("GRANT group_@ TO intruder_@, app_@_b, theirs_@")],
            shows: &["pgum_group.group_@.foreign_members: [\"intruder_@\"] -> []"],
            then: &[Members("group_@", "app_@_b theirs_@")],
            ..CASE
        },
        Case {
            first: &[Master("CREATE ROLE intruder_@"), Master("CREATE ROLE second_@")],
            written: group!("allowed_members = []"),
            by_hand: &[Master("GRANT group_@ TO intruder_@, second_@ WITH ADMIN OPTION")],
            shows: &["pgum_group.group_@.foreign_members: [\"intruder_@\",\"second_@\"] -> []"],
            then: &[Members("group_@", "")],
            ..CASE
        },
        // It has let another in, too.
        Case {
            first: &[Master("CREATE ROLE intruder_@"), Master("CREATE ROLE second_@")],
            written: group!("allowed_members = []"),
            by_hand: &[
                Master("GRANT group_@ TO intruder_@ WITH ADMIN OPTION"),
                Role("intruder_@", "GRANT group_@ TO second_@"),
            ],
            shows: &["pgum_group.group_@.foreign_members: [\"intruder_@\",\"second_@\"] -> []"],
            then: &[Members("group_@", "")],
            ..CASE
        },
        // By somebody else's grant, with the master's own: each grantor's is revoked.
        Case {
            first: &[Master("CREATE ROLE app_@_b"), Master("CREATE ROLE intruder_@")],
            written: group!("allowed_members = [\"app_?_b\", \"app_??_b\", \"app_???_b\"]"),
            by_hand: &[
                Master("GRANT group_@ TO app_@_b WITH ADMIN OPTION"),
                Role("app_@_b", "GRANT group_@ TO intruder_@"),
                Master("GRANT group_@ TO intruder_@ WITH ADMIN OPTION"),
            ],
            shows: &["pgum_group.group_@.foreign_members: [\"intruder_@\"] -> []"],
            then: &[Members("group_@", "app_@_b")],
            ..CASE
        },
        // Who made the group belongs to it with ADMIN from 16 on. What it granted itself beside that is an intruder's.
        Case {
            versions: FROM_16,
            written: group!("allowed_members = []"),
            by_hand: &[Master("GRANT group_@ TO postgres WITH INHERIT TRUE, SET TRUE")],
            shows: &["pgum_group.group_@.foreign_members: [\"postgres\"] -> []"],
            then: &[Options("postgres", "group_@", "admin")],
            ..CASE
        },
        // Seen from both ends.
        Case {
            written: concat!(user!("external"), group!("allowed_members = []")),
            by_hand: &[Master("GRANT group_@ TO user_@")],
            shows: &[
                "pgum_group.group_@.foreign_members: [\"user_@\"] -> []",
                "pgum_user.user_@.groups: [\"group_@\"] -> []",
                "pgum_user.user_@.memberships.group_@: {\"admin\":false,\"inherit\":true,\"set\":true} -> null",
            ],
            then: &[Members("group_@", ""), Groups("user_@", "")],
            ..CASE
        },
        Case {
            first: &[Master("CREATE ROLE intruder_@")],
            written: concat!(
                user!("external", "groups = [pgum_group.group_@.name]"),
                group!("allowed_members = [\"user_@\"]")
            ),
            by_hand: &[Master("GRANT group_@ TO intruder_@"), Master("REVOKE group_@ FROM user_@")],
            shows: &[
                "pgum_group.group_@.foreign_members: [\"intruder_@\"] -> []",
                "pgum_user.user_@.groups: [] -> [\"group_@\"]",
                "pgum_user.user_@.memberships.group_@: null -> {\"admin\":false,\"inherit\":true,\"set\":true}",
            ],
            then: &[Members("group_@", "user_@")],
            ..CASE
        },
    ],
};
