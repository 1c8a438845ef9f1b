//! What is said where there is no token.

use super::sts::Answer;
use super::*;

async fn refused(lab: &Lab, settings: Settings) -> Error {
    lab.source(settings).token().await.map(drop).unwrap_err()
}

#[tokio::test]
async fn what_sts_says_is_said_with_what_to_do() {
    let lab = Lab::new().await;
    for (code, message, expected) in [
        ("AccessDenied", "User: x is not authorized", "trust policy"),
        ("InvalidIdentityToken", "No OpenIDConnect provider found", "identity provider"),
        ("ExpiredTokenException", "The security token included in the request is expired", "has expired"),
        ("SignatureDoesNotMatch", "The request signature we calculated does not match", "aws.secret_key"),
        ("SignatureDoesNotMatch", "Signature expired: 1 is now earlier than 2", "clock"),
        ("RequestTimeTooSkewed", "The difference is too large", "clock"),
        (
            "InvalidClientTokenId",
            "The security token included in the request is invalid",
            "does not know the access key",
        ),
        ("ValidationError", "DurationSeconds exceeds the MaxSessionDuration", "maximum"),
    ] {
        lab.sts.answer(Answer::Refusal(code, message));
        let error = refused(&lab, lab.with_roles(&["ci"])).await;
        assert_eq!(error.kind(), ErrorKind::Refused, "{code}: {error}");
        let text = error.to_string();
        assert!(text.contains(code) && text.contains(message) && text.contains("role/ci"), "{text}");
        let to_do = error.to_do().unwrap();
        assert!(to_do.contains(expected), "{code}: {to_do}");
        assert!(!format!("{error:?}").contains("hidden"));
    }
}

#[tokio::test]
async fn an_sts_that_is_not_there() {
    let lab = Lab::new().await;
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let settings = Settings { sts_endpoint: Some(format!("http://{address}")), ..lab.with_roles(&["ci"]) };
    let error = refused(&lab, settings).await;
    assert_eq!(error.kind(), ErrorKind::Unreachable, "{error}");
    assert!(error.to_string().contains(&address.to_string()), "{error}");
}

/// With TLS, and a certificate that nobody has signed.
#[tokio::test]
async fn an_sts_that_is_not_trusted() {
    use rustls::pki_types::PrivateKeyDer;
    let lab = Lab::new().await;
    let own = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let key = PrivateKeyDer::try_from(own.signing_key.serialize_der()).unwrap();
    let config =
        rustls::ServerConfig::builder_with_provider(Arc::new(rustls::crypto::aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![own.cert.der().clone()], key)
            .unwrap();
    let acceptor = tokio_rustls::TlsAcceptor::from(Arc::new(config));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://localhost:{}", listener.local_addr().unwrap().port());
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let _ = acceptor.accept(stream).await;
        }
    });
    let error = refused(&lab, Settings { sts_endpoint: Some(url), ..lab.with_roles(&["ci"]) }).await;
    assert_eq!(error.kind(), ErrorKind::Unreachable, "{error}");
    assert!(error.to_do().unwrap().contains("AWS_CA_BUNDLE"), "{error:?}");
}

#[tokio::test]
async fn profiles_that_give_nothing() {
    let lab = Lab::new().await;
    let config = lab.file(
        "config",
        "[profile bare]\nregion = eu-west-1\n\
         [profile sso]\nsso_session = corp\nsso_account_id = 123456789012\nsso_role_name = admin\n\
         [sso-session corp]\nsso_region = eu-west-1\nsso_start_url = https://nobody-has-this.awsapps.com/start\n",
    );
    for (profile, kind, expected) in [
        ("bare", ErrorKind::NoCredentials, "credential_process"),
        ("missing", ErrorKind::Configuration, "aws.profile"),
        ("sso", ErrorKind::Credentials, "aws sso login --profile sso"),
    ] {
        let settings = Settings {
            profile: Some(profile.to_owned()),
            config_files: vec![config.clone()],
            ..lab.settings()
        };
        let error = refused(&lab, settings).await;
        let told = format!("{error} {}", error.to_do().unwrap_or_default());
        assert_eq!(error.kind(), kind, "{told}");
        assert!(told.contains(profile) && told.contains(expected), "{told}");
    }
}

#[tokio::test]
async fn files_that_are_not_there() {
    let lab = Lab::new().await;
    let missing = lab.folder.path().join("none");
    let settings = Settings { config_files: vec![missing], profile: Some("x".to_owned()), ..lab.settings() };
    let error = refused(&lab, settings).await;
    assert_eq!(error.kind(), ErrorKind::Configuration);
    assert!(error.to_string().contains("aws.shared_config_files"), "{error}");
}

#[test]
fn debug_shows_no_secret() {
    let settings = Settings {
        keys: Some(Keys { token: Some("hidden".into()), ..keys() }),
        web_identity: Some(WebIdentityRole {
            session: RoleSession::default(),
            token: WebIdentityToken::Text("hidden".into()),
        }),
        ..Settings::default()
    };
    let shown = format!("{settings:?} {:?}", Account::new(settings.clone(), None, Clock::system()));
    assert!(shown.contains("AKEX0") && !shown.contains("hidden"), "{shown}");
}
