//! The provider's login with each kind of credentials: plan, apply, plan.

use super::{TEAM, aws, with_keys, workspace};
use crate::support::aurora::Aurora;
use crate::support::aws::{ACCOUNT, Metadata, Sts, Trust};
use crate::support::on_versions;
use crate::support::terraform::Workspace;
use crate::support::tls::Authority;
use std::collections::BTreeSet;

/// Whether all of a change's way works, with logins of nobody but this user or role.
#[track_caller]
fn works(aurora: &Aurora, workspace: &Workspace, principal: &str) {
    let plan = workspace.plan().expect_only("create", &["pgum_group.team", "pgum_user.app"]);
    workspace.apply_plan(&plan);
    workspace.assert_empty_plan();
    assert_eq!(
        aurora
            .cluster
            .value("SELECT pg_has_role('app', 'rds_iam', 'MEMBER') AND pg_has_role('app', 'team', 'MEMBER')"),
        "t"
    );
    let logins = aurora.logins();
    // At the least one a run.
    assert!(logins.len() >= 3, "{logins:?}");
    for login in &logins {
        let key = login.outcome.as_ref().unwrap_or_else(|refusal| panic!("{refusal:?}: {login:?}"));
        assert_eq!((login.user.as_str(), aurora.accounts.principal(key).as_str()), ("postgres", principal));
    }
}

on_versions! {
    [13, 15, 18]
    fn keys_of_a_user(version: u16) {
        let aurora = Aurora::start(version);
        let keys = aurora.accounts.user("ci");
        let workspace = workspace(&with_keys(&aurora, &keys));
        works(&aurora, &workspace, &format!("arn:aws:iam::{ACCOUNT}:user/ci"));
    }
}

on_versions! {
    [15, 18]
    /// As `aws configure export-credentials`, single sign-on and CI's own actions leave them in the environment.
    fn a_session_in_the_environment(version: u16) {
        let aurora = Aurora::start(version);
        let role = format!("arn:aws:iam::{ACCOUNT}:role/ci");
        let (keys, _) = aurora.accounts.session(&role, std::time::Duration::from_secs(3_600));
        let mut workspace = workspace(&aurora.provider());
        for (name, value) in keys.environment() {
            workspace.set_env(name, &value);
        }
        works(&aurora, &workspace, &role);
    }
}

#[test]
fn a_session_that_is_written() {
    let aurora = Aurora::start(18);
    let (keys, _) = aurora.accounts.session("arn:aws:iam::1:role/x", std::time::Duration::from_secs(3_600));
    assert!(keys.token.is_some());
    works(&aurora, &workspace(&with_keys(&aurora, &keys)), "arn:aws:iam::1:role/x");
}

on_versions! {
    [15, 18]
    /// Each trusts only the one before, so none can be left out. Where STS is, the attribute says or the environment: there
    /// its own variable before the one for all services.
    fn a_chain_of_two_roles(version: u16) {
        let aurora = Aurora::start(version);
        let (keys, sts) = (aurora.accounts.user("ci"), Sts::start(&aurora.accounts));
        let user = format!("arn:aws:iam::{ACCOUNT}:user/ci");
        let first = sts.role("pipeline", Trust::Principal(user.clone()));
        let second = sts.role("path/database", Trust::Principal(first.clone()));
        let is_written = version < 16;
        let endpoints = if is_written { format!("    endpoints = {{ sts = \"{}\" }}\n", sts.url) } else { String::new() };
        let roles = format!(
            "    assume_role = [\n      {{ role_arn = \"{first}\" }},\n      {{ role_arn = \"{second}\", duration = \"20m\" }},\n    ]\n\
             {endpoints}"
        );
        let members = format!("{}{roles}", keys.attributes());
        let mut workspace = workspace(&format!("{}{}", aurora.provider(), aws(&members)));
        if !is_written {
            workspace.set_env("AWS_ENDPOINT_URL_STS", &sts.url);
            workspace.set_env("AWS_ENDPOINT_URL", "http://127.0.0.1:1");
        }
        works(&aurora, &workspace, &second);
        let chain = [["AssumeRole".to_owned(), first.clone(), user], ["AssumeRole".to_owned(), second, first]];
        let asked = sts.asked();
        assert!(asked.len() >= 6 && asked.chunks(2).all(|pair| pair == chain), "{asked:?}");
        // The same token for all the connections of a process, which lets thousands of them be.
        let tokens: BTreeSet<_> = aurora.logins().into_iter().map(|login| login.token).collect();
        assert_eq!(tokens.len() * 2, asked.len(), "one token for each process");
    }
}

/// As it is written for a pipeline with OIDC, and another role behind it. STS is asked over HTTPS, with an authority of
/// one's own.
#[test]
fn a_web_identity_that_is_written() {
    let aurora = Aurora::start(18);
    let authority = Authority::new("an authority for STS");
    let sts = Sts::start_with_tls(&aurora.accounts, &authority.server(&["localhost"]));
    let web = sts.role("oidc", Trust::WebIdentity("header.claims.signature".to_owned()));
    let next = sts.role("database", Trust::Principal(web.clone()));
    let members = format!(
        "    assume_role_with_web_identity = {{\n      role_arn = \"{web}\"\n      web_identity_token_file = \"identity\"\n    }}\n    \
         assume_role = [{{ role_arn = \"{next}\" }}]\n    endpoints = {{ sts = \"{}\" }}\n",
        sts.url
    );
    let mut workspace = workspace(&format!("{}{}", aurora.provider(), aws(&members)));
    workspace.write("identity", "header.claims.signature\n");
    workspace.write("sts.pem", &authority.certificate());
    workspace.set_env("AWS_CA_BUNDLE", "sts.pem");
    works(&aurora, &workspace, &next);
    assert_eq!(sts.asked()[0], ["AssumeRoleWithWebIdentity", &web, "a web identity"]);
}

on_versions! {
    [15, 18]
    /// As EKS and GitLab have it: nothing is written, the environment says all.
    fn a_web_identity_in_the_environment(version: u16) {
        let aurora = Aurora::start(version);
        let sts = Sts::start(&aurora.accounts);
        let role = sts.role("pod", Trust::WebIdentity("header.claims.signature".to_owned()));
        let mut workspace = workspace(&aurora.connection_as("postgres"));
        workspace.write("identity", "header.claims.signature");
        let file = workspace.directory().join("identity");
        for (name, value) in [
            ("POSTGRES_IAM_AUTH", "true"),
            ("AWS_ROLE_ARN", role.as_str()),
            ("AWS_WEB_IDENTITY_TOKEN_FILE", file.to_str().unwrap()),
            ("AWS_ENDPOINT_URL_STS", &sts.url),
        ] {
            workspace.set_env(name, value);
        }
        works(&aurora, &workspace, &role);
    }
}

/// A profile with a role and its source, a `credential_process` and plain keys, in files of one's own.
#[test]
fn profiles() {
    let aurora = Aurora::start(18);
    let (keys, sts) = (aurora.accounts.user("ci"), Sts::start(&aurora.accounts));
    let user = format!("arn:aws:iam::{ACCOUNT}:user/ci");
    let role = sts.role("database", Trust::Principal(user.clone()));
    let (access_key, secret_key) = (&keys.access_key, &keys.secret_key);
    let config = format!(
        "[profile assumed]\nrole_arn = {role}\nsource_profile = static\n\
         [profile process]\ncredential_process = echo '{{\"Version\": 1, \"AccessKeyId\": \"{access_key}\", \
         \"SecretAccessKey\": \"{secret_key}\"}}'\n"
    );
    let credentials =
        format!("[static]\naws_access_key_id = {access_key}\naws_secret_access_key = {secret_key}\n");
    for (profile, principal) in [("static", &user), ("process", &user), ("assumed", &role)] {
        let members = format!(
            "    profile = \"{profile}\"\n    shared_config_files = [\"config\"]\n    shared_credentials_files = [\"credentials\"]\n"
        );
        let mut workspace = workspace(&format!("{}{}", aurora.provider(), aws(&members)));
        workspace.write("config", &config);
        workspace.write("credentials", &credentials);
        workspace.set_env("AWS_ENDPOINT_URL_STS", &sts.url);
        // Over which the profile that is written wins.
        workspace.set_env("AWS_ACCESS_KEY_ID", "AKIANOBODY");
        workspace.set_env("AWS_SECRET_ACCESS_KEY", "nothing");
        let before = aurora.logins().len();
        workspace.apply();
        workspace.assert_empty_plan();
        for login in &aurora.logins()[before..] {
            assert_eq!(aurora.accounts.principal(login.outcome.as_ref().unwrap()), *principal, "{profile}");
        }
        assert!(aurora.logins().len() > before);
        workspace.main("");
        workspace.apply();
        workspace.main(TEAM);
    }
}

const ROLE: &str = "arn:aws:iam::123456789012:role/place";

/// The instance is asked for its region, too, where the host says none.
#[test]
fn the_role_of_an_instance() {
    let aurora = Aurora::builder(18).here().start();
    let metadata = Metadata::start(&aurora.accounts, ROLE);
    let mut workspace = workspace(&aurora.provider());
    workspace.set_env("AWS_EC2_METADATA_DISABLED", "false");
    workspace.set_env("AWS_EC2_METADATA_SERVICE_ENDPOINT", &metadata.url);
    works(&aurora, &workspace, ROLE);
    assert!(
        metadata.asked().iter().any(|asked| asked.ends_with("placement/region")),
        "{:?}",
        metadata.asked()
    );
}

/// As EKS (Pod Identity) and ECS have it.
#[test]
fn the_role_of_a_container() {
    let aurora = Aurora::start(18);
    let metadata = Metadata::start(&aurora.accounts, ROLE);
    let mut workspace = workspace(&aurora.provider());
    workspace.write("authorization", Metadata::SECRET);
    let file = workspace.directory().join("authorization").display().to_string();
    workspace.set_env("AWS_CONTAINER_CREDENTIALS_FULL_URI", &format!("{}/container", metadata.url));
    workspace.set_env("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", &file);
    works(&aurora, &workspace, ROLE);
}

/// After `aws sso login`, whose answer is in the home directory.
#[test]
fn single_sign_on() {
    let aurora = Aurora::start(18);
    let portal = Metadata::start(&aurora.accounts, ROLE);
    let mut workspace = workspace(&format!("{}{}", aurora.provider(), aws("    profile = \"admin\"\n")));
    let aws = workspace.home().join(".aws");
    std::fs::create_dir_all(aws.join("sso/cache")).unwrap();
    let start_url = "https://example.awsapps.com/start";
    std::fs::write(
        aws.join("config"),
        format!(
            "[profile admin]\nsso_session = corp\nsso_account_id = {ACCOUNT}\nsso_role_name = admin\n\
             [sso-session corp]\nsso_region = eu-west-1\nsso_start_url = {start_url}\n"
        ),
    )
    .unwrap();
    let cached = serde_json::json!({
        "startUrl": start_url, "region": "eu-west-1", "accessToken": Metadata::SECRET, "expiresAt": "2999-01-01T00:00:00Z",
    });
    // Named by the session's SHA-1.
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA1_FOR_LEGACY_USE_ONLY, b"corp");
    let name: String = digest.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
    std::fs::write(aws.join("sso/cache").join(format!("{name}.json")), cached.to_string()).unwrap();
    workspace.set_env("AWS_ENDPOINT_URL_SSO", &portal.url);
    works(&aurora, &workspace, ROLE);
    assert_eq!(portal.asked()[0], "GET /federation/credentials");
}
