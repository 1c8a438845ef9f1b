//! An STS for tests: it writes down what it is asked, and answers as it is told.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use tokio::net::{TcpListener, TcpStream};

use super::wire::{Reply, Request};

/// What STS was asked.
#[derive(Debug, Clone)]
pub(super) struct Asked {
    /// The id of the access key that signed it; empty where nothing did.
    pub(super) signed_by: String,
    form: BTreeMap<String, String>,
}

impl Asked {
    pub(super) fn get(&self, name: &str) -> &str {
        self.form.get(name).map_or("", String::as_str)
    }
}

/// What it answers.
#[derive(Debug, Clone)]
pub(super) enum Answer {
    /// Credentials that last so long from the clock's now on; their key is `ASEX` and the request's number.
    Credentials(Duration),
    /// This code and message.
    Refusal(&'static str, &'static str),
}

#[derive(Clone)]
pub(super) struct Sts {
    pub(super) url: String,
    asked: Arc<Mutex<Vec<Asked>>>,
    answer: Arc<Mutex<Answer>>,
    now: Arc<Mutex<SystemTime>>,
}

impl Sts {
    pub(super) async fn start(now: Arc<Mutex<SystemTime>>) -> Sts {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let sts = Sts {
            url: format!("http://{}", listener.local_addr().unwrap()),
            asked: Arc::default(),
            answer: Arc::new(Mutex::new(Answer::Credentials(Duration::from_secs(3_600)))),
            now,
        };
        let server = sts.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(server.clone().serve(stream));
            }
        });
        sts
    }

    pub(super) fn answer(&self, answer: Answer) {
        *self.answer.lock().unwrap_or_else(PoisonError::into_inner) = answer;
    }

    pub(super) fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    async fn serve(self, mut stream: TcpStream) {
        if let Some(request) = Request::read(&mut stream).await {
            let signed_by = request.signed("Credential").and_then(|credential| credential.split('/').next());
            let asked = Asked { signed_by: signed_by.unwrap_or_default().to_owned(), form: request.form() };
            self.reply(asked).write(&mut stream).await;
        }
    }

    fn reply(&self, asked: Asked) -> Reply {
        let [action, role_arn, session] =
            ["Action", "RoleArn", "RoleSessionName"].map(|name| asked.get(name).to_owned());
        let number = {
            let mut all = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
            all.push(asked);
            all.len()
        };
        let answer = self.answer.lock().unwrap_or_else(PoisonError::into_inner).clone();
        match answer {
            Answer::Credentials(lasting) => {
                let now = *self.now.lock().unwrap_or_else(PoisonError::into_inner);
                Reply::Session {
                    action,
                    role_arn,
                    session,
                    access_key: format!("ASEX{number}"),
                    secret_key: format!("hidden{number}"),
                    token: format!("hidden token {number}"),
                    expiration: OffsetDateTime::from(now + lasting).format(&Rfc3339).unwrap(),
                }
            }
            Answer::Refusal(code, message) => {
                Reply::Refusal { code: code.to_owned(), message: message.to_owned() }
            }
        }
    }
}
