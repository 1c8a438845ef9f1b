//! Who can log in with what: the users that the provider makes, with tokens of the ephemeral resource.

use super::{refusals, with_keys, workspace};
use crate::support::aurora::{Aurora, Refusal};
use crate::support::on_versions;
use crate::support::terraform::Workspace;

/// How a login ended, by the server's words: none where it was let in.
fn refused(aurora: &Aurora, user: &str, secret: &str) -> Option<String> {
    let error = aurora.try_session(user, secret, "myapp").err()?;
    let error = error.as_db_error().unwrap_or_else(|| panic!("{error:?}"));
    Some(format!("{} {}", error.code().code(), error.message()))
}

/// The tokens of an application's own run, which has the provider for nothing else.
pub(super) fn tokens(aurora: &Aurora, users: &[&str]) -> Vec<String> {
    let keys = aurora.accounts.user("applications");
    let workspace = workspace(&with_keys(aurora, &keys));
    let names = users.iter().map(|user| serde_json::to_string(user).unwrap().replace("%{", "%%{"));
    workspace.main(&format!(
        r#"
locals {{
  users = [{}]
}}

ephemeral "pgum_iam_auth_token" "all" {{
  count    = length(local.users)
  username = local.users[count.index]
}}

resource "terraform_data" "application" {{
  count = length(local.users)
  provisioner "local-exec" {{
    command     = "printf %s \"$TOKEN\" > token-${{count.index}}"
    environment = {{ TOKEN = ephemeral.pgum_iam_auth_token.all[count.index].token }}
  }}
}}
"#,
        names.collect::<Vec<_>>().join(", ")
    ));
    workspace.apply();
    let read =
        |number| std::fs::read_to_string(workspace.directory().join(format!("token-{number}"))).unwrap();
    (0..users.len()).map(read).collect()
}

fn apply(workspace: &Workspace, attributes: &str) {
    workspace.main(&format!(
        "resource \"pgum_user\" \"app\" {{\n  username = \"app\"\n  databases = [\"myapp\"]\n{attributes}}}\n"
    ));
    workspace.converge();
}

on_versions! {
    [13, 15, 18]
    fn the_token_or_the_password_or_neither(version: u16) {
        let aurora = Aurora::start(version);
        let workspace = workspace(&with_keys(&aurora, &aurora.accounts.user("ci")));
        let [token] = &tokens(&aurora, &["app"])[..] else { panic!("one token") };
        let pam = Some("28000 PAM authentication failed for user \"app\"".to_owned());
        let password = Some("28P01 password authentication failed for user \"app\"".to_owned());
        let no_login = Some("28000 role \"app\" is not permitted to log in".to_owned());

        apply(&workspace, "  auth_method = \"iam\"\n");
        assert_eq!(refused(&aurora, "app", token), None);
        assert_eq!(refused(&aurora, "app", "the password"), pam);
        // Who has tokens for one user is not let in as another.
        assert_eq!(refused(&aurora, "postgres", token), Some(pam.clone().unwrap().replace("app", "postgres")));

        apply(&workspace, "  auth_method = \"iam\"\n  enabled = false\n");
        assert_eq!(refused(&aurora, "app", token), no_login);
        assert_eq!(refused(&aurora, "app", "the password"), pam);

        apply(&workspace, "  auth_method = \"password\"\n  password = \"the password\"\n");
        assert_eq!(refused(&aurora, "app", "the password"), None);
        assert_eq!(refused(&aurora, "app", token), password);

        apply(&workspace, "  auth_method = \"password\"\n  password = \"the password\"\n  enabled = false\n");
        assert_eq!(refused(&aurora, "app", "the password"), no_login);
        assert_eq!(refused(&aurora, "app", token), password);

        apply(&workspace, "  auth_method = \"iam\"\n");
        assert_eq!(refused(&aurora, "app", token), None);
        assert_eq!(refused(&aurora, "app", "the password"), pam);

        let of_app: Vec<_> = aurora.logins().into_iter().filter(|login| login.user == "app").collect();
        assert_eq!(refusals(&of_app), [Refusal::NoToken; 3]);
    }
}

on_versions! {
    [15, 18]
    /// Through a group is as good as directly, as RDS has it; the provider warns of it and does what is asked for.
    fn a_member_through_a_group_needs_a_token(version: u16) {
        let aurora = Aurora::start(version);
        let workspace = workspace(&with_keys(&aurora, &aurora.accounts.user("ci")));
        aurora.cluster.execute("CREATE ROLE all_iam; GRANT rds_iam TO all_iam");
        aurora.cluster.execute(&format!(
            "GRANT all_iam TO postgres {}",
            if version >= 16 { "WITH ADMIN TRUE, INHERIT FALSE, SET FALSE" } else { "" }
        ));
        let [token] = &tokens(&aurora, &["app"])[..] else { panic!("one token") };
        apply(&workspace, "  password = \"the password\"\n");
        assert_eq!(refused(&aurora, "app", "the password"), None);
        workspace.main(
            "resource \"pgum_user\" \"app\" {\n  username = \"app\"\n  databases = [\"myapp\"]\n  password = \"the password\"\n  \
             groups = [\"all_iam\"]\n}\n",
        );
        workspace.plan().outcome.expect_warning("rds_iam");
        workspace.converge();
        assert_eq!(refused(&aurora, "app", token), None);
        assert!(refused(&aurora, "app", "the password").unwrap().contains("PAM authentication failed"));
    }
}

/// Members of `rds_iam` are let in with TLS only, and so is everybody where RDS's `rds.force_ssl` is on.
#[test]
fn without_tls_nobody_comes_in() {
    let aurora = Aurora::start(18);
    aurora.cluster.execute("CREATE ROLE plain LOGIN PASSWORD 'x'; CREATE ROLE app LOGIN IN ROLE rds_iam");
    assert_eq!(refused(&aurora, "plain", "x"), None);
    for (user, said) in [("app", "pg_hba.conf rejects connection"), ("plain", "no pg_hba.conf entry")] {
        let (host, port) =
            aurora.via().split_once(':').map(|(host, port)| (host.to_owned(), port.to_owned())).unwrap();
        let mut config = tokio_postgres::Config::new();
        config.host(&host).port(port.parse().unwrap()).user(user).password("x").dbname("myapp");
        let error = crate::support::postgres::Session::open(&config).err().unwrap();
        let error = error.as_db_error().unwrap();
        assert!(error.code().code() == "28000" && error.message().contains(said), "{error:?}");
    }
}
