//! Which role is meant, and what must be there for it.

use pgum::postgres::ApplyError;
use pgum::roles::Oid;
use pgum::roles::preflight::Unmet;

use super::*;
use crate::support::on_versions;

on_versions! {
    [13, 18]
    async fn a_role_that_is_there_is_not_created(version: u16) {
        let server = TestCluster::start(version);
        server.master_session("postgres").execute("CREATE ROLE someone LOGIN CONNECTION LIMIT 3; CREATE ROLE grp; GRANT grp TO someone");
        let cluster = connect(&server);
        let oid = oid(&server, "someone");
        let error = cluster.apply(create(user("someone"))).await.unwrap_err();
        assert!(matches!(error, ApplyError::AlreadyThere { oid: found } if found == oid), "{error:?}");
        assert_eq!(server.value("SELECT rolconnlimit FROM pg_roles WHERE rolname = 'someone'"), "3");

        let adopting = Apply { target: Target::New { adopt: true }, ..create(user("someone")) };
        let applied = cluster.apply(adopting.clone()).await.unwrap();
        assert!(applied.adopted);
        assert_eq!(applied.role.oid, oid);
        assert_eq!(server.value("SELECT rolconnlimit FROM pg_roles WHERE rolname = 'someone'"), "-1");
        assert_eq!(applied.changes.len(), 2, "{:?}", applied.changes);
        // Where none is there it is created like any other.
        let applied = cluster.apply(Apply { desired: user("another"), ..adopting }).await.unwrap();
        assert!(!applied.adopted);
    }
}

on_versions! {
    [13, 18]
    async fn the_oid_says_which_role_it_is(version: u16) {
        let server = TestCluster::start(version);
        let cluster = connect(&server);
        let oid_of = |name: &str| oid(&server, name);
        let first = cluster.apply(create(user("someone"))).await.unwrap().role.oid;
        let existing = |desired: Desired| Apply { target: Target::Existing { oid: first, name: role("someone") }, ..create(desired) };

        // Renamed by somebody, and back again.
        server.execute("ALTER ROLE someone RENAME TO somebody");
        let applied = cluster.apply(existing(user("someone"))).await.unwrap();
        assert_eq!((applied.role.oid, applied.changes.len()), (first, 1));
        assert_eq!(oid_of("someone"), first);

        // The new name is another's.
        server.execute("CREATE ROLE taken");
        let error = cluster.apply(existing(user("taken"))).await.unwrap_err();
        assert!(matches!(error, ApplyError::NameTaken { oid, .. } if oid == oid_of("taken")), "{error:?}");

        server.execute("DROP ROLE someone");
        let error = cluster.apply(existing(user("someone"))).await.unwrap_err();
        assert!(matches!(error, ApplyError::Gone { oid, .. } if oid == first), "{error:?}");

        server.execute("CREATE ROLE someone");
        let error = cluster.apply(existing(user("someone"))).await.unwrap_err();
        assert!(matches!(error, ApplyError::MadeAnew { found, .. } if found == oid_of("someone")), "{error:?}");
        assert_eq!(server.value("SELECT rolcanlogin FROM pg_roles WHERE rolname = 'someone'"), "f");
    }
}

on_versions! {
    [15, 18]
    async fn what_is_missing_is_named_and_nothing_is_done(version: u16) {
        let server = TestCluster::start(version);
        let cluster = connect(&server);
        let error = cluster.apply(create(Desired { memberships: memberships(&["nobody"]), ..user("someone") })).await.unwrap_err();
        assert!(matches!(error, ApplyError::Unmet(Unmet::MissingGroup { name }) if name == role("nobody")));
        let error = cluster.apply(create(Desired { privileges: privileges(&[("nowhere", &["CONNECT"])]), ..user("someone") })).await.unwrap_err();
        assert!(matches!(error, ApplyError::Unmet(Unmet::MissingDatabase { name }) if name == database("nowhere")));
        let settings = BTreeMap::from([(database("nowhere"), BTreeMap::from([("work_mem".to_owned(), "1MB".to_owned())]))]);
        let error = cluster.apply(create(Desired { database_settings: settings, ..user("someone") })).await.unwrap_err();
        assert!(matches!(error, ApplyError::Unmet(Unmet::MissingDatabase { .. })));
        server.execute("DROP ROLE rds_iam");
        let error = cluster.apply(create(Desired { rds_iam: Some(true), ..user("someone") })).await.unwrap_err();
        assert!(matches!(error, ApplyError::Unmet(Unmet::MissingRdsIam)));
        assert_eq!(server.value("SELECT count(*) FROM pg_roles WHERE rolname = 'someone'"), "0");
    }
}

on_versions! {
    [13, 18]
    async fn a_statement_that_fails_leaves_nothing_behind(version: u16) {
        let server = TestCluster::start(version);
        let cluster = connect(&server);
        let settings = BTreeMap::from([("work_mem".to_owned(), "nonsense".to_owned())]);
        let request = with_password(create(Desired { settings, comment: Some("x".to_owned()), ..user("someone") }), "pw");
        let error = cluster.apply(request).await.unwrap_err();
        let ApplyError::Failed { change: Some(pgum::roles::Change::SetSetting { name, .. }), error } = error else {
            panic!("{error:?}")
        };
        assert_eq!((name.as_str(), error.sqlstate().unwrap().code()), ("work_mem", "22023"));
        assert_eq!(server.value("SELECT count(*) FROM pg_roles WHERE rolname = 'someone'"), "0");
        // Statements that succeed and do nothing do not pass for done: the master may not grant on this database.
        let request = create(Desired { privileges: privileges(&[("rdsadmin", &["CONNECT"])]), ..user("someone") });
        let error = cluster.apply(request).await.unwrap_err();
        assert!(matches!(error, ApplyError::Failed { .. } | ApplyError::StillDiffers { .. }), "{error:?}");
        let request = create(Desired { privileges: privileges(&[("template1", &["CONNECT"])]), ..user("someone") });
        let error = cluster.apply(request).await.unwrap_err();
        let ApplyError::StillDiffers { left, warnings } = error else { panic!("{error:?}") };
        assert_eq!(left.iter().map(pgum::roles::Change::describe).collect::<Vec<_>>(), ["grant CONNECT on database template1"]);
        assert_eq!(warnings, ["no privileges were granted for \"template1\" (SQLSTATE 01007)"]);
        assert_eq!(server.value("SELECT count(*) FROM pg_roles WHERE rolname = 'someone'"), "0");
    }
}

fn oid(server: &TestCluster, name: &str) -> Oid {
    Oid(server.value(&format!("SELECT oid FROM pg_roles WHERE rolname = '{name}'")).parse().unwrap())
}
