//! Memberships: who may grant and revoke which, and which there cannot be.

use crate::preflight::case::Hand::{Role, Superuser};
use crate::preflight::case::Said::Error;
use crate::preflight::case::{ALL, FROM_16, Hand, Row, SIDE, Side, UP_TO_15, group, user};

const GROUP: &[Hand] = &[Superuser("CREATE ROLE group_@")];
const ADMIN: &[Hand] = &[Superuser("GRANT group_@ TO postgres WITH ADMIN OPTION")];
const IN_GROUP: &str = user!("external", "groups = [\"group_@\"]");
const ADMIN_IN_GROUP: &str = user!("external", "memberships = { group_@ = { admin = true } }");
const THEIRS: &str = "it was granted by \"rdsadmin\"";

pub(super) const ROWS: &[Row] = &[
    Row {
        versions: FROM_16,
        fails: Side { first: GROUP, written: IN_GROUP, ..SIDE },
        said: Error("\"postgres\" has no ADMIN OPTION on \"group_@\""),
        at: "groups = ",
        forced: "permission denied to grant role",
        twin: Side { first: GROUP, written: IN_GROUP, then: ADMIN, ..SIDE },
    },
    Row {
        versions: FROM_16,
        fails: Side { first: GROUP, written: ADMIN_IN_GROUP, ..SIDE },
        said: Error("\"postgres\" has no ADMIN OPTION on \"group_@\""),
        at: "memberships = ",
        forced: "SQLSTATE 42501",
        twin: Side { first: GROUP, written: ADMIN_IN_GROUP, then: ADMIN, ..SIDE },
    },
    // PostgreSQL's own groups.
    Row {
        versions: FROM_16,
        fails: Side { written: user!("external", "groups = [\"pg_execute_server_program\"]"), ..SIDE },
        said: Error("GRANT \"pg_execute_server_program\" TO \"postgres\" WITH ADMIN OPTION"),
        at: "groups = ",
        forced: "SQLSTATE 42501",
        twin: Side { written: user!("external", "groups = [\"pg_monitor\"]"), ..SIDE },
    },
    // A group that is a superuser.
    Row {
        versions: ALL,
        fails: Side {
            first: &[Superuser("CREATE ROLE group_@ SUPERUSER")],
            written: IN_GROUP,
            then: ADMIN,
            ..SIDE
        },
        said: Error("\"group_@\" is a superuser"),
        at: "groups = ",
        forced: "SQLSTATE 42501",
        twin: Side { first: GROUP, written: IN_GROUP, then: ADMIN, ..SIDE },
    },
    // ADMIN OPTION by a membership that is not inherited.
    Row {
        versions: FROM_16,
        fails: Side {
            first: &[
                Superuser(
                    "CREATE ROLE group_@; CREATE ROLE other_@; GRANT group_@ TO other_@ WITH ADMIN OPTION",
                ),
                Superuser("GRANT other_@ TO postgres WITH INHERIT FALSE"),
            ],
            written: IN_GROUP,
            ..SIDE
        },
        said: Error("through memberships only that it does not inherit"),
        at: "groups = ",
        forced: "no possible grantors",
        twin: Side {
            first: &[
                Superuser(
                    "CREATE ROLE group_@; CREATE ROLE other_@; GRANT group_@ TO other_@ WITH ADMIN OPTION",
                ),
                Superuser("GRANT other_@ TO postgres WITH INHERIT TRUE"),
            ],
            written: IN_GROUP,
            ..SIDE
        },
    },
    // What a superuser has granted.
    Row {
        versions: FROM_16,
        fails: Side {
            first: GROUP,
            applied: IN_GROUP,
            written: user!("external", "groups = []"),
            then: ADMIN,
        },
        said: Error(THEIRS),
        at: "groups = ",
        forced: THEIRS,
        twin: Side {
            first: GROUP,
            applied: user!("external"),
            written: user!("external", "groups = [\"group_@\"]"),
            then: ADMIN,
        },
    },
    Row {
        versions: FROM_16,
        fails: Side { first: GROUP, applied: ADMIN_IN_GROUP, written: IN_GROUP, then: ADMIN },
        said: Error("revoke ADMIN on group_@ from user_@ (granted by rdsadmin)"),
        at: "groups = ",
        forced: THEIRS,
        twin: Side { first: GROUP, applied: user!("external"), written: ADMIN_IN_GROUP, then: ADMIN },
    },
    Row {
        versions: FROM_16,
        fails: Side {
            first: &[Superuser("CREATE ROLE stranger_@")],
            applied: group!(),
            written: group!("allowed_members = [\"nobody\"]"),
            then: &[
                Superuser("GRANT group_@ TO stranger_@"),
                Superuser("GRANT group_@ TO postgres WITH ADMIN TRUE, INHERIT FALSE, SET FALSE"),
            ],
        },
        said: Error(THEIRS),
        at: "allowed_members = ",
        forced: THEIRS,
        twin: Side {
            first: &[Superuser("CREATE ROLE stranger_@")],
            applied: group!(),
            written: group!("allowed_members = [\"stranger*\"]"),
            then: &[
                Superuser("GRANT group_@ TO stranger_@"),
                Superuser("GRANT group_@ TO postgres WITH ADMIN TRUE, INHERIT FALSE, SET FALSE"),
            ],
        },
    },
    // ADMIN OPTION that was used.
    Row {
        versions: FROM_16,
        fails: Side {
            first: &[
                Superuser("CREATE ROLE group_@; CREATE ROLE other_@"),
                Superuser("GRANT group_@ TO postgres WITH ADMIN OPTION"),
            ],
            applied: user!("external"),
            written: user!("external", "groups = []"),
            then: &[
                Role("postgres", "GRANT group_@ TO user_@ WITH ADMIN OPTION"),
                Role("user_@", "GRANT group_@ TO other_@"),
            ],
        },
        said: Error("it was granted on by it, to \"other_@\""),
        at: "groups = ",
        forced: "",
        twin: Side {
            first: &[
                Superuser("CREATE ROLE group_@; CREATE ROLE other_@"),
                Superuser("GRANT group_@ TO postgres WITH ADMIN OPTION"),
            ],
            applied: user!("external"),
            written: user!("external", "groups = []"),
            then: &[Role("postgres", "GRANT group_@ TO user_@ WITH ADMIN OPTION")],
        },
    },
    // ADMIN OPTION back to the one it comes from.
    Row {
        versions: FROM_16,
        fails: Side {
            first: GROUP,
            applied: user!(
                "external",
                "memberships = { group_@ = { admin = true, inherit = false, set = false } }"
            ),
            written: ADMIN_IN_GROUP,
            then: &[Role("user_@", "GRANT group_@ TO postgres WITH ADMIN OPTION")],
        },
        said: Error("lets nobody grant such a right back"),
        at: "memberships = ",
        forced: "SQLSTATE 0LP01",
        twin: Side {
            first: GROUP,
            applied: user!(
                "external",
                "memberships = { group_@ = { admin = true, inherit = false, set = false } }"
            ),
            written: ADMIN_IN_GROUP,
            then: ADMIN,
        },
    },
    // A circle.
    Row {
        versions: ALL,
        fails: Side {
            first: &[Superuser("CREATE ROLE group_@; CREATE ROLE between_@; GRANT between_@ TO group_@")],
            applied: user!("external"),
            written: IN_GROUP,
            then: &[
                Superuser("GRANT group_@ TO postgres WITH ADMIN OPTION"),
                Superuser("GRANT user_@ TO between_@"),
            ],
        },
        said: Error("\"group_@\" belongs to \"user_@\" already (group_@ -> between_@ -> user_@)"),
        at: "groups = ",
        forced: "SQLSTATE 0LP01",
        twin: Side {
            first: &[Superuser("CREATE ROLE group_@; CREATE ROLE between_@; GRANT between_@ TO group_@")],
            applied: user!("external"),
            written: IN_GROUP,
            then: ADMIN,
        },
    },
    Row {
        versions: UP_TO_15,
        fails: Side {
            written: user!("external", "memberships = { pg_monitor = { inherit = false } }"),
            ..SIDE
        },
        said: Error("no INHERIT and SET options"),
        at: "memberships = ",
        forced: "",
        twin: Side {
            written: user!(
                "external",
                "inherit = false",
                "memberships = { pg_monitor = { inherit = false } }"
            ),
            ..SIDE
        },
    },
];
