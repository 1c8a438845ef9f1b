//! Tokens as connections need them: one that is signed already as long as it may be used, then another.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use secrecy::{ExposeSecret, SecretString};
use tokio::sync::Mutex;

use super::credentials::{Account, Want};
use super::error::{Error, ErrorKind};
use super::region::Region;
use super::token::{Endpoint, Token};

/// How long a token is used for new connections. RDS accepts it for 15 minutes; the rest is for what it takes to get
/// there, and for clocks that differ. (The same token again does not count against RDS's 200 new logins a second.)
const USED_FOR: Duration = Duration::from_secs(600);
/// What must be left of one whose credentials expire before.
const LEAST_LEFT: Duration = Duration::from_secs(60);

/// A token, and how it came about.
#[derive(Debug, Clone)]
pub struct Minted {
    /// The token.
    pub token: Token,
    /// Where its credentials came from, in words.
    pub origin: String,
    /// The ARN of the assumed role's session, where one was assumed.
    pub assumed: Option<String>,
    /// Whether another one, with credentials fetched now, may be let in where this one is not: it was signed
    /// before, or with credentials that were there before.
    pub may_be_stale: bool,
    /// Which credentials it was signed with: those that were fetched later have higher numbers.
    pub generation: u64,
}

/// Signs the tokens of one login.
#[derive(Debug)]
pub struct TokenSource {
    account: Arc<Account>,
    endpoint: Endpoint,
    kept: Mutex<Option<Minted>>,
}

impl Account {
    /// Signs a token now. With no region it is for [`Account::region`].
    ///
    /// # Errors
    /// Where there are no credentials, or no region.
    pub async fn sign(&self, endpoint: &Endpoint, region: Option<&Region>) -> Result<Minted, Error> {
        self.sign_with(endpoint, region, Want::Good).await
    }

    async fn sign_with(
        &self,
        endpoint: &Endpoint,
        region: Option<&Region>,
        want: Want,
    ) -> Result<Minted, Error> {
        let region = match region {
            Some(region) => region.clone(),
            None => self.region().await?,
        };
        let (found, fetched_now) = self.credentials(want).await?;
        let token = Token::sign(endpoint, &region, &found.credentials, self.now())
            .map_err(|error| Error::new(ErrorKind::Configuration, error.to_string()))?;
        Ok(Minted {
            token,
            origin: found.origin,
            assumed: found.assumed,
            may_be_stale: !fetched_now && !self.are_fixed(),
            generation: found.generation,
        })
    }
}

impl TokenSource {
    /// For one login. Nothing is asked for yet.
    pub fn new(account: Arc<Account>, endpoint: Endpoint) -> TokenSource {
        TokenSource { account, endpoint, kept: Mutex::new(None) }
    }

    /// A token that is good now.
    ///
    /// # Errors
    /// See [`Account::sign`].
    pub async fn token(&self) -> Result<Minted, Error> {
        let mut kept = self.kept.lock().await;
        if let Some(minted) = kept.as_ref().filter(|minted| is_good(&minted.token, self.account.now())) {
            return Ok(Minted { may_be_stale: true, ..minted.clone() });
        }
        let minted = self.account.sign(&self.endpoint, None).await?;
        *kept = Some(minted.clone());
        Ok(minted)
    }

    /// Another token after the server did not accept this one, which was signed with these credentials; none where it
    /// would be no other. Credentials that can be fetched anew are.
    ///
    /// # Errors
    /// See [`Account::sign`].
    pub async fn after_rejection(
        &self,
        rejected: &SecretString,
        generation: u64,
    ) -> Result<Option<Minted>, Error> {
        let mut kept = self.kept.lock().await;
        let is_other = |minted: &Minted| minted.token.secret.expose_secret() != rejected.expose_secret();
        // Another login may have been here before, and have got a new one.
        if let Some(minted) = kept.as_ref().filter(|minted| is_other(minted)) {
            return Ok(Some(minted.clone()));
        }
        let want = if self.account.are_fixed() { Want::Good } else { Want::NewerThan(generation) };
        let minted = self.account.sign_with(&self.endpoint, None, want).await?;
        *kept = Some(minted.clone());
        Ok(Some(minted).filter(is_other))
    }
}

/// A clock that went back makes one as old as one that went on.
fn is_good(token: &Token, now: SystemTime) -> bool {
    let age = now.duration_since(token.facts.signed_at);
    let left = token.facts.expires_at.duration_since(now);
    age.is_ok_and(|age| age < USED_FOR) && left.is_ok_and(|left| left >= LEAST_LEFT)
}
