//! STS on the wire: requests of HTML forms over HTTP, answers of XML. The unit tests of `src/aws` have this file, too; so it
//! names nothing of either crate.

use std::collections::BTreeMap;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

/// One request.
pub(crate) struct Request {
    pub(crate) head: String,
    pub(crate) body: String,
}

impl Request {
    /// Reads it; none where the other side closes before it is whole.
    pub(crate) async fn read(stream: &mut (impl AsyncRead + Unpin)) -> Option<Request> {
        let mut bytes = Vec::new();
        let end = loop {
            if let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
                break end;
            }
            more(stream, &mut bytes).await?;
        };
        let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
        let mut request = Request { head, body: String::new() };
        let length: usize = request.header("content-length").and_then(|text| text.parse().ok()).unwrap_or(0);
        let begin = end + 4;
        while bytes.len() < begin + length {
            more(stream, &mut bytes).await?;
        }
        request.body = String::from_utf8_lossy(&bytes[begin..begin + length]).into_owned();
        Some(request)
    }

    /// The value of a header, by its name in small letters.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let mut lines = self.head.lines().skip(1).filter_map(|line| line.split_once(':'));
        lines.find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim())
    }

    /// A field of the signature that is in the header `Authorization`: `Credential`, `SignedHeaders`, `Signature`.
    pub(crate) fn signed(&self, field: &str) -> Option<&str> {
        let (_, fields) = self.header("authorization")?.split_once(' ')?;
        let mut fields = fields.split(',').filter_map(|field| field.trim().split_once('='));
        fields.find(|(name, _)| *name == field).map(|(_, value)| value)
    }

    /// The body's fields.
    pub(crate) fn form(&self) -> BTreeMap<String, String> {
        let pairs = self.body.split('&').filter_map(|pair| pair.split_once('='));
        pairs.map(|(name, value)| (of_form(name), of_form(value))).collect()
    }
}

async fn more(stream: &mut (impl AsyncRead + Unpin), bytes: &mut Vec<u8>) -> Option<()> {
    match stream.read_buf(bytes).await {
        Ok(0) | Err(_) => None,
        Ok(_) => Some(()),
    }
}

/// As HTML forms have it: a blank may be a plus.
fn of_form(text: &str) -> String {
    let mut bytes = text.bytes();
    let mut decoded = Vec::new();
    while let Some(byte) = bytes.next() {
        let mut digit = || bytes.next().and_then(|byte| char::from(byte).to_digit(16)).expect("a digit");
        decoded.push(match byte {
            b'+' => b' ',
            b'%' => u8::try_from(digit() * 16 + digit()).expect("a byte"),
            other => other,
        });
    }
    String::from_utf8(decoded).expect("UTF-8")
}

/// An answer.
pub(crate) enum Reply {
    /// The credentials of a role's session.
    Session {
        action: String,
        role_arn: String,
        session: String,
        access_key: String,
        secret_key: String,
        token: String,
        /// RFC 3339.
        expiration: String,
    },
    /// A code and what it says.
    Refusal { code: String, message: String },
}

impl Reply {
    /// Writes it; whoever asked may be gone.
    pub(crate) async fn write(&self, stream: &mut (impl AsyncWrite + Unpin)) {
        let (status, body) = self.xml();
        let length = body.len();
        let answer = format!(
            "HTTP/1.1 {status}\r\nContent-Type: text/xml\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}"
        );
        let _ = stream.write_all(answer.as_bytes()).await;
        let _ = stream.shutdown().await;
    }

    fn xml(&self) -> (&'static str, String) {
        match self {
            Reply::Session { action, role_arn, session, access_key, secret_key, token, expiration } => {
                let account = role_arn.split(':').nth(4).unwrap_or_default();
                let role = role_arn.rsplit('/').next().unwrap_or_default();
                let body = format!(
                    "<{action}Response xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><{action}Result>\
                     <AssumedRoleUser><AssumedRoleId>AROAEX:{session}</AssumedRoleId>\
                     <Arn>arn:aws:sts::{account}:assumed-role/{role}/{session}</Arn></AssumedRoleUser>\
                     <Credentials><AccessKeyId>{access_key}</AccessKeyId><SecretAccessKey>{secret_key}</SecretAccessKey>\
                     <SessionToken>{token}</SessionToken><Expiration>{expiration}</Expiration></Credentials>\
                     </{action}Result></{action}Response>"
                );
                ("200 OK", body)
            }
            Reply::Refusal { code, message } => {
                let body = format!(
                    "<ErrorResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><Error><Type>Sender</Type>\
                     <Code>{code}</Code><Message>{message}</Message></Error><RequestId>1</RequestId></ErrorResponse>"
                );
                ("403 Forbidden", body)
            }
        }
    }
}
