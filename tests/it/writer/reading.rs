//! The catalog is read: all of it at one moment, with the same few statements however many roles there are.

use std::sync::Arc;

use pgum::postgres::{Destroy, DestroyAction};

use super::*;
use crate::support::{on_every_version, on_versions};

on_every_version! {
    async fn any_number_of_roles_takes_the_same_statements(version: u16) {
        let server = TestCluster::builder(version).setting("log_statement", "all").start();
        let statements = |roles: u32| {
            let before = server.log().lines().count();
            let cluster = Arc::new(connect(&server));
            let reads: Vec<_> = (0..20)
                .map(|_| {
                    let cluster = Arc::clone(&cluster);
                    tokio::spawn(async move { cluster.snapshot().await })
                })
                .collect();
            (before, roles, reads, cluster)
        };
        let mut counts = Vec::new();
        for roles in [1_u32, 300] {
            server.execute(&format!("DO $$ BEGIN FOR i IN 1..{roles} LOOP EXECUTE format('CREATE ROLE r{roles}_%s; COMMENT ON ROLE r{roles}_%1$s IS ''x''; \
                ALTER ROLE r{roles}_%1$s SET work_mem = ''1MB''; GRANT rds_iam TO r{roles}_%1$s; GRANT CONNECT ON DATABASE myapp TO r{roles}_%1$s', i); END LOOP; END $$"));
            let (before, _, reads, _cluster) = statements(roles);
            let mut snapshots = Vec::new();
            for read in reads {
                snapshots.push(read.await.unwrap().unwrap());
            }
            assert!(snapshots.iter().all(|snapshot| Arc::ptr_eq(snapshot, &snapshots[0])));
            let read = snapshots[0].catalog.role(&role(&format!("r{roles}_1"))).unwrap();
            assert_eq!((read.comment.as_deref(), read.memberships.len(), read.privileges.len()), (Some("x"), 1, 1));
            assert_eq!(read.settings["work_mem"], "1MB");
            counts.push(server.log().lines().skip(before).filter(|line| line.contains("execute <unnamed>")).count());
        }
        assert_eq!(counts, [6, 6]);

        // Who may read pg_authid reads that, too.
        server.execute("CREATE ROLE administrator SUPERUSER LOGIN PASSWORD 'secret'");
        let before = server.log().lines().count();
        let mut config = config(&server);
        (config.username, config.password) = ("administrator".to_owned(), Some(Password::Fixed("secret".into())));
        let snapshot = Cluster::new(config).snapshot().await.unwrap();
        let lines: Vec<String> = server.log().lines().skip(before).map(str::to_owned).collect();
        assert_eq!(lines.iter().filter(|line| line.contains("execute <unnamed>")).count(), 7);
        let administrator = snapshot.catalog.role_oid(&role("administrator")).unwrap();
        let stored = snapshot.passwords.as_ref().unwrap().of(administrator).unwrap();
        let digest = "SELECT encode(sha256(rolpassword::bytea), 'hex') FROM pg_authid WHERE rolname = 'administrator'";
        assert_eq!(stored.digest.as_str(), server.value(digest));
        let without = snapshot.catalog.role_oid(&role("rds_iam")).unwrap();
        assert!(snapshot.passwords.as_ref().unwrap().of(without).is_none());
    }
}

on_versions! {
    [14, 18]
    /// On RDS the catalog may say that pg_authid can be read, and the server refuses it: here a role that reads all data may.
    async fn who_reads_all_data_sees_passwords(version: u16) {
        let server = TestCluster::start(version);
        assert!(connect(&server).snapshot().await.unwrap().passwords.is_none());
        server.execute("GRANT pg_read_all_data TO postgres");
        assert!(connect(&server).snapshot().await.unwrap().passwords.is_some());
        // Rights on the columns are as good, and one of them is not enough.
        server.execute("REVOKE pg_read_all_data FROM postgres; GRANT SELECT (rolpassword) ON pg_authid TO postgres");
        assert!(connect(&server).snapshot().await.unwrap().passwords.is_none());
        server.execute("GRANT SELECT (oid) ON pg_authid TO postgres");
        assert!(connect(&server).snapshot().await.unwrap().passwords.is_some());
        // A refused identifier ends the transaction.
        server.execute("REVOKE EXECUTE ON FUNCTION pg_control_system() FROM PUBLIC");
        let snapshot = connect(&server).snapshot().await.unwrap();
        assert!(snapshot.system_identifier.is_none() && snapshot.passwords.is_none());
    }
}

on_every_version! {
    async fn what_other_tools_leave_behind_is_read(version: u16) {
        let server = TestCluster::start(version);
        server.execute("CREATE DATABASE latin ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0");
        let latin = server.superuser_session("latin");
        latin.execute("CREATE ROLE \"caf\u{e9}\"; COMMENT ON ROLE \"caf\u{e9}\" IS '\u{e9}t\u{e9}'; CREATE ROLE plain; GRANT \"caf\u{e9}\" TO plain;
            ALTER ROLE plain SET application_name = '\u{e9}'; GRANT plain TO postgres WITH ADMIN OPTION;
            CREATE TABLE \"t\u{e9}\" (); ALTER TABLE \"t\u{e9}\" OWNER TO postgres; GRANT SELECT ON \"t\u{e9}\" TO plain");
        drop(latin);
        server.execute(
            "CREATE ROLE late VALID UNTIL 'infinity'; CREATE ROLE early VALID UNTIL '-infinity';
             CREATE ROLE bc VALID UNTIL '0044-03-15 12:00:00 UTC BC'; CREATE ROLE far VALID UNTIL '294276-12-31 00:00:00.5 UTC';
             CREATE ROLE \"nobody's\" VALID UNTIL '2030-01-01 00:00:00.25+02';
             ALTER ROLE far SET application_name = 'a=b=c'; ALTER DATABASE myapp SET work_mem = '1MB';
             REVOKE ALL ON DATABASE template1 FROM PUBLIC, rdsadmin",
        );
        let cluster = connect(&server);
        let snapshot = cluster.snapshot().await.unwrap();
        let read = |name: &str| snapshot.catalog.role(&RoleName::from_catalog(name)).unwrap();
        assert_eq!(read("caf\u{fffd}").comment.as_deref(), Some("\u{fffd}t\u{fffd}"));
        assert_eq!(read("plain").memberships[0].other.as_str(), "caf\u{fffd}");
        let until = |name: &str| read(name).attributes.valid_until.to_string();
        assert_eq!(until("late"), "infinity");
        assert_eq!(until("early"), "-infinity");
        assert_eq!(until("bc"), "0044-03-15 12:00:00+00 BC");
        assert_eq!(until("far"), "294276-12-31 00:00:00.5+00");
        assert_eq!(until("nobody's"), "2029-12-31T22:00:00.25Z");
        assert_eq!(read("far").settings["application_name"], "a=b=c");
        assert!(snapshot.catalog.database(&database("template1")).unwrap().acl.is_empty());
        assert_eq!(snapshot.server.version / 10_000, u32::from(version));
        assert_eq!(snapshot.facts.user.as_str(), MASTER);
        assert!(!snapshot.facts.superuser);
        let identifier = server.value("SELECT system_identifier FROM pg_control_system()");
        assert_eq!(snapshot.system_identifier.map(|number| number.to_string()), Some(identifier));

        // What was written by us is read by us as it was written.
        for name in ["early", "bc", "far", "nobody's"] {
            let valid_until = read(name).attributes.valid_until;
            let attributes = RoleAttributes { valid_until: valid_until.clone(), ..RoleAttributes::default() };
            let copy = format!("copy of {name}");
            let applied = cluster.apply(create(Desired { attributes, ..desired(&copy) })).await.unwrap();
            assert_eq!(applied.role.attributes.valid_until, valid_until);
        }
        // Nor does it stop a change, or a drop.
        cluster.apply(create(Desired { memberships: memberships(&["plain"]), ..user("someone") })).await.unwrap();
        let gone = Destroy {
            resource: "pgum_user",
            oid: None,
            name: role("plain"),
            action: DestroyAction::Drop,
            reassign_owned_to: None,
            drop_owned: false,
            terminate_sessions: false,
        };
        cluster.destroy(gone).await.unwrap();
        assert_eq!(server.value("SELECT count(*) FROM pg_roles WHERE rolname = 'plain'"), "0");
    }
}

on_versions! {
    [13, 18]
    async fn a_look_at_a_member_does_not_read_the_other_members(version: u16) {
        let server = TestCluster::start(version);
        server.execute(
            "CREATE ROLE big; CREATE ROLE grantor; CREATE ROLE someone; GRANT big TO someone;
             DO $$ BEGIN FOR i IN 1..500 LOOP EXECUTE format('CREATE ROLE member_%s; GRANT big TO member_%1$s; GRANT CONNECT ON DATABASE myapp TO member_%1$s', i); END LOOP; END $$;
             GRANT CONNECT ON DATABASE myapp TO someone WITH GRANT OPTION; SET ROLE someone; GRANT CONNECT ON DATABASE myapp TO grantor",
        );
        let cluster = connect(&server);
        let looked = cluster.look(&[role("someone"), role("no such role")]).await.unwrap();
        let everything = cluster.snapshot().await.unwrap();
        assert!(looked.catalog.roles().count() < 20, "{}", looked.catalog.roles().count());
        assert!(looked.catalog.role_oid(&role("no such role")).is_none());
        assert!(looked.catalog.role_oid(&RoleName::rds_iam()).is_some());
        assert_eq!(looked.catalog.role(&role("someone")), everything.catalog.role(&role("someone")));
        // And both are the same for the other end.
        let looked = cluster.look(&[role("big"), role("grantor")]).await.unwrap();
        let big = looked.catalog.role(&role("big")).unwrap();
        assert_eq!(big.members.len(), 501);
        assert_eq!(Some(big), everything.catalog.role(&role("big")));
        assert_eq!(looked.catalog.role(&role("grantor")), everything.catalog.role(&role("grantor")));
    }
}

on_versions! {
    [13, 18]
    async fn an_error_is_not_kept(version: u16) {
        let mut server = TestCluster::start(version);
        let cluster = Cluster::new(ConnectionConfig { connect_retry: std::time::Duration::ZERO, ..config(&server) });
        server.stop();
        let (one, two) = tokio::join!(cluster.snapshot(), cluster.snapshot());
        assert!(one.is_err() && two.is_err());
        server.start_again();
        assert!(cluster.snapshot().await.is_ok());
    }
}

on_versions! {
    [13, 18]
    async fn nothing_is_begun_after_the_stop(version: u16) {
        let server = TestCluster::start(version);
        let cluster = connect(&server);
        cluster.stop();
        assert!(cluster.snapshot().await.is_err());
        assert!(cluster.look(&[role("postgres")]).await.is_err());
        assert!(matches!(cluster.apply(create(user("someone"))).await, Err(pgum::postgres::ApplyError::Stopped)));
        assert_eq!(server.value("SELECT count(*) FROM pg_stat_activity WHERE usename = 'postgres'"), "0");
    }
}
