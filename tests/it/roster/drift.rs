//! What others change shows in the document of its role, attribute by attribute, and goes again.

use super::{ROSTER, document, groups, roles, users, workspace};
use crate::support::on_versions;
use crate::support::postgres::{Cluster, default_version};
use serde_json::{Value, json};

/// What is written of the role `one`, what is done by hand, and what the plan shows of its document.
fn cases(version: u16) -> Vec<(&'static str, &'static str, Value)> {
    let mut cases = vec![
        // Written keys with what is there.
        ("connection_limit = 5", "ALTER ROLE one CONNECTION LIMIT 9", json!({"connection_limit": 9})),
        ("enabled = true", "ALTER ROLE one NOLOGIN", json!({"enabled": false})),
        ("description = \"a\"", "COMMENT ON ROLE one IS 'b'", json!({"description": "b"})),
        (
            "valid_until = \"2040-01-01T00:00:00Z\"",
            "ALTER ROLE one VALID UNTIL '2041-01-01Z'",
            json!({"valid_until": "2041-01-01T00:00:00Z"}),
        ),
        (
            "settings = { work_mem = \"4MB\" }",
            "ALTER ROLE one SET work_mem = '8MB'",
            json!({"settings": {"work_mem": "8MB"}}),
        ),
        ("groups = [\"g\"]", "REVOKE g FROM one; GRANT h TO one", json!({"groups": ["h"]})),
        ("databases = [\"myapp\"]", "REVOKE CONNECT ON DATABASE myapp FROM one", json!({"databases": []})),
        // Unwritten keys that are off.
        ("", "ALTER ROLE one NOLOGIN", json!({"enabled": false})),
        ("", "ALTER ROLE one CREATEDB", json!({"create_database": true})),
        ("", "COMMENT ON ROLE one IS 'by hand'", json!({"description": "by hand"})),
        ("", "GRANT h TO one", json!({"groups": ["h"]})),
        ("", "ALTER ROLE one SET jit = off", json!({"settings": {"jit": "off"}})),
        (
            "",
            "ALTER ROLE one IN DATABASE myapp SET jit = off",
            json!({"database_settings": {"myapp": {"jit": "off"}}}),
        ),
        ("", "GRANT rds_iam TO one", json!({"rds_iam": true})),
        (
            "",
            "GRANT CREATE ON DATABASE myapp TO one",
            json!({"databases": ["myapp"], "privileges": ["CREATE"]}),
        ),
    ];
    if version >= 16 {
        let off = json!({"g": {"admin": false, "inherit": false, "set": true}});
        cases.push(("groups = [\"g\"]", "GRANT g TO one WITH INHERIT FALSE", json!({"memberships": off})));
    }
    cases
}

on_versions! {
    [13, 16, 18]
    fn shows_and_heals(version: u16) {
        let cluster = Cluster::start(version);
        let cases = cases(version);
        let name = |index: usize| format!("one_{index}");
        let written: Vec<(String, String)> = cases
            .iter()
            .enumerate()
            .map(|(index, (written, ..))| (name(index), format!("auth_method = \"external\"{}{written}", if written.is_empty() { "" } else { ", " })))
            .collect();
        let written: Vec<(&str, &str)> = written.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
        let workspace = workspace(&cluster, &(users(&written) + &groups(&[("g", ""), ("h", "")])));
        workspace.converge();
        let before = cluster.inventory();
        let master = cluster.master_session("postgres");
        for (index, (_, by_hand, _)) in cases.iter().enumerate() {
            master.execute(&by_hand.replace("one", &name(index)));
        }
        let change = workspace.plan().change(ROSTER);
        assert_eq!(change.attributes(), ["users"]);
        for (index, (written, by_hand, shown)) in cases.iter().enumerate() {
            let there = document(&change.before, "users", &name(index));
            let wanted = document(&change.after, "users", &name(index));
            for (key, value) in shown.as_object().unwrap() {
                assert_eq!(&there[key], value, "{by_hand}: {there}");
            }
            // Nothing else shows.
            let mut rest = there.as_object().unwrap().clone();
            rest.retain(|key, value| wanted.get(key) != Some(value));
            let expected: Vec<&String> = shown.as_object().unwrap().keys().collect();
            assert_eq!(rest.keys().collect::<Vec<_>>(), expected, "{written}; {by_hand}: {there}");
        }
        workspace.converge();
        assert_eq!(cluster.inventory(), before);
    }
}

/// A role that is gone is missing in the map, and is made anew.
#[test]
fn what_is_gone_comes_again() {
    let cluster = Cluster::start(default_version());
    let workspace = workspace(
        &cluster,
        &(groups(&[("g", "")])
            + &users(&[
                ("one", "auth_method = \"iam\", groups = [\"g\"]"),
                ("two", "auth_method = \"iam\""),
            ])),
    );
    workspace.converge();
    cluster.master_session("postgres").execute("DROP ROLE one, g");
    let change = workspace.plan().change(ROSTER);
    assert_eq!(document(&change.before, "users", "one"), Value::Null);
    assert_eq!(document(&change.before, "groups", "g"), Value::Null);
    workspace.converge();
    assert_eq!(roles(&cluster), ["g", "one", "two"]);
}

/// What Terraform shows a person is the attribute, not the whole text.
#[test]
fn the_text_of_the_plan_shows_the_attribute() {
    let cluster = Cluster::start(default_version());
    let workspace = workspace(
        &cluster,
        &users(&[("one", "auth_method = \"iam\", connection_limit = 5"), ("two", "auth_method = \"iam\"")]),
    );
    workspace.converge();
    cluster.master_session("postgres").execute("ALTER ROLE one CONNECTION LIMIT 9 CREATEDB");
    let text = workspace.run(&["plan", "-no-color"]).expect_success().stdout;
    let words: String = text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(words.contains("~ connection_limit = 9 -> 5"), "{text}");
    assert!(words.contains("- create_database = true"), "{text}");
    assert!(!words.contains("\"two\""), "{text}");
}

/// Members of a group that its rule does not name.
#[test]
fn foreign_members_show() {
    let cluster = Cluster::start(default_version());
    let workspace = workspace(
        &cluster,
        &(groups(&[("g", "allowed_members = [\"app_*\"]")])
            + &users(&[("app_1", "auth_method = \"iam\", groups = [\"g\"]")])),
    );
    workspace.converge();
    cluster.master_session("postgres").execute("CREATE ROLE stranger; GRANT g TO stranger");
    let change = workspace.plan().change(ROSTER);
    assert_eq!(document(&change.before, "groups", "g")["foreign_members"], json!(["stranger"]));
    workspace.converge();
    assert_eq!(cluster.column("SELECT member::regrole FROM pg_auth_members WHERE roleid = 'g'::regrole AND member <> 'postgres'::regrole"), ["app_1"]);
}

/// To a roster another key is another role, so who wants to keep a new name is told what keeps the role.
#[test]
fn a_new_name_can_stay() {
    let cluster = Cluster::start(default_version());
    let workspace = workspace(&cluster, &groups(&[("old", "")]));
    workspace.converge();
    let oid = cluster.value("SELECT 'old'::regrole::oid");
    cluster.master_session("postgres").execute("ALTER ROLE old RENAME TO new");
    let warning = workspace.plan().outcome.expect_warning("The group \"old\" is called \"new\" now");
    assert!(
        warning.text().contains("write that as the key, and adopt_existing = true"),
        "{}",
        warning.text()
    );
    workspace.main(&super::roster(&groups(&[("new", "adopt_existing = true")])));
    workspace.converge();
    assert_eq!(cluster.value("SELECT 'new'::regrole::oid"), oid);
    workspace.main(&super::roster(&groups(&[("new", "")])));
    workspace.converge();
    assert_eq!(roles(&cluster), ["new"]);
}
