//! What a roster asks of the server at a time.

use super::{groups, roles, workspace};
use crate::support::on_versions;
use crate::support::postgres::{Cluster, Session, Traffic, default_version};

/// Leaves that much room in the table of locks, for as long as the session is open.
fn leave_room_for(cluster: &Cluster, locks: u32) -> Session {
    let session = cluster.superuser_session("postgres");
    session.execute(&format!(
        "DO $$ DECLARE taken int := 0;
         BEGIN
             LOOP
                 BEGIN
                     PERFORM pg_advisory_lock(4711, taken);
                 EXCEPTION WHEN out_of_memory THEN EXIT;
                 END;
                 taken := taken + 1;
             END LOOP;
             FOR number IN taken - {locks} .. taken - 1 LOOP PERFORM pg_advisory_unlock(4711, number); END LOOP;
         END $$"
    ));
    session
}

fn many(count: usize, attributes: &str) -> String {
    format!(
        "  users = {{ for number in range({count}) : \"user_${{number}}\" => jsonencode({{ {attributes} }}) }}\n  max_removals = 1000\n"
    )
}

on_versions! {
    [13, 18]
    /// A transaction that is too large for the server's table of locks is halved until it fits: in an apply, and where a
    /// failed create is undone.
    fn a_small_table_of_locks_takes_longer(version: u16) {
        let cluster = Cluster::builder(version)
            .setting("max_locks_per_transaction", "10")
            .setting("max_connections", "10")
            .setting("max_wal_senders", "0")
            .start();
        let room = leave_room_for(&cluster, 100);
        let lines = groups(&[("g", "")]) + &many(250, "auth_method = \"external\", groups = [\"g\"], description = \"d\", settings = { jit = \"off\" }");
        let failing = lines.replace("settings", "databases = number == 249 ? [\"missing\"] : [], settings");
        let workspace = workspace(&cluster, &failing);
        workspace.apply_expecting_failure().expect_error("Cannot create user \"user_249\"");
        assert_eq!(roles(&cluster), [""; 0]);
        workspace.main(&crate::roster::roster(&lines));
        workspace.apply();
        assert_eq!(roles(&cluster).len(), 251);
        drop(room);
        workspace.assert_empty_plan();
    }
}

/// Roles that are there are looked for together.
#[test]
fn adopting_many_costs_no_more_than_adopting_some() {
    let statements = |count: usize| {
        let cluster = Traffic::logged(Cluster::builder(default_version())).start();
        cluster.master_session("postgres").execute(&format!(
            "DO $$ BEGIN FOR number IN 0 .. {count} - 1 LOOP EXECUTE format('CREATE ROLE user_%s LOGIN', number); END LOOP; END $$"
        ));
        let workspace =
            workspace(&cluster, &many(count, "auth_method = \"external\", adopt_existing = true"));
        let mut traffic = Traffic::new(&cluster);
        workspace.apply();
        let count = traffic.count(&cluster);
        workspace.assert_empty_plan();
        count.statements
    };
    let (some, many) = (statements(90), statements(9));
    // One who comes first may be looked for before the others, or with them.
    assert!(some < many + 30, "{some} and {many} statements");
}
