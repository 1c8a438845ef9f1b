//! Users of a roster go together, as far as nothing special is to be done for one of them.

use super::{ROSTER, groups, roles, roster, workspace};
use crate::support::postgres::{Cluster, Count, Traffic, default_version};
use crate::support::terraform::Workspace;
use crate::support::{on_every_version, on_versions};
use serde_json::Value;

fn many(count: usize) -> String {
    groups(&[("g", "databases = [\"myapp\"]")])
        + &format!(
            "  users = {{ for number in range({count}) : format(\"user_%02d\", number) => jsonencode({{ \
             auth_method = \"external\", groups = [\"g\"], databases = [\"myapp\", \"postgres\"], \
             description = \"d\" }}) }}\n  max_removals = 1000\n"
        )
}

fn traffic(version: u16, count: usize, go: impl FnOnce(&Workspace)) -> Count {
    let cluster = Traffic::logged(Cluster::builder(version)).start();
    let workspace = workspace(&cluster, &many(count));
    workspace.apply();
    let mut traffic = Traffic::new(&cluster);
    go(&workspace);
    assert_eq!(cluster.value("SELECT count(*) FROM pg_roles WHERE rolname LIKE 'user\\_%'"), "0");
    traffic.count(&cluster)
}

/// A process that ends soon may have begun to look at the roles beforehand, or not yet.
#[track_caller]
fn assert_alike(some: Count, more: Count) {
    assert!(some.transactions.abs_diff(more.transactions) <= 3, "{some:?} {more:?}");
}

on_versions! {
    [13, 18]
    /// Counted at the server: however many go, the transactions are as many.
    fn many_cost_no_more_transactions_than_some(version: u16) {
        let destroyed = |count| traffic(version, count, |workspace| _ = workspace.destroy());
        let (some, more) = (destroyed(20), destroyed(60));
        assert_alike(some, more);
        // The same where they are taken out.
        let taken_out = |count| {
            traffic(version, count, |workspace| {
                workspace.main(&roster(&(groups(&[("g", "databases = [\"myapp\"]")]) + "  max_removals = 1000\n")));
                workspace.apply();
            })
        };
        let (some, more) = (taken_out(20), taken_out(60));
        assert_alike(some, more);
    }
}

on_every_version! {
    /// One owns a table, one was made anew by hand, one is logged in; the others are gone, and with the next run what was in
    /// the way.
    fn the_others_are_gone(version: u16) {
        let cluster = Cluster::start(version);
        let before = cluster.inventory();
        let workspace = workspace(&cluster, &many(40));
        workspace.converge();
        cluster.execute("ALTER ROLE user_20 PASSWORD 'secret'");
        cluster.superuser_session("myapp").execute(
            "CREATE SCHEMA kept; GRANT USAGE, CREATE ON SCHEMA kept TO user_10; SET ROLE user_10; CREATE TABLE kept.things (number int)",
        );
        let master = cluster.master_session("postgres");
        master.execute(
            "REVOKE ALL ON DATABASE myapp, postgres FROM user_30; DROP ROLE user_30; CREATE ROLE user_30 LOGIN",
        );
        let session = cluster.try_session("user_20", "secret", "myapp").unwrap();

        let outcome = workspace.run(&["destroy", "-json", "-auto-approve", "-refresh=false"]).expect_failure();
        let text = outcome.to_string();
        for words in [
            "error: Cannot destroy user \"user_10\"",
            "Left:\n      - in database \"myapp\" it owns table kept.things\n",
            "Done so far, and kept:\n      - disabled it (NOLOGIN)\n",
            "error: Cannot destroy user \"user_30\"",
            "it was dropped and made anew",
            "The user \"user_20\" is logged in, and stays so when it is gone",
        ] {
            assert!(text.contains(words), "{words}: {text}");
        }
        assert_eq!(session.value("SELECT 1"), "1");
        assert_eq!(roles(&cluster), ["user_10", "user_30"]);
        let login = |name: &str| cluster.value(&format!("SELECT rolcanlogin FROM pg_roles WHERE rolname = '{name}'"));
        assert_eq!((login("user_10").as_str(), login("user_30").as_str()), ("f", "t"));
        let attributes = workspace.attributes(ROSTER);
        let names: Vec<&String> = attributes["users"].as_object().unwrap().keys().collect();
        assert_eq!(names, ["user_10", "user_30"]);
        assert_eq!(attributes["groups"], Value::Object(Default::default()));

        drop(session);
        cluster.superuser_session("myapp").execute("DROP SCHEMA kept CASCADE");
        master.execute("DROP ROLE user_30");
        workspace.destroy();
        assert_eq!(cluster.inventory(), before);
    }
}

/// So do resources that Terraform destroys at the same time.
#[test]
fn single_resources_that_go_at_the_same_time_share_transactions() {
    let count = |users: usize| {
        let cluster = Traffic::logged(Cluster::builder(default_version())).start();
        let workspace = Workspace::new(&cluster);
        workspace.main(&format!(
            "resource \"pgum_user\" \"all\" {{\n  count = {users}\n  username = \"user_${{count.index}}\"\n  auth_method = \"external\"\n}}\n"
        ));
        workspace.apply();
        let mut traffic = Traffic::new(&cluster);
        workspace.destroy();
        assert_eq!(roles(&cluster), [""; 0]);
        traffic.count(&cluster).transactions
    };
    let (one, many) = (count(1), count(60));
    // Alone each would take five.
    assert!(many < one + 59 * 5 / 2, "{one} and {many} transactions");
}
