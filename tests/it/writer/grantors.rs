//! What somebody else granted is taken away in their place, or the error says whose it is.

use pgum::postgres::ApplyError;
use pgum::roles::Change;

use super::*;
use crate::support::{on_every_version, on_versions};

on_every_version! {
    async fn privileges_granted_by_others_are_revoked(version: u16) {
        let server = TestCluster::start(version);
        server.execute("CREATE DATABASE theirs");
        // An owner that the master made and can join, and a user with a grant option.
        server.master_session("postgres").execute(
            "CREATE ROLE owner; CREATE ROLE granter LOGIN PASSWORD 'x'; GRANT CONNECT ON DATABASE myapp TO granter WITH GRANT OPTION",
        );
        server.execute("ALTER DATABASE theirs OWNER TO owner");
        let cluster = connect(&server);
        let first = cluster.apply(create(user("someone"))).await.unwrap();
        server.execute(
            "SET ROLE owner; GRANT CREATE, TEMPORARY ON DATABASE theirs TO someone; RESET ROLE;
             SET ROLE granter; GRANT CONNECT ON DATABASE myapp TO someone",
        );
        let before = memberships_of_master(&server);
        let healed = cluster.apply(update(&first, user("someone"))).await.unwrap();
        assert_eq!(healed.changes.len(), 2, "{:?}", healed.changes);
        assert_eq!(entries(&server, "someone"), Vec::<String>::new());
        assert_eq!(memberships_of_master(&server), before);
    }
}

on_every_version! {
    async fn what_a_superuser_granted_names_the_superuser(version: u16) {
        let server = TestCluster::start(version);
        let cluster = connect(&server);
        let first = cluster.apply(create(user("someone"))).await.unwrap();
        server.execute("GRANT CONNECT ON DATABASE rdsadmin TO someone");
        let error = cluster.apply(update(&first, Desired { comment: Some("x".to_owned()), ..user("someone") })).await.unwrap_err();
        let ApplyError::CannotRevoke { grantor, change, .. } = error else { panic!("{error:?}") };
        assert_eq!((grantor.as_str(), change.describe().as_str()), ("rdsadmin", "revoke CONNECT on database rdsadmin (granted by rdsadmin)"));
        // Nothing is half done.
        assert_eq!(server.value("SELECT shobj_description(oid, 'pg_authid') FROM pg_roles WHERE rolname = 'someone'"), "");
        // The same privilege is as good as one of our own where it is wanted.
        let wanted = Desired { privileges: privileges(&[("rdsadmin", &["CONNECT"])]), ..user("someone") };
        assert!(cluster.apply(update(&first, wanted)).await.unwrap().changes.is_empty());
    }
}

on_every_version! {
    async fn memberships_granted_by_others_are_revoked(version: u16) {
        let server = TestCluster::start(version);
        server.master_session("postgres").execute(
            "CREATE ROLE grp; CREATE ROLE other; CREATE ROLE granter LOGIN PASSWORD 'x'; GRANT grp TO granter WITH ADMIN OPTION",
        );
        let cluster = connect(&server);
        let with = |groups: &[&str]| Desired { memberships: memberships(groups), ..user("someone") };
        let first = cluster.apply(create(with(&["other"]))).await.unwrap();
        let granter = server.try_session("granter", "x", "postgres").unwrap();
        granter.execute("GRANT grp TO someone");
        let before = memberships_of_master(&server);
        cluster.apply(update(&first, with(&["other"]))).await.unwrap();
        assert_eq!(groups(&server, "someone"), ["other f"]);

        // More than is wanted: with ADMIN.
        granter.execute("GRANT grp TO someone WITH ADMIN OPTION");
        cluster.apply(update(&first, with(&["grp", "other"]))).await.unwrap();
        assert_eq!(groups(&server, "someone"), ["grp f", "other f"]);
        assert_eq!(memberships_of_master(&server), before);

        // Its ADMIN was used: the server refuses to leave the others without it (16+), and the error lists them.
        granter.execute("GRANT grp TO someone WITH ADMIN OPTION");
        server.execute("SET ROLE someone; GRANT grp TO rds_ad");
        let result = cluster.apply(update(&first, with(&["other"]))).await;
        if version >= 16 {
            let error = result.unwrap_err();
            let ApplyError::Failed { change: Some(_), error } = error else { panic!("{error:?}") };
            assert_eq!(error.sqlstate().unwrap().code(), "2BP01");
        } else {
            result.unwrap();
        }
    }
}

on_every_version! {
    async fn a_bootstrap_superusers_membership_names_it(version: u16) {
        let server = TestCluster::start(version);
        server.master_session("postgres").execute("CREATE ROLE grp");
        let cluster = connect(&server);
        let first = cluster.apply(create(user("someone"))).await.unwrap();
        server.execute("GRANT grp TO someone");
        let result = cluster.apply(update(&first, user("someone"))).await;
        if version >= 16 {
            let ApplyError::CannotRevoke { grantor, change, .. } = result.unwrap_err() else { panic!() };
            assert_eq!((grantor.as_str(), change.describe().as_str()), ("rdsadmin", "revoke membership in grp from someone (granted by rdsadmin)"));
        } else {
            result.unwrap();
            assert_eq!(groups(&server, "someone"), Vec::<String>::new());
        }
    }
}

on_versions! {
    [16, 17, 18]
    /// ADMIN OPTION that is not inherited lets one grant and revoke nothing, and the server calls it its own mistake (XX000).
    /// It is not asked again and again.
    async fn no_grantor_is_found(version: u16) {
        let server = TestCluster::start(version);
        server.execute(
            "CREATE ROLE grp; CREATE ROLE admins; GRANT grp TO admins WITH ADMIN OPTION; \
             GRANT admins TO postgres WITH INHERIT FALSE, SET FALSE",
        );
        let cluster = connect(&server);
        let first = cluster.apply(create(user("someone"))).await.unwrap();
        server.execute("GRANT grp TO someone");
        let error = cluster.apply(update(&first, user("someone"))).await.unwrap_err();
        let ApplyError::CannotRevoke { grantor, error: Some(error), .. } = error else { panic!("{error:?}") };
        assert_eq!(grantor.as_str(), "rdsadmin");
        assert!(error.to_detail().contains("WITH INHERIT TRUE"), "{error}");
        let wanted = Desired { memberships: memberships(&["grp"]), ..user("another") };
        let error = cluster.apply(create(wanted)).await.unwrap_err();
        let ApplyError::Failed { change: Some(Change::GrantMembership { .. }), error } = error else {
            panic!("{error:?}")
        };
        assert!(error.to_detail().contains("WITH INHERIT TRUE"), "{error}");
        assert_eq!(server.log().matches("no possible grantors").count(), 2);
    }
}

fn memberships_of_master(server: &TestCluster) -> Vec<String> {
    server.column(
        "SELECT to_jsonb(m)::text FROM pg_auth_members m WHERE member = 'postgres'::regrole ORDER BY 1",
    )
}

fn groups(server: &TestCluster, name: &str) -> Vec<String> {
    server.column(&format!(
        "SELECT roleid::regrole || ' ' || CASE WHEN bool_or(admin_option) THEN 't' ELSE 'f' END \
         FROM pg_auth_members WHERE member = '{name}'::regrole GROUP BY roleid ORDER BY 1"
    ))
}

fn entries(server: &TestCluster, name: &str) -> Vec<String> {
    server.column(&format!(
        "SELECT datname || privilege_type FROM pg_database, aclexplode(datacl) WHERE grantee = '{name}'::regrole"
    ))
}

on_every_version! {
    /// To act for another role the master joins it for a moment; a membership that it has in it already, by whose grant
    /// ever, is the same afterwards.
    async fn memberships_of_the_master_stay_as_they_are(version: u16) {
        if version < 16 {
            return;
        }
        let server = TestCluster::start(version);
        server.execute("CREATE ROLE boss CREATEROLE; CREATE ROLE admins; GRANT admins TO postgres; SET ROLE boss; CREATE ROLE theirs");
        server.execute(
            "SET ROLE boss; GRANT theirs TO boss WITH INHERIT TRUE, SET TRUE; GRANT theirs TO admins WITH ADMIN TRUE, INHERIT FALSE, SET FALSE;
             RESET ROLE; GRANT theirs TO postgres WITH INHERIT TRUE, SET FALSE GRANTED BY admins; ALTER DATABASE rdsadmin OWNER TO theirs",
        );
        // By ourselves, without INHERIT.
        server.master_session("postgres").execute("CREATE ROLE ours; GRANT ours TO postgres WITH INHERIT FALSE, SET FALSE");
        server.execute("CREATE DATABASE second OWNER ours");
        let cluster = connect(&server);
        let first = cluster.apply(create(user("someone"))).await.unwrap();
        server.execute(
            "SET ROLE theirs; GRANT CONNECT ON DATABASE rdsadmin TO someone; RESET ROLE; SET ROLE ours; GRANT CONNECT ON DATABASE second TO someone",
        );
        let before = memberships_of_master(&server);
        cluster.apply(update(&first, user("someone"))).await.unwrap();
        assert_eq!(entries(&server, "someone"), Vec::<String>::new());
        assert_eq!(memberships_of_master(&server), before);
    }
}
