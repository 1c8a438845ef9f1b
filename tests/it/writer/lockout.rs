//! Protected roles, as the server is asked about them in the transaction itself: what no plan could foresee is rolled
//! back.

use std::time::Duration;

use pgum::postgres::{ApplyError, Destroy, DestroyAction, DestroyReason};
use pgum::roles::lockout::{Harm, Loss, Lost, Why};
use pgum::roles::{Oid, ValidUntil};

use super::*;
use crate::support::on_versions;

const KEEPER: &str = "keeper";

/// A cluster with a keeper, whom the master may change: from 16 on with ADMIN on it, which makes the master its member.
fn cluster_with_keeper(version: u16) -> TestCluster {
    let server = TestCluster::start(version);
    server.execute("CREATE ROLE keeper LOGIN CREATEROLE CREATEDB PASSWORD 'x'");
    if version >= 16 {
        server.execute("GRANT keeper TO postgres WITH ADMIN OPTION");
        server.execute("GRANT rds_superuser TO postgres WITH ADMIN OPTION");
    }
    server.master_session("postgres").execute("GRANT rds_superuser TO keeper");
    server
}

fn protecting(server: &TestCluster, database: &str, allow_lockout: bool) -> Cluster {
    let config = ConnectionConfig { database: database.to_owned(), ..config(server) };
    let mut protection = config.protection();
    protection.protect(role(KEEPER), Why::Listed);
    protection.allow_lockout = allow_lockout;
    Cluster::protecting(config, protection, pgum::postgres::SqlLog::default())
}

/// The keeper as it is.
fn keeper() -> Desired {
    let attributes =
        RoleAttributes { login: true, create_role: true, create_database: true, ..Default::default() };
    Desired { attributes, memberships: memberships(&["rds_superuser"]), ..desired(KEEPER) }
}

fn of_keeper(server: &TestCluster, desired: Desired) -> Apply {
    let oid = Oid(server.value("SELECT oid FROM pg_roles WHERE rolname = 'keeper'").parse().unwrap());
    Apply { target: Target::Existing { oid, name: role(KEEPER) }, ..create(desired) }
}

fn group(name: &str, groups: &[&str]) -> Apply {
    create(Desired { memberships: memberships(groups), ..desired(name) })
}

/// All that the catalogs say of roles.
fn everything(server: &TestCluster) -> Vec<Vec<Option<String>>> {
    server.query(
        "SELECT 'role', r::text FROM pg_authid r \
         UNION ALL SELECT 'membership', concat_ws(' ', roleid, member, grantor, admin_option) FROM pg_auth_members \
         UNION ALL SELECT 'setting', s::text FROM pg_db_role_setting s \
         UNION ALL SELECT 'database', concat_ws(' ', datname, datacl) FROM pg_database ORDER BY 1, 2",
    )
}

fn lost(result: Result<Applied, ApplyError>) -> Vec<Lost> {
    match result {
        Err(ApplyError::LocksOut { lost }) => lost,
        other => panic!("{other:?}"),
    }
}

fn kinds(lost: Vec<Lost>) -> Vec<Loss> {
    assert!(lost.iter().all(|lost| lost.role.name == role(KEEPER) && lost.role.why == Why::Listed));
    lost.into_iter().map(|lost| lost.loss).collect()
}

on_versions! {
    [13, 15, 16, 18]
    async fn each_way_of_its_own_is_rolled_back(version: u16) {
        let server = cluster_with_keeper(version);
        let master = server.master_session("postgres");
        master.execute("CREATE ROLE nobody_else; GRANT nobody_else TO keeper");
        let keeper = || Desired { memberships: memberships(&["rds_superuser", "nobody_else"]), ..keeper() };
        let with = |change: fn(&mut RoleAttributes)| {
            let mut desired = keeper();
            change(&mut desired.attributes);
            desired
        };
        let one = |name: &str, value: &str| BTreeMap::from([(name.to_owned(), value.to_owned())]);
        let setting = |name: &str, value: &str| Desired { settings: one(name, value), ..keeper() };
        let here = BTreeMap::from([(database("postgres"), one("role", "nobody_else"))]);
        let past = |attributes: &mut RoleAttributes| {
            attributes.valid_until = ValidUntil::parse("2001-01-01T00:00:00Z").unwrap();
        };
        type Is = fn(&Loss) -> bool;
        let ways: Vec<(Desired, Is)> = vec![
            (with(|attributes| attributes.login = false), |loss| *loss == Loss::Login),
            (with(|attributes| attributes.connection_limit = 0), |loss| *loss == Loss::ConnectionLimit),
            (with(|attributes| attributes.create_role = false), |loss| *loss == Loss::CreateRole),
            (with(past), |loss| *loss == Loss::Validity),
            (Desired { password: PasswordChange::Clear, ..keeper() }, |loss| *loss == Loss::Password),
            (Desired { memberships: memberships(&["nobody_else"]), ..keeper() }, |loss| *loss == Loss::RdsSuperuser),
            (Desired { name: role("renamed"), ..keeper() }, |loss| *loss == Loss::Renamed { to: role("renamed") }),
            (
                Desired { rds_iam: Some(true), ..keeper() },
                |loss| matches!(loss, Loss::EntersRdsIam { path } if *path == [role(KEEPER), role("rds_iam")]),
            ),
            (
                setting("default_transaction_read_only", "on"),
                |loss| matches!(loss, Loss::Setting { harm: Harm::ReadOnly, .. }),
            ),
            (setting("statement_timeout", "5ms"), |loss| matches!(loss, Loss::Setting { harm: Harm::EndsAtOnce, .. })),
            (
                Desired { database_settings: here, ..keeper() },
                |loss| matches!(loss, Loss::Setting { harm: Harm::ActsAsAnother, .. }),
            ),
        ];
        let cluster = protecting(&server, "postgres", false);
        let before = everything(&server);
        for (desired, expected) in ways {
            let lost = kinds(lost(cluster.apply(of_keeper(&server, desired.clone())).await));
            assert!(matches!(&lost[..], [loss] if expected(loss)), "{desired:?}: {lost:?}");
            assert_eq!(everything(&server), before, "{desired:?}");
        }
        // What harms nobody is done.
        let harmless = Desired { comment: Some("x".to_owned()), ..setting("statement_timeout", "5min") };
        let applied = cluster.apply(of_keeper(&server, harmless)).await.unwrap();
        assert_eq!((applied.changes.len(), applied.lost.len()), (2, 0), "{:?}", applied.changes);
    }
}

on_versions! {
    [13, 15, 16, 18]
    async fn only_the_one_that_locks_out_fails(version: u16) {
        let server = cluster_with_keeper(version);
        server.execute("CREATE ROLE tokens; GRANT rds_iam TO tokens");
        if version >= 16 {
            server.execute("GRANT tokens TO postgres WITH ADMIN OPTION");
        }
        let cluster = protecting(&server, "postgres", false);
        cluster.apply(group("dba", &[])).await.unwrap();
        server.master_session("postgres").execute("GRANT dba TO keeper");
        let dba = cluster.look(&[role("dba")]).await.unwrap().catalog.role(&role("dba")).unwrap();
        let nest = Apply {
            target: Target::Existing { oid: dba.oid, name: dba.name },
            ..group("dba", &["tokens"])
        };
        let nesting = async || cluster.apply(nest.clone()).await;
        let others = (0..30).map(|i| cluster.apply(create(user(&format!("u{i}")))));
        let (nested, others) =
            futures_util::future::join(nesting(), futures_util::future::join_all(others)).await;
        let refused = lost(nested);
        let path = ["keeper", "dba", "tokens", "rds_iam"].map(role).to_vec();
        assert!(
            matches!(&refused[0].by, Some(pgum::roles::Change::GrantMembership { group, .. }) if *group == role("tokens")),
            "{refused:?}"
        );
        assert_eq!(kinds(refused), [Loss::EntersRdsIam { path: path.clone() }]);
        assert!(others.iter().all(Result::is_ok), "{others:?}");
        assert_eq!(server.value("SELECT count(*) FROM pg_auth_members WHERE roleid = 'tokens'::regrole AND member = 'dba'::regrole"), "0");
        assert_eq!(server.value("SELECT count(*) FROM pg_roles WHERE rolname ~ '^u[0-9]+$'"), "30");

        // Where it is allowed it is done, in company too, and said of the one that does it.
        let allowing = protecting(&server, "postgres", true);
        let others = (30..60).map(|i| allowing.apply(create(user(&format!("u{i}")))));
        let (nested, others) =
            futures_util::future::join(allowing.apply(nest), futures_util::future::join_all(others)).await;
        assert_eq!(kinds(nested.unwrap().lost), [Loss::EntersRdsIam { path }]);
        assert!(others.iter().all(|other| other.as_ref().is_ok_and(|other| other.lost.is_empty())), "{others:?}");
    }
}

on_versions! {
    [13, 15, 16, 18]
    async fn connect_counts_on_the_configured_database_and_however_it_is_held(version: u16) {
        let server = cluster_with_keeper(version);
        server.execute(
            "REVOKE CONNECT ON DATABASE myapp FROM PUBLIC; GRANT CONNECT ON DATABASE myapp TO postgres WITH GRANT OPTION",
        );
        let master = server.master_session("postgres");
        master.execute("CREATE ROLE app; GRANT CONNECT ON DATABASE myapp TO app; GRANT app TO keeper");
        let out = || of_keeper(&server, keeper());
        // Another database is of no concern.
        let elsewhere = protecting(&server, "postgres", false);
        assert_eq!(elsewhere.apply(out()).await.unwrap().lost, []);
        master.execute("GRANT app TO keeper");
        let here = protecting(&server, "myapp", false);
        assert_eq!(kinds(lost(here.apply(out()).await)), [Loss::Connect]);
        // By another way it has it still.
        server.execute("GRANT CONNECT ON DATABASE myapp TO PUBLIC");
        assert_eq!(here.apply(out()).await.unwrap().lost, []);
    }
}

on_versions! {
    [13, 15, 16, 18]
    async fn a_destroy_locks_nobody_out(version: u16) {
        let server = cluster_with_keeper(version);
        server.execute("REVOKE CONNECT ON DATABASE myapp FROM PUBLIC; GRANT CONNECT ON DATABASE myapp TO postgres WITH GRANT OPTION");
        let master = server.master_session("postgres");
        master.execute("CREATE ROLE app; GRANT CONNECT ON DATABASE myapp TO app; GRANT app TO keeper");
        let destroy = |name: &str, action| Destroy {
            resource: "pgum_user",
            oid: None,
            name: role(name),
            action,
            reassign_owned_to: None,
            drop_owned: false,
            terminate_sessions: false,
        };
        let cluster = protecting(&server, "myapp", false);
        let before = everything(&server);
        for (name, action, loss) in [
            (KEEPER, DestroyAction::Drop, Loss::Login),
            (KEEPER, DestroyAction::Disable, Loss::Login),
            ("app", DestroyAction::Drop, Loss::Connect),
        ] {
            let error = cluster.destroy(destroy(name, action)).await.unwrap_err();
            let DestroyReason::LocksOut { lost } = error.reason else { panic!("{error:?}") };
            assert_eq!((kinds(lost), error.done), (vec![loss], vec![]));
            assert_eq!(everything(&server), before);
        }
        let allowing = protecting(&server, "myapp", true);
        let destroyed = allowing.destroy(destroy("app", DestroyAction::Drop)).await.unwrap();
        assert_eq!(kinds(destroyed.lost), [Loss::Connect]);
        assert_eq!(server.value("SELECT has_database_privilege('keeper', 'myapp', 'CONNECT')"), "f");
    }
}

on_versions! {
    [13, 18]
    /// In our transaction, between the first look and the last, somebody else does something to a protected role: that is
    /// not ours to refuse, nor to undo.
    async fn what_another_session_does_meanwhile_is_not_blamed_on_the_run(version: u16) {
        let server = cluster_with_keeper(version);
        let cluster = protecting(&server, "postgres", false);
        let applied = cluster.apply(create(user("someone"))).await.unwrap();
        // Holds the row that the run is about to change, so that it has looked and waits.
        let holder = server.superuser_session("postgres");
        holder.execute("BEGIN; ALTER ROLE someone CONNECTION LIMIT 5");
        let mut desired = user("someone");
        desired.attributes.connection_limit = 7;
        let running = cluster.apply(update(&applied, desired));
        let meanwhile = async {
            while server.value("SELECT count(*) FROM pg_locks WHERE NOT granted") == "0" {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            server.execute("ALTER ROLE keeper NOLOGIN");
            holder.execute("ROLLBACK");
        };
        let (result, ()) = futures_util::future::join(running, meanwhile).await;
        assert_eq!(result.unwrap().lost, []);
        assert_eq!(
            server.column("SELECT concat(rolname, ' ', rolcanlogin, ' ', rolconnlimit) FROM pg_roles WHERE rolname IN ('keeper', 'someone') ORDER BY 1"),
            ["keeper f -1", "someone t 7"]
        );
    }
}
