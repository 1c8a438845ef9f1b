//! Whose keys are known, and what they are good for.

use crate::support::sigv4::Presigned;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};
use time::OffsetDateTime;
use time::macros::format_description;

/// The account that all belongs to.
pub(crate) const ACCOUNT: &str = "123456789012";

/// Access keys, as the one who has them knows them.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Keys {
    pub(crate) access_key: String,
    pub(crate) secret_key: String,
    /// Of temporary ones.
    pub(crate) token: Option<String>,
}

/// All keys that AWS knows.
#[derive(Clone, Default)]
pub(crate) struct Accounts(Arc<Mutex<BTreeMap<String, Known>>>);

#[derive(Clone)]
pub(super) struct Known {
    pub(super) keys: Keys,
    /// The ARN of the user or the role.
    pub(super) principal: String,
    pub(super) expires: Option<SystemTime>,
}

impl Accounts {
    /// The keys of a user, which last.
    pub(crate) fn user(&self, name: &str) -> Keys {
        self.add("AKIA", &format!("arn:aws:iam::{ACCOUNT}:user/{name}"), None)
    }

    /// The keys of a session of a role, or of whatever else has temporary ones.
    pub(crate) fn session(&self, principal: &str, lasting: Duration) -> (Keys, SystemTime) {
        let expires = SystemTime::now() + lasting;
        (self.add("ASIA", principal, Some(expires)), expires)
    }

    fn add(&self, prefix: &str, principal: &str, expires: Option<SystemTime>) -> Keys {
        let mut all = self.0.lock().expect("no test has failed in here");
        let number = all.len() + 1;
        let keys = Keys {
            access_key: format!("{prefix}IOSFODNN{number:04}"),
            // With all that a base64 text has, which must be encoded in a query.
            secret_key: format!("wJalrXUtnFEMI/K7MDENG+bPxRfi{number:04}"),
            token: expires.map(|_| format!("IQoJb3JpZ2luX2VjE/+{number:04}+=={}", "x/y+".repeat(150))),
        };
        let known = Known { keys: keys.clone(), principal: principal.to_owned(), expires };
        all.insert(keys.access_key.clone(), known);
        keys
    }

    /// The ARN of whom a key belongs to.
    #[track_caller]
    pub(crate) fn principal(&self, access_key: &str) -> String {
        self.known(access_key).unwrap_or_else(|| panic!("nobody has the key {access_key}")).principal
    }

    /// The secret, where the key is known.
    pub(crate) fn secret_key(&self, access_key: &str) -> Option<String> {
        Some(self.known(access_key)?.keys.secret_key)
    }

    /// Whether a key comes with its session's token, in its time.
    pub(crate) fn is_session_good(&self, access_key: &str, token: Option<&str>, now: SystemTime) -> bool {
        self.known(access_key).is_some_and(|known| {
            known.keys.token.as_deref() == token && known.expires.is_none_or(|expires| now < expires)
        })
    }

    fn known(&self, access_key: &str) -> Option<Known> {
        self.0.lock().expect("no test has failed in here").get(access_key).cloned()
    }
}

impl Keys {
    /// A token as `aws rds generate-db-auth-token` makes it; `authority` is `HOST:PORT`.
    pub(crate) fn iam_token(&self, authority: &str, user: &str, region: &str, at: SystemTime) -> String {
        let at = OffsetDateTime::from(at);
        let date =
            at.format(format_description!("[year][month][day]T[hour][minute][second]Z")).expect("a moment");
        let scope = format!("{}/{region}/rds-db/aws4_request", date.split('T').next().expect("a day"));
        let credential = format!("{}/{scope}", self.access_key);
        let mut parameters = vec![
            ("Action", "connect"),
            ("DBUser", user),
            ("X-Amz-Algorithm", "AWS4-HMAC-SHA256"),
            ("X-Amz-Credential", &credential),
            ("X-Amz-Date", &date),
            ("X-Amz-Expires", "900"),
            ("X-Amz-SignedHeaders", "host"),
        ];
        parameters.extend(self.token.as_deref().map(|token| ("X-Amz-Security-Token", token)));
        Presigned::new(authority, &parameters).signed(&self.secret_key)
    }

    /// As members of the provider's `aws`.
    pub(crate) fn attributes(&self) -> String {
        let token = self.token.iter().map(|token| format!("    token      = \"{token}\"\n"));
        format!(
            "    access_key = \"{}\"\n    secret_key = \"{}\"\n{}",
            self.access_key,
            self.secret_key,
            token.collect::<String>()
        )
    }

    /// As environment variables.
    pub(crate) fn environment(&self) -> Vec<(&'static str, String)> {
        let mut variables = vec![
            ("AWS_ACCESS_KEY_ID", self.access_key.clone()),
            ("AWS_SECRET_ACCESS_KEY", self.secret_key.clone()),
        ];
        variables.extend(self.token.iter().map(|token| ("AWS_SESSION_TOKEN", token.clone())));
        variables
    }
}
