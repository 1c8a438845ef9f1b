//! Many at once, others at work on the same, connections that break at the worst moment.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use pgum::postgres::{ApplyError, Destroy, DestroyAction, Kind};
use pgum::roles::preflight::Unmet;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use super::*;
use crate::support::{on_every_version, on_versions};

/// A user with five groups, a password and a privilege.
fn busy(i: usize) -> Apply {
    let groups: Vec<String> = (0..5).map(|n| format!("g{}", (i + n) % 10)).collect();
    let groups: Vec<&str> = groups.iter().map(String::as_str).collect();
    let desired = Desired {
        memberships: memberships(&groups),
        privileges: privileges(&[("myapp", &["CONNECT"]), ("postgres", &["TEMP"])]),
        comment: Some(format!("user {i}")),
        ..user(&format!("u{i}"))
    };
    with_password(create(desired), &format!("password of {i}"))
}

fn with_groups(server: &TestCluster) {
    server
        .master_session("postgres")
        .execute("DO $$ BEGIN FOR i IN 0..9 LOOP EXECUTE format('CREATE ROLE g%s', i); END LOOP; END $$");
}

/// That all of `count` users are there in full.
fn assert_whole(server: &TestCluster, count: usize) {
    let expected = count.to_string();
    assert_eq!(server.value("SELECT count(*) FROM pg_authid WHERE rolname ~ '^u[0-9]+$' AND rolcanlogin AND rolpassword LIKE 'SCRAM%'"), expected);
    assert_eq!(
        server.value("SELECT count(*) FROM (SELECT member FROM pg_auth_members m JOIN pg_roles r ON r.oid = member WHERE rolname ~ '^u[0-9]+$' GROUP BY 1 HAVING count(*) = 5) x"),
        expected
    );
    assert_eq!(server.value("SELECT count(*) FROM pg_database, aclexplode(datacl) JOIN pg_roles r ON r.oid = grantee WHERE rolname ~ '^u[0-9]+$'"), (2 * count).to_string());
}

/// As Terraform does: ten at a time.
async fn apply_all(
    cluster: &Arc<Cluster>,
    which: std::ops::Range<usize>,
) -> Vec<Result<Applied, ApplyError>> {
    use futures_util::StreamExt;
    let tasks = futures_util::stream::iter(which.map(|i| {
        let cluster = Arc::clone(cluster);
        async move { tokio::spawn(async move { cluster.apply(busy(i)).await }).await.unwrap() }
    }));
    tasks.buffer_unordered(10).collect().await
}

on_every_version! {
    async fn what_is_asked_together_goes_together(version: u16) {
        let server = TestCluster::builder(version).setting("log_statement", "all").start();
        with_groups(&server);
        let cluster = Arc::new(connect(&server));
        let results = apply_all(&cluster, 0..60).await;
        assert!(results.iter().all(Result::is_ok), "{:?}", results.iter().find(|result| result.is_err()));
        assert_whole(&server, 60);
        let transactions = server.log().matches("SELECT pg_catalog.pg_advisory_xact_lock(").count();
        assert!(transactions > 0);
        assert!(transactions < 40, "{transactions} transactions for 60 users");
    }
}

on_every_version! {
    async fn who_fails_in_company_fails_alone(version: u16) {
        let server = TestCluster::start(version);
        with_groups(&server);
        let cluster = connect(&server);
        let requests = (0..20).map(|i| {
            let mut request = busy(i);
            match i {
                7 => { request.desired.settings.insert("work_mem".to_owned(), "nonsense".to_owned()); }
                // It needs what the next one makes: alone, it comes after it.
                8 => { request.desired.memberships.extend(memberships(&["u9"])); }
                13 => request.desired.name = role("u12"),
                _ => {}
            }
            cluster.apply(request)
        });
        let results = futures_util::future::join_all(requests).await;
        for (i, result) in results.iter().enumerate() {
            match (i, result) {
                (7, Err(ApplyError::Failed { change: Some(_), .. })) | (13, Err(ApplyError::AlreadyThere { .. })) => {}
                (7 | 13, other) => panic!("{i}: {other:?}"),
                (8, Ok(_) | Err(ApplyError::Unmet(Unmet::MissingGroup { .. }))) => {}
                (_, result) => assert!(result.is_ok(), "{i}: {result:?}"),
            }
        }
        assert_eq!(server.value("SELECT count(*) FROM pg_roles WHERE rolname = 'u7'"), "0");
        assert_eq!(server.value("SELECT count(*) FROM pg_roles WHERE rolname ~ '^u[0-9]+$'"), results.iter().filter(|result| result.is_ok()).count().to_string());
    }
}

on_every_version! {
    async fn others_that_change_the_same_are_no_error(version: u16) {
        let server = Arc::new(TestCluster::start(version));
        with_groups(&server);
        let cluster = Arc::new(connect(&server));
        let stop = Arc::new(AtomicBool::new(false));
        let others: Vec<_> = (0..2)
            .map(|n| {
                let (session, stop) = (server.superuser_session("postgres"), Arc::clone(&stop));
                session.execute(&format!("CREATE ROLE noise{n}"));
                std::thread::spawn(move || {
                    let mut rounds = 0;
                    while !stop.load(Ordering::Relaxed) {
                        for sql in ["GRANT CONNECT, TEMP ON DATABASE myapp TO", "REVOKE CONNECT, TEMP ON DATABASE myapp FROM", "GRANT g1, g3, g2 TO", "REVOKE g1, g3, g2 FROM"] {
                            // They collide with each other and with us, and do not try again.
                            let _ = session.try_query(&format!("{sql} noise{n}"));
                        }
                        rounds += 1;
                    }
                    rounds
                })
            })
            .collect();
        let results = apply_all(&cluster, 0..60).await;
        stop.store(true, Ordering::Relaxed);
        let rounds: u32 = others.into_iter().map(|other| other.join().unwrap()).sum();
        assert!(rounds > 0);
        assert!(results.iter().all(Result::is_ok), "{:?}", results.iter().find(|result| result.is_err()));
        assert_whole(&server, 60);
    }
}

on_versions! {
    [13, 18]
    async fn killed_connections_and_a_restart_are_no_error(version: u16) {
        let server = Arc::new(std::sync::Mutex::new(TestCluster::start(version)));
        with_groups(&server.lock().unwrap());
        let cluster = Arc::new(connect(&server.lock().unwrap()));
        let killed = Arc::new(AtomicUsize::new(0));
        let stop = Arc::new(AtomicBool::new(false));
        let killer = std::thread::spawn({
            let (server, stop, killed) = (Arc::clone(&server), Arc::clone(&stop), Arc::clone(&killed));
            move || {
                for round in 0.. {
                    if stop.load(Ordering::Relaxed) {
                        return;
                    }
                    let mut server = server.lock().unwrap();
                    killed.fetch_add(server.kill_sessions(), Ordering::Relaxed);
                    if round == 3 {
                        server.restart();
                    }
                    drop(server);
                    std::thread::sleep(Duration::from_millis(300));
                }
            }
        });
        let mut count = 0;
        while killed.load(Ordering::Relaxed) < 6 {
            let results = apply_all(&cluster, count..count + 40).await;
            assert!(results.iter().all(Result::is_ok), "{:?}", results.iter().find(|result| result.is_err()));
            assert!(results.iter().flatten().all(|applied| !applied.adopted && !applied.changes.is_empty()));
            count += 40;
        }
        stop.store(true, Ordering::Relaxed);
        killer.join().unwrap();
        assert_whole(&server.lock().unwrap(), count);
    }
}

/// Passes bytes on. The first COMMIT is passed on, too, but not its answer: the connection is closed when the
/// server has given one.
pub(super) async fn proxy_that_loses_a_commit(port: u16, commits: usize) -> u16 {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let own = listener.local_addr().unwrap().port();
    let left = Arc::new(AtomicUsize::new(commits));
    crate::support::runtime().spawn(async move {
        while let Ok((client, _)) = listener.accept().await {
            let left = Arc::clone(&left);
            tokio::spawn(async move {
                let server = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
                let (mut from_client, mut to_client) = client.into_split();
                let (mut from_server, mut to_server) = server.into_split();
                let losing = Arc::new(AtomicBool::new(false));
                let lost = Arc::clone(&losing);
                let back = tokio::spawn(async move {
                    let mut buffer = [0; 8192];
                    while let Ok(n @ 1..) = from_server.read(&mut buffer).await {
                        if lost.load(Ordering::SeqCst) || to_client.write_all(&buffer[..n]).await.is_err() {
                            return;
                        }
                    }
                });
                let mut buffer = [0; 8192];
                while let Ok(n @ 1..) = from_client.read(&mut buffer).await {
                    // Not READ COMMITTED.
                    let is_commit = buffer[..n].windows(8).any(|bytes| bytes == b"; COMMIT");
                    if is_commit
                        && left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |n| n.checked_sub(1)).is_ok()
                    {
                        losing.store(true, Ordering::SeqCst);
                        let _ = to_server.write_all(&buffer[..n]).await;
                        // Both ends close when the answer has come.
                        let _ = back.await;
                        return;
                    }
                    if to_server.write_all(&buffer[..n]).await.is_err() {
                        return;
                    }
                }
            });
        }
    });
    own
}

on_every_version! {
    async fn a_lost_commit_is_resolved_by_looking(version: u16) {
        let server = TestCluster::start(version);
        with_groups(&server);
        let through_proxy = async |commits| {
            let port = proxy_that_loses_a_commit(server.port(), commits).await;
            Cluster::new(ConnectionConfig { port, ..config(&server) })
        };
        // It has happened: no "is there already", and no second role.
        let applied = through_proxy(1).await.apply(busy(1)).await.unwrap();
        assert_whole(&server, 1);
        assert!(!applied.adopted);
        assert!(matches!(applied.changes[0], pgum::roles::Change::Create { .. }), "{:?}", applied.changes);
        // Several times, and for several.
        let cluster = through_proxy(3).await;
        let results = futures_util::future::join_all((2..6).map(|i| cluster.apply(busy(i)))).await;
        assert!(results.iter().all(Result::is_ok), "{results:?}");
        for applied in results.iter().flatten() {
            assert!(!applied.adopted);
            assert!(matches!(applied.changes[0], pgum::roles::Change::Create { .. }), "{:?}", applied.changes);
        }
        assert_whole(&server, 5);
        // A change of one that is there.
        let desired = Desired { name: role("renamed"), ..busy(1).desired };
        let changed = through_proxy(1).await.apply(with_password(update(&applied, desired), "new")).await.unwrap();
        assert_eq!((changed.role.oid, changed.role.name.as_str()), (applied.role.oid, "renamed"));
        assert!(server.try_session("renamed", "new", "myapp").is_ok());
        // And its end: each step's.
        let gone = Destroy {
            resource: "pgum_user",
            oid: Some(applied.role.oid),
            name: role("renamed"),
            action: DestroyAction::Drop,
            reassign_owned_to: None,
            drop_owned: false,
            terminate_sessions: true,
        };
        let destroyed = through_proxy(5).await.destroy(gone).await.unwrap();
        assert_eq!(destroyed.done.first().map(String::as_str), Some("disabled it (NOLOGIN)"));
        assert_eq!(destroyed.done.last().map(String::as_str), Some("dropped the role"));
        assert_eq!(server.value("SELECT count(*) FROM pg_roles WHERE rolname = 'renamed'"), "0");
    }
}

on_versions! {
    [13, 18]
    /// A stop between a COMMIT that got no answer and the look that would tell: nobody says that nothing was changed.
    async fn a_lost_commit_may_stay_unresolved(version: u16) {
        let server = TestCluster::start(version);
        let port = proxy_that_loses_a_commit(server.port(), 1).await;
        let cluster = Arc::new(Cluster::new(ConnectionConfig { port, ..config(&server) }));
        let waiting = |count| {
            let sql = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted";
            while server.value(sql) != count {
                std::thread::sleep(Duration::from_millis(10));
            }
        };
        let first = server.superuser_session("postgres");
        first.execute("BEGIN; SELECT pg_advisory_xact_lock(1885828461)");
        let applying = tokio::spawn({
            let cluster = Arc::clone(&cluster);
            async move { cluster.apply(create(user("doubtful"))).await }
        });
        tokio::task::block_in_place(|| waiting("1"));
        // It gets the lock when this apply has committed.
        let then = server.superuser_session("postgres");
        let then = std::thread::spawn(move || {
            then.execute("BEGIN; SELECT pg_advisory_xact_lock(1885828461)");
            then
        });
        tokio::task::block_in_place(|| waiting("2"));
        first.execute("ROLLBACK");
        let then = then.join().unwrap();
        tokio::task::block_in_place(|| waiting("1"));
        cluster.stop();
        let error = applying.await.unwrap().unwrap_err();
        let error = error.error().unwrap().to_detail();
        assert!(error.contains("it is not known whether this has happened"), "{error}");
        then.execute("ROLLBACK");
        assert_eq!(server.value("SELECT count(*) FROM pg_roles WHERE rolname = 'doubtful'"), "1");
    }
}

on_versions! {
    [13, 18]
    async fn who_blocks_is_named(version: u16) {
        let server = TestCluster::start(version);
        let first = connect(&server).apply(create(user("someone"))).await.unwrap();
        let blocker = server.superuser_session("postgres");
        let pid = blocker.value("SELECT pg_backend_pid()");
        blocker.execute("SET application_name = 'the other'");
        blocker.execute("BEGIN; ALTER ROLE someone CONNECTION LIMIT 3");
        let desired = Desired {
            comment: Some("x".to_owned()),
            attributes: RoleAttributes { connection_limit: 9, ..user("someone").attributes },
            ..user("someone")
        };
        let texts = timed_out(&server, async |cluster: &Cluster| {
            vec![cluster.apply(update(&first, desired.clone())).await.unwrap_err()]
        });
        let who = format!("process {pid}, user \"rdsadmin\", application \"the other\"");
        for text in texts.await {
            assert!(text.contains(&format!("{who}, in a transaction since ")), "{text}");
        }
        blocker.execute("ROLLBACK");

        // Another run: who holds its lock is who stands in the way, for all that wait.
        blocker.execute("BEGIN; SELECT pg_advisory_xact_lock(1885828461)");
        let waits = || server.log().matches("canceling statement due to lock timeout").count();
        let mut before = 0;
        let texts = timed_out(&server, async |cluster: &Cluster| {
            before = waits();
            let applies = (0..10).map(|i| cluster.apply(create(user(&format!("u{i}")))));
            let results = futures_util::future::join_all(applies).await;
            results.into_iter().map(Result::unwrap_err).collect()
        })
        .await;
        assert_eq!(texts.len(), 10);
        // And they wait once.
        assert_eq!(waits() - before, 1);
        for text in texts {
            assert!(text.contains(&who), "{text}");
        }
        blocker.execute("ROLLBACK");
        assert!(connect(&server).apply(create(user("u1"))).await.is_ok());
    }
}

/// What the errors of an attempt say that waits for a lock in vain. Who blocks is seen by a look that falls within the
/// wait, and nobody knows how long a look takes on a busy machine: so the wait gets longer until one does.
async fn timed_out(
    server: &TestCluster,
    mut attempt: impl AsyncFnMut(&Cluster) -> Vec<ApplyError>,
) -> Vec<String> {
    let mut patience = Duration::from_secs(1);
    loop {
        let cluster = Cluster::new(ConnectionConfig { lock_timeout: patience, ..config(server) });
        let errors = attempt(&cluster).await;
        let errors = errors.iter().map(|error| error.error().unwrap());
        let texts: Vec<String> = errors
            .map(|error| {
                assert_eq!(error.kind(), Kind::LockTimeout);
                error.to_detail()
            })
            .collect();
        let is_seen = texts.iter().all(|text| text.contains("What was waited for is held by"));
        if is_seen || patience > Duration::from_secs(60) {
            return texts;
        }
        patience *= 2;
    }
}

on_versions! {
    [13, 18]
    async fn a_stop_ends_what_waits(version: u16) {
        let server = TestCluster::start(version);
        let blocker = server.superuser_session("postgres");
        blocker.execute("BEGIN; SELECT pg_advisory_xact_lock(1885828461)");
        let cluster = Arc::new(connect(&server));
        let waiting: Vec<_> = (0..3)
            .map(|i| {
                let cluster = Arc::clone(&cluster);
                tokio::spawn(async move { cluster.apply(create(user(&format!("u{i}")))).await })
            })
            .collect();
        while server.value("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted") == "0" {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        cluster.stop();
        for waiting in waiting {
            assert!(matches!(waiting.await.unwrap(), Err(ApplyError::Stopped)));
        }
        blocker.execute("ROLLBACK");
        assert_eq!(server.value("SELECT count(*) FROM pg_roles WHERE rolname ~ '^u[0-9]'"), "0");
    }
}
