//! The clusters that the other tests stand on are what they claim to be.

use crate::support::on_every_version;
use crate::support::postgres::{Cluster, MASTER, MASTER_PASSWORD, default_version};
use crate::support::tls::Authority;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use tokio_postgres::error::SqlState;

on_every_version! {
    fn a_cluster_looks_like_auroras(version: u16) {
        let cluster = Cluster::start(version);
        let master = cluster.master_session("postgres");
        assert_eq!(master.value("SELECT current_setting('server_version_num')::int / 10000"), version.to_string());
        assert_eq!(
            master.query("SELECT rolsuper, rolcreaterole, rolcreatedb FROM pg_roles WHERE rolname = current_user"),
            [[Some("f".to_owned()), Some("t".to_owned()), Some("t".to_owned())]]
        );
        assert_eq!(master.value("SELECT pg_has_role('rds_superuser', 'USAGE')"), "t");
        assert_eq!(
            master.query("SELECT datname, pg_get_userbyid(datdba) FROM pg_database WHERE NOT datistemplate ORDER BY 1"),
            [["myapp", "postgres"], ["postgres", "postgres"], ["rdsadmin", "rdsadmin"]]
                .map(|row| row.map(|text| Some(text.to_owned())))
        );
        // What the master has to be able to do: give a role of its own to rds_iam, and end others' sessions.
        master.execute("CREATE ROLE someone LOGIN PASSWORD 'x'; GRANT rds_iam TO someone; REVOKE rds_iam FROM someone");
        assert_eq!(master.value("SELECT pg_has_role('pg_signal_backend', 'USAGE')"), "t");
        // And what it may not.
        assert!(master.try_query("SELECT 1 FROM pg_authid").is_err());
        assert!(cluster.try_session(MASTER, MASTER_PASSWORD, "rdsadmin").is_err());
        assert!(cluster.try_session(MASTER, "another", "postgres").is_err());
    }
}

on_every_version! {
    fn members_of_rds_iam_have_no_password_login_where_asked(version: u16) {
        let cluster = Cluster::builder(version).rds_hba().start();
        let master = cluster.master_session("postgres");
        master.execute("CREATE ROLE someone LOGIN PASSWORD 'secret'");
        assert!(cluster.try_session("someone", "secret", "myapp").is_ok());
        master.execute("CREATE ROLE a_group; GRANT rds_iam TO a_group; GRANT a_group TO someone");
        assert!(cluster.try_session("someone", "secret", "myapp").is_err());
    }
}

on_every_version! {
    fn a_server_stops_crashes_and_comes_back(version: u16) {
        let mut cluster = Cluster::start(version);
        let session = cluster.master_session("postgres");
        session.execute("CREATE ROLE someone");
        cluster.restart();
        assert!(session.try_query("SELECT 1").is_err());
        cluster.crash();
        assert!(!cluster.is_running());
        cluster.start_again();
        assert_eq!(cluster.value("SELECT count(*) FROM pg_roles WHERE rolname = 'someone'"), "1");
        let session = cluster.master_session("postgres");
        assert_eq!(cluster.kill_sessions(), 1);
        assert!(session.try_query("SELECT 1").is_err());
        assert!(cluster.log().contains("terminating connection due to administrator command"));
    }
}

on_every_version! {
    fn a_standby_refuses_to_write(version: u16) {
        let cluster = Cluster::builder(version).standby().start();
        let master = cluster.master_session("postgres");
        let refusal = |sql| master.try_query(sql).map(drop).unwrap_err().code().cloned();
        assert_eq!(master.value("SELECT pg_is_in_recovery()"), "t");
        assert_eq!(refusal("CREATE ROLE someone"), Some(SqlState::READ_ONLY_SQL_TRANSACTION));
        // "cannot set transaction read-write mode during recovery"
        assert_eq!(refusal("BEGIN READ WRITE"), Some(SqlState::FEATURE_NOT_SUPPORTED));
    }
}

on_every_version! {
    fn settings_and_tls_are_the_servers(version: u16) {
        let authority = Authority::new("pgum's tests");
        let cluster = Cluster::builder(version)
            .setting("log_statement", "all")
            .setting("application_name", "it's quoted")
            .tls_with_clients(authority.server(&["localhost", "127.0.0.1"]), authority.certificate())
            .start();
        let session = cluster.superuser_session("myapp");
        assert_eq!(session.value("SHOW ssl"), "on");
        assert_eq!(session.value("SHOW application_name"), "it's quoted");
        session.execute("SELECT 'seen in the log'");
        assert!(cluster.log().contains("seen in the log"));
    }
}

#[tokio::test]
async fn asynchronous_tests_have_clients_and_sessions() {
    let cluster = Cluster::start(default_version());
    let client = cluster.master().await;
    let row = client.query_one("SELECT current_user::text", &[]).await.unwrap();
    assert_eq!(row.get::<_, String>(0), MASTER);
    assert_eq!(cluster.value("SELECT 1"), "1");
}

#[test]
fn nothing_of_a_cluster_outlives_it() {
    let cluster = Cluster::start(default_version());
    let directory = cluster.socket_directory().to_owned();
    assert!(directory.exists());
    drop(cluster);
    assert!(!directory.exists());
}

/// Set for the process that [`a_killed_test_leaves_nothing_behind`] kills.
const HELD: &str = "PGUM_TEST_HOLDS_A_CLUSTER";

#[test]
fn a_killed_test_leaves_nothing_behind() {
    if std::env::var_os(HELD).is_some() {
        let cluster = Cluster::start(default_version());
        std::io::stderr()
            .write_all(format!("{}\n", cluster.socket_directory().display()).as_bytes())
            .unwrap();
        std::thread::sleep(Duration::from_secs(60));
        return;
    }
    let mut victim = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "--nocapture", "clusters::a_killed_test_leaves_nothing_behind"])
        .env(HELD, "yes")
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut directory = String::new();
    BufReader::new(victim.stderr.take().unwrap()).read_line(&mut directory).unwrap();
    let directory = Path::new(directory.trim_end());
    assert!(directory.join("data").exists(), "{}", directory.display());
    victim.kill().unwrap();
    victim.wait().unwrap();
    let start = Instant::now();
    while directory.exists() {
        assert!(start.elapsed() < Duration::from_secs(30), "{} is still there", directory.display());
        std::thread::sleep(Duration::from_millis(20));
    }
}
