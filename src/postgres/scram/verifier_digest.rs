//! A verifier's digest: tells whether two are the same without either of them.

use std::fmt::Write as _;

use aws_lc_rs::digest::{SHA256, digest};
use secrecy::{ExposeSecret, SecretString};

/// SHA-256 of a verifier. Its salt has as many random bits as the digest can be worth, so nobody guesses passwords by it.
#[derive(Clone, PartialEq, Eq)]
pub struct Digest(String);

impl Digest {
    /// Of a verifier.
    pub fn of(verifier: &SecretString) -> Digest {
        Digest::from_bytes(digest(&SHA256, verifier.expose_secret().as_bytes()).as_ref())
    }

    /// As the server has computed it.
    pub(crate) fn from_bytes(bytes: &[u8]) -> Digest {
        let mut text = String::with_capacity(2 * bytes.len());
        for byte in bytes {
            // Writing to a string cannot fail.
            let _ = write!(text, "{byte:02x}");
        }
        Digest(text)
    }

    /// In hexadecimal digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}
