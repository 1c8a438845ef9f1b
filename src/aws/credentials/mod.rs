//! Credentials: those that there are to begin with, the roles assumed with them, and keeping them until they are
//! about to expire. However many ask at once, one asks AWS.

mod assume;
mod base;

use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use tokio::sync::{Mutex, OnceCell};

use super::clock::Clock;
use super::error::{Error, ErrorKind};
use super::region::{Region, rds_host};
use super::settings::Settings;
use base::Base;

/// Credentials that have less left are fetched anew, while the old ones are still good.
const MARGIN: Duration = Duration::from_secs(300);
/// The bound for fetching, for who has none of his own: a chain of roles, or single sign-on, is several requests.
const WITHIN: Duration = Duration::from_secs(60);

/// Credentials, and what is known of them.
#[derive(Debug, Clone)]
pub(super) struct Found {
    pub(super) credentials: Credentials,
    /// Where they came from, in words.
    pub(super) origin: String,
    /// The ARN of the assumed role's session, where one was assumed here.
    pub(super) assumed: Option<String>,
    /// How many times credentials had been fetched then.
    pub(super) generation: u64,
}

/// Which credentials will do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Want {
    /// Any that are good.
    Good,
    /// Only such as were fetched after these.
    NewerThan(u64),
}

/// One way to AWS: the settings, and what has come of them so far. Making one costs nothing; files are read and
/// requests made when the first credentials are needed, or a region that nothing else says.
pub struct Account {
    settings: Settings,
    /// From the settings, else from the host.
    region: Option<Region>,
    /// Where it is in neither.
    region_of_sdk: OnceCell<Region>,
    clock: Clock,
    kept: Mutex<Kept>,
}

#[derive(Default)]
struct Kept {
    found: Option<Found>,
    fetched: u64,
}

impl std::fmt::Debug for Account {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Account").field("settings", &self.settings).finish_non_exhaustive()
    }
}

impl Account {
    /// For these settings. Where they name no region, that of the database's `host` is taken, if its name says one.
    pub fn new(settings: Settings, host: Option<&str>, clock: Clock) -> Account {
        let region = settings.region.clone().or_else(|| host.and_then(rds_host)?.region);
        Account { settings, region, region_of_sdk: OnceCell::new(), clock, kept: Mutex::default() }
    }

    /// What it was made with.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    pub(super) fn now(&self) -> SystemTime {
        self.clock.now()
    }

    /// The region: of the settings, else of the host, else what the SDK finds in its own order.
    ///
    /// # Errors
    /// Where there is none.
    pub async fn region(&self) -> Result<Region, Error> {
        match &self.region {
            Some(region) => Ok(region.clone()),
            None => {
                let ask = || within(async { Base::load(&self.settings, None).await?.region() });
                self.region_of_sdk.get_or_try_init(ask).await.cloned()
            }
        }
    }

    /// Credentials, and whether they were fetched just now.
    pub(super) async fn credentials(&self, want: Want) -> Result<(Found, bool), Error> {
        let mut kept = self.kept.lock().await;
        let now = self.now();
        let left = |found: &Found| match found.credentials.expiry() {
            Some(expiry) => expiry.duration_since(now).unwrap_or_default(),
            None => Duration::MAX,
        };
        let good = kept.found.as_ref().filter(|found| match want {
            Want::Good => left(found) >= MARGIN,
            Want::NewerThan(generation) => found.generation > generation && left(found) >= MARGIN,
        });
        if let Some(found) = good {
            return Ok((found.clone(), false));
        }
        match within(self.fetch()).await {
            Ok((credentials, origin, assumed)) => {
                kept.fetched += 1;
                let found = Found { credentials, origin, assumed, generation: kept.fetched };
                kept.found = Some(found.clone());
                Ok((found, true))
            }
            // Those that there are will do for now.
            Err(error)
                if want == Want::Good && kept.found.as_ref().is_some_and(|found| !left(found).is_zero()) =>
            {
                tracing::warn!(%error, "AWS credentials could not be renewed; those that there are expire soon");
                let found = kept.found.clone().ok_or(error)?;
                Ok((found, false))
            }
            Err(error) => Err(error),
        }
    }

    /// Whether other credentials can come of fetching them once more.
    pub(super) fn are_fixed(&self) -> bool {
        self.settings.keys.is_some() && self.settings.roles.is_empty()
    }

    /// All of the chain, from its beginning: what the first credentials were good for is good for the last only as
    /// long as they are. Files are read anew: somebody may have renewed what is in them.
    async fn fetch(&self) -> Result<(Credentials, String, Option<String>), Error> {
        let base = Base::load(&self.settings, self.region.as_ref().or(self.region_of_sdk.get())).await?;
        let (mut credentials, mut origin, mut assumed) = match &self.settings.web_identity {
            Some(role) => assume::with_web_identity(&base, role, &self.settings).await?.parts(),
            None => {
                let credentials = base.credentials(&self.settings).await?;
                let origin = base::origin(&credentials, &self.settings);
                (credentials, origin, None)
            }
        };
        for role in &self.settings.roles {
            (credentials, origin, assumed) =
                assume::with_credentials(&base, role, credentials, &self.settings).await?.parts();
        }
        tracing::debug!(access_key_id = credentials.access_key_id(), %origin, "AWS credentials");
        Ok((credentials, origin, assumed))
    }
}

async fn within<T>(work: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
    match tokio::time::timeout(WITHIN, work).await {
        Ok(result) => result,
        Err(_) => {
            let message = format!("AWS gave no credentials within {} s", WITHIN.as_secs());
            Err(Error::new(ErrorKind::Unreachable, message))
        }
    }
}
