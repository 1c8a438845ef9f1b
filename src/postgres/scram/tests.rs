use proptest::prelude::*;

use super::*;

fn secret(text: &str) -> SecretString {
    SecretString::from(text)
}

/// The salt, iterations and password of RFC 7677, section 3; the exchange printed there ends with the
/// server's signature, which only the right ServerKey makes, and starts from a proof that only the right
/// StoredKey accepts.
#[test]
fn the_exchange_of_rfc_7677() {
    let salt = BASE64.decode("W22ZaJ0SNY7soEsUEjb6gQ==").unwrap();
    let keys = Keys::derive("pencil", NonZeroU32::new(4096).unwrap(), &salt);
    let auth_message = "n=user,r=rOprNGfwEbeRWgbNEkqO,\
         r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096,\
         c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0";

    let server_key = hmac::Key::new(hmac::HMAC_SHA256, &keys.server_key);
    let server_signature = hmac::sign(&server_key, auth_message.as_bytes());
    assert_eq!(BASE64.encode(server_signature), "6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=");

    let proof = BASE64.decode("dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=").unwrap();
    let stored_key = hmac::Key::new(hmac::HMAC_SHA256, &keys.stored_key);
    let client_signature = hmac::sign(&stored_key, auth_message.as_bytes());
    let client_key: Vec<u8> = proof.iter().zip(client_signature.as_ref()).map(|(a, b)| a ^ b).collect();
    assert_eq!(digest::digest(&digest::SHA256, &client_key).as_ref(), keys.stored_key);
}

#[test]
fn the_form_is_the_servers() {
    let verifier = verifier(&secret("pencil"), 4096);
    let text = verifier.expose_secret();
    assert!(text.starts_with("SCRAM-SHA-256$4096:"), "{text}");
    // 19 to the salt of 24, and two keys of 44.
    assert_eq!(text.len(), 19 + 24 + 1 + 44 + 1 + 44, "{text}");
    assert!(looks_like_hash(text));
}

#[test]
fn every_salt_is_new() {
    let [one, other] = [verifier(&secret("x"), 1), verifier(&secret("x"), 1)];
    assert_ne!(one.expose_secret(), other.expose_secret());
}

#[test]
fn what_the_server_takes_for_a_hash() {
    let verifier = verifier(&secret("x"), 4096);
    let verifier = verifier.expose_secret();
    for hash in [
        "md50123456789abcdef0123456789abcdef",
        verifier,
        &verifier.replace("4096", ""),
        &verifier.replace("4096", " -7"),
        &verifier.replacen(':', ": ", 1),
    ] {
        assert!(looks_like_hash(hash), "{hash}");
    }
    for password in [
        "",
        "md5",
        "md50123456789ABCDEF0123456789ABCDEF",
        "md50123456789abcdef0123456789abcde",
        "MD50123456789abcdef0123456789abcdef",
        "SCRAM-SHA-256",
        "SCRAM-SHA-256$4096:abc$def:ghi",
        &verifier.replace("4096", "4o96"),
        &verifier.replace("256", "512"),
        verifier.trim_end_matches('='),
    ] {
        assert!(!looks_like_hash(password), "{password}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_verifier_verifies_its_password_and_no_other(
        password in any::<String>(),
        other in any::<String>(),
        iterations in 1u32..4,
    ) {
        let verifier = verifier(&secret(&password), iterations);
        prop_assert!(verify(verifier.expose_secret(), &secret(&password)));
        let same = saslprep::saslprep(&password) == saslprep::saslprep(&other);
        prop_assert_eq!(verify(verifier.expose_secret(), &secret(&other)), same);
    }

    #[test]
    fn no_text_is_too_odd(text in any::<String>()) {
        looks_like_hash(&text);
        looks_like_hash(&format!("SCRAM-SHA-256${text}"));
        verify(&text, &secret(""));
    }
}

#[test]
fn the_same_password_with_the_same_salt_is_the_same_verifier() {
    let password = SecretString::from("a secret");
    let verifier = verifier(&password, 5_000);
    let salt = verifier.expose_secret().split('$').nth(1).unwrap();
    assert!(salt.starts_with("5000:"), "{salt}");
    let again = verifier_like(&password, salt).unwrap();
    assert_eq!(again.expose_secret(), verifier.expose_secret());
    assert!(Digest::of(&again) == Digest::of(&verifier));
    let other = verifier_like(&SecretString::from("another"), salt).unwrap();
    assert!(Digest::of(&other) != Digest::of(&verifier));
    // What is no SCRAM verifier, and what would take hours.
    for text in ["", "4096", "x:c2FsdA==", "0:c2FsdA==", "-1:c2FsdA==", "2000000000:c2FsdA==", "4096:?"] {
        assert!(verifier_like(&password, text).is_none(), "{text}");
    }
    assert_eq!(
        Digest::of(&SecretString::from("abc")).as_str(),
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    );
}
