//! How long a token is used, and its credentials.

use futures_util::future::join_all;
use secrecy::ExposeSecret;

use super::sts::Answer;
use super::*;

#[tokio::test]
async fn a_token_is_used_for_ten_minutes() {
    let lab = Lab::new().await;
    let source = lab.source(Settings { keys: Some(keys()), ..lab.settings() });
    let first = source.token().await.unwrap();
    assert!(!first.may_be_stale);
    lab.pass(9 * MINUTE);
    let again = source.token().await.unwrap();
    assert_eq!(again.token.secret.expose_secret(), first.token.secret.expose_secret());
    assert!(again.may_be_stale);
    lab.pass(MINUTE);
    let next = source.token().await.unwrap();
    assert!(next.token.facts.signed_at > first.token.facts.signed_at);
}

#[tokio::test]
async fn a_token_is_not_used_longer_than_its_credentials_last() {
    let lab = Lab::new().await;
    let source = lab.source(lab.with_roles(&["role"]));
    lab.sts.answer(Answer::Credentials(7 * MINUTE));
    let first = source.token().await.unwrap();
    lab.pass(5 * MINUTE);
    assert_eq!(source.token().await.unwrap().token.facts.signed_at, first.token.facts.signed_at);
    lab.pass(MINUTE + Duration::from_secs(1));
    assert_eq!(source.token().await.unwrap().token.facts.access_key_id, "ASEX2");
}

#[tokio::test]
async fn credentials_are_renewed_before_they_expire() {
    let lab = Lab::new().await;
    let source = lab.source(lab.with_roles(&["role"]));
    let mut keys = Vec::new();
    // Two hours and more, a login every ten minutes.
    for _ in 0..14 {
        keys.push(source.token().await.unwrap().token.facts.access_key_id);
        lab.pass(10 * MINUTE);
    }
    keys.dedup();
    assert_eq!(keys, ["ASEX1", "ASEX2", "ASEX3"]);
    assert_eq!(lab.sts.asked().len(), 3);
}

#[tokio::test]
async fn while_they_last_it_does_not_matter_that_sts_fails() {
    let lab = Lab::new().await;
    let source = lab.source(lab.with_roles(&["role"]));
    source.token().await.unwrap();
    lab.sts.answer(Answer::Refusal("AccessDenied", "no more"));
    lab.pass(57 * MINUTE);
    assert_eq!(source.token().await.unwrap().token.facts.access_key_id, "ASEX1");
    lab.pass(3 * MINUTE);
    assert_eq!(source.token().await.unwrap_err().kind(), ErrorKind::Refused);
}

#[tokio::test]
async fn those_who_ask_at_once_share_one_answer() {
    let lab = Lab::new().await;
    let account = lab.account(lab.with_roles(&["role"]));
    let one = TokenSource::new(Arc::clone(&account), endpoint());
    let other = TokenSource::new(account, Endpoint::new("db.example.com", 5432, "other").unwrap());
    let tokens = join_all((0..20).map(|n| if n % 2 == 0 { one.token() } else { other.token() })).await;
    assert!(tokens.iter().all(Result::is_ok));
    assert_eq!(lab.sts.asked().len(), 1);
}

#[tokio::test]
async fn after_a_rejection_credentials_and_token_are_new() {
    let lab = Lab::new().await;
    let source = lab.source(lab.with_roles(&["role"]));
    source.token().await.unwrap();
    let old = source.token().await.unwrap();
    let new = source.after_rejection(&old.token.secret, old.generation).await.unwrap().unwrap();
    assert_eq!(new.token.facts.access_key_id, "ASEX2");
    assert!(!new.may_be_stale);
    // A second one with the same old token gets what the first one got.
    let same = source.after_rejection(&old.token.secret, old.generation).await.unwrap().unwrap();
    assert_eq!(same.token.secret.expose_secret(), new.token.secret.expose_secret());
    assert_eq!(lab.sts.asked().len(), 2);
    assert_eq!(source.token().await.unwrap().token.facts.access_key_id, "ASEX2", "later ones have it, too");
}

#[tokio::test]
async fn with_written_keys_a_rejected_token_is_replaced_once_it_is_older() {
    let lab = Lab::new().await;
    let source = lab.source(Settings { keys: Some(keys()), ..lab.settings() });
    let old = source.token().await.unwrap();
    assert!(
        source.after_rejection(&old.token.secret, old.generation).await.unwrap().is_none(),
        "the same again"
    );
    lab.pass(MINUTE);
    assert!(source.after_rejection(&old.token.secret, old.generation).await.unwrap().is_some());
}

/// As tools for single sign-on do it: the keys in the file do not say when they expire.
#[tokio::test]
async fn after_a_rejection_files_are_read_anew() {
    let lab = Lab::new().await;
    let content = |key: &str| format!("[it]\naws_access_key_id = {key}\naws_secret_access_key = hidden\n");
    let settings = Settings {
        profile: Some("it".to_owned()),
        credentials_files: vec![lab.file("keys", &content("AKEXONE"))],
        ..lab.settings()
    };
    let source = lab.source(settings);
    let old = source.token().await.unwrap();
    assert_eq!(old.token.facts.access_key_id, "AKEXONE");
    lab.file("keys", &content("AKEXTWO"));
    assert_eq!(source.token().await.unwrap().token.facts.access_key_id, "AKEXONE");
    let new = source.after_rejection(&old.token.secret, old.generation).await.unwrap().unwrap();
    assert_eq!(new.token.facts.access_key_id, "AKEXTWO");
}
