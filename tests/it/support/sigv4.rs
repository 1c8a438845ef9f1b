//! AWS's signature version 4 computed once more, from its specification, to see that a token is signed right. It shares
//! nothing with the provider but SHA-256 and HMAC.

use aws_lc_rs::{digest, hmac};
use std::collections::BTreeMap;

/// A request whose signature is in its query, such as an IAM token of RDS.
pub(crate) struct Presigned {
    /// The host and the port, as they stand before the query.
    pub(crate) authority: String,
    parameters: BTreeMap<String, String>,
}

impl Presigned {
    /// Reads `HOST:PORT/?NAME=VALUE&...`.
    #[track_caller]
    pub(crate) fn read(token: &str) -> Presigned {
        let (authority, query) = token.split_once("/?").unwrap_or_else(|| panic!("no token: {token:?}"));
        let pairs = query.split('&').map(|pair| pair.split_once('=').expect("a pair"));
        let parameters = pairs.map(|(name, value)| (decoded(name), decoded(value))).collect();
        Presigned { authority: authority.to_owned(), parameters }
    }

    /// A parameter, decoded.
    #[track_caller]
    pub(crate) fn parameter(&self, name: &str) -> &str {
        self.parameters.get(name).unwrap_or_else(|| panic!("no {name} in {:?}", self.parameters.keys()))
    }

    /// The signature that a secret key gives.
    pub(crate) fn signature(&self, secret_key: &str) -> String {
        let signed = self.parameters.iter().filter(|(name, _)| *name != "X-Amz-Signature");
        let mut query: Vec<_> =
            signed.map(|(name, value)| format!("{}={}", encoded(name), encoded(value))).collect();
        query.sort();
        let (query, authority) = (query.join("&"), &self.authority);
        let canonical = format!("GET\n/\n{query}\nhost:{authority}\n\nhost\n{}", sha256(""));
        let credential = self.parameter("X-Amz-Credential");
        let (_, scope) = credential.split_once('/').expect("a scope");
        let to_sign =
            format!("AWS4-HMAC-SHA256\n{}\n{scope}\n{}", self.parameter("X-Amz-Date"), sha256(&canonical));
        let mut key = format!("AWS4{secret_key}").into_bytes();
        for part in scope.split('/') {
            key = hmac_sha256(&key, part);
        }
        hex(&hmac_sha256(&key, &to_sign))
    }
}

fn decoded(text: &str) -> String {
    let mut bytes = text.bytes();
    let mut decoded = Vec::new();
    while let Some(byte) = bytes.next() {
        if byte == b'%' {
            let digits = [bytes.next().expect("a digit"), bytes.next().expect("a digit")];
            let digits = std::str::from_utf8(&digits).expect("digits");
            decoded.push(u8::from_str_radix(digits, 16).expect("hexadecimal digits"));
        } else {
            decoded.push(byte);
        }
    }
    String::from_utf8(decoded).expect("UTF-8")
}

fn encoded(text: &str) -> String {
    let one = |byte: u8| match byte {
        b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => char::from(byte).to_string(),
        _ => format!("%{byte:02X}"),
    };
    text.bytes().map(one).collect()
}

fn sha256(text: &str) -> String {
    hex(digest::digest(&digest::SHA256, text.as_bytes()).as_ref())
}

fn hmac_sha256(key: &[u8], text: &str) -> Vec<u8> {
    hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), text.as_bytes()).as_ref().to_vec()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
