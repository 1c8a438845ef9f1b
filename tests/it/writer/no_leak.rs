//! No password reaches the server, and no verifier a log that does not record every statement.

use super::*;
use crate::support::on_every_version;

on_every_version! {
    async fn no_verifier_is_logged_when_statements_fail(version: u16) {
        let server = TestCluster::builder(version).setting("log_min_error_statement", "error").start();
        let cluster = Cluster::new(ConnectionConfig { lock_timeout: std::time::Duration::from_millis(300), ..config(&server) });
        let first = cluster.apply(with_password(create(user("someone")), "first-s3cret")).await.unwrap();

        // Something before the password fails.
        let settings = BTreeMap::from([("work_mem".to_owned(), "nonsense".to_owned())]);
        let failing = with_password(update(&first, Desired { settings, ..user("someone") }), "second-s3cret");
        cluster.apply(failing).await.unwrap_err();
        // The password waits for another's lock, in vain.
        let blocker = server.superuser_session("postgres");
        blocker.execute("BEGIN; ALTER ROLE someone CONNECTION LIMIT 5");
        let error = cluster.apply(with_password(update(&first, user("someone")), "third-s3cret")).await.unwrap_err();
        assert_eq!(error.error().unwrap().sqlstate().unwrap().code(), "55P03");
        blocker.execute("ROLLBACK");
        // The right to set it is missing: a role of somebody else's (16+), a superuser's (all).
        server.execute("CREATE ROLE boss LOGIN SUPERUSER PASSWORD 'x'");
        let adopt = Apply { target: Target::New { adopt: true }, ..create(Desired { attributes: RoleAttributes { login: true, superuser: true, ..Default::default() }, ..desired("boss") }) };
        cluster.apply(with_password(adopt, "fourth-s3cret")).await.unwrap_err();
        // One of several that go together fails.
        let cluster = &cluster;
        let requests = (0..20).map(|i| {
            let settings = if i % 7 == 3 { BTreeMap::from([("work_mem".to_owned(), "nonsense".to_owned())]) } else { BTreeMap::new() };
            cluster.apply(with_password(create(Desired { settings, ..user(&format!("user_{i}")) }), &format!("{i}th-s3cret")))
        });
        let results = futures_util::future::join_all(requests).await;
        assert_eq!(results.iter().filter(|result| result.is_err()).count(), 3);

        let log = server.log();
        assert!(log.contains("invalid value for parameter"), "{log}");
        assert!(log.contains("canceling statement due to lock timeout"), "{log}");
        assert!(!log.contains("SCRAM-SHA-256"), "{log}");
        assert!(!log.contains("s3cret"), "{log}");
    }
}

on_every_version! {
    async fn no_password_reaches_the_server(version: u16) {
        let server = TestCluster::builder(version).setting("log_statement", "all").start();
        let cluster = connect(&server);
        let first = cluster.apply(with_password(create(user("someone")), "first-s3cret")).await.unwrap();
        cluster.apply(with_password(update(&first, user("renamed")), "second-s3cret")).await.unwrap();
        let log = server.log();
        assert_eq!(log.matches("PASSWORD 'SCRAM-SHA-256").count(), 2, "{log}");
        assert!(!log.contains("s3cret"), "{log}");
    }
}

on_every_version! {
    /// Whoever may set defaults for the database or the role could have every statement written to the log.
    async fn no_verifier_is_logged_by_debugging_settings(version: u16) {
        let server = TestCluster::start(version);
        for setting in ["debug_print_parse", "debug_print_rewritten", "debug_print_plan"] {
            server.execute(&format!("ALTER DATABASE postgres SET {setting} = on"));
        }
        server.master_session("postgres").execute("SELECT 'seen in the log'");
        let cluster = connect(&server);
        cluster.apply(with_password(create(user("someone")), "s3cret")).await.unwrap();
        let log = server.log();
        assert!(log.contains("seen in the log"), "{log}");
        assert!(!log.contains("SCRAM-SHA-256"), "{log}");
    }
}
