//! The role itself: what it takes to create, alter, rename and comment it.

use crate::preflight::case::Hand::Superuser;
use crate::preflight::case::Said::Error;
use crate::preflight::case::{ALL, FROM_16, Hand, Row, SIDE, Side, UP_TO_15, group, user};

/// What the master needs from 16 on; up to 15 it does no harm.
const ADMIN: &[Hand] = &[Superuser("GRANT user_@ TO postgres WITH ADMIN OPTION")];
const NO_ADMIN: &str = "\"postgres\" has no ADMIN OPTION on \"user_@\"";

/// An update from one configuration to another, for which the master has no ADMIN OPTION, and its twin.
const fn update(applied: &'static str, written: &'static str, at: &'static str, forced: &'static str) -> Row {
    Row {
        versions: FROM_16,
        fails: Side { applied, written, ..SIDE },
        said: Error(NO_ADMIN),
        at,
        forced,
        twin: Side { applied, written, then: ADMIN, ..SIDE },
    }
}

/// A new role with something that the master cannot give, and one without.
const fn create(versions: (u16, u16), written: &'static str, said: &'static str, at: &'static str) -> Row {
    Row {
        versions,
        fails: Side { written, ..SIDE },
        said: Error(said),
        at,
        forced: "SQLSTATE 42501",
        twin: Side { written: user!("external", "connection_limit = 2"), ..SIDE },
    }
}

/// An update of a role on which the master has ADMIN OPTION, and one that is in the master's power.
const fn beyond(
    versions: (u16, u16),
    applied: &'static str,
    written: &'static str,
    said: &'static str,
    at: &'static str,
) -> Row {
    Row {
        versions,
        fails: Side { applied, written, then: ADMIN, ..SIDE },
        said: Error(said),
        at,
        forced: "SQLSTATE 42501",
        twin: Side {
            applied: user!("external"),
            written: user!("external", "connection_limit = 4", "description = \"new\""),
            then: ADMIN,
            ..SIDE
        },
    }
}

pub(super) const ROWS: &[Row] = &[
    update(
        user!("external"),
        user!("external", "connection_limit = 3"),
        "connection_limit = 3",
        "permission denied to alter role",
    ),
    update(
        user!("external"),
        user!("external", "description = \"new\""),
        "description = \"new\"",
        "SQLSTATE 42501",
    ),
    update(
        user!("external"),
        user!("external", "settings = { work_mem = \"8MB\" }"),
        "work_mem",
        "permission denied to alter",
    ),
    update(
        user!("password", "password = \"one\""),
        user!("password", "password = \"two\""),
        "password",
        "SQLSTATE 42501",
    ),
    update(
        user!("external"),
        "resource \"pgum_user\" \"user_@\" {\n  username = \"renamed_@\"\n  auth_method = \"external\"\n}\n",
        "renamed_",
        "permission denied to rename role",
    ),
    update(user!("external"), user!("external", "enabled = false"), "enabled = false", "SQLSTATE 42501"),
    update(user!("external"), user!("external", "inherit = false"), "inherit = false", "SQLSTATE 42501"),
    // Of a group.
    Row {
        versions: FROM_16,
        fails: Side { applied: group!(), written: group!("create_role = true"), ..SIDE },
        said: Error("\"postgres\" has no ADMIN OPTION on \"group_@\""),
        at: "create_role = true",
        forced: "SQLSTATE 42501",
        twin: Side {
            applied: group!(),
            written: group!("create_role = true"),
            then: &[Superuser("GRANT group_@ TO postgres WITH ADMIN OPTION")],
            ..SIDE
        },
    },
    create(ALL, user!("external", "superuser = true"), "\"postgres\" is no superuser", "superuser = true"),
    create(
        UP_TO_15,
        user!("external", "replication = true"),
        "\"postgres\" is no superuser",
        "replication = true",
    ),
    create(
        FROM_16,
        user!("external", "replication = true"),
        "needs REPLICATION itself",
        "replication = true",
    ),
    create(
        ALL,
        user!("external", "bypass_row_level_security = true"),
        "needs BYPASSRLS itself",
        "bypass_row_level_security = true",
    ),
    create(
        FROM_16,
        user!("external", "create_database = true"),
        "\"postgres\" has it not itself",
        "create_database = true",
    ),
    create(ALL, group!("superuser = true"), "\"postgres\" is no superuser", "superuser = true"),
    beyond(
        ALL,
        user!("external"),
        user!("external", "superuser = true"),
        "Only a superuser can give or take SUPERUSER",
        "superuser = true",
    ),
    beyond(
        ALL,
        user!("external", "superuser = true"),
        user!("external", "superuser = false"),
        "\"user_@\" is a superuser, and \"postgres\" is none",
        "superuser = false",
    ),
    beyond(
        ALL,
        user!("external", "superuser = true"),
        user!("external", "superuser = true", "description = \"new\""),
        "\"user_@\" is a superuser, and \"postgres\" is none",
        "description = \"new\"",
    ),
    beyond(
        ALL,
        user!("external"),
        user!("external", "replication = true"),
        "needs REPLICATION itself",
        "replication = true",
    ),
    beyond(
        ALL,
        user!("external", "bypass_row_level_security = true"),
        user!("external", "bypass_row_level_security = false"),
        "Taking REPLICATION and BYPASSRLS away",
        "bypass_row_level_security = false",
    ),
    beyond(
        FROM_16,
        user!("external"),
        user!("external", "create_database = true"),
        "giving and taking CREATEDB needs CREATEDB itself",
        "create_database = true",
    ),
    beyond(
        UP_TO_15,
        user!("external", "replication = true"),
        user!("external", "replication = true", "connection_limit = 3"),
        "\"user_@\" has REPLICATION",
        "connection_limit = 3",
    ),
    // Nobody has ADMIN OPTION on itself.
    Row {
        versions: FROM_16,
        fails: Side {
            applied: "resource \"pgum_user\" \"own_@\" {\n  username = \"postgres\"\n  auth_method = \"external\"\n  \
                      adopt_existing = true\n  grants_mode = \"additive\"\n  create_role = true\n}\n",
            written: "resource \"pgum_user\" \"own_@\" {\n  username = \"postgres\"\n  auth_method = \"external\"\n  \
                      adopt_existing = true\n  grants_mode = \"additive\"\n  create_role = true\n  description = \"new\"\n}\n",
            ..SIDE
        },
        said: Error("\"postgres\" is the role itself"),
        at: "description = \"new\"",
        forced: "SQLSTATE 42501",
        twin: Side {
            applied: user!("external"),
            written: user!("external", "description = \"new\""),
            then: ADMIN,
            ..SIDE
        },
    },
];
