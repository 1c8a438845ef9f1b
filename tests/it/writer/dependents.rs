//! What depends on a role in less common ways, and goes or stays as it should when the role is taken away.

use pgum::postgres::{Destroy, DestroyReason};

use super::destroy::{application, destroy, exists};
use super::*;
use crate::support::on_every_version;

on_every_version! {
    /// From 15 on schema public belongs to pg_database_owner, which takes no members.
    async fn grants_of_the_owner_of_a_database(version: u16) {
        let server = TestCluster::start(version);
        let session = application(&server);
        if version >= 14 {
            session.execute("ALTER SCHEMA public OWNER TO pg_database_owner; CREATE TABLE t (); ALTER TABLE t OWNER TO pg_database_owner");
            session.execute("SET ROLE app_owner; CREATE POLICY p ON t TO victim, third");
        } else {
            session.execute("ALTER SCHEMA public OWNER TO app_owner");
        }
        session.execute("SET ROLE app_owner; GRANT USAGE, CREATE ON SCHEMA public TO victim, third");
        let cluster = connect(&server);
        cluster.destroy(destroy("victim")).await.unwrap();
        assert!(!exists(&server, "victim"));
        assert_eq!(
            session.column("SELECT DISTINCT grantee::regrole FROM pg_namespace, aclexplode(nspacl) WHERE nspname = 'public' AND grantee NOT IN (0, nspowner)"),
            ["third"]
        );
    }
}

on_every_version! {
    async fn routines_of_every_kind(version: u16) {
        let server = TestCluster::start(version);
        let session = application(&server);
        session.execute(
            "CREATE AGGREGATE app.ordered(float8 ORDER BY anyelement) (sfunc = ordered_set_transition, stype = internal, finalfunc = percentile_disc_final, finalfunc_extra);
             ALTER AGGREGATE app.ordered(float8 ORDER BY anyelement) OWNER TO app_owner; SET ROLE app_owner;
             CREATE AGGREGATE app.star(*) (sfunc = int8inc, stype = int8, initcond = '0');
             CREATE TYPE app.\"t y\" AS (a int);
             CREATE FUNCTION app.f(a app.\"t y\", OUT b int, OUT c text, VARIADIC d \"char\"[]) LANGUAGE sql AS 'SELECT 1, ''x''::text';
             CREATE FUNCTION app.g(x timestamptz(3)) RETURNS TABLE (y int, z text) LANGUAGE sql AS 'SELECT 1, ''x''::text';
             GRANT EXECUTE ON ALL ROUTINES IN SCHEMA app TO victim",
        );
        if version >= 14 {
            // Each is what SQL's own rule calls the other.
            session.execute(
                "SET ROLE app_owner; CREATE PROCEDURE app.p(x int) LANGUAGE sql AS 'SELECT 1'; CREATE PROCEDURE app.p(OUT x int) LANGUAGE sql AS 'SELECT 1';
                 GRANT EXECUTE ON PROCEDURE app.p(IN int), app.p(OUT int) TO victim",
            );
        }
        let cluster = connect(&server);
        cluster.destroy(destroy("victim")).await.unwrap();
        assert!(!exists(&server, "victim"));
    }
}

on_every_version! {
    /// A user mapping cannot be given to anybody else: with the rest it goes, by itself it stops a drop.
    async fn user_mappings(version: u16) {
        let server = TestCluster::start(version);
        let session = application(&server);
        session.execute(
            "CREATE FOREIGN DATA WRAPPER wrapper; CREATE SERVER remote FOREIGN DATA WRAPPER wrapper; ALTER SERVER remote OWNER TO app_owner;
             CREATE USER MAPPING FOR victim SERVER remote; CREATE USER MAPPING FOR third SERVER remote",
        );
        let cluster = connect(&server);
        let error = cluster.destroy(destroy("victim")).await.unwrap_err();
        assert_eq!(error.left, ["in database \"second\" it owns user mapping for victim on server remote"]);
        let destroyed = cluster.destroy(Destroy { reassign_owned_to: Some(role("heir")), ..destroy("victim") }).await.unwrap();
        assert_eq!(destroyed.done, ["in database \"second\": dropped user mapping for victim on server remote", "dropped the role"]);
        cluster.destroy(Destroy { drop_owned: true, ..destroy("third") }).await.unwrap();
        assert_eq!(session.value("SELECT count(*) FROM pg_user_mapping"), "0");
    }
}

on_every_version! {
    /// DROP OWNED would take from others what the role granted on the master's objects, and fail on those of others.
    async fn drop_owned_takes_no_privilege_from_others(version: u16) {
        let server = TestCluster::start(version);
        application(&server);
        let session = server.superuser_session("myapp");
        session.execute(
            "CREATE SCHEMA app AUTHORIZATION postgres; SET ROLE postgres; CREATE TABLE app.t (); GRANT USAGE, CREATE ON SCHEMA app TO victim;
             GRANT SELECT ON app.t TO victim WITH GRANT OPTION; RESET ROLE;
             SET ROLE victim; GRANT SELECT ON app.t TO third; CREATE TABLE app.mine ()",
        );
        let cluster = connect(&server);
        let request = Destroy { drop_owned: true, ..destroy("victim") };
        let error = cluster.destroy(request.clone()).await.unwrap_err();
        assert_eq!(error.reason, DestroyReason::Dependents);
        assert_eq!(error.left, ["in database \"myapp\" it granted to others, who would lose it: SELECT ON TABLE app.t to \"third\""]);
        let of_third = "SELECT count(*) FROM pg_class, aclexplode(relacl) WHERE relname = 't' AND grantee = 'third'::regrole";
        assert_eq!(session.value(of_third), "1");
        session.execute("SET ROLE postgres; GRANT SELECT ON app.t TO third; SET ROLE victim; REVOKE SELECT ON app.t FROM third");
        cluster.destroy(request).await.unwrap();
        assert_eq!(session.value(of_third), "1");
        assert_eq!(session.value("SELECT count(*) FROM pg_class WHERE relname = 'mine'"), "0");
    }
}

on_every_version! {
    async fn a_tablespace_that_it_passed_on_stays_passed_on(version: u16) {
        let server = TestCluster::start(version);
        application(&server);
        server.execute("ALTER TABLESPACE pg_global OWNER TO postgres");
        server.execute(
            "SET ROLE postgres; GRANT CREATE ON TABLESPACE pg_global TO victim WITH GRANT OPTION;
             SET ROLE victim; GRANT CREATE ON TABLESPACE pg_global TO third WITH GRANT OPTION",
        );
        let cluster = connect(&server);
        cluster.destroy(destroy("victim")).await.unwrap();
        assert!(!exists(&server, "victim"));
        assert_eq!(
            server.column("SELECT format('%s by %s %s', grantee::regrole, grantor::regrole, is_grantable) FROM pg_tablespace, aclexplode(spcacl) WHERE grantee <> spcowner"),
            ["third by postgres t"]
        );
    }
}

on_every_version! {
    /// There the name of a role is other letters.
    async fn in_a_database_of_another_encoding(version: u16) {
        let server = TestCluster::start(version);
        let first = connect(&server).apply(create(user("jos\u{e9}"))).await.unwrap();
        connect(&server).apply(create(desired("h\u{e9}ritier"))).await.unwrap();
        server.execute("CREATE DATABASE latin ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0 OWNER postgres");
        let session = server.superuser_session("latin");
        session.execute(
            "CREATE SCHEMA app AUTHORIZATION postgres; CREATE TABLE app.\"tabl\u{e9}\" (); ALTER TABLE app.\"tabl\u{e9}\" OWNER TO postgres;
             DO $$ BEGIN
                 EXECUTE format('GRANT CREATE, USAGE ON SCHEMA app TO %I, %I', (SELECT rolname FROM pg_roles WHERE rolname LIKE 'jos%'), (SELECT rolname FROM pg_roles WHERE rolname LIKE 'h%ritier'));
                 EXECUTE format('GRANT SELECT ON app.tabl\u{e9} TO %I', (SELECT rolname FROM pg_roles WHERE rolname LIKE 'jos%'));
                 EXECUTE format('SET ROLE %I', (SELECT rolname FROM pg_roles WHERE rolname LIKE 'jos%'));
             END $$; CREATE TABLE app.mine ()",
        );
        let gone = Destroy { oid: Some(first.role.oid), reassign_owned_to: Some(role("h\u{e9}ritier")), ..destroy("jos\u{e9}") };
        connect(&server).destroy(gone).await.unwrap();
        assert!(!exists(&server, "jos\u{e9}"));
        assert_eq!(server.superuser_session("latin").value("SELECT relowner::regrole::text LIKE '%ritier%' FROM pg_class WHERE relname = 'mine'"), "t");
    }
}

on_every_version! {
    async fn names_with_control_characters_make_no_lines(version: u16) {
        let server = TestCluster::start(version);
        let session = application(&server);
        session.execute("CREATE SCHEMA \"x\nDestroy complete\" AUTHORIZATION victim");
        let error = connect(&server).destroy(destroy("victim")).await.unwrap_err();
        assert!(error.left.iter().all(|line| !line.contains('\n')), "{error:?}");
    }
}
