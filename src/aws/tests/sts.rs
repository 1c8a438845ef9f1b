//! An STS for tests: it writes down what it is asked, and answers as it is told.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use crate::aws::token::percent;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

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
        let mut request = Vec::new();
        let (head, length) = loop {
            if stream.read_buf(&mut request).await.unwrap_or(0) == 0 {
                return;
            }
            let text = String::from_utf8_lossy(&request).into_owned();
            let Some((head, _)) = text.split_once("\r\n\r\n") else { continue };
            let field = |name: &str| {
                let mut lines = head.lines().filter_map(|line| line.split_once(':'));
                lines
                    .find(|(key, _)| key.eq_ignore_ascii_case(name))
                    .map(|(_, value)| value.trim().to_owned())
            };
            let length: usize = field("content-length").and_then(|text| text.parse().ok()).unwrap_or(0);
            let signed_by = field("authorization")
                .and_then(|text| Some(text.split_once("Credential=")?.1.split('/').next()?.to_owned()));
            break (signed_by.unwrap_or_default(), head.len() + 4 + length);
        };
        while request.len() < length {
            if stream.read_buf(&mut request).await.unwrap_or(0) == 0 {
                return;
            }
        }
        let text = String::from_utf8(request).unwrap();
        let body = text.split_once("\r\n\r\n").unwrap().1;
        // As HTML forms do it: a blank may be a plus.
        let decode = |text: &str| percent::decode(&text.replace('+', "%20")).unwrap();
        let form = body.split('&').filter_map(|pair| pair.split_once('='));
        let form = form.map(|(name, value)| (decode(name), decode(value))).collect();
        let asked = Asked { signed_by: head, form };
        let (status, answer) = self.reply(asked);
        let message = format!(
            "HTTP/1.1 {status}\r\nContent-Type: text/xml\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{answer}",
            answer.len()
        );
        let _ = stream.write_all(message.as_bytes()).await;
    }

    fn reply(&self, asked: Asked) -> (&'static str, String) {
        let action = asked.get("Action").to_owned();
        let role = asked.get("RoleArn").rsplit('/').next().unwrap_or_default().to_owned();
        let session = asked.get("RoleSessionName").to_owned();
        let number = {
            let mut all = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
            all.push(asked);
            all.len()
        };
        let answer = self.answer.lock().unwrap_or_else(PoisonError::into_inner).clone();
        match answer {
            Answer::Credentials(lasting) => {
                let now = *self.now.lock().unwrap_or_else(PoisonError::into_inner);
                let expiration = OffsetDateTime::from(now + lasting).format(&Rfc3339).unwrap();
                let body = format!(
                    "<{action}Response xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><{action}Result>\
                     <AssumedRoleUser><AssumedRoleId>AROAEX:{session}</AssumedRoleId>\
                     <Arn>arn:aws:sts::123456789012:assumed-role/{role}/{session}</Arn></AssumedRoleUser>\
                     <Credentials><AccessKeyId>ASEX{number}</AccessKeyId><SecretAccessKey>hidden{number}</SecretAccessKey>\
                     <SessionToken>hidden token {number}</SessionToken><Expiration>{expiration}</Expiration></Credentials>\
                     </{action}Result></{action}Response>"
                );
                ("200 OK", body)
            }
            Answer::Refusal(code, message) => {
                let body = format!(
                    "<ErrorResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><Error><Type>Sender</Type>\
                     <Code>{code}</Code><Message>{message}</Message></Error><RequestId>1</RequestId></ErrorResponse>"
                );
                ("403 Forbidden", body)
            }
        }
    }
}
