//! The first credentials: keys that are written, a profile, or the AWS SDK's own order.

use std::path::{Path, PathBuf};
use std::time::Duration;

use aws_config::BehaviorVersion;
use aws_config::profile::ProfileFileCredentialsProvider;
use aws_config::provider_config::ProviderConfig;
use aws_credential_types::Credentials;
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider};
use aws_runtime::env_config::file::{EnvConfigFileKind, EnvConfigFiles};
use aws_smithy_types::timeout::TimeoutConfig;
use aws_types::SdkConfig;
use secrecy::ExposeSecret;

use crate::aws::error::{Error, ErrorKind};
use crate::aws::http;
use crate::aws::region::Region;
use crate::aws::settings::{Keys, Settings};

/// For one request, so that several have their turn within a connection's time.
const ATTEMPT_WITHIN: Duration = Duration::from_secs(8);
const CONNECT_WITHIN: Duration = Duration::from_secs(3);

/// What the SDK found out, and what it gets credentials from.
pub(super) struct Base {
    /// Region, retries, HTTP client, endpoints of the environment and the profile.
    pub(super) sdk: SdkConfig,
    provider: SharedCredentialsProvider,
}

impl Base {
    pub(super) async fn load(settings: &Settings, region: Option<&Region>) -> Result<Base, Error> {
        let timeouts = TimeoutConfig::builder()
            .connect_timeout(CONNECT_WITHIN)
            .operation_attempt_timeout(ATTEMPT_WITHIN)
            .build();
        let sdk_region = region.map(|region| aws_types::region::Region::new(region.as_str().to_owned()));
        if let Some(keys) = &settings.keys
            && settings.roles.is_empty()
            && settings.web_identity.is_none()
            && let Some(region) = &sdk_region
        {
            // All is said: no file is read.
            let provider = SharedCredentialsProvider::new(written(keys));
            return Ok(Base { sdk: SdkConfig::builder().region(region.clone()).build(), provider });
        }
        let files = files(settings)?;
        let http = http::client()?;
        let mut loader = aws_config::defaults(BehaviorVersion::latest())
            .http_client(http.clone())
            .timeout_config(timeouts)
            .profile_files(files.clone());
        if let Some(region) = &sdk_region {
            loader = loader.region(region.clone());
        }
        if let Some(profile) = &settings.profile {
            loader = loader.profile_name(profile);
        }
        if let Some(keys) = &settings.keys {
            loader = loader.credentials_provider(written(keys));
        }
        let sdk = loader.load().await;
        let provider = match (&settings.keys, &settings.profile) {
            // One that is written wins over the environment's keys, which the SDK's own order would take first.
            (None, Some(profile)) => {
                let config = ProviderConfig::without_region()
                    .with_region(sdk.region().cloned())
                    .with_http_client(http)
                    .with_behavior_version(Some(BehaviorVersion::latest()));
                let profile = ProfileFileCredentialsProvider::builder()
                    .configure(&config)
                    .profile_files(files)
                    .profile_name(profile)
                    .build();
                SharedCredentialsProvider::new(profile)
            }
            _ => sdk.credentials_provider().ok_or_else(|| {
                Error::new(ErrorKind::NoCredentials, "the AWS SDK has no provider of credentials")
            })?,
        };
        Ok(Base { sdk, provider })
    }

    pub(super) fn region(&self) -> Result<Region, Error> {
        let region = self.sdk.region().ok_or_else(Error::no_region)?;
        Region::parse(region.as_ref()).map_err(|error| {
            let message = format!("the AWS SDK found a region that is none: {error}");
            Error::new(ErrorKind::NoRegion, message).remedy("Set aws.region (or AWS_REGION).")
        })
    }

    pub(super) async fn credentials(&self, settings: &Settings) -> Result<Credentials, Error> {
        self.provider.provide_credentials().await.map_err(|error| Error::of_provider(&error, settings))
    }
}

fn written(keys: &Keys) -> Credentials {
    let token = keys.token.as_ref().map(|token| token.expose_secret().to_owned());
    Credentials::new(&keys.access_key, keys.secret_key.expose_secret(), token, None, "pgum")
}

/// Those that are written instead of the default ones, each kind for itself.
fn files(settings: &Settings) -> Result<EnvConfigFiles, Error> {
    let mut files = EnvConfigFiles::builder();
    for (kind, attribute, paths) in [
        (EnvConfigFileKind::Config, "shared_config_files", &settings.config_files),
        (EnvConfigFileKind::Credentials, "shared_credentials_files", &settings.credentials_files),
    ] {
        for path in paths {
            let path = expand_home(path);
            if let Err(error) = std::fs::metadata(&path) {
                let message = format!("{} (aws.{attribute}) cannot be read: {error}", path.display());
                return Err(Error::new(ErrorKind::Configuration, message));
            }
            files = files.with_file(kind, path);
        }
    }
    Ok(files
        .include_default_config_file(settings.config_files.is_empty())
        .include_default_credentials_file(settings.credentials_files.is_empty())
        .build())
}

/// `~` and `~/...`.
pub(super) fn expand_home(path: &Path) -> PathBuf {
    match (path.strip_prefix("~"), std::env::home_dir()) {
        (Ok(rest), Some(home)) => home.join(rest),
        _ => path.to_owned(),
    }
}

/// Where credentials came from, in words, by the SDK's name of what provided them.
pub(super) fn origin(credentials: &Credentials, settings: &Settings) -> String {
    if settings.keys.is_some() {
        return "aws.access_key".to_owned();
    }
    if let Some(profile) = &settings.profile {
        return format!("the profile {profile:?} (aws.profile)");
    }
    // The name of what provided them is in Debug only, where the secret is not.
    let shown = format!("{credentials:?}");
    let words = [
        ("EnvironmentVariable", "the environment (AWS_ACCESS_KEY_ID)"),
        ("ProfileFile", "the shared files"),
        ("WebIdentityToken", "a web identity (AWS_WEB_IDENTITY_TOKEN_FILE)"),
        ("SSO", "single sign-on"),
        ("CredentialProcess", "a credential_process of the shared files"),
        ("AssumeRoleProvider", "a role of the shared files"),
        ("EcsContainer", "the container"),
        ("IMDSv2", "the EC2 instance"),
    ];
    let found = words.iter().find(|(name, _)| shown.contains(&format!("provider_name: \"{name}\"")));
    found.map_or("the AWS SDK's own order", |(_, words)| words).to_owned()
}
