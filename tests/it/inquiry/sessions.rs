//! Sessions that outlive what ends their user's login.

use super::{statements_since, warnings};
use crate::support::postgres::{Cluster, default_version};
use crate::support::terraform::Workspace;
use crate::support::tls::Authority;
use crate::support::{on_every_version, wait};
use pgum::postgres::{ConnectionConfig, Mode, Password, Pool, SslMode};

const DISABLED: &str = "can no longer log in, but stays logged in";

fn user(name: &str, attributes: &str) -> String {
    format!("resource \"pgum_user\" \"{name}\" {{\n  username = \"{name}\"\n  {attributes}\n}}\n")
}

on_every_version! {
    fn who_is_disabled_while_logged_in_is_said(version: u16) {
        let cluster = Cluster::start(version);
        let workspace = Workspace::new(&cluster);
        let both = |attributes: &str| user("one", attributes) + &user("idle", attributes);
        workspace.main(&both("password = \"secret\""));
        workspace.converge();
        let sessions = ["myapp", "postgres"].map(|database| cluster.try_session("one", "secret", database).unwrap());
        workspace.main(&both("password = \"secret\"\n  enabled = false\n  terminate_sessions = true"));
        let plan = workspace.plan();
        assert!(warnings(&plan.outcome, DISABLED).is_empty(), "{}", plan.outcome);
        workspace.main(&both("password = \"secret\"\n  enabled = false"));
        let plan = workspace.plan();
        let said = warnings(&plan.outcome, DISABLED);
        assert_eq!(said.len(), 1, "{}", plan.outcome);
        let warning = said.first().unwrap();
        assert!(warning.summary.contains("\"one\"") && warning.detail.contains("2 open session(s)"), "{warning}");
        assert!(warning.detail.contains("terminate_sessions") && warning.code.as_ref().is_some_and(|code| code.contains("enabled")), "{warning}");
        workspace.apply_plan(&plan);
        // They are what was said.
        assert!(sessions.iter().all(|session| session.try_query("SELECT 1").is_ok()));
        workspace.assert_empty_plan();
        // Who is disabled for good keeps them, too.
        workspace.main("");
        let plan = workspace.plan();
        let said = warnings(&plan.outcome, "is logged in, and stays so when it is gone");
        assert!(said.len() == 1 && said.iter().all(|warning| warning.detail.contains("2 open session(s)")), "{}", plan.outcome);
    }
}

const WITHOUT_TLS: &str = "is logged in without TLS, which IAM needs";

on_every_version! {
    fn a_user_that_becomes_iam_is_told_of_its_sessions_without_tls(version: u16) {
        let authority = Authority::new("pgum's tests");
        let cluster = Cluster::builder(version).tls(authority.server(&["localhost"])).start();
        let workspace = Workspace::new(&cluster);
        let users = |method: &str| user("open", method) + &user("safe", method) + &user("idle", method);
        workspace.main(&users("password = \"secret\""));
        workspace.converge();
        let _open = cluster.try_session("open", "secret", "myapp").unwrap();
        let over_tls = ["open", "safe"].map(|user| {
            let mut config = ConnectionConfig::new(cluster.host());
            config.port = cluster.port();
            config.username = user.to_owned();
            config.password = Some(Password::Fixed("secret".into()));
            config.sslmode = SslMode::Require;
            wait(Pool::new(config).begin(Mode::Read)).unwrap()
        });
        workspace.main(&users("auth_method = \"iam\""));
        let plan = workspace.plan();
        let said = warnings(&plan.outcome, WITHOUT_TLS);
        assert_eq!(said.len(), 1, "{}", plan.outcome);
        let warning = said.first().unwrap();
        assert!(warning.summary.contains("\"open\"") && warning.detail.contains("1 of its 2 open session(s)"), "{warning}");
        assert!(warning.code.as_ref().is_some_and(|code| code.contains("auth_method")), "{warning}");
        drop(over_tls);

        // Who may not see whether there is TLS says nothing of it.
        cluster.execute("CREATE ROLE planner LOGIN PASSWORD 'p'");
        workspace.provider(&format!(
            "  host = \"{}\"\n  port = {}\n  username = \"planner\"\n  password = \"p\"\n  apply_username = \"postgres\"\n",
            cluster.host(),
            cluster.port()
        ));
        let outcome = workspace.try_plan(&[]);
        assert!(outcome.code.is_some_and(|code| code != 1) && warnings(&outcome, WITHOUT_TLS).is_empty(), "{outcome}");
    }
}

/// The sessions of all are counted at once.
#[test]
fn fifty_users_that_are_disabled_cost_one_statement() {
    let cluster = Cluster::builder(default_version()).setting("log_statement", "all").start();
    let workspace = Workspace::new(&cluster);
    let users = |attributes: &str| {
        format!(
            "resource \"pgum_user\" \"many\" {{\n  count = 50\n  username = \"user_${{count.index}}\"\n  auth_method = \"iam\"\n  \
             {attributes}\n}}\n"
        )
    };
    workspace.main(&users(""));
    workspace.converge();
    let statements = |attributes: &str| {
        workspace.main(&users(attributes));
        let lines = cluster.log().lines().count();
        workspace.plan();
        statements_since(&cluster, lines)
    };
    let unchanged = statements("");
    assert_eq!(statements("connection_limit = 5"), unchanged);
    assert_eq!(statements("enabled = false"), unchanged + 1);
    // Dependents and sessions, and the plan before it has read the catalog, too.
    workspace.main("");
    let lines = cluster.log().lines().count();
    workspace.plan();
    let refresh_and_destroy = statements_since(&cluster, lines);
    assert_eq!(refresh_and_destroy, unchanged + 2);
}
