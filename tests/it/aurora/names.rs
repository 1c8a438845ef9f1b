//! Users with names that a token has to encode.

use super::users::tokens;
use super::{aws, refusals, with_keys, workspace};
use crate::support::aurora::Aurora;
use crate::support::on_versions;

const NAMES: [&str; 9] = [
    "app@example.com",
    "a+b",
    "team/one",
    "with a space",
    "Öl, 日本語 und é",
    "100%25 & more?=#",
    "quote'd \"twice\"",
    "Capitals",
    "~tilde-dash_dot.*",
];

on_versions! {
    [13, 18]
    fn of_applications(version: u16) {
        let aurora = Aurora::start(version);
        let workspace = workspace(&with_keys(&aurora, &aurora.accounts.user("ci")));
        let names = NAMES.map(|name| serde_json::to_string(name).unwrap());
        workspace.main(&format!(
            "resource \"pgum_user\" \"all\" {{\n  for_each = toset([{}])\n  username = each.value\n  auth_method = \"iam\"\n}}\n",
            names.join(", ")
        ));
        workspace.converge();
        let tokens = tokens(&aurora, &NAMES);
        for (name, token) in NAMES.iter().zip(&tokens) {
            let session = aurora.try_session(name, token, "myapp").unwrap_or_else(|error| panic!("{name}: {error:?}"));
            assert_eq!(session.value("SELECT current_user"), *name);
        }
        assert!(refusals(&aurora.logins()).is_empty());
        // None is good for another.
        for (name, token) in NAMES.iter().zip(tokens.iter().skip(1)) {
            assert!(aurora.try_session(name, token, "myapp").is_err(), "{name}");
        }
    }
}

#[test]
fn of_the_provider_itself() {
    let aurora = Aurora::start(18);
    let keys = aurora.accounts.user("ci");
    for name in NAMES {
        let (literal, identifier) = (serde_json::to_string(name).unwrap(), name.replace('"', "\"\""));
        aurora.cluster.execute(&format!(
            "CREATE ROLE \"{identifier}\" LOGIN CREATEROLE; GRANT rds_iam TO \"{identifier}\" WITH ADMIN TRUE"
        ));
        let provider = aurora.provider().replace("username = \"postgres\"", &format!("username = {literal}"));
        let workspace = workspace(&format!("{provider}{}", aws(&keys.attributes())));
        workspace
            .main("resource \"pgum_user\" \"made\" {\n  username = \"made\"\n  auth_method = \"iam\"\n}\n");
        workspace.plan();
        assert!(aurora.logins().iter().any(|login| login.user == name && login.outcome.is_ok()), "{name}");
    }
    assert!(refusals(&aurora.logins()).is_empty());
}
