//! What others do while roles go: between a look and a statement, between two transactions, and with locks.

use pgum::postgres::{Destroy, DestroyReason, Kind};
use std::time::Duration;

use super::destroy::{destroy, exists};
use super::together::{destroy_all, oid};
use super::*;
use crate::support::on_versions;
use crate::support::postgres::Session;

/// Roles of the master's own that have nothing, `bare_0` and so on, and one that has something to be revoked, so that the
/// last transaction changes a database first.
fn bare(server: &TestCluster, count: usize) -> Vec<Destroy> {
    server.master_session("postgres").execute(&format!(
        "CREATE ROLE bystander; CREATE ROLE granted LOGIN; GRANT CONNECT ON DATABASE myapp TO granted;
         DO $$ BEGIN FOR number IN 0 .. {count} - 1 LOOP
             EXECUTE format('CREATE ROLE bare_%s LOGIN', number);
         END LOOP; END $$"
    ));
    let bare = (0..count).map(|number| destroy(&format!("bare_{number}")));
    [destroy("granted")].into_iter().chain(bare).collect()
}

/// A transaction that holds what this statement locks.
fn holding(server: &TestCluster, sql: &str) -> Session {
    let session = server.superuser_session("postgres");
    session.execute("BEGIN");
    session.execute(sql);
    session
}

/// Waits until a session of the provider's waits for a lock.
async fn until_it_waits(server: &TestCluster) {
    let waiting =
        "SELECT count(*) FROM pg_stat_activity WHERE usename = 'postgres' AND wait_event_type = 'Lock'";
    while server.value(waiting) == "0" {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

fn login(server: &TestCluster, name: &str) -> String {
    server.value(&format!("SELECT rolcanlogin FROM pg_roles WHERE rolname = '{name}'"))
}

const IN_THE_DATABASE: &str = "GRANT CONNECT ON DATABASE myapp TO bystander";

on_versions! {
    [13, 16, 18]
    /// A name that means another role by the time of its DROP is not dropped, whoever goes with it.
    async fn who_got_the_name_before_the_drop_stays(version: u16) {
        let server = TestCluster::start(version);
        let all = bare(&server, 10);
        let was = oid(&server, "bare_6");
        let held = holding(&server, IN_THE_DATABASE);
        let cluster = connect(&server);
        let going = tokio::spawn(async move { destroy_all(&cluster, all).await });
        until_it_waits(&server).await;
        server.master_session("postgres").execute(
            "ALTER ROLE bare_5 RENAME TO kept; CREATE ROLE bare_5 LOGIN;
             DROP ROLE bare_6; CREATE ROLE bare_6 LOGIN",
        );
        held.execute("ROLLBACK");
        for (name, result) in going.await.unwrap() {
            let done = ["disabled it (NOLOGIN)".to_owned()];
            match name.as_str() {
                "bare_5" => {
                    let error = result.unwrap_err();
                    assert_eq!((error.reason, error.done), (DestroyReason::Renamed { now: role("kept") }, done.to_vec()));
                }
                "bare_6" => {
                    let error = result.unwrap_err();
                    let found = oid(&server, "bare_6");
                    assert_eq!((error.reason, error.done), (DestroyReason::OtherRole { oid: was, found }, done.to_vec()));
                }
                _ => assert!(result.is_ok() && !exists(&server, &name), "{name}: {result:?}"),
            }
        }
        assert_eq!(["bare_5", "bare_6", "kept"].map(|name| login(&server, name)), ["t", "t", "f"]);
    }
}

on_versions! {
    [13, 16, 18]
    /// The same of one that goes alone.
    async fn who_got_the_name_of_one_stays(version: u16) {
        let server = TestCluster::start(version);
        bare(&server, 0);
        let held = holding(&server, IN_THE_DATABASE);
        let cluster = connect(&server);
        let going = tokio::spawn(async move { cluster.destroy(destroy("granted")).await });
        until_it_waits(&server).await;
        server.master_session("postgres").execute("ALTER ROLE granted RENAME TO kept; CREATE ROLE granted LOGIN");
        held.execute("ROLLBACK");
        assert_eq!(going.await.unwrap().unwrap_err().reason, DestroyReason::Renamed { now: role("kept") });
        assert_eq!(["granted", "kept"].map(|name| login(&server, name)), ["t", "f"]);
    }
}

on_versions! {
    [13, 16, 18]
    /// Nor is it disabled.
    async fn who_got_the_name_before_it_is_disabled_may_log_in(version: u16) {
        let server = TestCluster::start(version);
        let mut all = bare(&server, 10);
        let was = oid(&server, "bare_6");
        all.iter_mut().for_each(|request| request.oid = Some(oid(&server, request.name.as_str())));
        let held = holding(&server, "ALTER ROLE granted CONNECTION LIMIT 7");
        let cluster = connect(&server);
        let going = tokio::spawn(async move { destroy_all(&cluster, all).await });
        until_it_waits(&server).await;
        server.master_session("postgres").execute("DROP ROLE bare_6; CREATE ROLE bare_6 LOGIN");
        held.execute("ROLLBACK");
        for (name, result) in going.await.unwrap() {
            if name == "bare_6" {
                let (error, found) = (result.unwrap_err(), oid(&server, "bare_6"));
                assert_eq!((error.reason, error.done), (DestroyReason::OtherRole { oid: was, found }, vec![]));
            } else {
                assert!(result.is_ok() && !exists(&server, &name), "{name}: {result:?}");
            }
        }
        assert_eq!(login(&server, "bare_6"), "t");
    }
}

on_versions! {
    [13, 18]
    /// Whoever is locked by somebody is waited for once, and who locks is told; the others go.
    async fn a_locked_role_is_waited_for_once(version: u16) {
        let server = TestCluster::start(version);
        let all = bare(&server, 10);
        let held = holding(&server, "ALTER ROLE bare_3 CONNECTION LIMIT 7");
        let cluster = Cluster::new(ConnectionConfig { lock_timeout: Duration::from_secs(1), ..config(&server) });
        for (name, result) in destroy_all(&cluster, all).await {
            if name == "bare_3" {
                let error = result.unwrap_err();
                assert_eq!(error.reason, DestroyReason::Failed { doing: "disable the role".to_owned() });
                let error = error.error.unwrap();
                assert_eq!(error.kind(), Kind::LockTimeout);
                assert!(error.to_detail().contains("What was waited for is held by:"), "{}", error.to_detail());
            } else {
                assert!(result.is_ok() && !exists(&server, &name), "{name}: {result:?}");
            }
        }
        assert_eq!(server.log().matches("canceling statement due to lock timeout").count(), 1);
        held.execute("ROLLBACK");
        assert_eq!(login(&server, "bare_3"), "t");
        assert!(cluster.destroy(destroy("bare_3")).await.is_ok());
    }
}

on_versions! {
    [13, 18]
    /// So is a database, for those that have something of it.
    async fn a_locked_database_keeps_nobody_else(version: u16) {
        let server = TestCluster::start(version);
        let all = bare(&server, 10);
        server.master_session("postgres").execute("GRANT CONNECT ON DATABASE myapp TO bare_3");
        let held = holding(&server, IN_THE_DATABASE);
        let cluster = Cluster::new(ConnectionConfig { lock_timeout: Duration::from_secs(1), ..config(&server) });
        for (name, result) in destroy_all(&cluster, all).await {
            if ["granted", "bare_3"].contains(&name.as_str()) {
                let error = result.unwrap_err();
                assert_eq!(error.reason, DestroyReason::Failed { doing: "drop the role".to_owned() });
                assert_eq!(error.done, ["disabled it (NOLOGIN)"]);
                let error = error.error.unwrap();
                assert!(error.to_detail().contains("What was waited for is held by:"), "{}", error.to_detail());
            } else {
                assert!(result.is_ok() && !exists(&server, &name), "{name}: {result:?}");
            }
        }
        assert_eq!(server.log().matches("canceling statement due to lock timeout").count(), 1);
        held.execute("ROLLBACK");
        assert_eq!(server.value("SELECT count(*) FROM pg_roles WHERE rolname IN ('granted', 'bare_3')"), "2");
    }
}

on_versions! {
    [13, 16, 18]
    /// What one gets between the look and the DROP is found by the next look, and the others are gone by then.
    async fn who_gets_something_meanwhile_is_looked_at_again(version: u16) {
        let server = TestCluster::start(version);
        let mut all = bare(&server, 10);
        all.iter_mut().for_each(|request| request.oid = Some(oid(&server, request.name.as_str())));
        server.superuser_session("myapp").execute("CREATE TABLE things ()");
        let held = holding(&server, IN_THE_DATABASE);
        let cluster = connect(&server);
        let going = tokio::spawn(async move { destroy_all(&cluster, all).await });
        until_it_waits(&server).await;
        let session = server.superuser_session("myapp");
        session.execute("CREATE SCHEMA of_bare_2 AUTHORIZATION bare_2");
        server.master_session("postgres").execute("CREATE ROLE grp; GRANT grp TO bare_4; GRANT bare_4 TO bystander");
        held.execute("ROLLBACK");
        for (name, result) in going.await.unwrap() {
            if name == "bare_2" {
                let error = result.unwrap_err();
                assert_eq!(error.reason, DestroyReason::Dependents);
                assert_eq!(error.left, ["in database \"myapp\" it owns schema of_bare_2"]);
            } else {
                assert!(result.is_ok() && !exists(&server, &name), "{name}: {result:?}");
            }
        }
        assert_eq!(server.value("SELECT count(*) FROM pg_auth_members m WHERE NOT EXISTS (SELECT FROM pg_roles WHERE oid = member) OR NOT EXISTS (SELECT FROM pg_roles WHERE oid = roleid)"), "0");
    }
}
