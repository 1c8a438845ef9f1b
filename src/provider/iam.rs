//! IAM tokens as passwords: what `aws` makes, in the shape that `postgres` logs in with.

use std::sync::Arc;

use async_trait::async_trait;
use secrecy::SecretString;

use crate::aws::{self, Minted, TokenFacts, TokenSource};
use crate::postgres::{Issued, PasswordError, PasswordSource, TokenNote};

/// Tokens that are signed as connections need them.
pub(crate) struct SignedTokens(TokenSource);

impl SignedTokens {
    pub(crate) fn new(source: TokenSource) -> Self {
        Self(source)
    }
}

#[async_trait]
impl PasswordSource for SignedTokens {
    async fn password(&self) -> Result<Issued, PasswordError> {
        self.0.token().await.map(issued).map_err(failed)
    }

    async fn after_rejection(&self, rejected: &Issued) -> Result<Option<Issued>, PasswordError> {
        let other = self.0.after_rejection(&rejected.secret, rejected.generation).await;
        other.map(|other| other.map(issued)).map_err(failed)
    }
}

fn issued(minted: Minted) -> Issued {
    let note = TokenNote {
        origin: Some(minted.origin),
        ..note(&minted.token.facts, minted.assumed.as_deref().and_then(account_of))
    };
    Issued {
        secret: minted.token.secret,
        token: Some(Arc::new(note)),
        may_be_stale: minted.may_be_stale,
        generation: minted.generation,
    }
}

fn failed(error: aws::Error) -> PasswordError {
    PasswordError { message: format!("no IAM token: {error}"), remedy: error.to_do().map(str::to_owned) }
}

/// A token that was made elsewhere. It is used as it is, as long as the run lasts.
pub(crate) struct GivenToken {
    secret: SecretString,
    note: Arc<TokenNote>,
}

impl GivenToken {
    /// `place` is where it was given.
    pub(crate) fn new(secret: SecretString, facts: TokenFacts, place: &str) -> Self {
        let note = TokenNote { given_in: Some(place.to_owned()), ..note(&facts, None) };
        Self { secret, note: Arc::new(note) }
    }
}

#[async_trait]
impl PasswordSource for GivenToken {
    async fn password(&self) -> Result<Issued, PasswordError> {
        Ok(Issued {
            secret: self.secret.clone(),
            token: Some(Arc::clone(&self.note)),
            may_be_stale: false,
            generation: 0,
        })
    }
}

fn note(facts: &TokenFacts, account: Option<&str>) -> TokenNote {
    let region = &facts.region;
    let username = facts.endpoint.username();
    let account = account.unwrap_or("ACCOUNT");
    TokenNote {
        host: facts.endpoint.host().to_owned(),
        port: facts.endpoint.port(),
        username: username.to_owned(),
        region: region.to_string(),
        access_key_id: facts.access_key_id.clone(),
        resource: format!(
            "arn:{}:rds-db:{region}:{account}:dbuser:RESOURCE-ID/{username}",
            region.partition()
        ),
        origin: None,
        given_in: None,
        signed_at: facts.signed_at,
        expires_at: facts.expires_at,
    }
}

/// That of `arn:aws:sts::123456789012:assumed-role/NAME/SESSION`.
fn account_of(arn: &str) -> Option<&str> {
    arn.split(':').nth(4).filter(|account| !account.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_note_names_what_the_policy_must_allow() {
        let token = "db.example.com:5432/?Action=connect&DBUser=App%40x&X-Amz-Algorithm=AWS4-HMAC-SHA256\
                     &X-Amz-Credential=akid%2F20240826%2Fcn-north-1%2Frds-db%2Faws4_request&X-Amz-Date=20240826T220000Z\
                     &X-Amz-Expires=900&X-Amz-SignedHeaders=host&X-Amz-Signature=00";
        let facts = TokenFacts::read(token).unwrap();
        let account = account_of("arn:aws-cn:sts::123456789012:assumed-role/ci/session");
        let resource = |account| note(&facts, account).resource;
        assert_eq!(resource(account), "arn:aws-cn:rds-db:cn-north-1:123456789012:dbuser:RESOURCE-ID/App@x");
        assert_eq!(resource(None), "arn:aws-cn:rds-db:cn-north-1:ACCOUNT:dbuser:RESOURCE-ID/App@x");
        assert_eq!(account_of("nothing"), None);
    }
}
