//! From the first apply to the destroy.

use super::{ROSTER, document, groups, roles, roster, users, workspace};
use crate::support::on_versions;
use crate::support::postgres::{Cluster, default_version};
use serde_json::json;

on_versions! {
    [13, 16, 18]
    /// Groups come first, and a group of a group before it, whatever their names say.
    fn comes_changes_and_goes(version: u16) {
        let cluster = Cluster::start(version);
        let before = cluster.inventory();
        let first = groups(&[("b", "databases = [\"myapp\"]"), ("a", "groups = [\"b\"]")])
            + &users(&[
                ("app", "auth_method = \"iam\", groups = [\"a\"], connection_limit = 5"),
                ("old", "auth_method = \"external\", description = \"it's <old> & gone\""),
            ]);
        let workspace = workspace(&cluster, &first);
        let plan = workspace.plan();
        let change = plan.change(ROSTER);
        assert!(change.is("create"));
        assert_eq!(change.after_unknown["oids"], json!({"a": true, "app": true, "b": true, "old": true}));
        workspace.converge().expect_no_warnings();
        assert_eq!(roles(&cluster), ["a", "app", "b", "old"]);
        let member = "SELECT pg_has_role('app', 'rds_iam', 'MEMBER') AND pg_has_role('app', 'b', 'MEMBER')";
        assert_eq!(cluster.value(member), "t");
        assert_eq!(cluster.value("SELECT rolconnlimit FROM pg_roles WHERE rolname = 'app'"), "5");
        assert_eq!(cluster.value("SELECT shobj_description('old'::regrole, 'pg_authid')"), "it's <old> & gone");
        assert_eq!(cluster.value("SELECT has_database_privilege('b', 'myapp', 'CONNECT')"), "t");
        let oid = |role: &str| cluster.value(&format!("SELECT '{role}'::regrole::oid")).parse::<u64>().unwrap();
        let attributes = workspace.attributes(ROSTER);
        let oids = json!({"a": oid("a"), "app": oid("app"), "b": oid("b"), "old": oid("old")});
        assert_eq!(attributes["oids"], oids);

        // One changes, one goes, one comes, one stays.
        let second = groups(&[("b", "databases = [\"myapp\"]"), ("a", "groups = [\"b\"]")])
            + &users(&[
                ("app", "auth_method = \"iam\", groups = [\"a\"], connection_limit = 7"),
                ("new", "auth_method = \"external\", groups = [\"b\"]"),
            ]);
        workspace.main(&roster(&second));
        let change = workspace.plan().change(ROSTER);
        assert_eq!(change.attributes(), ["oids", "users"]);
        workspace.converge();
        assert_eq!(roles(&cluster), ["a", "app", "b", "new"]);
        assert_eq!(cluster.value("SELECT rolconnlimit FROM pg_roles WHERE rolname = 'app'"), "7");
        assert_eq!(oid("app"), oids["app"].as_u64().unwrap());

        workspace.destroy();
        assert_eq!(cluster.inventory(), before);
    }
}

/// What means the same is no change, and what is written anew in other words needs no statement.
#[test]
fn equal_documents_are_equal() {
    let cluster = Cluster::start(default_version());
    let workspace = workspace(
        &cluster,
        &users(&[(
            "one",
            "auth_method = \"external\", privileges = [\"TEMP\"], databases = [\"myapp\"], settings = { work_mem = \"4096kB\" }",
        )]),
    );
    workspace.converge();
    let said_otherwise = [
        "auth_method = \"external\", privileges = [\"TEMPORARY\"], databases = [\"myapp\"], settings = { work_mem = \"4MB\" }",
        "auth_method = \"external\", database_privileges = { myapp = [\"TEMP\"] }, settings = { work_mem = \"4MB\" }, enabled = true",
        "auth_method = \"external\", privileges = [\"TEMP\"], databases = [\"myapp\"], settings = { work_mem = \"4096kB\" }, username = \"one\", connection_limit = -1, description = null",
    ];
    for document in said_otherwise {
        workspace.main(&roster(&users(&[("one", document)])));
        workspace.assert_empty_plan();
    }
    // Something else changes, so the words are taken over.
    let both = users(&[("one", said_otherwise[1]), ("two", "auth_method = \"external\"")]);
    workspace.main(&roster(&both));
    workspace.converge();
    let there = document(&workspace.attributes(ROSTER), "users", "one");
    assert_eq!(there["database_privileges"], json!({"myapp": ["TEMP"]}));
}

/// A role that goes from one map to the other stays the same role.
#[test]
fn a_user_becomes_a_group_and_a_group_a_user() {
    let cluster = Cluster::start(default_version());
    let workspace = workspace(
        &cluster,
        &(users(&[("one", "auth_method = \"external\", databases = [\"myapp\"]")]) + &groups(&[("two", "")])),
    );
    workspace.converge();
    let oids = workspace.attributes(ROSTER)["oids"].clone();
    let other =
        users(&[("two", "auth_method = \"external\"")]) + &groups(&[("one", "databases = [\"myapp\"]")]);
    workspace.main(&roster(&other));
    workspace.converge();
    assert_eq!(workspace.attributes(ROSTER)["oids"], oids);
    assert_eq!(
        cluster.column(
            "SELECT rolname || ' ' || rolcanlogin FROM pg_roles WHERE rolname IN ('one', 'two') ORDER BY 1"
        ),
        ["one false", "two true"]
    );
    assert_eq!(cluster.value("SELECT has_database_privilege('one', 'myapp', 'CONNECT')"), "t");
}

on_versions! {
    [13, 18]
    /// What only users have goes with it: who is in the group then would come under rds_iam.
    fn a_user_that_becomes_a_group_is_no_user_any_more(version: u16) {
        let cluster = Cluster::start(version);
        let workspace = workspace(
            &cluster,
            &users(&[("one", "auth_method = \"iam\", connection_limit = 3, valid_until = \"2040-01-01T00:00:00Z\"")]),
        );
        workspace.converge();
        workspace.main(&roster(
            &(groups(&[("one", "")]) + &users(&[("member", "auth_method = \"external\", groups = [\"one\"]")])),
        ));
        workspace.converge();
        assert_eq!(cluster.value("SELECT pg_has_role('member', 'rds_iam', 'MEMBER')"), "f");
        let limits = "SELECT rolconnlimit || ' ' || (rolvaliduntil IS NULL OR rolvaliduntil = 'infinity') FROM pg_roles WHERE rolname = 'one'";
        assert_eq!(cluster.value(limits), "-1 true");
    }
}

/// It has none yet, so it is sent also where no version says so, and asked for where none is written.
#[test]
fn a_group_that_becomes_a_user_gets_its_password() {
    let cluster = Cluster::start(default_version());
    let workspace = workspace(&cluster, &groups(&[("one", "")]));
    workspace.converge();
    let by_password = users(&[("one", "auth_method = \"password\"")]);
    workspace.main(&roster(&by_password));
    workspace
        .plan_expecting_failure()
        .expect_error("A user with auth_method = \"password\" needs a password");
    workspace.main(&roster(&format!("{by_password}  passwords_wo = {{ one = \"open sesame\" }}\n")));
    workspace.converge();
    cluster.try_session("one", "open sesame", "myapp").expect("a login with the password");
}

/// A thousand at once, and a line a chunk of how far it has come.
#[test]
fn a_large_one_tells_its_progress() {
    let cluster = Cluster::start(default_version());
    let mut workspace = workspace(
        &cluster,
        "  users = { for number in range(1000) : \"user_${number}\" => jsonencode({ auth_method = \"external\", groups = [\"all\"] }) }\n  \
         groups = { all = jsonencode({}) }\n  max_removals = 2000\n",
    );
    workspace.set_env("TF_LOG_PROVIDER", "INFO");
    let log = workspace.apply().stderr;
    assert_eq!(roles(&cluster).len(), 1_001);
    let lines: Vec<&str> = log.lines().filter_map(|line| line.split("roster: ").nth(1)).collect();
    let told = |text: &str| lines.iter().any(|line| line.starts_with(text));
    assert!(told("1 of 1001 roles done") && told("501 of 1001") && told("1001 of 1001"), "{lines:?}");
    workspace.assert_empty_plan();
    workspace.main(&roster("  users = {}\n  max_removals = 2000\n"));
    workspace.converge();
    assert_eq!(roles(&cluster), [""; 0]);
}

/// A role that goes out of a roster while a resource of the same run takes it over: one of the two comes first, and either way
/// it is there afterwards, and that resource's.
#[test]
fn a_role_that_leaves_for_a_resource_is_not_lost() {
    let cluster = Cluster::start(default_version());
    let names: Vec<String> = (0..20).map(|number| format!("user_{number}")).collect();
    let in_roster: Vec<(&str, &str)> =
        names.iter().map(|name| (name.as_str(), "auth_method = \"iam\"")).collect();
    let workspace = workspace(&cluster, &users(&in_roster));
    workspace.converge();
    workspace.main(&roster("  users = {}\n  max_removals = 20"));
    workspace.write(
        "users.tf",
        "resource \"pgum_user\" \"each\" {\n  for_each = toset([for number in range(20) : \"user_${number}\"])\n  \
         username = each.key\n  auth_method = \"iam\"\n  adopt_existing = true\n}\n",
    );
    workspace.converge();
    assert_eq!(roles(&cluster).len(), 20);
}
