//! What is no drift: the plan stays empty, and the next apply leaves it as it is.

use crate::drift::case::Hand::{In, Master, Role, Superuser};
use crate::drift::case::{CASE, Case, FROM_16, Section, group, user};
use crate::drift::oracle::Fact::{self, Comment, Groups, Options, Privileges, Query, Settings};

pub(super) const EQUAL: Section = Section {
    title: "What means the same",
    words: "",
    cases: &[
        Case {
            written: user!("external", "settings = { statement_timeout = \"5s\" }"),
            by_hand: &[Master("ALTER ROLE user_@ SET statement_timeout = '5000ms'")],
            then: &[Settings("user_@", "", "statement_timeout=5000ms")],
            ..CASE
        },
        Case {
            written: user!("external", "settings = { work_mem = \"1MB\", enable_seqscan = \"off\" }"),
            by_hand: &[
                Master("ALTER ROLE user_@ SET work_mem = 1024"),
                Master("ALTER ROLE user_@ SET enable_seqscan = 'false'"),
            ],
            then: &[Settings("user_@", "", "enable_seqscan=false work_mem=1024")],
            ..CASE
        },
        Case {
            written: user!(
                "external",
                "settings = { search_path = \"app,public ,  \\\"$user\\\"\", timezone = \"UTC\" }"
            ),
            by_hand: &[
                Master("ALTER ROLE user_@ SET search_path = app, public, \"$user\""),
                Master("ALTER ROLE user_@ SET TIMEZONE = 'UTC'"),
            ],
            then: &[Settings("user_@", "", "TimeZone=UTC search_path=app, public, \"$user\"")],
            ..CASE
        },
        Case {
            written: user!(
                "external",
                "database_settings = { myapp = { lock_timeout = \"60000\" }, postgres = {} }"
            ),
            by_hand: &[Master("ALTER ROLE user_@ IN DATABASE myapp SET lock_timeout = '1min'")],
            then: &[Settings("user_@", "myapp", "lock_timeout=1min")],
            ..CASE
        },
        Case {
            written: user!("password", "password = \"a secret\""),
            by_hand: &[Master("ALTER ROLE user_@ VALID UNTIL 'infinity'")],
            then: &[Fact::Role("user_@", "rolvaliduntil", "infinity")],
            ..CASE
        },
        Case {
            written: user!(
                "password",
                "password = \"a secret\"",
                "valid_until = \"2035-05-01T12:00:00+02:00\""
            ),
            by_hand: &[Master("ALTER ROLE user_@ VALID UNTIL '2035-05-01 03:00:00-07'")],
            then: &[Query(
                "SELECT rolvaliduntil = '2035-05-01 10:00:00+00' FROM pg_authid WHERE rolname = 'user_@'",
                "t",
            )],
            ..CASE
        },
        Case {
            written: user!(
                "external",
                "privileges = [\"TEMP\", \"CONNECT\", \"CREATE\"]",
                "databases = [\"myapp\"]"
            ),
            by_hand: &[Master("GRANT ALL ON DATABASE myapp TO user_@")],
            then: &[Privileges("user_@", "myapp", "CONNECT CREATE TEMPORARY")],
            ..CASE
        },
        Case {
            written: user!("external", "database_privileges = { myapp = [\"ALL\"] }"),
            by_hand: &[
                Master("REVOKE ALL ON DATABASE myapp FROM user_@"),
                Master("GRANT TEMPORARY, CREATE, CONNECT ON DATABASE myapp TO user_@"),
            ],
            then: &[Privileges("user_@", "myapp", "CONNECT CREATE TEMPORARY")],
            ..CASE
        },
        Case {
            written: user!("external", "description = \"\""),
            by_hand: &[Master("COMMENT ON ROLE user_@ IS ''")],
            then: &[Comment("user_@", "")],
            ..CASE
        },
        // Granted by others, too.
        Case {
            versions: FROM_16,
            first: &[Master("CREATE ROLE second_@")],
            written: concat!(user!("external", "groups = [pgum_group.group_@.name]"), group!()),
            by_hand: &[
                Master("GRANT group_@ TO second_@ WITH ADMIN OPTION"),
                Role("second_@", "GRANT group_@ TO user_@"),
            ],
            then: &[
                Query("SELECT count(*) FROM pg_auth_members WHERE member = 'user_@'::regrole", "2"),
                Options("user_@", "group_@", "inherit set"),
            ],
            ..CASE
        },
        // Granted by others instead: what one grant has not, the other has.
        Case {
            versions: FROM_16,
            first: &[Master("CREATE ROLE second_@")],
            written: concat!(user!("external", "groups = [pgum_group.group_@.name]"), group!()),
            by_hand: &[
                Master("GRANT group_@ TO second_@ WITH ADMIN OPTION"),
                Role("second_@", "GRANT group_@ TO user_@ WITH INHERIT TRUE, SET FALSE"),
                Master("GRANT group_@ TO user_@ WITH INHERIT FALSE, SET TRUE"),
            ],
            then: &[Options("user_@", "group_@", "inherit set")],
            ..CASE
        },
        Case {
            first: &[Master("CREATE ROLE second_@")],
            written: user!("external", "databases = [\"myapp\"]"),
            by_hand: &[
                Master("GRANT CONNECT ON DATABASE myapp TO second_@ WITH GRANT OPTION"),
                Role("second_@", "GRANT CONNECT ON DATABASE myapp TO user_@"),
                Master("REVOKE CONNECT ON DATABASE myapp FROM user_@"),
            ],
            then: &[Privileges("user_@", "myapp", "CONNECT")],
            ..CASE
        },
    ],
};

pub(super) const OTHERS: Section = Section {
    title: "What is not looked after here",
    words: "",
    cases: &[
        // The implicit membership of a role's creator, from 16 on.
        Case {
            written: user!("external", "create_role = true"),
            by_hand: &[Role("user_@", "CREATE ROLE made_@")],
            then: &[Query("SELECT count(*) FROM pg_authid WHERE rolname = 'made_@'", "1")],
            ..CASE
        },
        // Everything inside a database.
        Case {
            written: concat!(user!("external", "groups = [pgum_group.group_@.name]"), group!()),
            by_hand: &[
                In("myapp", "CREATE SCHEMA schema_@"),
                In("myapp", "CREATE TABLE schema_@.table_@ (id int)"),
                In("myapp", "GRANT USAGE, CREATE ON SCHEMA schema_@ TO user_@, group_@"),
                In("myapp", "GRANT ALL ON schema_@.table_@ TO user_@ WITH GRANT OPTION"),
                In("myapp", "ALTER DEFAULT PRIVILEGES IN SCHEMA schema_@ GRANT SELECT ON TABLES TO group_@"),
            ],
            then: &[],
            ..CASE
        },
        // What it owns.
        Case {
            written: user!("external"),
            by_hand: &[
                In("myapp", "CREATE SCHEMA schema_@ AUTHORIZATION user_@"),
                In("myapp", "CREATE TABLE schema_@.table_@ (id int)"),
                In("myapp", "ALTER TABLE schema_@.table_@ OWNER TO user_@"),
            ],
            then: &[],
            ..CASE
        },
        // What it holds as a database's owner.
        Case {
            first: &[Master("CREATE DATABASE db_@")],
            written: user!("external", "databases = [\"db_@\"]"),
            by_hand: &[Superuser("ALTER DATABASE db_@ OWNER TO user_@")],
            then: &[Query("SELECT datdba::regrole::text FROM pg_database WHERE datname = 'db_@'", "user_@")],
            ..CASE
        },
        Case {
            first: &[Master("CREATE DATABASE db_@")],
            written: user!("external"),
            by_hand: &[Superuser("ALTER DATABASE db_@ OWNER TO user_@")],
            then: &[Query("SELECT datdba::regrole::text FROM pg_database WHERE datname = 'db_@'", "user_@")],
            ..CASE
        },
        // Another owner: the grants become his, and are the same.
        Case {
            first: &[Master("CREATE DATABASE db_@"), Master("CREATE ROLE owner_@")],
            written: user!(
                "external",
                "database_privileges = { db_@ = [\"CONNECT\", \"TEMP WITH GRANT OPTION\"] }"
            ),
            by_hand: &[Superuser("ALTER DATABASE db_@ OWNER TO owner_@")],
            then: &[Privileges("user_@", "db_@", "CONNECT TEMPORARY*")],
            ..CASE
        },
        // Other people's roles, databases and grants.
        Case {
            first: &[Master("CREATE DATABASE db_@")],
            written: concat!(user!("external"), group!()),
            by_hand: &[
                Master("CREATE ROLE theirs_@ LOGIN CREATEDB"),
                Master("GRANT group_@, user_@ TO theirs_@"),
                Master("GRANT ALL ON DATABASE myapp TO theirs_@ WITH GRANT OPTION"),
                Master("DROP DATABASE db_@"),
            ],
            then: &[Groups("theirs_@", "group_@ user_@")],
            ..CASE
        },
        // A group that is not managed here, and what it comes to belong to.
        Case {
            first: &[Master("CREATE ROLE theirs_@")],
            written: user!("iam", "groups = [\"theirs_@\"]"),
            by_hand: &[Master("GRANT pg_monitor, rds_iam TO theirs_@")],
            then: &[Groups("theirs_@", "pg_monitor rds_iam")],
            ..CASE
        },
        // PUBLIC's privileges.
        Case {
            first: &[Master("CREATE DATABASE db_@")],
            written: user!("external", "databases = [\"db_@\"]"),
            by_hand: &[
                Master("REVOKE ALL ON DATABASE db_@ FROM PUBLIC"),
                Master("GRANT CREATE ON DATABASE db_@ TO PUBLIC"),
            ],
            then: &[
                Query("SELECT has_database_privilege('public', 'db_@', 'CONNECT')", "f"),
                Query("SELECT has_database_privilege('public', 'db_@', 'CREATE')", "t"),
            ],
            ..CASE
        },
        // Settings of a database, for all its roles.
        Case {
            first: &[Master("CREATE DATABASE db_@")],
            written: user!("external", "database_settings = { db_@ = { work_mem = \"8MB\" } }"),
            by_hand: &[
                Master("ALTER DATABASE db_@ SET work_mem = '16MB'"),
                Superuser("ALTER ROLE ALL IN DATABASE db_@ SET search_path = theirs"),
            ],
            then: &[Settings("user_@", "db_@", "work_mem=8MB")],
            ..CASE
        },
        // Other time zones, search paths and styles, where Terraform connects.
        Case {
            written: user!("password", "password = \"a secret\"", "valid_until = \"2035-05-01T12:00:00Z\""),
            by_hand: &[
                Superuser("ALTER DATABASE postgres SET timezone = 'Asia/Kathmandu'"),
                Superuser("ALTER DATABASE postgres SET datestyle = 'German, DMY'"),
                Superuser("ALTER DATABASE postgres SET search_path = ''"),
                Superuser("ALTER DATABASE postgres SET standard_conforming_strings = off"),
                Superuser("ALTER ROLE postgres SET default_transaction_isolation = 'serializable'"),
                Superuser("ALTER ROLE postgres SET quote_all_identifiers = on"),
                Superuser("ALTER ROLE postgres SET search_path = theirs"),
                Superuser("ALTER ROLE postgres IN DATABASE postgres SET timezone = 'America/St_Johns'"),
            ],
            then: &[],
            ..CASE
        },
        // A group's own limits mean nothing.
        Case {
            written: group!(),
            by_hand: &[Master(
                "ALTER ROLE group_@ CONNECTION LIMIT 3 VALID UNTIL '2030-01-01' PASSWORD 'none'",
            )],
            then: &[Fact::Role("group_@", "rolconnlimit", "3")],
            ..CASE
        },
        // Groups in additive mode, and whom a group lets in.
        Case {
            first: &[Master("CREATE ROLE theirs_@")],
            written: concat!(
                user!("external", "grants_mode = \"additive\""),
                group!("grants_mode = \"additive\"", "databases = [\"myapp\"]")
            ),
            by_hand: &[
                Master("GRANT theirs_@ TO user_@ WITH ADMIN OPTION"),
                Master("GRANT theirs_@ TO group_@"),
                Master("GRANT TEMP ON DATABASE myapp TO group_@"),
            ],
            then: &[
                Groups("user_@", "theirs_@"),
                Groups("group_@", "theirs_@"),
                Privileges("group_@", "myapp", "CONNECT TEMPORARY"),
            ],
            ..CASE
        },
        // A user whose password something else manages.
        Case {
            written: user!("external"),
            by_hand: &[Master("ALTER ROLE user_@ PASSWORD 'a new one'")],
            then: &[Query(
                "SELECT left(rolpassword, 3) IN ('md5', 'SCR') FROM pg_authid WHERE rolname = 'user_@'",
                "t",
            )],
            ..CASE
        },
        // Rights on settings, which belong to no database.
        Case {
            versions: (15, 18),
            written: user!("external"),
            by_hand: &[Superuser("GRANT SET ON PARAMETER log_statement TO user_@")],
            then: &[],
            ..CASE
        },
    ],
};
