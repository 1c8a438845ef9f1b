//! Which credentials a token is signed with.

use secrecy::ExposeSecret;

use super::*;

#[tokio::test]
async fn written_keys_ask_nobody() {
    let lab = Lab::new().await;
    let minted = lab.source(Settings { keys: Some(keys()), ..lab.settings() }).token().await.unwrap();
    assert_eq!(minted.token.facts.access_key_id, "AKEX0");
    assert_eq!(minted.origin, "aws.access_key");
    assert!(lab.sts.asked().is_empty());
}

#[tokio::test]
async fn a_chain_of_roles() {
    let lab = Lab::new().await;
    let mut settings = lab.with_roles(&["first", "path/second"]);
    settings.roles[0].session.duration = parse_duration("30m");
    settings.roles[0].session.name = Some("pipeline@example.com".to_owned());
    settings.roles[0].session.policy = Some("{\"Version\":\"2012-10-17\"}".to_owned());
    settings.roles[0].session.policy_arns = vec!["arn:aws:iam::aws:policy/ReadOnly".to_owned()];
    settings.roles[0].external_id = Some("external".to_owned());
    settings.roles[0].tags = vec![("team".to_owned(), "a b+c".to_owned())];
    settings.roles[0].source_identity = Some("somebody".to_owned());
    let minted = lab.source(settings).token().await.unwrap();

    let asked = lab.sts.asked();
    let [first, second] = &asked[..] else { panic!("{asked:?}") };
    assert_eq!((first.signed_by.as_str(), second.signed_by.as_str()), ("AKEX0", "ASEX1"));
    for (name, value) in [
        ("Action", "AssumeRole"),
        ("RoleArn", "arn:aws:iam::123456789012:role/first"),
        ("RoleSessionName", "pipeline@example.com"),
        ("DurationSeconds", "1800"),
        ("Policy", "{\"Version\":\"2012-10-17\"}"),
        ("PolicyArns.member.1.arn", "arn:aws:iam::aws:policy/ReadOnly"),
        ("ExternalId", "external"),
        ("Tags.member.1.Key", "team"),
        ("Tags.member.1.Value", "a b+c"),
        ("SourceIdentity", "somebody"),
    ] {
        assert_eq!(first.get(name), value, "{name}");
    }
    assert_eq!(second.get("RoleArn"), "arn:aws:iam::123456789012:role/path/second");
    for name in ["DurationSeconds", "Policy", "ExternalId", "Tags.member.1.Key", "SourceIdentity"] {
        assert_eq!(second.get(name), "", "{name}");
    }

    assert_eq!(minted.token.facts.access_key_id, "ASEX2");
    assert!(minted.token.secret.expose_secret().contains("X-Amz-Security-Token=hidden%20token%202"));
    let arn = minted.assumed.unwrap();
    assert!(arn.starts_with("arn:aws:sts::123456789012:assumed-role/second/"), "{arn}");
    assert_eq!(minted.origin, format!("the assumed role {arn}"));
}

#[tokio::test]
async fn a_web_identity_comes_first_and_its_file_is_read_each_time() {
    let lab = Lab::new().await;
    let file = lab.file("token", "header.one.signature\n");
    let session = RoleSession { role_arn: format!("{ROLE}oidc"), ..RoleSession::default() };
    let token = WebIdentityToken::File(file);
    let settings = Settings {
        keys: None,
        web_identity: Some(WebIdentityRole { session, token }),
        ..lab.with_roles(&["next"])
    };
    let source = lab.source(settings);
    assert_eq!(source.token().await.unwrap().token.facts.access_key_id, "ASEX2");
    lab.file("token", "header.two.signature");
    lab.pass(58 * MINUTE);
    assert_eq!(source.token().await.unwrap().token.facts.access_key_id, "ASEX4");

    let asked = lab.sts.asked();
    let seen: Vec<_> = asked
        .iter()
        .map(|asked| (asked.get("Action"), asked.signed_by.as_str(), asked.get("WebIdentityToken")))
        .collect();
    assert_eq!(
        seen,
        [
            ("AssumeRoleWithWebIdentity", "", "header.one.signature"),
            ("AssumeRole", "ASEX1", ""),
            ("AssumeRoleWithWebIdentity", "", "header.two.signature"),
            ("AssumeRole", "ASEX3", ""),
        ]
    );
}

#[tokio::test]
async fn a_profile_of_the_files_that_are_named() {
    let lab = Lab::new().await;
    let config = lab.file(
        "config",
        "[profile process]\ncredential_process = echo '{\"Version\": 1, \"AccessKeyId\": \"AKEXP\", \
         \"SecretAccessKey\": \"hidden\"}'\n",
    );
    let credentials =
        lab.file("keys", "[static]\naws_access_key_id = AKEXS\naws_secret_access_key = hidden\n");
    for (profile, key) in [("static", "AKEXS"), ("process", "AKEXP")] {
        let settings = Settings {
            profile: Some(profile.to_owned()),
            config_files: vec![config.clone()],
            credentials_files: vec![credentials.clone()],
            ..lab.settings()
        };
        let minted = lab.source(settings).token().await.unwrap();
        assert_eq!(minted.token.facts.access_key_id, key);
        assert!(minted.origin.contains(profile), "{}", minted.origin);
    }
}

#[tokio::test]
async fn the_region_of_the_settings_then_of_the_host_then_of_the_profile() {
    let lab = Lab::new().await;
    let config = lab.file("config", "[profile it]\nregion = ap-south-1\n");
    let host = "x.cluster-abc.us-east-1.rds.amazonaws.com";
    for (written, host, expected) in [
        (Some("eu-west-1"), Some(host), "eu-west-1"),
        (None, Some(host), "us-east-1"),
        (None, Some("db.example.com"), "ap-south-1"),
    ] {
        let settings = Settings {
            region: written.map(|region| Region::parse(region).unwrap()),
            profile: Some("it".to_owned()),
            config_files: vec![config.clone()],
            ..lab.settings()
        };
        let region = Account::new(settings, host, Clock::system()).region().await.unwrap();
        assert_eq!(region.as_str(), expected);
    }
}
