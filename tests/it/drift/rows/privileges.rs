//! Privileges on databases.

use crate::drift::case::Hand::{Master, Superuser};
use crate::drift::case::{CASE, Case, Section, group, user};
use crate::drift::oracle::Fact::{Privileges, Query};

pub(super) const PRIVILEGES: Section = Section {
    title: "Privileges on databases",
    words: "`database_privileges` has them in full; `databases` and `privileges` are there whichever is written.",
    cases: &[
        // An owner may be deprived of what it has, as everybody else. (The master may act for this one.)
        Case {
            first: &[Master("CREATE DATABASE db_@")],
            written: user!("external", "databases = [\"db_@\"]"),
            by_hand: &[
                Superuser("ALTER DATABASE db_@ OWNER TO user_@"),
                Superuser("CREATE ROLE between_@; GRANT user_@ TO between_@; GRANT between_@ TO postgres"),
                Superuser("REVOKE ALL ON DATABASE db_@ FROM user_@"),
            ],
            shows: &[
                "pgum_user.user_@.database_privileges.db_@: null -> [\"CONNECT\"]",
                "pgum_user.user_@.databases: [] -> [\"db_@\"]",
                "pgum_user.user_@.privileges: [] -> [\"CONNECT\"]",
            ],
            then: &[Privileges("user_@", "db_@", "CONNECT")],
            ..CASE
        },
        Case {
            written: user!("external", "databases = [\"myapp\"]"),
            by_hand: &[Master("REVOKE CONNECT ON DATABASE myapp FROM user_@")],
            shows: &[
                "pgum_user.user_@.database_privileges.myapp: null -> [\"CONNECT\"]",
                "pgum_user.user_@.databases: [] -> [\"myapp\"]",
                "pgum_user.user_@.privileges: [] -> [\"CONNECT\"]",
            ],
            then: &[Privileges("user_@", "myapp", "CONNECT")],
            ..CASE
        },
        Case {
            written: user!("external", "databases = [\"myapp\"]"),
            by_hand: &[Master("GRANT CREATE ON DATABASE myapp TO user_@")],
            shows: &[
                "pgum_user.user_@.database_privileges.myapp: [\"CONNECT\",\"CREATE\"] -> [\"CONNECT\"]",
                "pgum_user.user_@.privileges: [\"CONNECT\",\"CREATE\"] -> [\"CONNECT\"]",
            ],
            then: &[Privileges("user_@", "myapp", "CONNECT")],
            ..CASE
        },
        Case {
            written: user!("external", "databases = [\"myapp\"]"),
            by_hand: &[Master("GRANT CONNECT ON DATABASE postgres TO user_@ WITH GRANT OPTION")],
            shows: &[
                "pgum_user.user_@.database_privileges.postgres: [\"CONNECT WITH GRANT OPTION\"] -> null",
                "pgum_user.user_@.databases: [\"myapp\",\"postgres\"] -> [\"myapp\"]",
            ],
            then: &[Privileges("user_@", "myapp", "CONNECT"), Privileges("user_@", "postgres", "")],
            ..CASE
        },
        Case {
            written: user!("external", "database_privileges = { myapp = [\"CONNECT\"] }"),
            by_hand: &[Master("GRANT CONNECT ON DATABASE myapp TO user_@ WITH GRANT OPTION")],
            shows: &[
                "pgum_user.user_@.database_privileges.myapp: [\"CONNECT WITH GRANT OPTION\"] -> [\"CONNECT\"]",
                "pgum_user.user_@.privileges: [\"CONNECT WITH GRANT OPTION\"] -> [\"CONNECT\"]",
            ],
            then: &[Privileges("user_@", "myapp", "CONNECT")],
            ..CASE
        },
        Case {
            written: user!("external", "database_privileges = { myapp = [\"CONNECT WITH GRANT OPTION\"] }"),
            by_hand: &[Master("REVOKE GRANT OPTION FOR CONNECT ON DATABASE myapp FROM user_@")],
            shows: &[
                "pgum_user.user_@.database_privileges.myapp: [\"CONNECT\"] -> [\"CONNECT WITH GRANT OPTION\"]",
                "pgum_user.user_@.privileges: [\"CONNECT\"] -> [\"CONNECT WITH GRANT OPTION\"]",
            ],
            then: &[Privileges("user_@", "myapp", "CONNECT*")],
            ..CASE
        },
        Case {
            written: user!("external", "database_privileges = { myapp = [\"TEMP\"] }"),
            by_hand: &[Master("REVOKE TEMP ON DATABASE myapp FROM user_@")],
            shows: &[
                "pgum_user.user_@.database_privileges.myapp: null -> [\"TEMP\"]",
                "pgum_user.user_@.databases: [] -> [\"myapp\"]",
                "pgum_user.user_@.privileges: [] -> [\"TEMPORARY\"]",
            ],
            then: &[Privileges("user_@", "myapp", "TEMPORARY")],
            ..CASE
        },
        Case {
            written: user!("external", "privileges = [\"ALL\"]", "databases = [\"myapp\"]"),
            by_hand: &[Master("REVOKE CREATE ON DATABASE myapp FROM user_@")],
            shows: &[
                "pgum_user.user_@.database_privileges.myapp: [\"CONNECT\",\"TEMPORARY\"] -> [\"CONNECT\",\"CREATE\",\"TEMPORARY\"]",
                "pgum_user.user_@.privileges: [\"CONNECT\",\"TEMPORARY\"] -> [\"ALL\"]",
            ],
            then: &[Privileges("user_@", "myapp", "CONNECT CREATE TEMPORARY")],
            ..CASE
        },
        Case {
            written: user!("external", "database_privileges = { myapp = [\"ALL\"], postgres = [\"TEMP\"] }"),
            by_hand: &[
                Master("REVOKE ALL ON DATABASE myapp FROM user_@"),
                Master("GRANT ALL ON DATABASE postgres TO user_@"),
            ],
            shows: &[
                "pgum_user.user_@.database_privileges.myapp: null -> [\"ALL\"]",
                "pgum_user.user_@.database_privileges.postgres: [\"CONNECT\",\"CREATE\",\"TEMPORARY\"] -> [\"TEMP\"]",
                "pgum_user.user_@.databases: [\"postgres\"] -> [\"myapp\",\"postgres\"]",
            ],
            then: &[
                Privileges("user_@", "myapp", "CONNECT CREATE TEMPORARY"),
                Privileges("user_@", "postgres", "TEMPORARY"),
            ],
            ..CASE
        },
        Case {
            written: user!(
                "external",
                "privileges = [\"CONNECT\", \"TEMP\"]",
                "databases = [\"myapp\", \"postgres\"]"
            ),
            by_hand: &[Master("REVOKE TEMP ON DATABASE postgres FROM user_@")],
            shows: &[
                "pgum_user.user_@.database_privileges.postgres: [\"CONNECT\"] -> [\"CONNECT\",\"TEMPORARY\"]",
            ],
            then: &[
                Privileges("user_@", "myapp", "CONNECT TEMPORARY"),
                Privileges("user_@", "postgres", "CONNECT TEMPORARY"),
            ],
            ..CASE
        },
        Case {
            written: group!("databases = [\"myapp\"]"),
            by_hand: &[Master("GRANT ALL ON DATABASE myapp TO group_@ WITH GRANT OPTION")],
            shows: &[
                "pgum_group.group_@.database_privileges.myapp: [\"CONNECT WITH GRANT OPTION\",\"CREATE WITH GRANT OPTION\",\"TEMPORARY WITH GRANT OPTION\"] -> [\"CONNECT\"]",
                "pgum_group.group_@.privileges: [\"CONNECT WITH GRANT OPTION\",\"CREATE WITH GRANT OPTION\",\"TEMPORARY WITH GRANT OPTION\"] -> [\"CONNECT\"]",
            ],
            then: &[Privileges("group_@", "myapp", "CONNECT")],
            ..CASE
        },
        // On a database that is not the master's.
        Case {
            written: user!("external"),
            by_hand: &[Master("GRANT ALL ON DATABASE postgres TO user_@")],
            shows: &[
                "pgum_user.user_@.database_privileges.postgres: [\"CONNECT\",\"CREATE\",\"TEMPORARY\"] -> null",
                "pgum_user.user_@.databases: [\"postgres\"] -> []",
                "pgum_user.user_@.privileges: [\"CONNECT\",\"CREATE\",\"TEMPORARY\"] -> []",
            ],
            then: &[Privileges("user_@", "postgres", "")],
            ..CASE
        },
    ],
};

pub(super) const DATABASES: Section = Section {
    title: "Databases and their ACLs",
    words: "",
    cases: &[
        Case {
            first: &[Master("CREATE DATABASE db_@")],
            written: user!("external", "databases = [\"db_@\"]"),
            by_hand: &[Master("DROP DATABASE db_@"), Master("CREATE DATABASE db_@")],
            shows: &[
                "pgum_user.user_@.database_privileges.db_@: null -> [\"CONNECT\"]",
                "pgum_user.user_@.databases: [] -> [\"db_@\"]",
                "pgum_user.user_@.privileges: [] -> [\"CONNECT\"]",
            ],
            then: &[Privileges("user_@", "db_@", "CONNECT")],
            ..CASE
        },
        // An ACL that is NULL: what a database has that was never granted on.
        Case {
            first: &[Master("CREATE DATABASE db_@")],
            written: user!("external", "databases = [\"db_@\"]", "privileges = [\"CREATE\"]"),
            by_hand: &[Superuser("UPDATE pg_database SET datacl = NULL WHERE datname = 'db_@'")],
            shows: &[
                "pgum_user.user_@.database_privileges.db_@: null -> [\"CREATE\"]",
                "pgum_user.user_@.databases: [] -> [\"db_@\"]",
                "pgum_user.user_@.privileges: [] -> [\"CREATE\"]",
            ],
            then: &[
                Privileges("user_@", "db_@", "CREATE"),
                Query("SELECT has_database_privilege('public', 'db_@', 'CONNECT')", "t"),
            ],
            ..CASE
        },
        // An empty one: nobody may do anything.
        Case {
            first: &[Master("CREATE DATABASE db_@")],
            written: user!("external", "databases = [\"db_@\"]"),
            by_hand: &[
                Master("REVOKE ALL ON DATABASE db_@ FROM PUBLIC, user_@"),
                Master("REVOKE ALL ON DATABASE db_@ FROM postgres"),
                Superuser(
                    "DO $$ BEGIN ASSERT (SELECT datacl::text = '{}' FROM pg_database WHERE datname = 'db_@'); END $$",
                ),
            ],
            shows: &[
                "pgum_user.user_@.database_privileges.db_@: null -> [\"CONNECT\"]",
                "pgum_user.user_@.databases: [] -> [\"db_@\"]",
                "pgum_user.user_@.privileges: [] -> [\"CONNECT\"]",
            ],
            then: &[
                Privileges("user_@", "db_@", "CONNECT"),
                Query("SELECT has_database_privilege('public', 'db_@', 'CONNECT')", "f"),
                Query("SELECT has_database_privilege('postgres', 'db_@', 'CONNECT')", "f"),
            ],
            ..CASE
        },
        // What the owner had as owner goes with the ownership.
        Case {
            first: &[
                Master("CREATE DATABASE db_@"),
                Master("CREATE ROLE user_@"),
                Superuser("ALTER DATABASE db_@ OWNER TO user_@"),
            ],
            written: user!("external", "adopt_existing = true", "databases = [\"db_@\"]"),
            by_hand: &[Superuser("ALTER DATABASE db_@ OWNER TO postgres")],
            shows: &[
                "pgum_user.user_@.database_privileges.db_@: null -> [\"CONNECT\"]",
                "pgum_user.user_@.databases: [] -> [\"db_@\"]",
                "pgum_user.user_@.privileges: [] -> [\"CONNECT\"]",
            ],
            then: &[Privileges("user_@", "db_@", "CONNECT")],
            ..CASE
        },
        // On a database of somebody else.
        Case {
            first: &[
                Master("CREATE DATABASE db_@"),
                Master("CREATE ROLE owner_@"),
                Superuser("ALTER DATABASE db_@ OWNER TO owner_@"),
            ],
            written: user!("external"),
            by_hand: &[Superuser("GRANT CREATE ON DATABASE db_@ TO user_@")],
            shows: &[
                "pgum_user.user_@.database_privileges.db_@: [\"CREATE\"] -> null",
                "pgum_user.user_@.databases: [\"db_@\"] -> []",
                "pgum_user.user_@.privileges: [\"CREATE\"] -> []",
            ],
            then: &[Privileges("user_@", "db_@", "")],
            ..CASE
        },
        // Another database has taken the name.
        Case {
            first: &[Master("CREATE DATABASE db_@")],
            written: user!("external", "databases = [\"db_@\"]"),
            by_hand: &[Master("ALTER DATABASE db_@ RENAME TO former_@"), Master("CREATE DATABASE db_@")],
            shows: &[
                "pgum_user.user_@.database_privileges.db_@: null -> [\"CONNECT\"]",
                "pgum_user.user_@.database_privileges.former_@: [\"CONNECT\"] -> null",
                "pgum_user.user_@.databases: [\"former_@\"] -> [\"db_@\"]",
            ],
            then: &[Privileges("user_@", "db_@", "CONNECT"), Privileges("user_@", "former_@", "")],
            ..CASE
        },
        Case {
            first: &[Master("CREATE DATABASE db_@")],
            written: user!("external", "database_settings = { db_@ = { work_mem = \"8MB\" } }"),
            by_hand: &[Master("DROP DATABASE db_@"), Master("CREATE DATABASE db_@")],
            shows: &["pgum_user.user_@.database_settings.db_@: null -> {\"work_mem\":\"8MB\"}"],
            then: &[crate::drift::oracle::Fact::Settings("user_@", "db_@", "work_mem=8MB")],
            ..CASE
        },
    ],
};
