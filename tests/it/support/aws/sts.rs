//! STS: a role's session for whoever the role trusts, and whose request is signed right.

use super::accounts::{ACCOUNT, Accounts};
use super::wire::{Reply, Request};
use crate::support::listening::{Port, Serving};
use crate::support::sigv4;
use crate::support::tls::Certificate;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use tokio::io::{AsyncRead, AsyncWrite};

/// Whom a role lets be it.
#[derive(Clone, PartialEq, Eq)]
pub(crate) enum Trust {
    /// The user or role with this ARN.
    Principal(String),
    /// Whoever shows this token of a web identity.
    WebIdentity(String),
}

/// An STS that ends with its owner.
pub(crate) struct Sts {
    pub(crate) url: String,
    shared: Arc<Shared>,
    _serving: Serving,
}

struct Shared {
    accounts: Accounts,
    roles: Mutex<BTreeMap<String, Trust>>,
    /// How long a session lasts for which nothing else is asked.
    lasting: Mutex<Duration>,
    /// What was asked for: action, role, and who asked.
    asked: Mutex<Vec<[String; 3]>>,
}

impl Sts {
    /// Over plain HTTP.
    pub(crate) fn start(accounts: &Accounts) -> Sts {
        Sts::serve(accounts, None)
    }

    /// Over HTTPS, with a certificate for `localhost`.
    pub(crate) fn start_with_tls(accounts: &Accounts, certificate: &Certificate) -> Sts {
        Sts::serve(accounts, Some(certificate))
    }

    fn serve(accounts: &Accounts, certificate: Option<&Certificate>) -> Sts {
        let port = Port::free();
        let url = match certificate {
            None => format!("http://127.0.0.1:{}", port.number()),
            Some(_) => format!("https://localhost:{}", port.number()),
        };
        let acceptor = certificate.map(Certificate::acceptor);
        let shared = Arc::new(Shared {
            accounts: accounts.clone(),
            roles: Mutex::default(),
            lasting: Mutex::new(Duration::from_secs(3_600)),
            asked: Mutex::default(),
        });
        let server = Arc::clone(&shared);
        let serving = port.serve(move |stream| {
            let (server, acceptor) = (Arc::clone(&server), acceptor.clone());
            async move {
                match acceptor {
                    None => server.answer(stream).await,
                    Some(acceptor) => {
                        if let Ok(stream) = acceptor.accept(stream).await {
                            server.answer(stream).await;
                        }
                    }
                }
            }
        });
        Sts { url, shared, _serving: serving }
    }

    /// Makes a role; its ARN.
    pub(crate) fn role(&self, name: &str, trust: Trust) -> String {
        let arn = format!("arn:aws:iam::{ACCOUNT}:role/{name}");
        self.shared.roles.lock().expect("no test has failed in here").insert(arn.clone(), trust);
        arn
    }

    /// From now on sessions last for so long, where nothing else is asked for.
    pub(crate) fn set_lasting(&self, lasting: Duration) {
        *self.shared.lasting.lock().expect("no test has failed in here") = lasting;
    }

    /// What was asked for so far: action, role, and who asked.
    pub(crate) fn asked(&self) -> Vec<[String; 3]> {
        self.shared.asked.lock().expect("no test has failed in here").clone()
    }
}

impl Shared {
    async fn answer(&self, mut stream: impl AsyncRead + AsyncWrite + Unpin) {
        if let Some(request) = Request::read(&mut stream).await {
            let reply = self
                .reply(&request)
                .unwrap_or_else(|(code, message)| Reply::Refusal { code: code.to_owned(), message });
            reply.write(&mut stream).await;
        }
    }

    fn reply(&self, request: &Request) -> Result<Reply, (&'static str, String)> {
        let form = request.form();
        let field = |name: &str| form.get(name).cloned().unwrap_or_default();
        let (action, role_arn) = (field("Action"), field("RoleArn"));
        let who = match action.as_str() {
            "AssumeRole" => Trust::Principal(self.signer(request)?),
            "AssumeRoleWithWebIdentity" => Trust::WebIdentity(field("WebIdentityToken")),
            _ => return Err(("InvalidAction", format!("Could not find operation {action}"))),
        };
        let name = match &who {
            Trust::Principal(arn) => arn.clone(),
            Trust::WebIdentity(_) => "a web identity".to_owned(),
        };
        self.asked.lock().expect("no test has failed in here").push([
            action.clone(),
            role_arn.clone(),
            name.clone(),
        ]);
        if self.roles.lock().expect("no test has failed in here").get(&role_arn) != Some(&who) {
            let message =
                format!("User: {name} is not authorized to perform: sts:{action} on resource: {role_arn}");
            return Err(("AccessDenied", message));
        }
        let lasting = match field("DurationSeconds").parse() {
            Ok(seconds) => Duration::from_secs(seconds),
            Err(_) => *self.lasting.lock().expect("no test has failed in here"),
        };
        let (keys, expires) = self.accounts.session(&role_arn, lasting);
        Ok(Reply::Session {
            action,
            role_arn,
            session: field("RoleSessionName"),
            access_key: keys.access_key,
            secret_key: keys.secret_key,
            token: keys.token.unwrap_or_default(),
            expiration: OffsetDateTime::from(expires).format(&Rfc3339).expect("a moment"),
        })
    }

    /// The ARN of who has signed the request.
    fn signer(&self, request: &Request) -> Result<String, (&'static str, String)> {
        let (access_key, scope) =
            request.signed("Credential").and_then(|text| text.split_once('/')).unwrap_or_default();
        let token = request.header("x-amz-security-token");
        let secret_key = self.accounts.secret_key(access_key);
        let Some(secret_key) =
            secret_key.filter(|_| self.accounts.is_session_good(access_key, token, SystemTime::now()))
        else {
            let message = "The security token included in the request is invalid.";
            return Err(("InvalidClientTokenId", message.to_owned()));
        };
        let names = request.signed("SignedHeaders").unwrap_or_default();
        let headers = names.split(';').map(|name| {
            let value = request.header(name).unwrap_or_default();
            format!("{name}:{value}\n")
        });
        let canonical =
            format!("POST\n/\n\n{}\n{names}\n{}", headers.collect::<String>(), sigv4::sha256(&request.body));
        let date = request.header("x-amz-date").unwrap_or_default();
        let expected = sigv4::signature(&canonical, date, scope, &secret_key);
        if request.signed("Signature") != Some(expected.as_str()) {
            let message = "The request signature we calculated does not match the signature you provided.";
            return Err(("SignatureDoesNotMatch", message.to_owned()));
        }
        Ok(self.accounts.principal(access_key))
    }
}
