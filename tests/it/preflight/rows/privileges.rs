//! Privileges on databases: who may grant and revoke which.

use crate::preflight::case::Hand::{Role, Superuser};
use crate::preflight::case::Said::Error;
use crate::preflight::case::{ALL, FROM_16, Hand, Row, SIDE, Side, user};

const CONNECT: &str = user!("external", "databases = [\"db_@\"]");
const NOTHING: &str = user!("external", "databases = []");
const DATABASE: &[Hand] = &[Superuser("CREATE DATABASE db_@")];
const OWN_DATABASE: &[Hand] = &[Superuser("CREATE DATABASE db_@ OWNER postgres")];

pub(super) const ROWS: &[Row] = &[
    Row {
        versions: ALL,
        fails: Side { first: DATABASE, written: CONNECT, ..SIDE },
        said: Error("nor the privileges of its owner, \"rdsadmin\""),
        at: "databases = ",
        forced: "Every statement succeeded",
        twin: Side { first: OWN_DATABASE, written: CONNECT, ..SIDE },
    },
    Row {
        versions: ALL,
        fails: Side {
            first: &[
                Superuser("CREATE DATABASE db_@"),
                Superuser("GRANT CONNECT ON DATABASE db_@ TO postgres WITH GRANT OPTION"),
            ],
            written: user!("external", "database_privileges = { db_@ = [\"CONNECT\", \"CREATE\"] }"),
            ..SIDE
        },
        said: Error("\"postgres\" has no CREATE WITH GRANT OPTION on database \"db_@\""),
        at: "database_privileges = ",
        forced: "Every statement succeeded",
        twin: Side {
            first: &[
                Superuser("CREATE DATABASE db_@"),
                Superuser("GRANT CONNECT ON DATABASE db_@ TO postgres WITH GRANT OPTION"),
            ],
            written: user!("external", "database_privileges = { db_@ = [\"CONNECT WITH GRANT OPTION\"] }"),
            ..SIDE
        },
    },
    // With no privilege at all it is an error of the server's.
    Row {
        versions: ALL,
        fails: Side { written: user!("external", "databases = [\"rdsadmin\"]"), ..SIDE },
        said: Error("nor the privileges of its owner"),
        at: "databases = ",
        forced: "SQLSTATE 42501",
        twin: Side { written: user!("external", "databases = [\"myapp\"]"), ..SIDE },
    },
    // By the privileges of the owner.
    Row {
        versions: FROM_16,
        fails: Side {
            first: &[
                Superuser("CREATE ROLE owner_@"),
                Superuser("CREATE DATABASE db_@ OWNER owner_@"),
                Superuser("GRANT owner_@ TO postgres WITH INHERIT FALSE"),
            ],
            written: CONNECT,
            ..SIDE
        },
        said: Error("nor the privileges of its owner, \"owner_@\""),
        at: "databases = ",
        forced: "Every statement succeeded",
        twin: Side {
            first: &[
                Superuser("CREATE ROLE owner_@"),
                Superuser("CREATE DATABASE db_@ OWNER owner_@"),
                Superuser("GRANT owner_@ TO postgres WITH INHERIT TRUE"),
            ],
            written: CONNECT,
            ..SIDE
        },
    },
    Row {
        versions: ALL,
        fails: Side { first: DATABASE, applied: CONNECT, written: NOTHING, ..SIDE },
        said: Error("it was granted by \"rdsadmin\""),
        at: "databases = ",
        forced: "it was granted by \"rdsadmin\"",
        twin: Side { first: OWN_DATABASE, applied: CONNECT, written: NOTHING, ..SIDE },
    },
    // By a role that has it to grant; up to 15 CREATEROLE makes the master a member of it.
    Row {
        versions: FROM_16,
        fails: Side {
            first: &[
                Superuser("CREATE ROLE other_@"),
                Superuser("CREATE DATABASE db_@ OWNER postgres"),
                Role("postgres", "GRANT CONNECT ON DATABASE db_@ TO other_@ WITH GRANT OPTION"),
            ],
            applied: user!("external"),
            written: NOTHING,
            then: &[Role("other_@", "GRANT CONNECT ON DATABASE db_@ TO user_@")],
        },
        said: Error("it was granted by \"other_@\""),
        at: "databases = ",
        forced: "",
        twin: Side {
            first: &[
                Superuser("CREATE ROLE other_@; GRANT other_@ TO postgres"),
                Superuser("CREATE DATABASE db_@ OWNER postgres"),
                Role("postgres", "GRANT CONNECT ON DATABASE db_@ TO other_@ WITH GRANT OPTION"),
            ],
            applied: user!("external"),
            written: NOTHING,
            then: &[Role("other_@", "GRANT CONNECT ON DATABASE db_@ TO user_@")],
        },
    },
    // A grant option that was used.
    Row {
        versions: ALL,
        fails: Side {
            first: &[Superuser("CREATE ROLE other_@"), Superuser("CREATE DATABASE db_@ OWNER postgres")],
            applied: user!("external", "database_privileges = { db_@ = [\"CONNECT WITH GRANT OPTION\"] }"),
            written: user!("external", "database_privileges = { db_@ = [\"CONNECT\"] }"),
            then: &[Role("user_@", "GRANT CONNECT ON DATABASE db_@ TO other_@")],
        },
        said: Error("it was granted on by it, to \"other_@\""),
        at: "database_privileges = ",
        forced: "SQLSTATE 2BP01",
        twin: Side {
            first: &[Superuser("CREATE DATABASE db_@ OWNER postgres")],
            applied: user!("external", "database_privileges = { db_@ = [\"CONNECT WITH GRANT OPTION\"] }"),
            written: user!("external", "database_privileges = { db_@ = [\"CONNECT\"] }"),
            ..SIDE
        },
    },
];
