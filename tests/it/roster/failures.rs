//! After a failed create nothing is left of it; after a failed update the state holds what was done.

use super::{ROSTER, document, groups, roster, users, workspace};
use crate::support::on_versions;
use crate::support::postgres::{Cluster, default_version};
use serde_json::{Value, json};

on_versions! {
    [13, 16, 18]
    fn a_failed_create_leaves_nothing(version: u16) {
        let cluster = Cluster::start(version);
        let before = cluster.inventory();
        // Who is in the groups that come first goes first: so what fails is in the last transaction, or in the first.
        for missing in ["missing", "a_missing"] {
            let lines = groups(&[("g", "databases = [\"myapp\"], privileges = [\"CONNECT\", \"CREATE WITH GRANT OPTION\"]")])
                + &format!("  users = merge({{ for number in range(700) : \"user_${{number}}\" => jsonencode({{ auth_method = \"iam\", groups = [\"g\"], databases = [\"myapp\"], settings = {{ jit = \"off\" }} }}) }}, {{\n    m_bad = jsonencode({{ auth_method = \"iam\", groups = [\"{missing}\"] }})\n  }})\n");
            let workspace = workspace(&cluster, &lines);
            // The plan can only warn of a group that may yet come.
            let error = workspace.apply_expecting_failure().error();
            assert!(error.text().contains(&format!("There is no group \"{missing}\"")), "{error}");
            assert!(error.text().contains("write it in groups") && !error.text().contains("pgum_group"), "{error}");
            assert_eq!(workspace.addresses(), [""; 0]);
            assert_eq!(cluster.inventory(), before);
        }
    }
}

on_versions! {
    [13, 16, 18]
    fn a_failed_update_keeps_what_was_done(version: u16) {
        let cluster = Cluster::start(version);
        let workspace = workspace(
            &cluster,
            &users(&[("a", "auth_method = \"iam\""), ("b", "auth_method = \"iam\""), ("gone", "auth_method = \"iam\"")]),
        );
        workspace.converge();
        let changed = |group: &str| users(&[
            ("a", "auth_method = \"iam\", connection_limit = 3"),
            ("b", &format!("auth_method = \"iam\", groups = [\"{group}\"]")),
            ("m_bad", &format!("auth_method = \"iam\", groups = [\"{group}\"]")),
            ("new", "auth_method = \"external\""),
        ]);
        workspace.main(&roster(&changed("missing")));
        let outcome = workspace.apply_expecting_failure();
        assert_eq!(outcome.errors().len(), 2, "{outcome}");
        outcome.expect_error("Cannot create user \"m_bad\"");
        outcome.expect_error("Cannot change user \"b\"");
        let attributes = workspace.attributes(ROSTER);
        assert_eq!(document(&attributes, "users", "a")["connection_limit"], json!(3));
        assert_eq!(document(&attributes, "users", "b"), json!({"auth_method": "iam"}));
        assert_eq!(document(&attributes, "users", "m_bad"), Value::Null);
        assert_eq!(document(&attributes, "users", "gone"), Value::Null);
        assert_eq!(document(&attributes, "users", "new"), json!({"auth_method": "external"}));
        let oids = attributes["oids"].as_object().unwrap();
        assert_eq!(oids.keys().collect::<Vec<_>>(), ["a", "b", "new"]);
        workspace.main(&roster(&(changed("late") + &groups(&[("late", "")]))));
        workspace.converge();
    }
}

/// What a failed create has done to roles that were there already stays, and is said.
#[test]
fn a_failed_create_tells_of_adopted_roles() {
    let cluster = Cluster::start(default_version());
    cluster.master_session("postgres").execute("CREATE ROLE old");
    let lines = groups(&[("old", "adopt_existing = true, create_database = true")])
        + &users(&[("m_bad", "auth_method = \"iam\", groups = [\"missing\"]")]);
    let workspace = workspace(&cluster, &lines);
    let outcome = workspace.apply_expecting_failure();
    let warning = outcome.expect_warning("1 roles that were there already have been changed");
    assert!(warning.text().contains("\"old\""), "{warning}");
    assert_eq!(super::roles(&cluster), ["old"]);
    workspace.main(&roster(&lines.replace("missing", "old")));
    workspace.converge();
}

/// A thousand errors are ten, and how many more.
#[test]
fn errors_are_bounded() {
    let cluster = Cluster::start(default_version());
    let workspace = workspace(
        &cluster,
        "  users = { for number in range(300) : \"user_${number}\" => jsonencode({ auth_method = \"iam\", groups = [\"missing\"] }) }\n",
    );
    let outcome = workspace.apply_expecting_failure();
    assert!(outcome.errors().len() <= 11, "{outcome}");
    outcome.expect_error("290 more errors of the same roster");
    assert_eq!(super::roles(&cluster), [""; 0]);
}

/// Mistakes in documents are found before anything is looked at, each with its place.
#[test]
fn mistakes_have_their_place() {
    let cluster = Cluster::start(default_version());
    let workspace = workspace(
        &cluster,
        &(users(&[
            ("a", "conection_limit = 5"),
            ("b", "auth_method = \"iam\", connection_limit = \"5\""),
            ("c", "auth_method = \"iam\", groups = [\"g\", \"rds_iam\"]"),
            ("d", "auth_method = \"iam\", username = \"e\""),
            ("pg_e", "auth_method = \"iam\""),
            ("f", "auth_method = \"iam\", oid = 5"),
            ("both", "auth_method = \"iam\""),
        ]) + &groups(&[("both", "")])),
    );
    let outcome = workspace.validate();
    let errors: Vec<String> = outcome.errors().iter().map(|error| error.text().to_owned()).collect();
    for words in [
        "At users[\"a\"].conection_limit: Is connection_limit meant?",
        "At users[\"b\"].connection_limit: It must be a number, and is text.",
        "At users[\"c\"].groups[1]",
        "The key is the name. Leave username out, or write \"d\".",
        "This name cannot be managed",
        "At users[\"f\"].oid: It is read from the server",
        "\"both\" is a user and a group",
    ] {
        assert!(errors.iter().any(|error| error.contains(words)), "{words}: {outcome}");
    }
    assert_eq!(errors.len(), 7, "{outcome}");
    workspace.main(&roster("  users = { a = \"no JSON\", b = \"[]\" }"));
    let outcome = workspace.validate();
    outcome.expect_error("It is no JSON");
    outcome.expect_error("It is a list, and must be a JSON object");
}
