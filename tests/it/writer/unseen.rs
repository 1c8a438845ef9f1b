//! Roles that are created without a look beforehand, as soon as one transaction has seen the server: what is in the way is found
//! all the same, and said in the same words.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use pgum::postgres::ApplyError;
use pgum::roles::lockout::Why;
use pgum::roles::preflight::Unmet;

use super::*;
use crate::support::postgres::Traffic;
use crate::support::{on_every_version, on_versions};

/// Looks at roles, and at how protected ones stand: in so many statements.
const LOOK: usize = 6;

/// A connection that has seen the server.
async fn warm(server: &TestCluster) -> Cluster {
    let cluster = connect(server);
    cluster.apply(create(user("first"))).await.unwrap();
    cluster
}

fn in_groups(name: &str, groups: &[&str]) -> Apply {
    create(Desired { memberships: memberships(groups), ..user(name) })
}

fn count(server: &TestCluster, pattern: &str) -> String {
    server.value(&format!("SELECT count(*) FROM pg_roles WHERE rolname ~ '{pattern}'"))
}

on_every_version! {
    /// It costs one look less than with a look before, and it is the whole role.
    async fn one_look_is_enough(version: u16) {
        let server = Traffic::logged(TestCluster::builder(version)).start();
        server.master_session("postgres").execute("CREATE ROLE grp");
        let mut traffic = Traffic::new(&server);
        let whole = |name: &str| {
            let desired = Desired {
                memberships: memberships(&["grp"]),
                privileges: privileges(&[("myapp", &["CONNECT"])]),
                settings: BTreeMap::from([("work_mem".to_owned(), "8MB".to_owned())]),
                comment: Some("one of two".to_owned()),
                ..user(name)
            };
            with_password(create(desired), "secret")
        };
        let cluster = connect(&server);
        let first = cluster.apply(whole("one")).await.unwrap();
        let seen = traffic.count(&server);
        let second = cluster.apply(whole("two")).await.unwrap();
        let unseen = traffic.count(&server);
        assert_eq!((seen.transactions, unseen.transactions), (1, 1));
        assert_eq!(unseen.statements, seen.statements - LOOK);
        let described = |applied: &Applied| {
            applied.changes.iter().map(|change| change.describe().replace("two", "one")).collect::<Vec<_>>()
        };
        assert_eq!(described(&first), described(&second));
        assert!(!second.adopted && second.verifier.is_some());
        let what = |name: &str| {
            server.column(&format!(
                "SELECT concat_ws(' ', rolcanlogin, rolpassword LIKE 'SCRAM%', s.setconfig, shobj_description(r.oid, 'pg_authid'), \
                 has_database_privilege(r.oid, 'myapp', 'CONNECT'), pg_has_role(r.oid, 'grp', 'MEMBER')) \
                 FROM pg_authid r LEFT JOIN pg_db_role_setting s ON s.setrole = r.oid WHERE rolname = '{name}'"
            ))
        };
        assert_eq!(what("two"), what("one"));
        assert_eq!(what("two"), ["t t {work_mem=8MB} one of two t t"]);
    }
}

on_versions! {
    [13, 16, 18]
    async fn what_is_in_the_way_is_named(version: u16) {
        let server = Traffic::logged(TestCluster::builder(version)).start();
        server.master_session("postgres").execute("CREATE ROLE taken LOGIN CONNECTION LIMIT 3");
        let cluster = warm(&server).await;
        let mut traffic = Traffic::new(&server);
        let refused = async |request: Apply| cluster.apply(request).await.unwrap_err();
        let oid = server.value("SELECT oid FROM pg_roles WHERE rolname = 'taken'");
        let error = refused(create(user("taken"))).await;
        assert!(matches!(error, ApplyError::AlreadyThere { oid: found } if found.0.to_string() == oid), "{error:?}");
        let error = refused(in_groups("someone", &["nobody"])).await;
        assert!(matches!(&error, ApplyError::Unmet(Unmet::MissingGroup { name }) if *name == role("nobody")), "{error:?}");
        let nowhere = Desired { privileges: privileges(&[("nowhere", &["CONNECT"])]), ..user("someone") };
        let error = refused(create(nowhere)).await;
        assert!(matches!(error, ApplyError::Unmet(Unmet::MissingDatabase { .. })), "{error:?}");
        let there = BTreeMap::from([(database("nowhere"), BTreeMap::from([("work_mem".to_owned(), "1MB".to_owned())]))]);
        let error = refused(create(Desired { database_settings: there, ..user("someone") })).await;
        assert!(matches!(error, ApplyError::Unmet(Unmet::MissingDatabase { .. })), "{error:?}");
        let settings = BTreeMap::from([("no_such_setting".to_owned(), "1".to_owned())]);
        let error = refused(create(Desired { settings, ..user("someone") })).await;
        let ApplyError::Failed { change: Some(pgum::roles::Change::SetSetting { .. }), error } = error else { panic!("{error:?}") };
        assert_eq!(error.sqlstate().unwrap().code(), "42704");
        server.execute("DROP ROLE rds_iam");
        let error = refused(create(Desired { rds_iam: Some(true), ..user("someone") })).await;
        assert!(matches!(error, ApplyError::Unmet(Unmet::MissingRdsIam)), "{error:?}");
        assert_eq!((count(&server, "someone"), count(&server, "taken")), ("0".to_owned(), "1".to_owned()));
        assert_eq!(server.value("SELECT rolconnlimit FROM pg_roles WHERE rolname = 'taken'"), "3");
        // Connections stay good; one may still be rolling back when the next is wanted.
        assert!(traffic.count(&server).connections <= 1);
        // One that is taken over is looked at first.
        let adopting = Apply { target: Target::New { adopt: true }, ..create(user("taken")) };
        assert!(cluster.apply(adopting).await.unwrap().adopted);
    }
}

on_versions! {
    [13, 18]
    /// Of many who go together, only those fail that something is in the way of; so many that they wait for the lock first.
    async fn who_is_refused_keeps_nobody(version: u16) {
        let server = TestCluster::start(version);
        server.master_session("postgres").execute("CREATE ROLE u7; CREATE ROLE grp");
        let cluster = warm(&server).await;
        let requests = (0..100).map(|i| match i {
            11 => in_groups("u11", &["nobody"]),
            _ => in_groups(&format!("u{i}"), &["grp"]),
        });
        let results = cluster.together(join_all(requests.map(|request| cluster.apply(request)))).await;
        for (i, result) in results.iter().enumerate() {
            match i {
                7 => assert!(matches!(result, Err(ApplyError::AlreadyThere { .. })), "{result:?}"),
                11 => assert!(matches!(result, Err(ApplyError::Unmet(Unmet::MissingGroup { .. }))), "{result:?}"),
                _ => assert!(result.as_ref().is_ok_and(|applied| !applied.adopted), "{i}: {result:?}"),
            }
        }
        assert_eq!(server.value("SELECT count(*) FROM pg_auth_members WHERE roleid = 'grp'::regrole AND member::regrole::text ~ '^u'"), "98");
    }
}

on_versions! {
    [13, 16, 18]
    /// What others do between two of our transactions is neither missed nor blamed on us.
    async fn the_server_may_have_changed(version: u16) {
        let server = TestCluster::start(version);
        server.execute("CREATE ROLE keeper LOGIN PASSWORD 'x'");
        server.master_session("postgres").execute("CREATE ROLE grp");
        let config = config(&server);
        let mut protection = config.protection();
        protection.protect(role("keeper"), Why::Listed);
        let cluster = Cluster::protecting(config, protection, pgum::postgres::SqlLog::default());
        cluster.apply(create(user("first"))).await.unwrap();

        server.execute("ALTER ROLE keeper NOLOGIN");
        assert_eq!(cluster.apply(create(user("second"))).await.unwrap().lost, []);
        assert_eq!(server.value("SELECT rolcanlogin FROM pg_roles WHERE rolname = 'keeper'"), "f");

        // From now on we are called otherwise, and then may do more.
        server.execute("ALTER ROLE postgres RENAME TO chief");
        let applied = cluster.apply(in_groups("third", &["grp"])).await.unwrap();
        assert_eq!(applied.facts.user, role("chief"));
        server.execute("ALTER ROLE chief SUPERUSER");
        let mut superuser = in_groups("fourth", &["grp"]);
        superuser.desired.attributes.superuser = true;
        assert!(cluster.apply(superuser).await.unwrap().facts.superuser);
        assert_eq!(server.column("SELECT rolname FROM pg_roles WHERE rolsuper AND rolname <> 'rdsadmin' ORDER BY 1"), ["chief", "fourth"]);
        assert_eq!(count(&server, "^(first|second|third|fourth)$"), "4");
    }
}

on_versions! {
    [13, 18]
    /// What was sent and not run, because the lock was not had, is in no log; and who is in the way is named.
    async fn what_was_not_run_is_not_logged(version: u16) {
        let server = TestCluster::start(version);
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("statements.jsonl");
        let config = ConnectionConfig { lock_timeout: Duration::from_millis(500), ..config(&server) };
        let protection = config.protection();
        let log = pgum::postgres::SqlLog::append_to(&file).unwrap();
        let cluster = Cluster::protecting(config, protection, log);
        cluster.apply(create(user("first"))).await.unwrap();
        let blocker = server.superuser_session("postgres");
        blocker.execute("SET application_name = 'the other run'; BEGIN; SELECT pg_advisory_xact_lock(1885828461)");
        let error = cluster.apply(create(user("second"))).await.unwrap_err();
        let error = error.error().unwrap();
        assert_eq!(error.kind(), pgum::postgres::Kind::LockTimeout);
        assert!(error.to_detail().contains("application \"the other run\""), "{}", error.to_detail());
        blocker.execute("ROLLBACK");
        let logged = std::fs::read_to_string(&file).unwrap();
        assert!(logged.contains("\"first\"") && !logged.contains("\"second\""), "{logged}");
    }
}

on_versions! {
    [13, 18]
    /// It waits for another run like any other, and a stop ends that.
    async fn a_stop_ends_what_waits(version: u16) {
        let server = TestCluster::start(version);
        let cluster = Arc::new(warm(&server).await);
        let blocker = server.superuser_session("postgres");
        blocker.execute("BEGIN; SELECT pg_advisory_xact_lock(1885828461)");
        let waiting = tokio::spawn({
            let cluster = Arc::clone(&cluster);
            async move { cluster.apply(create(user("someone"))).await }
        });
        while server.value("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted") == "0" {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        cluster.stop();
        assert!(matches!(waiting.await.unwrap(), Err(ApplyError::Stopped)));
        blocker.execute("ROLLBACK");
        while server.value("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'") != "0" {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        assert_eq!(count(&server, "someone"), "0");
    }
}
