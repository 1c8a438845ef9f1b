//! Healing never touches what did not drift: beside something that did, one neighbour of each kind. A neighbour's row
//! in the catalog keeps the transaction that wrote it.

use crate::drift::case::Hand::{In, Master, Role, Superuser};
use crate::drift::case::{CASE, Case, Section, group, user};
use crate::drift::oracle::Fact::{Groups, Query};

pub(super) const NEIGHBOURS: Section = Section {
    title: "Neighbours of what drifted",
    words: "Only what differs is altered: each of these has in the end what it had, by the very rows that were there before.",
    cases: &[
        // Password, memberships, comment and settings beside an attribute.
        Case {
            written: concat!(
                user!(
                    "password",
                    "password          = \"a secret\"",
                    "description       = \"A user\"",
                    "groups            = [pgum_group.group_@.name]",
                    "databases         = [\"myapp\"]",
                    "settings          = { work_mem = \"8MB\" }",
                    "database_settings = { myapp = { work_mem = \"9MB\" } }"
                ),
                group!()
            ),
            by_hand: &[Master("ALTER ROLE user_@ NOLOGIN")],
            noted: &[
                Superuser(
                    "CREATE TABLE public.kept_@ AS SELECT rolpassword, oid FROM pg_authid WHERE rolname = 'user_@'",
                ),
                Superuser(
                    "CREATE TABLE public.rows_@ AS SELECT xmin::text AS written_by FROM pg_auth_members WHERE member = 'user_@'::regrole \
                     UNION ALL SELECT xmin::text AS written_by FROM pg_db_role_setting WHERE setrole = 'user_@'::regrole \
                     UNION ALL SELECT xmin::text AS written_by FROM pg_shdescription WHERE objoid = 'user_@'::regrole",
                ),
            ],
            shows: &["pgum_user.user_@.enabled: false -> true"],
            then: &[
                Query("SELECT count(*) FROM public.kept_@ JOIN pg_authid USING (rolpassword, oid)", "1"),
                Query("SELECT count(*) FROM public.rows_@", "4"),
                Query(
                    "SELECT count(*) FROM (SELECT xmin::text AS written_by FROM pg_auth_members WHERE member = 'user_@'::regrole \
                     UNION ALL SELECT xmin::text AS written_by FROM pg_db_role_setting WHERE setrole = 'user_@'::regrole \
                     UNION ALL SELECT xmin::text AS written_by FROM pg_shdescription WHERE objoid = 'user_@'::regrole \
                     EXCEPT ALL SELECT written_by FROM public.rows_@) AS written_anew",
                    "0",
                ),
            ],
            ..CASE
        },
        // The role's own row, and its other memberships with what was granted on by them, beside a membership.
        Case {
            first: &[Master("CREATE ROLE friend_@")],
            written: concat!(
                user!("external", "memberships = { (pgum_group.group_@.name) = { admin = true } }"),
                group!(),
                group!(other_@)
            ),
            by_hand: &[Role("user_@", "GRANT group_@ TO friend_@"), Master("GRANT other_@ TO user_@")],
            noted: &[Superuser(
                "CREATE TABLE public.rows_@ AS SELECT xmin::text AS written_by FROM pg_auth_members \
                     WHERE member IN ('user_@'::regrole, 'friend_@'::regrole) \
                     UNION ALL SELECT xmin::text AS written_by FROM pg_authid WHERE rolname IN ('user_@', 'group_@', 'other_@')",
            )],
            shows: &[
                "pgum_user.user_@.groups: [\"group_@\",\"other_@\"] -> [\"group_@\"]",
                "pgum_user.user_@.memberships.other_@: {\"admin\":false,\"inherit\":true,\"set\":true} -> null",
            ],
            then: &[
                Query("SELECT count(*) FROM public.rows_@", "6"),
                Query(
                    "SELECT count(*) FROM (SELECT xmin::text AS written_by FROM pg_auth_members \
                     WHERE member IN ('user_@'::regrole, 'friend_@'::regrole) \
                     UNION ALL SELECT xmin::text AS written_by FROM pg_authid WHERE rolname IN ('user_@', 'group_@', 'other_@') \
                     EXCEPT ALL SELECT written_by FROM public.rows_@) AS written_anew",
                    "0",
                ),
                Groups("friend_@", "group_@"),
            ],
            ..CASE
        },
        // What is inside the databases, beside privileges on them; and privileges that were granted on.
        Case {
            first: &[Master("CREATE DATABASE db_@"), Master("CREATE ROLE friend_@")],
            written: user!("external", "database_privileges = { db_@ = [\"CONNECT WITH GRANT OPTION\"] }"),
            by_hand: &[
                In("db_@", "CREATE SCHEMA theirs AUTHORIZATION user_@"),
                In("db_@", "CREATE TABLE theirs.orders (id int)"),
                In("db_@", "GRANT SELECT ON theirs.orders TO user_@"),
                In("db_@", "ALTER DEFAULT PRIVILEGES FOR ROLE user_@ GRANT SELECT ON TABLES TO friend_@"),
                Role("user_@", "GRANT CONNECT ON DATABASE db_@ TO friend_@"),
                Master("GRANT CREATE ON DATABASE db_@ TO user_@, friend_@"),
            ],
            shows: &[
                "pgum_user.user_@.database_privileges.db_@: [\"CONNECT WITH GRANT OPTION\",\"CREATE\"] -> [\"CONNECT WITH GRANT OPTION\"]",
                "pgum_user.user_@.privileges: [\"CONNECT WITH GRANT OPTION\",\"CREATE\"] -> [\"CONNECT WITH GRANT OPTION\"]",
            ],
            then: &[
                Query(
                    "SELECT string_agg(item, ' ' ORDER BY item) FROM pg_database, unnest(datacl::text[]) AS item \
                     WHERE datname = 'db_@' AND item LIKE '%_@%'",
                    "friend_@=C/postgres friend_@=c/user_@ user_@=c*/postgres",
                ),
                Query(
                    "SELECT string_agg(classid::regclass::text || ' ' || deptype::text, ', ' ORDER BY classid::regclass::text) \
                     FROM pg_shdepend WHERE refobjid = 'user_@'::regrole",
                    "pg_class a, pg_database a, pg_default_acl o, pg_namespace o",
                ),
            ],
            ..CASE
        },
        // A database's other grantees, and PUBLIC, beside one user.
        Case {
            first: &[Master("CREATE DATABASE db_@"), Master("CREATE ROLE friend_@")],
            written: concat!(user!("external", "databases = [\"db_@\"]"), group!("databases = [\"db_@\"]")),
            by_hand: &[
                Master("REVOKE ALL ON DATABASE db_@ FROM PUBLIC"),
                Master("GRANT TEMP ON DATABASE db_@ TO PUBLIC"),
                Master("GRANT ALL ON DATABASE db_@ TO friend_@"),
                Master("REVOKE ALL ON DATABASE db_@ FROM user_@"),
            ],
            shows: &[
                "pgum_user.user_@.database_privileges.db_@: null -> [\"CONNECT\"]",
                "pgum_user.user_@.databases: [] -> [\"db_@\"]",
                "pgum_user.user_@.privileges: [] -> [\"CONNECT\"]",
            ],
            then: &[Query(
                "SELECT string_agg(item, ' ' ORDER BY item) FROM pg_database, unnest(datacl::text[]) AS item \
                 WHERE datname = 'db_@' AND item NOT LIKE 'postgres=%'",
                "=T/postgres friend_@=CTc/postgres group_@=c/postgres user_@=c/postgres",
            )],
            ..CASE
        },
    ],
};
