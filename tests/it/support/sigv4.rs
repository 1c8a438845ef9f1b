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
    /// One to be signed.
    pub(crate) fn new(authority: &str, parameters: &[(&str, &str)]) -> Presigned {
        let parameters = parameters.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Presigned { authority: authority.to_owned(), parameters: parameters.collect() }
    }

    /// Reads `HOST:PORT/?NAME=VALUE&...`.
    #[track_caller]
    pub(crate) fn read(token: &str) -> Presigned {
        Presigned::try_read(token).unwrap_or_else(|| panic!("no token: {token:?}"))
    }

    /// As [`Presigned::read`], for what may be anything.
    pub(crate) fn try_read(token: &str) -> Option<Presigned> {
        let (authority, query) = token.split_once("/?")?;
        let pair = |pair: &str| {
            let (name, value) = pair.split_once('=')?;
            Some((decoded(name)?, decoded(value)?))
        };
        let parameters = query.split('&').map(pair).collect::<Option<_>>()?;
        Some(Presigned { authority: authority.to_owned(), parameters })
    }

    /// A parameter, decoded.
    #[track_caller]
    pub(crate) fn parameter(&self, name: &str) -> &str {
        self.get(name).unwrap_or_else(|| panic!("no {name} in {:?}", self.parameters.keys()))
    }

    /// As [`Presigned::parameter`], where it may not be there.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.parameters.get(name).map(String::as_str)
    }

    /// The signature that a secret key gives.
    #[track_caller]
    pub(crate) fn signature(&self, secret_key: &str) -> String {
        let (query, authority) = (self.query(), &self.authority);
        let canonical = format!("GET\n/\n{query}\nhost:{authority}\n\nhost\n{}", sha256(""));
        let (_, scope) = self.parameter("X-Amz-Credential").split_once('/').expect("a scope");
        signature(&canonical, self.parameter("X-Amz-Date"), scope, secret_key)
    }

    /// All of it with the signature, as a token is written.
    pub(crate) fn signed(&self, secret_key: &str) -> String {
        format!("{}/?{}&X-Amz-Signature={}", self.authority, self.query(), self.signature(secret_key))
    }

    /// What is signed of the query.
    fn query(&self) -> String {
        let signed = self.parameters.iter().filter(|(name, _)| *name != "X-Amz-Signature");
        let mut query: Vec<_> =
            signed.map(|(name, value)| format!("{}={}", encoded(name), encoded(value))).collect();
        query.sort();
        query.join("&")
    }
}

/// The signature of a canonical request.
pub(crate) fn signature(canonical: &str, date: &str, scope: &str, secret_key: &str) -> String {
    let to_sign = format!("AWS4-HMAC-SHA256\n{date}\n{scope}\n{}", sha256(canonical));
    let mut key = format!("AWS4{secret_key}").into_bytes();
    for part in scope.split('/') {
        key = hmac_sha256(&key, part);
    }
    hex(&hmac_sha256(&key, &to_sign))
}

fn decoded(text: &str) -> Option<String> {
    let mut bytes = text.bytes();
    let mut decoded = Vec::new();
    while let Some(byte) = bytes.next() {
        if byte == b'%' {
            let digits = [bytes.next()?, bytes.next()?];
            decoded.push(u8::from_str_radix(std::str::from_utf8(&digits).ok()?, 16).ok()?);
        } else {
            decoded.push(byte);
        }
    }
    String::from_utf8(decoded).ok()
}

fn encoded(text: &str) -> String {
    let one = |byte: u8| match byte {
        b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => char::from(byte).to_string(),
        _ => format!("%{byte:02X}"),
    };
    text.bytes().map(one).collect()
}

pub(crate) fn sha256(text: &str) -> String {
    hex(digest::digest(&digest::SHA256, text.as_bytes()).as_ref())
}

fn hmac_sha256(key: &[u8], text: &str) -> Vec<u8> {
    hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), text.as_bytes()).as_ref().to_vec()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
