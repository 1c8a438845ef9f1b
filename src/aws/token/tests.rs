use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aws_credential_types::Credentials;
use secrecy::ExposeSecret;
use serde::Deserialize;

use super::*;

fn at(seconds: u64) -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(seconds)
}

fn keys(access_key: &str, secret_key: &str, token: Option<&str>) -> Credentials {
    Credentials::new(access_key, secret_key, token.map(str::to_owned), None, "test")
}

/// That of the Rust SDK's module `auth_token`, for a MySQL port.
#[test]
fn the_published_vector() {
    let endpoint = Endpoint::new("prod-instance.us-east-1.rds.amazonaws.com", 3306, "peccy").unwrap();
    let region = Region::parse("us-east-1").unwrap();
    let token = Token::sign(&endpoint, &region, &keys("akid", "secret", None), at(1_724_709_600)).unwrap();
    assert_eq!(
        token.secret.expose_secret(),
        "prod-instance.us-east-1.rds.amazonaws.com:3306/?Action=connect&DBUser=peccy\
         &X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=akid%2F20240826%2Fus-east-1%2Frds-db%2Faws4_request\
         &X-Amz-Date=20240826T220000Z&X-Amz-Expires=900&X-Amz-SignedHeaders=host\
         &X-Amz-Signature=dd0cba843009474347af724090233265628ace491ea17ce3eb3da098b983ad89"
    );
}

#[derive(Deserialize)]
struct Written {
    tokens: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    host: String,
    port: u16,
    username: String,
    region: String,
    access_key: String,
    secret_key: String,
    token: Option<String>,
    time: u64,
    expected: String,
}

/// Against botocore, byte for byte, and back. The one difference that is meant: botocore leaves capitals of the host
/// in the text, though the signature is for small letters. PGUM_IAM_TOKENS names another file of
/// `tests/data/iam_tokens/generate.py`.
#[test]
fn the_same_as_botocore() {
    let written = match std::env::var_os("PGUM_IAM_TOKENS") {
        Some(path) => std::fs::read_to_string(path).unwrap(),
        None => include_str!("../../../tests/data/iam_tokens/tokens.json").to_owned(),
    };
    let written: Written = serde_json::from_str(&written).unwrap();
    assert!(written.tokens.len() >= 300);
    for case in written.tokens {
        let (authority, query) = case.expected.split_once('/').unwrap();
        let expected = format!("{}/{query}", authority.to_ascii_lowercase());
        let endpoint = Endpoint::new(&case.host, case.port, &case.username).unwrap();
        let region = Region::parse(&case.region).unwrap();
        let credentials = keys(&case.access_key, &case.secret_key, case.token.as_deref());
        let token = Token::sign(&endpoint, &region, &credentials, at(case.time)).unwrap();
        assert_eq!(token.secret.expose_secret(), expected);
        assert_eq!(TokenFacts::read(&expected), Ok(token.facts), "{expected}");
    }
}

#[test]
fn a_token_dies_with_its_credentials() {
    let endpoint = Endpoint::new("db", 5432, "app").unwrap();
    let region = Region::parse("eu-west-1").unwrap();
    let now = at(1_800_000_000) + Duration::from_millis(700);
    for (credentials_expire, token_expires) in [
        (None, at(1_800_000_900)),
        (Some(at(1_800_003_600)), at(1_800_000_900)),
        (Some(at(1_800_000_300)), at(1_800_000_300)),
    ] {
        let credentials = Credentials::new("a", "b", None, credentials_expire, "test");
        let token = Token::sign(&endpoint, &region, &credentials, now).unwrap();
        assert_eq!((token.facts.signed_at, token.facts.expires_at), (at(1_800_000_000), token_expires));
    }
}

#[test]
fn hosts() {
    let host = |written: &str| Endpoint::new(written, 5432, "app").map(|endpoint| endpoint.host);
    for (written, signed) in [
        ("DB.Example.com.", "db.example.com"),
        ("10.0.0.1", "10.0.0.1"),
        ("my_db", "my_db"),
        ("FD00::1", "[fd00::1]"),
        ("[::1]", "[::1]"),
    ] {
        assert_eq!(host(written).as_deref(), Ok(signed));
    }
    for written in
        ["", ".", "/var/run/postgresql", "a b", "a/b", "a:1", "user@db", "dätenbank", "db\n", "[db]]"]
    {
        assert!(host(written).is_err(), "{written}");
    }
}

#[test]
fn what_is_no_token() {
    let whole = "db.example.com:5432/?Action=connect&DBUser=app&X-Amz-Algorithm=AWS4-HMAC-SHA256\
                 &X-Amz-Credential=akid%2F20240826%2Fus-east-1%2Frds-db%2Faws4_request&X-Amz-Date=20240826T220000Z\
                 &X-Amz-Expires=900&X-Amz-SignedHeaders=host&X-Amz-Signature=00";
    assert!(TokenFacts::read(whole).is_ok());
    for (part, instead) in [
        ("db.example.com:5432", ""),
        (":5432", ""),
        (":5432", ":x"),
        ("/?", "/"),
        ("Action=connect", "Action=DbConnect"),
        ("&DBUser=app", ""),
        ("DBUser=app", "DBUser=%zz"),
        ("DBUser=app", "DBUser=%ff"),
        ("rds-db", "dsql"),
        ("us-east-1", "nowhere"),
        ("20240826T220000Z", "20240826T250000Z"),
        ("20240826T220000Z", "99991231T235959Z"),
        ("X-Amz-Expires=900", "X-Amz-Expires=x"),
        ("&X-Amz-Signature=00", ""),
    ] {
        let token = whole.replace(part, instead);
        assert_ne!(token, whole, "{part}");
        assert!(TokenFacts::read(&token).is_err(), "{token}");
    }
}

#[test]
fn debug_shows_no_token() {
    let endpoint = Endpoint::new("db", 5432, "app").unwrap();
    let region = Region::parse("eu-west-1").unwrap();
    let token = Token::sign(&endpoint, &region, &keys("akid", "hidden", Some("hidden")), at(0)).unwrap();
    let shown = format!("{token:?}");
    assert!(!shown.contains("Signature") && !shown.contains("hidden"), "{shown}");
}

proptest::proptest! {
    #[test]
    fn any_text_is_read_without_a_panic(text in "\\PC{0,200}") {
        let _ = TokenFacts::read(&text);
        let _ = TokenFacts::read(&format!("db:1/?Action=connect&{text}"));
    }

    #[test]
    fn encoding_comes_back(text in "\\PC{0,40}") {
        let encoded = percent::encode(&text);
        proptest::prop_assert_eq!(percent::decode(&encoded), Some(text));
    }
}
