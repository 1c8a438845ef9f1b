//! What is foreseen of a role is what the server then says of it: changes are laid over the catalog that the provider
//! reads, and run as SQL on the server itself.

use crate::support::on_versions;
use crate::support::postgres::{Cluster, MASTER, MASTER_PASSWORD};
use pgum::postgres::{Cluster as Provided, ConnectionConfig, Password};
use pgum::roles::foresight::{Creator, Foresight};
use pgum::roles::{
    Change, DatabaseName, MembershipOptions, Privilege, PrivilegeSet, RoleAttributes, RoleName,
};
use tokio_postgres::Client;

const WATCHED: [&str; 4] = ["watched", "noinherit", "dba", "app"];

fn name(text: &str) -> RoleName {
    RoleName::new(text).unwrap()
}

fn database() -> DatabaseName {
    DatabaseName::new("postgres").unwrap()
}

async fn catalog(cluster: &Cluster) -> std::sync::Arc<pgum::postgres::Snapshot> {
    let mut config = ConnectionConfig::new(cluster.host());
    config.port = cluster.port();
    config.username = MASTER.to_owned();
    config.password = Some(Password::Fixed(MASTER_PASSWORD.into()));
    let provided = Provided::new(config);
    let snapshot = provided.snapshot().await.unwrap();
    provided.close().await;
    snapshot
}

fn grant(group: &str, member: &str, inherit: bool) -> Change {
    let options = MembershipOptions { admin: false, inherit, set: true };
    Change::GrantMembership { group: name(group), member: name(member), options, keeps_admin: false }
}

/// Each step: the change, and the same in SQL (from 16 on and before).
fn steps(version: u16) -> Vec<(Change, String)> {
    let inherit = |on: bool| match (version >= 16, on) {
        (true, true) => " WITH INHERIT TRUE",
        (true, false) => " WITH INHERIT FALSE",
        (false, _) => "",
    };
    let member = |group: &str, member: &str, on: bool| {
        (grant(group, member, on), format!("GRANT {group} TO {member}{}", inherit(on)))
    };
    let out = |group: &str, member: &str| {
        let change = Change::RevokeMembership { group: name(group), member: name(member), grantor: None };
        (change, format!("REVOKE {group} FROM {member}"))
    };
    let connect = || PrivilegeSet::from([(Privilege::Connect, false)]);
    let revoke_connect = |grantee: &str| Change::RevokePrivileges {
        database: database(),
        grantee: name(grantee),
        privileges: vec![Privilege::Connect],
        grant_option_only: false,
        grantor: None,
    };
    let grant_connect = |grantee: &str| Change::GrantPrivileges {
        database: database(),
        grantee: name(grantee),
        privileges: connect(),
    };
    vec![
        member("dba", "watched", true),
        member("dba", "noinherit", version < 16),
        (grant_connect("dba"), "GRANT CONNECT ON DATABASE postgres TO dba".to_owned()),
        member("app", "dba", true),
        member("rds_iam", "app", true),
        (
            Change::Create { name: name("made"), attributes: RoleAttributes::default() },
            "CREATE ROLE made".to_owned(),
        ),
        member("made", "dba", false),
        out("app", "dba"),
        (revoke_connect("dba"), "REVOKE CONNECT ON DATABASE postgres FROM dba".to_owned()),
        (grant_connect("app"), "GRANT CONNECT ON DATABASE postgres TO app".to_owned()),
        member("app", "watched", false),
        (Change::Rename { from: name("app"), to: name("app2") }, "ALTER ROLE app RENAME TO app2".to_owned()),
        (Change::Rename { from: name("app2"), to: name("app") }, "ALTER ROLE app2 RENAME TO app".to_owned()),
        out("rds_iam", "app"),
    ]
}

/// Membership by a walk through the rows, and CONNECT by the server's own word.
async fn on_the_server(superuser: &Client, role: &str) -> (bool, bool) {
    let row = superuser
        .query_one(
            "WITH RECURSIVE up AS (SELECT oid AS role FROM pg_roles WHERE rolname = $1 UNION \
             SELECT m.roleid FROM up JOIN pg_auth_members m ON m.member = up.role) \
             SELECT EXISTS (SELECT FROM up WHERE role = 'rds_iam'::regrole), \
             has_database_privilege($1::name, 'postgres', 'CONNECT')",
            &[&role],
        )
        .await
        .unwrap();
    (row.get(0), row.get(1))
}

fn foreseen(foresight: &Foresight, role: &str) -> (bool, bool) {
    let catalog = foresight.catalog();
    let oid = catalog.role_oid(&name(role)).unwrap();
    (
        catalog.is_member_of(&name(role), &RoleName::rds_iam()),
        catalog.connect_path(oid, &database()).is_some(),
    )
}

on_versions! {
    [13, 15, 16, 18]
    async fn each_step_comes_out_as_foreseen(version: u16) {
        for public in [false, true] {
            let cluster = Cluster::start(version);
            let master = cluster.master().await;
            let superuser = cluster.superuser().await;
            master
                .batch_execute("CREATE ROLE watched; CREATE ROLE noinherit NOINHERIT; CREATE ROLE dba; CREATE ROLE app")
                .await
                .unwrap();
            if !public {
                master.batch_execute("REVOKE CONNECT ON DATABASE postgres FROM PUBLIC").await.unwrap();
            }
            let snapshot = catalog(&cluster).await;
            let mut foresight =
                Foresight::new(snapshot.catalog.clone(), snapshot.server.clone(), Creator::BecomesMember);
            let mut seen = Vec::new();
            for (change, sql) in steps(version) {
                foresight.lay(&change);
                master.batch_execute(&sql).await.unwrap();
                for role in WATCHED.into_iter().chain([MASTER]) {
                    if foresight.catalog().role_oid(&name(role)).is_none() {
                        continue;
                    }
                    let there = on_the_server(&superuser, role).await;
                    assert_eq!(foreseen(&foresight, role), there, "{role} after {sql}, PUBLIC: {public}");
                    seen.push(there);
                }
            }
            // Both have been so and otherwise.
            assert!(seen.iter().any(|seen| seen.0) && seen.iter().any(|seen| !seen.0));
            assert!(public || seen.iter().any(|seen| !seen.1));
            // Read anew, all roles are as foreseen.
            let after = catalog(&cluster).await;
            for role in after.catalog.roles() {
                let foreseen = foresight.role(&role.name).unwrap();
                let groups = |role: &pgum::roles::Role| {
                    role.memberships.iter().map(|row| (row.other.clone(), row.options)).collect::<Vec<_>>()
                };
                let actual = after.catalog.role(&role.name).unwrap();
                assert_eq!(groups(&foreseen), groups(&actual), "{}", role.name);
                assert_eq!(foreseen.privileges, actual.privileges, "{}", role.name);
                assert_eq!(foreseen.attributes, actual.attributes, "{}", role.name);
            }
        }
    }
}
