//! Many roles that go at the same time: together, as far as nothing special is to be done for one of them, and each with the
//! words that it would have alone.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::future::join_all;
use pgum::postgres::{Destroy, DestroyAction, DestroyError, DestroyReason, Destroyed, Kind, SqlLog};
use pgum::roles::Oid;
use pgum::roles::lockout::Why;

use super::concurrency::proxy_that_loses_a_commit;
use super::destroy::{application, destroy, exists};
use super::*;
use crate::support::postgres::{Count, Traffic};
use crate::support::{on_every_version, on_versions};

/// What came of each, in the order of the requests.
pub(super) async fn destroy_all(
    cluster: &Cluster,
    all: Vec<Destroy>,
) -> Vec<(String, Result<Destroyed, DestroyError>)> {
    let going = all.into_iter().map(|request| async move {
        let name = request.name.to_string();
        (name, cluster.destroy(request).await)
    });
    cluster.together(join_all(going)).await
}

/// Users of the master's own, `plain_0` and so on, with what users have.
fn plain(server: &TestCluster, count: usize) -> Vec<Destroy> {
    server.master_session("postgres").execute(&format!(
        "DO $$ BEGIN
         IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'plain_group') THEN CREATE ROLE plain_group; END IF;
         FOR number IN 0 .. {count} - 1 LOOP
             EXECUTE format('CREATE ROLE plain_%s LOGIN CONNECTION LIMIT 3', number);
             EXECUTE format('GRANT plain_group TO plain_%s', number);
             EXECUTE format('GRANT CONNECT, TEMPORARY ON DATABASE myapp TO plain_%s', number);
             EXECUTE format('GRANT CREATE ON DATABASE myapp TO plain_%s WITH GRANT OPTION', number);
             EXECUTE format('COMMENT ON ROLE plain_%s IS ''one of many''', number);
             EXECUTE format('ALTER ROLE plain_%s SET work_mem = ''8MB''', number);
         END LOOP; END $$"
    ));
    (0..count).map(|number| destroy(&format!("plain_{number}"))).collect()
}

pub(super) fn oid(server: &TestCluster, name: &str) -> Oid {
    Oid(server.value(&format!("SELECT '{name}'::regrole::oid")).parse().unwrap())
}

/// All steps of a role that nothing is special about.
const WHOLE: [&str; 3] = [
    "disabled it (NOLOGIN)",
    "revoked CONNECT, TEMPORARY ON DATABASE \"myapp\", CREATE ON DATABASE \"myapp\"",
    "dropped the role",
];

/// All went as one does alone.
#[track_caller]
fn assert_gone(results: &[(String, Result<Destroyed, DestroyError>)]) {
    for (name, result) in results {
        let destroyed = result.as_ref().unwrap_or_else(|error| panic!("{name}: {error:?}"));
        assert_eq!(
            (destroyed.done.as_slice(), destroyed.open_sessions),
            (WHOLE.map(str::to_owned).as_slice(), 0),
            "{name}"
        );
    }
}

fn plain_ones_left(server: &TestCluster) -> Vec<String> {
    server.column(
        "SELECT rolname FROM pg_roles WHERE rolname LIKE 'plain\\_%' AND rolname <> 'plain_group' ORDER BY 1",
    )
}

/// What a cluster is asked for while so many go.
async fn traffic(version: u16, count: usize) -> Count {
    let server = Traffic::logged(TestCluster::builder(version)).start();
    let all = plain(&server, count);
    let mut traffic = Traffic::new(&server);
    let results = destroy_all(&connect(&server), all).await;
    assert_gone(&results);
    assert_eq!(plain_ones_left(&server), [""; 0]);
    assert_eq!(server.value("SELECT count(*) FROM pg_auth_members WHERE roleid = 'plain_group'::regrole AND member <> 'postgres'::regrole"), "0");
    traffic.count(&server)
}

on_every_version! {
    /// One transaction disables all, one looks for their sessions, one drops all.
    async fn many_go_in_three_transactions(version: u16) {
        let (some, more) = (traffic(version, 30).await, traffic(version, 60).await);
        assert_eq!((some.transactions, more.transactions), (3, 3));
        assert_eq!((some.connections, more.connections), (1, 1));
        // Each has an ALTER ROLE and a DROP ROLE; what is revoked is revoked from all at once.
        assert_eq!(more.statements - some.statements, 2 * 30);
    }
}

on_every_version! {
    /// Also with a single connection, and whoever asks first.
    async fn who_is_special_goes_alone(version: u16) {
        let server = TestCluster::start(version);
        let session = application(&server);
        session.execute(
            "GRANT CREATE, USAGE ON SCHEMA app TO victim; SET ROLE victim; CREATE TABLE app.mine (a int); RESET ROLE;
             SET ROLE app_owner; CREATE TABLE app.t (a int); RESET ROLE",
        );
        let mut all = plain(&server, 40);
        server.master_session("postgres").execute(
            "CREATE ROLE grp; GRANT grp TO third WITH ADMIN OPTION;
             CREATE ROLE anew LOGIN; CREATE ROLE renamed LOGIN; CREATE ROLE mentioned LOGIN; CREATE ROLE disabled LOGIN;
             CREATE ROLE ended LOGIN PASSWORD 'x'; CREATE ROLE guest LOGIN PASSWORD 'x'; CREATE ROLE twice LOGIN;
             CREATE ROLE without_heir LOGIN; CREATE ROLE owns_nothing LOGIN; CREATE ROLE of_owner LOGIN;
             CREATE ROLE giver LOGIN; CREATE ROLE taker LOGIN",
        );
        server.try_session("third", "x", "postgres").unwrap().execute("GRANT grp TO heir");
        session.execute(
            "SET ROLE app_owner; GRANT SELECT ON app.t TO mentioned; GRANT CONNECT ON DATABASE second TO of_owner; RESET ROLE;
             GRANT CREATE, USAGE ON SCHEMA app TO giver, taker; SET ROLE giver; CREATE TABLE app.given (a int); RESET ROLE",
        );
        let [ended, guest] = ["ended", "guest"].map(|name| server.try_session(name, "x", "second").unwrap());
        let [one, two] = ["plain_39", "twice"].map(destroy);
        let of = |name: &str, change: fn(&mut Destroy)| {
            let mut request = destroy(name);
            change(&mut request);
            request
        };
        all.pop();
        all.splice(5..5, [
            destroy("victim"),
            destroy("third"),
            of("anew", |request| request.oid = Some(Oid(4_000_000_000))),
            Destroy { oid: Some(oid(&server, "renamed")), ..destroy("called_before") },
            destroy("mentioned"),
            of("ended", |request| request.terminate_sessions = true),
            destroy("guest"),
            two.clone(),
            two,
            destroy("nobody"),
            destroy(MASTER),
            of("without_heir", |request| request.reassign_owned_to = Some(role("not_there"))),
            of("disabled", |request| request.action = DestroyAction::Disable),
            of("owns_nothing", |request| {
                request.action = DestroyAction::Disable;
                request.reassign_owned_to = Some(role("heir"));
            }),
            destroy("of_owner"),
            // Its heir goes, too, but not before it has inherited.
            of("taker", |request| request.drop_owned = true),
            of("giver", |request| request.reassign_owned_to = Some(role("taker"))),
        ]);
        all.push(one);
        let cluster = Cluster::new(ConnectionConfig { max_connections: 1, ..config(&server) });
        let mut results = destroy_all(&cluster, all).await;
        let (plain, special): (Vec<_>, Vec<_>) = results.drain(..).partition(|(name, _)| name.starts_with("plain_"));
        assert_eq!(plain.len(), 40);
        assert_gone(&plain);
        assert_eq!(plain_ones_left(&server), [""; 0]);
        let of_twice: Vec<_> = special.iter().filter(|(name, _)| name == "twice").collect();
        let whole = of_twice.iter().filter(|(_, result)| result.as_ref().unwrap().done.contains(&WHOLE[2].to_owned()));
        assert_eq!((of_twice.len(), whole.count()), (2, 1));
        let mut special = special.into_iter().collect::<BTreeMap<_, _>>();
        let mut of = |name: &str| special.remove(name).unwrap();
        let disabled = "disabled it (NOLOGIN)";

        let error = of("victim").unwrap_err();
        assert_eq!((&error.reason, error.done), (&DestroyReason::Dependents, vec![disabled.to_owned()]));
        assert_eq!(error.left, ["in database \"second\" it owns table app.mine"]);
        assert_eq!(server.value("SELECT rolcanlogin FROM pg_roles WHERE rolname = 'victim'"), "f");
        let done = of("third").unwrap().done;
        assert_eq!(done, [disabled, "granted again what it had granted: membership of \"heir\" in \"grp\"", "dropped the role"]);
        assert_eq!(server.value("SELECT pg_has_role('heir', 'grp', 'MEMBER')"), "t");
        assert_eq!(server.value("SELECT count(*) FROM pg_auth_members WHERE grantor NOT IN (SELECT oid FROM pg_roles)"), "0");

        let error = of("anew").unwrap_err();
        let found = oid(&server, "anew");
        assert_eq!((error.reason, error.done), (DestroyReason::OtherRole { oid: Oid(4_000_000_000), found }, vec![]));
        let error = of("called_before").unwrap_err();
        assert_eq!((error.reason, error.done), (DestroyReason::Renamed { now: role("renamed") }, vec![]));
        assert_eq!(of(MASTER).unwrap_err().reason, DestroyReason::Ourselves);
        assert_eq!(of("without_heir").unwrap_err().reason, DestroyReason::NoHeir { name: role("not_there") });
        assert_eq!(
            server.column("SELECT rolname FROM pg_roles WHERE rolcanlogin AND rolname IN ('anew', 'renamed', 'postgres', 'without_heir') ORDER BY 1"),
            ["anew", "postgres", "renamed", "without_heir"]
        );
        assert_eq!(of("nobody").unwrap(), Destroyed::default());

        let done = of("mentioned").unwrap().done;
        assert_eq!(done, [disabled, "in database \"second\": revoked SELECT ON TABLE app.t (app_owner)", "dropped the role"]);
        let done = of("of_owner").unwrap().done;
        assert_eq!(done, [disabled, "revoked CONNECT ON DATABASE \"second\"", "dropped the role"]);
        assert_eq!(of("ended").unwrap().done, [disabled, "ended 1 session", "dropped the role"]);
        assert!(ended.try_query("SELECT 1").is_err());
        let destroyed = of("guest").unwrap();
        assert_eq!((destroyed.open_sessions, destroyed.done), (1, vec![disabled.to_owned(), "dropped the role".to_owned()]));
        assert!(!guest.is_closed());
        for name in ["disabled", "owns_nothing"] {
            assert_eq!(of(name).unwrap().done, [disabled], "{name}");
            assert_eq!(server.value(&format!("SELECT rolcanlogin FROM pg_roles WHERE rolname = '{name}'")), "f");
        }
        let done = of("giver").unwrap().done;
        assert!(done.contains(&"in database \"second\": \"taker\" now owns table app.given".to_owned()), "{done:?}");
        let done = of("taker").unwrap().done;
        assert!(done.contains(&"in database \"second\": dropped table app.given".to_owned()), "{done:?}");
        for name in ["third", "mentioned", "of_owner", "ended", "guest", "twice", "giver", "taker"] {
            assert!(!exists(&server, name), "{name}");
        }
        assert_eq!(session.value("SELECT relowner::regrole FROM pg_class WHERE relname = 'mine'"), "victim");
    }
}

on_every_version! {
    /// The server refuses some of them, in the first transaction and in the last: each has its error, and the others go.
    async fn who_is_refused_keeps_nobody(version: u16) {
        let server = TestCluster::start(version);
        let mut all = plain(&server, 40);
        server.execute(
            "DO $$ BEGIN FOR number IN 0 .. 4 LOOP
                 EXECUTE format('CREATE ROLE super_%s SUPERUSER LOGIN', number);
                 EXECUTE format('CREATE ROLE idle_%s SUPERUSER', number);
             END LOOP; END $$",
        );
        for number in 0..5 {
            all.insert(number * 7, destroy(&format!("super_{number}")));
            all.insert(number * 9, destroy(&format!("idle_{number}")));
        }
        let results = destroy_all(&connect(&server), all).await;
        let (plain, refused): (Vec<_>, Vec<_>) = results.into_iter().partition(|(name, _)| name.starts_with("plain_"));
        assert_gone(&plain);
        assert_eq!(refused.len(), 10);
        for (name, result) in refused {
            let error = result.unwrap_err();
            let doing = if name.starts_with("super_") { "disable the role" } else { "drop the role" };
            assert_eq!(error.reason, DestroyReason::Failed { doing: doing.to_owned() }, "{name}");
            assert_eq!(error.error.unwrap().kind(), Kind::InsufficientPrivilege, "{name}");
            assert_eq!(error.done, [""; 0], "{name}");
            assert!(exists(&server, &name));
        }
    }
}

on_versions! {
    [13, 15, 18]
    /// One of them is all that lets a protected role connect: that one stays, as it does alone.
    async fn who_would_lock_somebody_out_stays(version: u16) {
        let server = TestCluster::start(version);
        let mut all = plain(&server, 20);
        server.execute("CREATE ROLE keeper LOGIN; REVOKE CONNECT ON DATABASE myapp FROM PUBLIC; GRANT CONNECT ON DATABASE myapp TO postgres WITH GRANT OPTION");
        server.master_session("postgres").execute("CREATE ROLE app; GRANT CONNECT ON DATABASE myapp TO app; GRANT app TO keeper");
        all.insert(11, destroy("app"));
        let config = ConnectionConfig { database: "myapp".to_owned(), ..config(&server) };
        let mut protection = config.protection();
        protection.protect(role("keeper"), Why::Listed);
        let cluster = Cluster::protecting(config, protection, SqlLog::default());
        let results = destroy_all(&cluster, all).await;
        let (plain, app): (Vec<_>, Vec<_>) = results.into_iter().partition(|(name, _)| name.starts_with("plain_"));
        assert_gone(&plain);
        let error = app.into_iter().next().unwrap().1.unwrap_err();
        assert!(matches!(error.reason, DestroyReason::LocksOut { .. }), "{error:?}");
        assert_eq!(server.value("SELECT has_database_privilege('keeper', 'myapp', 'CONNECT')"), "t");
    }
}

on_versions! {
    [13, 18]
    /// The log has for each what it would have for one alone.
    async fn each_has_its_own_lines_in_the_log(version: u16) {
        let server = TestCluster::start(version);
        let all = plain(&server, 12);
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("statements.jsonl");
        let config = config(&server);
        let protection = config.protection();
        let cluster = Cluster::protecting(config, protection, SqlLog::append_to(&file).unwrap());
        assert_gone(&destroy_all(&cluster, all).await);
        let lines: Vec<serde_json::Value> = std::fs::read_to_string(&file)
            .unwrap()
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        assert!(lines.iter().all(|line| line["outcome"] == "ok"), "{lines:?}");
        for number in 0..12 {
            let name = format!("plain_{number}");
            let own = lines.iter().filter(|line| line["role"] == name.as_str());
            let own: Vec<&str> = own.map(|line| line["sql"].as_str().unwrap()).collect();
            let expected = ["ALTER ROLE * NOLOGIN", "REVOKE ALL PRIVILEGES ON DATABASE \"myapp\" FROM *", "DROP ROLE *"];
            assert_eq!(own, expected.map(|line| line.replace('*', &format!("\"{name}\""))));
        }
        assert_eq!(lines.iter().filter(|line| line["sql"] == "COMMIT").count(), 2);
    }
}

on_every_version! {
    /// Whether it has happened is looked up, and what has happened is told.
    async fn lost_commits_are_resolved_by_looking(version: u16) {
        let server = TestCluster::start(version);
        let all = plain(&server, 25);
        let port = proxy_that_loses_a_commit(server.port(), 2).await;
        let cluster = Cluster::new(ConnectionConfig { port, ..config(&server) });
        assert_gone(&destroy_all(&cluster, all).await);
        assert_eq!(plain_ones_left(&server), [""; 0]);
    }
}

on_versions! {
    [13, 18]
    /// What was lost is done again, for fewer at a time where it is lost again and again.
    async fn killed_connections_keep_nobody(version: u16) {
        let server = Arc::new(Mutex::new(TestCluster::start(version)));
        let cluster = connect(&server.lock().unwrap());
        let (stop, killed) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
        let killer = std::thread::spawn({
            let (server, stop, killed) = (Arc::clone(&server), Arc::clone(&stop), Arc::clone(&killed));
            move || {
                while !stop.load(Ordering::Relaxed) {
                    killed.fetch_add(server.lock().unwrap().kill_sessions(), Ordering::Relaxed);
                    std::thread::sleep(Duration::from_millis(200));
                }
            }
        });
        while killed.load(Ordering::Relaxed) < 6 {
            // Nobody is killed while they are made.
            let all = plain(&server.lock().unwrap(), 300);
            assert_gone(&destroy_all(&cluster, all).await);
        }
        stop.store(true, Ordering::Relaxed);
        killer.join().unwrap();
        assert_eq!(plain_ones_left(&server.lock().unwrap()), [""; 0]);
    }
}

/// Where nobody answers, all hear of it at once, and not one after the other has waited.
#[tokio::test]
async fn a_server_out_of_reach_is_tried_once() {
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let tried = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&tried);
    let closing = tokio::spawn(async move {
        while let Ok((client, _)) = listener.accept().await {
            counted.fetch_add(1, Ordering::SeqCst);
            drop(client);
        }
    });
    let config = ConnectionConfig {
        port,
        username: MASTER.to_owned(),
        sslmode: SslMode::Disable,
        connect_retry: Duration::ZERO,
        ..ConnectionConfig::new("127.0.0.1")
    };
    let cluster = Cluster::new(config);
    let all = (0..100).map(|number| destroy(&format!("plain_{number}"))).collect();
    for (name, result) in destroy_all(&cluster, all).await {
        let error = result.unwrap_err();
        assert_eq!(error.reason, DestroyReason::Failed { doing: "disable the role".to_owned() }, "{name}");
        assert!(matches!(error.error.unwrap().kind(), Kind::Unreachable(_)), "{name}");
    }
    assert_eq!(tried.load(Ordering::SeqCst), 1);
    closing.abort();
}
