//! SCRAM-SHA-256 verifiers (RFC 5802, RFC 7677) in PostgreSQL's form, made on this side, so that no
//! password reaches the server.

mod saslprep;
mod verifier_digest;

use std::num::NonZeroU32;

use aws_lc_rs::{constant_time, digest, hmac, pbkdf2, rand};
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use secrecy::{ExposeSecret, SecretString};
use zeroize::Zeroizing;

pub use verifier_digest::Digest;

/// As many bytes as PostgreSQL's own (SCRAM_DEFAULT_SALT_LEN).
const SALT_LENGTH: usize = 16;
const KEY_LENGTH: usize = 32;
const MECHANISM: &str = "SCRAM-SHA-256";

/// A verifier with a new random salt: `SCRAM-SHA-256$<iterations>:<salt>$<StoredKey>:<ServerKey>`. `iterations`
/// is the server's `scram_iterations` (16 and later), or 4096.
pub fn verifier(password: &SecretString, iterations: u32) -> SecretString {
    let mut salt = [0; SALT_LENGTH];
    // AWS-LC itself ends the process rather than to be without random bytes.
    #[allow(clippy::expect_used)]
    rand::fill(&mut salt).expect("random bytes");
    let iterations = NonZeroU32::new(iterations).unwrap_or(NonZeroU32::MIN);
    verifier_with_salt(password.expose_secret(), iterations, &salt)
}

fn verifier_with_salt(password: &str, iterations: NonZeroU32, salt: &[u8]) -> SecretString {
    let keys = Keys::derive(password, iterations, salt);
    SecretString::from(format!(
        "{MECHANISM}${iterations}:{}${}:{}",
        BASE64.encode(salt),
        BASE64.encode(keys.stored_key),
        BASE64.encode(keys.server_key)
    ))
}

/// Nobody waits for more than this to see whether a password is the stored one: who changes it by hand may ask for two
/// billion, which take hours.
const MOST_ITERATIONS: u32 = 1_000_000;

/// The verifier of a password with the iterations and salt of another, `<iterations>:<salt>` as they stand there. None
/// where that is no SCRAM verifier, or one of too many iterations.
pub fn verifier_like(password: &SecretString, iterations_and_salt: &str) -> Option<SecretString> {
    let (iterations, salt) = iterations_and_salt.split_once(':')?;
    let iterations = iterations.parse::<NonZeroU32>().ok()?;
    if iterations.get() > MOST_ITERATIONS {
        return None;
    }
    Some(verifier_with_salt(password.expose_secret(), iterations, &decode(salt)?))
}

/// Whether a verifier is one of this password.
pub fn verify(verifier: &str, password: &SecretString) -> bool {
    let Some(verifier) = Verifier::parse(verifier) else { return false };
    let Some(iterations) = verifier.iterations else { return false };
    let keys = Keys::derive(password.expose_secret(), iterations, &verifier.salt);
    constant_time::verify_slices_are_equal(&keys.stored_key, &verifier.stored_key).is_ok()
        && constant_time::verify_slices_are_equal(&keys.server_key, &verifier.server_key).is_ok()
}

/// Whether the server would take this password for a hash, and store it as it is.
pub fn looks_like_hash(password: &str) -> bool {
    let is_hexadecimal = |digits: &str| digits.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
    password.strip_prefix("md5").is_some_and(|digits| digits.len() == 32 && is_hexadecimal(digits))
        || Verifier::parse(password).is_some()
}

/// What a server keeps of a password.
struct Keys {
    stored_key: [u8; KEY_LENGTH],
    server_key: [u8; KEY_LENGTH],
}

impl Keys {
    /// RFC 5802, section 3.
    fn derive(password: &str, iterations: NonZeroU32, salt: &[u8]) -> Keys {
        let password = Zeroizing::new(saslprep::saslprep(password).into_owned());
        let mut salted_password = Zeroizing::new([0; KEY_LENGTH]);
        pbkdf2::derive(
            pbkdf2::PBKDF2_HMAC_SHA256,
            iterations,
            salt,
            password.as_bytes(),
            salted_password.as_mut_slice(),
        );
        let key = hmac::Key::new(hmac::HMAC_SHA256, salted_password.as_slice());
        let client_key = hmac::sign(&key, b"Client Key");
        let stored_key = digest::digest(&digest::SHA256, client_key.as_ref());
        let server_key = hmac::sign(&key, b"Server Key");
        Keys { stored_key: array(stored_key.as_ref()), server_key: array(server_key.as_ref()) }
    }
}

/// The bytes of a SHA-256, which are always as many.
fn array(bytes: &[u8]) -> [u8; KEY_LENGTH] {
    let mut array = [0; KEY_LENGTH];
    array.iter_mut().zip(bytes).for_each(|(to, from)| *to = *from);
    array
}

struct Verifier {
    /// None for what `strtol` takes for a number and no hash can have.
    iterations: Option<NonZeroU32>,
    salt: Vec<u8>,
    stored_key: Vec<u8>,
    server_key: Vec<u8>,
}

impl Verifier {
    /// As the server's `parse_scram_secret` tells a verifier from a password: the iterations may be any
    /// integer (also none, or negative), and there may be white space in the base64.
    fn parse(text: &str) -> Option<Verifier> {
        let (iterations, rest) = text.strip_prefix(MECHANISM)?.strip_prefix('$')?.split_once(':')?;
        let (salt, rest) = rest.split_once('$')?;
        let (stored_key, server_key) = rest.split_once(':')?;
        let digits = iterations.trim_start();
        let digits = digits.strip_prefix(['+', '-']).unwrap_or(digits);
        if !digits.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        let verifier = Verifier {
            iterations: iterations.parse().ok(),
            salt: decode(salt)?,
            stored_key: decode(stored_key)?,
            server_key: decode(server_key)?,
        };
        (verifier.stored_key.len() == KEY_LENGTH && verifier.server_key.len() == KEY_LENGTH)
            .then_some(verifier)
    }
}

fn decode(text: &str) -> Option<Vec<u8>> {
    let text: String = text.chars().filter(|c| !matches!(c, ' ' | '\t' | '\n' | '\r')).collect();
    BASE64.decode(text).ok()
}

#[cfg(test)]
mod tests;
