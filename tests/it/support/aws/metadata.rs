//! Those who give credentials to whoever is in the right place: an EC2 instance's metadata, a container's, and the portal of
//! single sign-on.

use super::accounts::Accounts;
use super::wire::Request;
use crate::support::listening::{Port, Serving};
use std::sync::{Arc, Mutex};
use std::time::{Duration, UNIX_EPOCH};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use tokio::io::AsyncWriteExt;

/// What the instance asks with, once it has asked for it.
const INSTANCE_TOKEN: &str = "token-of-the-instance";

/// All three on one port.
pub(crate) struct Metadata {
    pub(crate) url: String,
    shared: Arc<Shared>,
    _serving: Serving,
}

struct Shared {
    accounts: Accounts,
    principal: String,
    asked: Mutex<Vec<String>>,
}

impl Metadata {
    /// What a container says in `Authorization`, and the portal's user in `x-amz-sso_bearer_token`.
    pub(crate) const SECRET: &str = "secret-of-the-place";

    /// With credentials of this role.
    pub(crate) fn start(accounts: &Accounts, principal: &str) -> Metadata {
        let port = Port::free();
        let url = format!("http://127.0.0.1:{}", port.number());
        let (accounts, principal) = (accounts.clone(), principal.to_owned());
        let shared = Arc::new(Shared { accounts, principal, asked: Mutex::default() });
        let server = Arc::clone(&shared);
        let serving = port.serve(move |mut stream| {
            let server = Arc::clone(&server);
            async move {
                if let Some(request) = Request::read(&mut stream).await {
                    let _ = stream.write_all(server.answer(&request).as_bytes()).await;
                    let _ = stream.shutdown().await;
                }
            }
        });
        Metadata { url, shared, _serving: serving }
    }

    /// Method and path of each request.
    pub(crate) fn asked(&self) -> Vec<String> {
        self.shared.asked.lock().expect("no test has failed in here").clone()
    }

    fn respond(status: &str, body: &str) -> String {
        format!(
            "HTTP/1.1 {status}\r\nContent-Length: {}\r\nX-Aws-Ec2-Metadata-Token-Ttl-Seconds: 21600\r\nConnection: \
             close\r\n\r\n{body}",
            body.len()
        )
    }
}

impl Shared {
    fn answer(&self, request: &Request) -> String {
        let mut words = request.head.split_whitespace();
        let (method, target) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
        let path = target.split('?').next().unwrap_or_default();
        self.asked.lock().expect("no test has failed in here").push(format!("{method} {path}"));
        let has = |header: &str, value: &str| request.header(header) == Some(value);
        let is_instance = has("x-aws-ec2-metadata-token", INSTANCE_TOKEN);
        let body = match (method, path) {
            ("PUT", "/latest/api/token") => INSTANCE_TOKEN.to_owned(),
            ("GET", "/latest/meta-data/placement/region") if is_instance => "eu-west-1".to_owned(),
            ("GET", "/latest/meta-data/iam/security-credentials/") if is_instance => "database".to_owned(),
            ("GET", "/latest/meta-data/iam/security-credentials/database") if is_instance => {
                self.credentials()
            }
            ("GET", "/container") if has("authorization", Metadata::SECRET) => self.credentials(),
            ("GET", "/federation/credentials") if has("x-amz-sso_bearer_token", Metadata::SECRET) => {
                self.of_portal()
            }
            _ => return Metadata::respond("404 Not Found", ""),
        };
        Metadata::respond("200 OK", &body)
    }

    fn credentials(&self) -> String {
        let (keys, expires) = self.accounts.session(&self.principal, Duration::from_secs(3_600));
        serde_json::json!({
            "Code": "Success",
            "AccessKeyId": keys.access_key,
            "SecretAccessKey": keys.secret_key,
            "Token": keys.token,
            "Expiration": OffsetDateTime::from(expires).format(&Rfc3339).expect("a moment"),
        })
        .to_string()
    }

    fn of_portal(&self) -> String {
        let (keys, expires) = self.accounts.session(&self.principal, Duration::from_secs(3_600));
        let expires = expires.duration_since(UNIX_EPOCH).expect("a moment").as_secs() * 1_000;
        serde_json::json!({ "roleCredentials": {
            "accessKeyId": keys.access_key,
            "secretAccessKey": keys.secret_key,
            "sessionToken": keys.token,
            "expiration": expires,
        }})
        .to_string()
    }
}
