//! Groups and databases that are not there.

use crate::preflight::case::Hand::Superuser;
use crate::preflight::case::Said::{Error, Warning};
use crate::preflight::case::{ALL, Row, SIDE, Side, group, user};

pub(super) const ROWS: &[Row] = &[
    Row {
        versions: ALL,
        fails: Side { written: user!("external", "groups = [\"nobody_@\"]"), ..SIDE },
        said: Warning("There is no group \"nobody_@\""),
        at: "groups = ",
        forced: "There is no group \"nobody_@\"",
        // Planned before it in the same run.
        twin: Side {
            written: concat!(user!("external", "groups = [pgum_group.group_@.name]"), group!()),
            ..SIDE
        },
    },
    Row {
        versions: ALL,
        fails: Side { written: user!("external", "databases = [\"nowhere_@\"]"), ..SIDE },
        said: Warning("There is no database \"nowhere_@\""),
        at: "databases = ",
        forced: "There is no database \"nowhere_@\"",
        twin: Side { written: user!("external", "databases = [\"myapp\"]"), ..SIDE },
    },
    Row {
        versions: ALL,
        fails: Side {
            written: user!("external", "database_settings = { nowhere_@ = { work_mem = \"8MB\" } }"),
            ..SIDE
        },
        said: Warning("There is no database \"nowhere_@\""),
        at: "database_settings = ",
        forced: "There is no database \"nowhere_@\"",
        twin: Side {
            written: user!("external", "database_settings = { myapp = { work_mem = \"8MB\" } }"),
            ..SIDE
        },
    },
    // Nobody can make one of PostgreSQL's own groups.
    Row {
        versions: (13, 16),
        fails: Side { written: user!("external", "groups = [\"pg_maintain\"]"), ..SIDE },
        said: Error("There is no group \"pg_maintain\""),
        at: "groups = ",
        forced: "",
        twin: Side { written: user!("external", "groups = [\"pg_monitor\"]"), ..SIDE },
    },
    Row {
        versions: ALL,
        fails: Side {
            written: user!("iam"),
            then: &[Superuser("ALTER ROLE rds_iam RENAME TO no_iam")],
            ..SIDE
        },
        said: Error("This server has no role rds_iam"),
        at: "auth_method = ",
        forced: "This server has no role rds_iam",
        twin: Side { written: user!("external"), ..SIDE },
    },
];
