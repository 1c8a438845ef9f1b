//! A database's owner can set defaults for everybody's sessions in it, and make functions there. None of it may run
//! as us, nor change what our statements mean.

use pgum::postgres::{Destroy, DestroyAction};

use super::*;
use crate::support::on_every_version;

/// Functions that shadow the catalog's, and note who ran them; a table and operators that shadow, too.
const TRAPS: &str = r"
    CREATE SCHEMA hijack;
    CREATE TABLE hijack.caught (who text, by_what text);
    GRANT USAGE ON SCHEMA hijack TO PUBLIC;
    GRANT INSERT ON hijack.caught TO PUBLIC;
    CREATE FUNCTION hijack.caught(what text) RETURNS void LANGUAGE sql AS
        $$ INSERT INTO hijack.caught VALUES (current_user, what) $$;
    DO $do$
    DECLARE
        f record;
    BEGIN
        FOR f IN SELECT p.oid, proname, pg_get_function_identity_arguments(p.oid) AS args, format_type(prorettype, NULL) AS returns
            FROM pg_proc p WHERE pronamespace = 'pg_catalog'::regnamespace AND prokind = 'f' AND NOT proretset
            AND provariadic = 0 AND 'internal'::regtype <> ALL (proargtypes::oid[]) AND proargmodes IS NULL
            AND proname IN ('pg_describe_object', 'format', 'quote_ident', 'pg_get_function_identity_arguments', 'pg_backend_pid',
                'pg_is_in_recovery', 'current_database', 'pg_has_role', 'set_config', 'pg_get_userbyid', 'acldefault', 'timezone', 'array_cat',
                'pg_advisory_xact_lock', 'oideq', 'nameeq', 'texteq', 'int4pl', 'pg_blocking_pids', 'pg_terminate_backend')
        LOOP
            BEGIN
                EXECUTE format('CREATE FUNCTION hijack.%I(%s) RETURNS %s LANGUAGE plpgsql AS $f$ BEGIN PERFORM hijack.caught(%L); RETURN NULL; END $f$',
                    f.proname, f.args, f.returns, f.proname);
            EXCEPTION WHEN others THEN NULL;
            END;
        END LOOP;
    END $do$;
    CREATE FUNCTION hijack.caught_eq(oid, oid) RETURNS bool IMMUTABLE LANGUAGE plpgsql AS $$ BEGIN PERFORM hijack.caught('='); RETURN true; END $$;
    CREATE OPERATOR hijack.= (LEFTARG = oid, RIGHTARG = oid, FUNCTION = hijack.caught_eq);
    CREATE FUNCTION hijack.caught_cat(aclitem[], aclitem[]) RETURNS aclitem[] LANGUAGE plpgsql AS $$ BEGIN PERFORM hijack.caught('||'); RETURN $1; END $$;
    CREATE OPERATOR hijack.|| (LEFTARG = aclitem[], RIGHTARG = aclitem[], FUNCTION = hijack.caught_cat);
    CREATE VIEW hijack.pg_roles AS SELECT * FROM pg_catalog.pg_roles WHERE hijack.caught('pg_roles') IS NOT NULL;
    CREATE VIEW hijack.pg_shdepend AS SELECT * FROM pg_catalog.pg_shdepend WHERE hijack.caught('pg_shdepend') IS NOT NULL;
    GRANT SELECT ON ALL TABLES IN SCHEMA hijack TO PUBLIC;
";

/// Every default that an owner can set for a database, at its worst.
const DEFAULTS: [&str; 13] = [
    "search_path = hijack, pg_catalog",
    "standard_conforming_strings = off",
    "backslash_quote = on",
    "default_transaction_read_only = on",
    "default_transaction_isolation = serializable",
    "default_transaction_deferrable = on",
    "role = attacker",
    "DateStyle = 'SQL, DMY'",
    "TimeZone = 'Asia/Kolkata'",
    "client_min_messages = error",
    "transform_null_equals = on",
    "quote_all_identifiers = on",
    "check_function_bodies = off",
];

fn set_traps(server: &TestCluster, database: &str) {
    server.execute(&format!("ALTER DATABASE {database} OWNER TO attacker"));
    let session = server.superuser_session(database);
    session.execute(&format!("GRANT CREATE ON DATABASE {database} TO attacker; SET ROLE attacker; {TRAPS}"));
    drop(session);
    for default in DEFAULTS {
        server.execute(&format!("SET ROLE attacker; ALTER DATABASE {database} SET {default}"));
    }
}

fn caught(server: &TestCluster, database: &str) -> Vec<String> {
    let session = server.superuser_session(database);
    session.execute(
        "SET search_path = pg_catalog; SET default_transaction_read_only = off; SET statement_timeout = 0",
    );
    session.column("SELECT DISTINCT who || ' by ' || by_what FROM hijack.caught")
}

on_every_version! {
    /// The traps work on somebody who is not careful: else the tests below prove nothing.
    async fn traps_catch_the_careless(version: u16) {
        let server = TestCluster::start(version);
        server.execute("CREATE ROLE attacker LOGIN PASSWORD 'x'");
        set_traps(&server, "myapp");
        let session = server.master_session("myapp");
        session.execute("BEGIN READ WRITE; SELECT pg_describe_object(1259, 1259, 0), pg_has_role('rds_iam', 'MEMBER') FROM pg_roles LIMIT 1; COMMIT");
        assert!(caught(&server, "myapp").contains(&"postgres by pg_roles".to_owned()), "{:?}", caught(&server, "myapp"));
    }
}

on_every_version! {
    async fn the_owner_of_the_configured_database_gets_nothing(version: u16) {
        let server = TestCluster::start(version);
        server.execute("CREATE ROLE attacker LOGIN PASSWORD 'x'");
        server.master_session("postgres").execute("CREATE ROLE grp");
        // As a member of the attacker's role, the master would be it under `role = attacker`.
        server.execute("GRANT attacker TO postgres");
        set_traps(&server, "myapp");
        let cluster = Cluster::new(ConnectionConfig { database: "myapp".to_owned(), ..config(&server) });
        cluster.snapshot().await.unwrap();
        let wanted = Desired {
            comment: Some("it's \\' OR \\\\".to_owned()),
            settings: BTreeMap::from([
                ("search_path".to_owned(), "hijack, \"x\\'y\"".to_owned()),
                ("application_name".to_owned(), "\\'; ALTER ROLE attacker SUPERUSER; --".to_owned()),
            ]),
            memberships: memberships(&["grp"]),
            privileges: privileges(&[("postgres", &["CONNECT"])]),
            ..user("some\\' \"one\"")
        };
        let first = cluster.apply(with_password(create(wanted.clone()), "pw")).await.unwrap();
        assert_eq!(first.role.comment, wanted.comment);
        assert_eq!(first.role.settings, wanted.settings);
        let mut changed = wanted.clone();
        changed.attributes.valid_until = pgum::roles::ValidUntil::parse("2030-02-01T00:00:00Z").unwrap();
        let second = cluster.apply(update(&first, changed.clone())).await.unwrap();
        assert_eq!(second.role.attributes, changed.attributes);
        assert_eq!(server.value("SELECT rolvaliduntil AT TIME ZONE 'UTC' FROM pg_roles WHERE rolname LIKE 'some%'"), "2030-02-01 00:00:00");
        cluster.look(std::slice::from_ref(&wanted.name)).await.unwrap();
        let gone = Destroy {
            resource: "pgum_user",
            oid: Some(first.role.oid),
            name: wanted.name,
            action: DestroyAction::Drop,
            reassign_owned_to: None,
            drop_owned: false,
            terminate_sessions: true,
        };
        cluster.destroy(gone).await.unwrap();
        assert_eq!(caught(&server, "myapp"), Vec::<String>::new());
        assert_eq!(server.value("SELECT count(*) FROM pg_roles WHERE rolname LIKE 'some%' OR (rolname = 'attacker' AND rolsuper)"), "0");
    }
}

on_every_version! {
    async fn the_owner_of_a_database_where_a_role_is_destroyed_gets_nothing(version: u16) {
        let server = TestCluster::start(version);
        server.master_session("postgres").execute("CREATE ROLE attacker LOGIN PASSWORD 'x'; CREATE ROLE heir; CREATE ROLE victim LOGIN");
        set_traps(&server, "myapp");
        let session = server.superuser_session("myapp");
        session.execute(
            "BEGIN READ WRITE; SET LOCAL search_path = pg_catalog; SET LOCAL standard_conforming_strings = on;
             SET ROLE attacker;
             CREATE SCHEMA \"x\\'y\"; CREATE TABLE \"x\\'y\".\"t\\'; DROP\" (\"a\\'b\" int); CREATE FUNCTION hijack.f(hijack.caught) RETURNS int LANGUAGE sql AS 'SELECT 1';
             GRANT USAGE ON SCHEMA \"x\\'y\" TO victim; GRANT SELECT (\"a\\'b\") ON \"x\\'y\".\"t\\'; DROP\" TO victim; GRANT ALL ON \"x\\'y\".\"t\\'; DROP\" TO victim;
             GRANT EXECUTE ON FUNCTION hijack.f(hijack.caught) TO victim;
             ALTER DEFAULT PRIVILEGES IN SCHEMA \"x\\'y\" GRANT SELECT ON TABLES TO victim;
             CREATE POLICY \"p\\'\" ON \"x\\'y\".\"t\\'; DROP\" TO victim USING (hijack.caught('policy') IS NOT NULL);
             ALTER TABLE \"x\\'y\".\"t\\'; DROP\" ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
             RESET ROLE; GRANT CREATE, USAGE ON SCHEMA hijack TO victim, heir; SET ROLE victim; CREATE TABLE hijack.mine (a int);
             CREATE INDEX ON hijack.mine ((hijack.caught_eq(a::oid, a::oid))); COMMIT",
        );
        drop(session);
        let cluster = connect(&server);
        let gone = Destroy {
            resource: "pgum_user",
            oid: None,
            name: role("victim"),
            action: DestroyAction::Drop,
            reassign_owned_to: Some(role("heir")),
            drop_owned: false,
            terminate_sessions: true,
        };
        cluster.destroy(gone.clone()).await.unwrap();
        // Heir, and this time what it owns is dropped.
        cluster.destroy(Destroy { name: role("heir"), reassign_owned_to: None, drop_owned: true, ..gone }).await.unwrap();
        let caught = caught(&server, "myapp");
        assert!(!caught.iter().any(|line| line.starts_with("postgres")), "{caught:?}");
        assert_eq!(server.value("SELECT count(*) FROM pg_roles WHERE rolname IN ('victim', 'heir') OR (rolname = 'attacker' AND (rolsuper OR rolcreaterole))"), "0");
        assert_eq!(server.value("SELECT count(*) FROM pg_auth_members WHERE member = 'attacker'::regrole"), "0");
    }
}
