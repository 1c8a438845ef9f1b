//! A second administrator beside an apply, an update and a destroy of 200 users, who grants, revokes and alters the same
//! all the time: as the master itself, and as another role with CREATEROLE.

use super::{USERS, configuration, made};
use crate::support::on_versions;
use crate::support::postgres::Cluster;
use crate::support::terraform::Workspace;
use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

/// Users that are not as they are written. Asked as nobody of the provider asks.
fn different(cluster: &Cluster, limit: u16) -> BTreeSet<String> {
    let query = format!(
        "SELECT r.rolname FROM pg_authid r WHERE rolname ~ '^load_[0-9]+$' AND ( \
            rolcanlogin AND rolinherit AND rolconnlimit = {limit} \
            AND shobj_description(r.oid, 'pg_authid') = 'User ' || (substr(rolname, 6)::int) \
            AND (SELECT array_agg(DISTINCT roleid::regrole::text ORDER BY roleid::regrole::text) \
                FROM pg_auth_members WHERE member = r.oid AND roleid <> 'rds_iam'::regrole) \
                = ARRAY['load_group_0', 'load_group_1', 'load_group_2', 'load_group_3', 'load_group_4'] \
            AND NOT EXISTS (SELECT FROM pg_auth_members WHERE member = r.oid AND admin_option) \
            AND (SELECT array_agg(DISTINCT datname || ' ' || privilege_type ORDER BY datname || ' ' || privilege_type) \
                FROM pg_database, aclexplode(datacl) WHERE grantee = r.oid) \
                = ARRAY['myapp CONNECT', 'postgres CONNECT'] \
            AND NOT EXISTS (SELECT FROM pg_database, aclexplode(datacl) WHERE grantee = r.oid AND is_grantable) \
            AND (SELECT array_agg(s) FROM pg_db_role_setting, unnest(setconfig) s WHERE setrole = r.oid) \
                = ARRAY['statement_timeout=30s']) IS NOT TRUE"
    );
    cluster.column(&query).into_iter().collect()
}

/// What the other one does with a user, over and over; what fails, fails.
fn mischief(round: usize, user: usize) -> String {
    let group = round % 5;
    let user = format!("load_{user:03}");
    match round % 12 {
        0 => format!("GRANT CONNECT ON DATABASE myapp TO {user}"),
        1 => format!("REVOKE CONNECT ON DATABASE myapp FROM {user}"),
        2 => format!("GRANT load_group_{group} TO {user}"),
        3 => format!("REVOKE load_group_{group} FROM {user}"),
        4 => format!("ALTER ROLE {user} CONNECTION LIMIT 7"),
        5 => format!("COMMENT ON ROLE {user} IS 'mine'"),
        6 => format!("GRANT CREATE ON DATABASE postgres TO {user}"),
        7 => format!("ALTER ROLE {user} SET work_mem = '5MB'"),
        8 => format!("GRANT load_group_{group} TO {user} WITH ADMIN OPTION"),
        9 => format!("ALTER ROLE {user} RESET ALL"),
        10 => format!("REVOKE ALL ON DATABASE postgres FROM {user}"),
        // The other way round than the provider: this is how deadlocks come about.
        _ => format!(
            "BEGIN; REVOKE CONNECT ON DATABASE postgres FROM {user}; GRANT CONNECT ON DATABASE myapp TO {user}; COMMIT"
        ),
    }
}

/// The role that is the second administrator where that is not the master.
const SECOND: &str = "second";

fn make_second(cluster: &Cluster) {
    // By the master, who from 16 on could not undo what this one grants otherwise.
    let master = cluster.master_session("postgres");
    master.execute(&format!("CREATE ROLE {SECOND} LOGIN CREATEROLE PASSWORD 'secret'"));
    for database in ["myapp", "postgres"] {
        cluster.execute(&format!("GRANT ALL ON DATABASE {database} TO {SECOND} WITH GRANT OPTION"));
    }
}

/// Does something while somebody else is at work; gives how much that one got done.
fn beside_a_second_administrator(cluster: &Cluster, work: impl FnOnce()) -> usize {
    let (done, succeeded) = (AtomicBool::new(false), AtomicUsize::new(0));
    std::thread::scope(|scope| {
        for (place, name) in [super::MASTER, SECOND].into_iter().enumerate() {
            let (done, succeeded) = (&done, &succeeded);
            scope.spawn(move || {
                let password = if name == SECOND { "secret" } else { super::MASTER_PASSWORD };
                let session = cluster.try_session(name, password, "postgres").expect("a login");
                let superuser = cluster.superuser_session("postgres");
                let mut round = place * 7;
                while !done.load(Ordering::Relaxed) {
                    round += 1;
                    // Round and round through all, in steps that meet every user with every statement.
                    let user = (round * 37 + round / 12) % USERS;
                    if name == SECOND && cluster.version() >= 16 && round.is_multiple_of(50) {
                        // From 16 on CREATEROLE alone is not enough.
                        for group in 0..5 {
                            let _ = superuser.try_query(&format!(
                                "GRANT load_group_{group} TO {SECOND} WITH ADMIN OPTION"
                            ));
                        }
                    }
                    match session.try_query(&mischief(round, user)) {
                        Ok(_) => _ = succeeded.fetch_add(1, Ordering::Relaxed),
                        Err(_) => _ = session.try_query("ROLLBACK"),
                    }
                    std::thread::sleep(Duration::from_millis(1));
                }
            });
        }
        // Whatever comes of it, the others end.
        let _end = End(&done);
        work();
    });
    succeeded.load(Ordering::Relaxed)
}

struct End<'a>(&'a AtomicBool);

impl Drop for End<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// The next plan shows the users that are different, and no others.
#[track_caller]
fn assert_plan_is_true(cluster: &Cluster, workspace: &Workspace, limit: u16) {
    let different = different(cluster, limit);
    let planned: BTreeSet<String> = workspace
        .plan()
        .changes()
        .into_keys()
        .filter_map(|address| Some(address.split('"').nth(1)?.to_owned()))
        .collect();
    let unlike: Vec<_> = planned.symmetric_difference(&different).collect();
    assert!(unlike.is_empty(), "either shown or different, but not both: {unlike:?}");
}

on_versions! {
    [13, 18]
    fn two_hundred_users_beside_a_second_administrator(version: u16) {
        let cluster = Cluster::start(version);
        make_second(&cluster);
        let workspace = Workspace::new(&cluster);
        workspace.main(&configuration(""));
        let others = beside_a_second_administrator(&cluster, || _ = workspace.apply());
        assert!(others > 0, "the other one did nothing");
        assert_eq!(made(&cluster), USERS);
        assert_plan_is_true(&cluster, &workspace, 3);

        // The same roles are altered at the same time.
        workspace.main(&configuration("").replace("connection_limit = 3", "connection_limit = 4"));
        let others = beside_a_second_administrator(&cluster, || _ = workspace.apply());
        assert!(others > 0, "the other one did nothing");
        assert_plan_is_true(&cluster, &workspace, 4);
        workspace.converge();
        assert_eq!(different(&cluster, 4), BTreeSet::new());

        beside_a_second_administrator(&cluster, || _ = workspace.destroy());
        assert_eq!(made(&cluster), 0);
        assert_eq!(cluster.column("SELECT rolname FROM pg_roles WHERE rolname LIKE 'load%'"), [""; 0]);
    }
}
