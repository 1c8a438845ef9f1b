//! Roles are taken away, with everything that can depend on one.

use pgum::postgres::{Destroy, DestroyAction, DestroyReason};

use super::*;
use crate::support::on_every_version;
use crate::support::postgres::Session;

pub(super) fn destroy(name: &str) -> Destroy {
    Destroy {
        resource: "pgum_user",
        oid: None,
        name: role(name),
        action: DestroyAction::Drop,
        reassign_owned_to: None,
        drop_owned: false,
        terminate_sessions: false,
    }
}

pub(super) fn exists(server: &TestCluster, name: &str) -> bool {
    server.value(&format!("SELECT count(*) FROM pg_roles WHERE rolname = '{name}'")) == "1"
}

/// The memberships of a cluster, to see that none came or went.
fn all_memberships(server: &TestCluster) -> Vec<String> {
    server.column(
        "SELECT format('%s in %s by %s', member::regrole, roleid::regrole, grantor::regrole) FROM pg_auth_members ORDER BY 1",
    )
}

/// As the superuser: roles made by the master, databases of an application's owner with objects of every kind.
pub(super) fn application(server: &TestCluster) -> Session {
    server.master_session("postgres").execute(
        "CREATE ROLE app_owner; CREATE ROLE victim LOGIN PASSWORD 'x'; CREATE ROLE third LOGIN PASSWORD 'x'; CREATE ROLE heir",
    );
    server.execute("CREATE DATABASE second OWNER app_owner");
    let session = server.superuser_session("second");
    session.execute("CREATE SCHEMA app AUTHORIZATION app_owner");
    session
}

on_every_version! {
    async fn a_role_with_grants_on_everything_is_dropped(version: u16) {
        let server = TestCluster::start(version);
        let session = application(&server);
        session.execute(
            "SET ROLE app_owner;
             CREATE TABLE app.\"T 1\" (a int, \"B b\" int);
             CREATE VIEW app.v AS SELECT 1 AS x;
             CREATE MATERIALIZED VIEW app.mv AS SELECT 1 AS x;
             CREATE SEQUENCE app.q;
             CREATE FUNCTION app.f(a int, VARIADIC b text[]) RETURNS int LANGUAGE sql AS 'SELECT 1';
             CREATE PROCEDURE app.p(INOUT x int) LANGUAGE sql AS 'SELECT 1';
             CREATE AGGREGATE app.agg(int) (sfunc = int4pl, stype = int);
             CREATE TYPE app.e AS ENUM ('a');
             CREATE DOMAIN app.d AS int;
             GRANT USAGE, CREATE ON SCHEMA app TO victim;
             GRANT SELECT, UPDATE ON app.\"T 1\" TO victim WITH GRANT OPTION;
             GRANT SELECT (\"B b\") ON app.\"T 1\" TO victim;
             GRANT SELECT ON app.v, app.mv TO victim, third;
             GRANT USAGE ON SEQUENCE app.q TO victim;
             GRANT EXECUTE ON FUNCTION app.f(int, text[]) TO victim;
             GRANT EXECUTE ON PROCEDURE app.p(int) TO victim;
             GRANT EXECUTE ON FUNCTION app.agg(int) TO victim;
             GRANT USAGE ON TYPE app.e, app.d TO victim;
             ALTER DEFAULT PRIVILEGES IN SCHEMA app GRANT SELECT ON TABLES TO victim;
             ALTER DEFAULT PRIVILEGES GRANT EXECUTE ON FUNCTIONS TO victim;
             CREATE POLICY one ON app.\"T 1\" TO victim;
             CREATE POLICY two ON app.\"T 1\" TO victim, third;
             SELECT lo_create(424242);
             GRANT SELECT ON LARGE OBJECT 424242 TO victim;
             SET ROLE victim;
             ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO third;
             RESET ROLE;
             ALTER TABLE app.\"T 1\" ENABLE ROW LEVEL SECURITY",
        );
        server.superuser_session("myapp").execute(
            "SET ROLE postgres; CREATE TABLE t (); GRANT SELECT ON t TO victim",
        );
        server.execute(
            "SET ROLE postgres; GRANT CONNECT, CREATE ON DATABASE myapp TO victim; RESET ROLE;
             SET ROLE app_owner; GRANT CONNECT ON DATABASE second TO victim; RESET ROLE;
             GRANT third TO victim; GRANT victim TO heir; GRANT app_owner TO victim;
             ALTER ROLE victim SET work_mem = '8MB'; COMMENT ON ROLE victim IS 'to go'",
        );
        let before = all_memberships(&server).into_iter().filter(|row| !row.contains("victim")).collect::<Vec<_>>();
        let cluster = connect(&server);
        let destroyed = cluster.destroy(destroy("victim")).await.unwrap();
        assert!(!exists(&server, "victim"));
        assert_eq!(destroyed.done.first().map(String::as_str), Some("disabled it (NOLOGIN)"));
        assert_eq!(destroyed.done.last().map(String::as_str), Some("dropped the role"));
        assert_eq!(all_memberships(&server), before);
        // What is others' is as it was.
        assert_eq!(
            session.column("SELECT format('%s %s %s', c.relname, privilege_type, grantee::regrole) \
                FROM pg_class c, aclexplode(relacl) WHERE relnamespace = 'app'::regnamespace AND grantee <> relowner ORDER BY 1"),
            ["mv SELECT third", "v SELECT third"]
        );
        assert_eq!(session.column("SELECT format('%s %s', polname, polroles::regrole[]) FROM pg_policy"), ["two {third}"]);
        assert_eq!(session.value("SELECT count(*) FROM pg_default_acl"), "0");
        // Again: it is gone already.
        assert_eq!(cluster.destroy(destroy("victim")).await.unwrap().done, Vec::<String>::new());
    }
}

on_every_version! {
    async fn what_it_owns_stops_a_drop_unless_said_otherwise(version: u16) {
        let server = TestCluster::start(version);
        let session = application(&server);
        session.execute(
            "GRANT CREATE, USAGE ON SCHEMA app TO victim, heir; SET ROLE victim;
             CREATE TABLE app.mine (id serial); CREATE VIEW app.view_of_mine AS SELECT * FROM app.mine;
             GRANT SELECT ON app.mine TO third",
        );
        let other = server.superuser_session("myapp");
        other.execute("CREATE SCHEMA victims AUTHORIZATION victim; GRANT CREATE ON SCHEMA victims TO heir");
        server.execute("ALTER DATABASE myapp ALLOW_CONNECTIONS true");
        let cluster = connect(&server);

        let error = cluster.destroy(destroy("victim")).await.unwrap_err();
        assert_eq!(error.reason, DestroyReason::Dependents);
        assert_eq!(error.done, ["disabled it (NOLOGIN)"]);
        assert_eq!(
            error.left,
            [
                "in database \"myapp\" it owns schema victims",
                "in database \"second\" it owns sequence app.mine_id_seq, table app.mine, view app.view_of_mine",
            ].map(str::to_owned)
        );
        assert_eq!(server.value("SELECT rolcanlogin FROM pg_roles WHERE rolname = 'victim'"), "f");

        // A role of that name to give it to is not there.
        let error = cluster.destroy(Destroy { reassign_owned_to: Some(role("nobody")), ..destroy("victim") }).await.unwrap_err();
        assert_eq!(error.reason, DestroyReason::NoHeir { name: role("nobody") });

        let destroyed = cluster.destroy(Destroy { reassign_owned_to: Some(role("heir")), ..destroy("victim") }).await.unwrap();
        assert!(!exists(&server, "victim"), "{destroyed:?}");
        assert_eq!(session.column("SELECT relowner::regrole FROM pg_class WHERE relnamespace = 'app'::regnamespace AND relkind IN ('r', 'v', 'S')"), ["heir"; 3]);
        assert_eq!(session.column("SELECT format('%s by %s', grantee::regrole, grantor::regrole) FROM pg_class, aclexplode(relacl) WHERE relname = 'mine' AND grantee <> relowner"), ["third by heir"]);
        assert_eq!(other.value("SELECT nspowner::regrole FROM pg_namespace WHERE nspname = 'victims'"), "heir");
        assert_eq!(server.value("SELECT count(*) FROM pg_auth_members WHERE member = 'postgres'::regrole AND grantor = member AND NOT admin_option"), "0");

        // The heir's turn: dropped with what it owns, and that of others stays.
        let destroyed = cluster.destroy(Destroy { drop_owned: true, ..destroy("heir") }).await.unwrap();
        assert!(!exists(&server, "heir"), "{destroyed:?}");
        assert_eq!(session.column("SELECT relname FROM pg_class WHERE relnamespace = 'app'::regnamespace"), Vec::<String>::new());
    }
}

on_every_version! {
    async fn drop_owned_never_takes_what_is_others(version: u16) {
        let server = TestCluster::start(version);
        let session = application(&server);
        session.execute(
            "GRANT CREATE, USAGE ON SCHEMA app TO victim, third; SET ROLE victim;
             CREATE TABLE app.mine (id int); GRANT SELECT ON app.mine TO third; RESET ROLE;
             SET ROLE third; CREATE VIEW app.theirs AS SELECT * FROM app.mine",
        );
        let cluster = connect(&server);
        let error = cluster.destroy(Destroy { drop_owned: true, ..destroy("victim") }).await.unwrap_err();
        assert_eq!(error.error.unwrap().sqlstate().unwrap().code(), "2BP01");
        assert_eq!(session.value("SELECT count(*) FROM pg_class WHERE relname IN ('mine', 'theirs')"), "2");
        session.execute("DROP VIEW app.theirs");
        cluster.destroy(Destroy { drop_owned: true, ..destroy("victim") }).await.unwrap();
        assert!(!exists(&server, "victim"));

        // Nor a database.
        server.execute("CREATE DATABASE thirds OWNER third");
        let error = cluster.destroy(Destroy { drop_owned: true, ..destroy("third") }).await.unwrap_err();
        assert_eq!(error.left, ["it owns database thirds, which drop_owned does not drop"]);
        assert_eq!(server.value("SELECT count(*) FROM pg_database WHERE datname = 'thirds'"), "1");
        let reassigned = Destroy { reassign_owned_to: Some(role("postgres")), ..destroy("third") };
        cluster.destroy(reassigned).await.unwrap();
        assert_eq!(server.value("SELECT datdba::regrole FROM pg_database WHERE datname = 'thirds'"), "postgres");
    }
}

on_every_version! {
    async fn what_it_granted_to_others_stays(version: u16) {
        let server = TestCluster::start(version);
        application(&server);
        server.master_session("postgres").execute(
            "CREATE ROLE grp; CREATE ROLE fourth; GRANT grp TO victim WITH ADMIN OPTION;
             GRANT CONNECT, TEMPORARY ON DATABASE myapp TO victim WITH GRANT OPTION",
        );
        server.try_session("victim", "x", "postgres").unwrap().execute(
            "GRANT grp TO third WITH ADMIN OPTION;
             GRANT CONNECT ON DATABASE myapp TO third WITH GRANT OPTION; GRANT TEMPORARY ON DATABASE myapp TO PUBLIC",
        );
        server.try_session("third", "x", "postgres").unwrap().execute("GRANT grp TO fourth");
        let cluster = connect(&server);
        cluster.destroy(destroy("victim")).await.unwrap();
        assert!(!exists(&server, "victim"));
        assert_eq!(
            server.column("SELECT format('%s %s', member::regrole, admin_option) FROM pg_auth_members \
                WHERE roleid = 'grp'::regrole AND member <> 'postgres'::regrole ORDER BY 1"),
            ["fourth f", "third t"]
        );
        // Nobody's grantor is a role that is not there; on 13 to 15 the server would let it be so.
        assert_eq!(server.value("SELECT count(*) FROM pg_auth_members WHERE grantor NOT IN (SELECT oid FROM pg_roles)"), "0");
        assert_eq!(
            server.column("SELECT DISTINCT format('%s %s%s', CASE grantee WHEN 0 THEN 'PUBLIC' ELSE grantee::regrole::text END, privilege_type, \
                CASE WHEN is_grantable THEN '*' ELSE '' END) FROM pg_database, aclexplode(datacl) \
                WHERE datname = 'myapp' AND grantee <> datdba ORDER BY 1"),
            ["PUBLIC CONNECT", "PUBLIC TEMPORARY", "third CONNECT*"]
        );
    }
}

on_every_version! {
    async fn grants_within_a_database_that_it_passed_on_are_named(version: u16) {
        let server = TestCluster::start(version);
        let session = application(&server);
        session.execute(
            "GRANT USAGE ON SCHEMA app TO victim; SET ROLE app_owner; CREATE TABLE app.t (a int);
             GRANT SELECT ON app.t TO victim WITH GRANT OPTION; SET ROLE victim; GRANT SELECT ON app.t TO third",
        );
        let cluster = connect(&server);
        let error = cluster.destroy(destroy("victim")).await.unwrap_err();
        assert_eq!(error.reason, DestroyReason::Dependents);
        assert_eq!(
            error.left,
            ["in database \"second\" it granted to others, who would lose it: SELECT ON TABLE app.t to \"third\""]
        );
        session.execute("SET ROLE app_owner; GRANT SELECT ON app.t TO third; SET ROLE victim; REVOKE SELECT ON app.t FROM third");
        cluster.destroy(destroy("victim")).await.unwrap();
        assert_eq!(session.column("SELECT grantee::regrole FROM pg_class, aclexplode(relacl) WHERE relname = 't' AND grantee <> relowner"), ["third"]);
    }
}

on_every_version! {
    async fn sessions_end_before_the_rest(version: u16) {
        let server = TestCluster::start(version);
        application(&server);
        let session = server.try_session("victim", "x", "second").unwrap();
        let cluster = connect(&server);
        // PostgreSQL drops a role that is logged in.
        server.master_session("postgres").execute("CREATE ROLE other LOGIN PASSWORD 'x'");
        let others = server.try_session("other", "x", "second").unwrap();
        let destroyed = cluster.destroy(destroy("other")).await.unwrap();
        assert_eq!(destroyed.open_sessions, 1);
        assert!(!others.is_closed());

        let destroyed = cluster.destroy(Destroy { terminate_sessions: true, ..destroy("victim") }).await.unwrap();
        assert_eq!(destroyed.open_sessions, 0);
        assert_eq!(destroyed.done, ["disabled it (NOLOGIN)", "ended 1 session", "dropped the role"]);
        assert!(session.try_query("SELECT 1").is_err());
    }
}

on_every_version! {
    async fn only_the_role_of_the_state_is_meant(version: u16) {
        let server = TestCluster::start(version);
        application(&server);
        let cluster = connect(&server);
        let oid = |name: &str| pgum::roles::Oid(server.value(&format!("SELECT oid FROM pg_roles WHERE rolname = '{name}'")).parse().unwrap());
        let (victim, third) = (oid("victim"), oid("third"));

        let error = cluster.destroy(Destroy { oid: Some(pgum::roles::Oid(4_000_000_000)), ..destroy("victim") }).await.unwrap_err();
        assert_eq!(error.reason, DestroyReason::OtherRole { oid: pgum::roles::Oid(4_000_000_000), found: victim });
        let error = cluster.destroy(Destroy { oid: Some(third), ..destroy("victim") }).await.unwrap_err();
        assert_eq!(error.reason, DestroyReason::Renamed { now: role("third") });
        let error = cluster.destroy(Destroy { oid: Some(third), ..destroy("gone") }).await.unwrap_err();
        assert_eq!(error.reason, DestroyReason::Renamed { now: role("third") });
        let error = cluster.destroy(destroy("postgres")).await.unwrap_err();
        assert_eq!(error.reason, DestroyReason::Ourselves);
        assert!(error.done.is_empty());
        assert_eq!(server.value("SELECT count(*) FROM pg_roles WHERE rolcanlogin AND rolname IN ('victim', 'third', 'postgres')"), "3");
        assert_eq!(cluster.destroy(Destroy { oid: Some(pgum::roles::Oid(4_000_000_000)), ..destroy("gone") }).await.unwrap().done, Vec::<String>::new());
        cluster.destroy(Destroy { oid: Some(victim), ..destroy("victim") }).await.unwrap();
        assert!(!exists(&server, "victim"));
    }
}

on_every_version! {
    async fn disabled_instead_of_dropped(version: u16) {
        let server = TestCluster::start(version);
        let session = application(&server);
        session.execute(
            "GRANT CREATE, USAGE ON SCHEMA app TO victim, heir; SET ROLE victim; CREATE FUNCTION app.mine() RETURNS int LANGUAGE sql AS 'SELECT 1'",
        );
        server.execute("GRANT CONNECT ON DATABASE second TO victim; GRANT third TO victim");
        let cluster = connect(&server);
        let disabled = Destroy { action: DestroyAction::Disable, ..destroy("victim") };
        assert_eq!(cluster.destroy(disabled.clone()).await.unwrap().done, ["disabled it (NOLOGIN)"]);
        assert_eq!(session.value("SELECT proowner::regrole FROM pg_proc WHERE proname = 'mine'"), "victim");
        let disabled = Destroy { reassign_owned_to: Some(role("heir")), ..disabled };
        // Whoever gets a function must be able to make one there.
        session.execute("RESET ROLE; REVOKE CREATE ON SCHEMA app FROM heir");
        let error = cluster.destroy(disabled.clone()).await.unwrap_err();
        let text = error.error.unwrap().to_detail();
        assert!(text.contains("permission denied for schema app") && text.contains("\"heir\" needs CREATE on every schema"), "{text}");
        session.execute("GRANT CREATE ON SCHEMA app TO heir");
        assert_eq!(cluster.destroy(disabled).await.unwrap().done, ["in database \"second\": \"heir\" now owns function app.mine()"]);
        assert_eq!(session.value("SELECT proowner::regrole FROM pg_proc WHERE proname = 'mine'"), "heir");
        assert!(exists(&server, "victim"));
        assert_eq!(server.value("SELECT count(*) FROM pg_auth_members WHERE member = 'victim'::regrole"), "1");
        assert_eq!(server.value("SELECT count(*) FROM pg_database, aclexplode(datacl) WHERE grantee = 'victim'::regrole"), "1");
    }
}

on_every_version! {
    async fn a_database_that_lets_nobody_in_is_counted(version: u16) {
        let server = TestCluster::start(version);
        let session = application(&server);
        session.execute(
            "SET ROLE app_owner; CREATE TABLE app.t (a int); GRANT SELECT ON app.t TO victim; RESET ROLE;
             ALTER DEFAULT PRIVILEGES FOR ROLE third GRANT SELECT ON TABLES TO PUBLIC",
        );
        drop(session);
        server.execute("ALTER DATABASE second ALLOW_CONNECTIONS false");
        let cluster = connect(&server);
        for (name, what) in [
            ("victim", "the privileges or policies of 1 object name it"),
            ("third", "it has default privileges of its own"),
        ] {
            let error = cluster.destroy(destroy(name)).await.unwrap_err();
            assert_eq!(error.reason, DestroyReason::Dependents);
            assert_eq!(error.left.len(), 1);
            let said = format!("in database \"second\" {what}; we cannot connect to it to see more (");
            assert!(error.left[0].starts_with(&said), "{:?}", error.left);
        }
        server.execute("ALTER DATABASE second ALLOW_CONNECTIONS true");
        for name in ["victim", "third"] {
            cluster.destroy(destroy(name)).await.unwrap();
            assert!(!exists(&server, name));
        }
    }
}
