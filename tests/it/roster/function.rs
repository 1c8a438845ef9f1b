//! `provider::pgum::roster`.

use crate::support::terraform::Workspace;
use serde_json::{Value, json};

fn call(text: &str) -> Workspace {
    let workspace = Workspace::empty();
    workspace.write("users.json", text);
    workspace.main(
        "output \"roster\" {\n  value = provider::pgum::roster(file(\"${path.module}/users.json\"))\n}\n",
    );
    workspace
}

fn fails(text: &str) -> String {
    call(text).try_plan(&[]).expect_failure().error().text().to_owned()
}

#[test]
fn gives_what_jsonencode_would() {
    let workspace = call(
        r#"{ "groups": [ { "name": "app", "inherit": true, "databases": ["myapp"] } ],
             "users": [ { "username": "one", "groups": ["rds_superuser", "nowhere"], "auth_method": "iam",
                          "description": "a <b> & c\u2028", "connection_limit": 20, "iam_role": null } ] }"#,
    );
    workspace.write(
        "same.tf",
        "output \"same\" {\n  value = provider::pgum::roster(file(\"${path.module}/users.json\")) == {\n    \
         groups = tomap({ app = jsonencode({ inherit = true, databases = [\"myapp\"] }) })\n    \
         users = tomap({ one = jsonencode({ groups = [\"rds_superuser\", \"nowhere\"], auth_method = \"iam\", \
         description = \"a <b> & c\\u2028\", connection_limit = 20 }) })\n  }\n}\n",
    );
    workspace.converge();
    assert_eq!(workspace.output("same"), json!(true));
    let roster = workspace.output("roster");
    let one: Value = serde_json::from_str(roster["users"]["one"].as_str().unwrap()).unwrap();
    assert_eq!(one["connection_limit"], json!(20));
}

#[test]
fn either_list_may_be_left_out() {
    let workspace = call("{}");
    workspace.converge();
    assert_eq!(workspace.output("roster"), json!({"users": {}, "groups": {}}));
}

#[test]
fn mistakes_have_their_place() {
    for (text, words) in [
        ("", "parameter: It is empty, and must be {\"users\": [...], \"groups\": [...]}."),
        ("users: []", "parameter: It is no JSON: expected value at line 1 column 1."),
        ("{\"users\": [", "It is no JSON: it ends at line 1 column 11, where something is still open."),
        ("[]", "It must be {\"users\": [...], \"groups\": [...]}, and is a list"),
        (r#"{"user": []}"#, "user: There is no such list (Is users meant?)."),
        (r#"{"users": {}}"#, "users: It must be a list. It is an object."),
        (r#"{"users": [5]}"#, "users[0]: It must be an object. It is a number."),
        (r#"{"users": [{}]}"#, "users[0]: A user needs a username."),
        (
            r#"{"users": [{"name": "a"}]}"#,
            "users[0]: A user needs a username. Write username in the place of name.",
        ),
        (r#"{"groups": [{"name": 5}]}"#, "groups[0].name: A name must be text. It is a number."),
        (
            r#"{"groups": [{"username": "g"}]}"#,
            "groups[0]: A group needs a name. Write name in the place of username.",
        ),
        (
            r#"{"users": [{"username": "a"}, {"username": "b"}, {"username": "a"}]}"#,
            "users[2].username: A name is there twice. users[0] is \"a\" too",
        ),
        (
            r#"{"groups": [{"name": "a"}], "users": [{"username": "a"}]}"#,
            "users[0].username: A name is there twice. groups[0] is \"a\" too",
        ),
        (
            r#"{"users": [{"username": "a", "conection_limit": 5}]}"#,
            "users[0].conection_limit of \"a\": There is no such attribute (Is connection_limit meant?).",
        ),
        (
            r#"{"users": [{"username": "a", "groups": ["b", 5]}]}"#,
            "users[0].groups[1] of \"a\": This value cannot be read. It must be text, and is a number.",
        ),
        (r#"{"users": [{"username": "a", "groups": ["b", "rds_iam"]}]}"#, "users[0].groups[1] of \"a\": "),
        (
            r#"{"users": [{"username": "a", "memberships": {"g": {"admn": true}}}]}"#,
            "users[0].memberships[\"g\"].admn of \"a\": There is no such attribute (Is admin meant?).",
        ),
        (
            r#"{"users": [{"username": "a", "enabled": "yes"}]}"#,
            "users[0].enabled of \"a\": This value cannot be read. It must be true or false, and is text.",
        ),
        (
            r#"{"users": [{"username": "pg_a"}]}"#,
            "users[0].username of \"pg_a\": This name cannot be managed",
        ),
        (r#"{"users": [{"username": "a", "auth_method": "IAM"}]}"#, "users[0].auth_method of \"a\": "),
        (r#"{"users": [{"username": "a", "groups": ["g"], "groups": []}]}"#, "\"groups\" is written twice"),
        (
            r#"{"users": [{"username": "a", "settings": {"jit": "on", "jit": "off"}}]}"#,
            "\"jit\" is written twice at line 1 column 68",
        ),
        (r#"{"users": [], "users": []}"#, "\"users\" is written twice"),
        (
            r#"{"users": [{"username": "a", "connection_limit": 99999999999999999999999}]}"#,
            "users[0].connection_limit of \"a\": `connection_limit` must be a whole number from -1 to 2147483647.",
        ),
        (r#"{"users": [{"username": "a", "oid": 5}]}"#, "users[0].oid of \"a\": This cannot be written"),
    ] {
        let said = fails(text).split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(said.contains(words), "{text}: {said}");
        // Terraform names the parameter, and ends the sentence.
        assert!(!said.contains("text: ") && !said.ends_with(".."), "{text}: {said}");
    }
}

/// Ten of them at most, a line each.
#[test]
fn many_mistakes_are_listed() {
    let said = fails(
        r#"{"users": [{"username": "a", "auth_method": "IAM", "enabled": 5}, {"username": "b", "enabld": true}]}"#,
    );
    assert_eq!(
        said.lines().filter(|line| line.starts_with(' ')).collect::<Vec<_>>(),
        [
            "  - users[0].enabled of \"a\": This value cannot be read. It must be true or false, and is a number.",
            "  - users[0].auth_method of \"a\": `auth_method` is not one of the allowed words. Written is \"IAM\".",
            "    Allowed: \"password\", \"iam\", \"external\".",
            "  - users[1].enabld of \"b\": There is no such attribute (Is enabled meant?)."
        ],
        "{said}"
    );
    assert!(said.contains("It has 3 mistakes:"), "{said}");
    let users: Vec<String> =
        (0..12).map(|number| format!(r#"{{"username": "user_{number}", "x": 1}}"#)).collect();
    let said = fails(&format!(r#"{{"users": [{}]}}"#, users.join(",")));
    assert!(said.contains("It has 12 mistakes, of which these are the first 10:"), "{said}");
    assert!(said.contains("user_9") && !said.contains("user_10"), "{said}");
}

/// As some editors write it.
#[test]
fn a_byte_order_mark_is_no_mistake() {
    let workspace = call("\u{feff}{\"users\": [{\"username\": \"one\"}]}");
    workspace.converge();
    assert_eq!(workspace.output("roster")["users"], json!({"one": "{}"}));
}

#[test]
fn a_password_is_refused_and_not_repeated() {
    let said = fails(r#"{"users": [{"username": "a"}, {"username": "b", "password": "hunter2"}]}"#);
    let words = said.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(words.contains("users[1].password") && words.contains("passwords_wo"), "{said}");
    assert!(!words.contains("hunter2"), "{said}");
}
