//! What can go wrong before a token is there, in words: what happened, and what to do. No secret is in it.

mod sts;

use std::fmt;

use aws_credential_types::provider::error::CredentialsError;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;

use super::settings::Settings;

/// What sort of error it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ErrorKind {
    /// Nothing gave credentials.
    NoCredentials,
    /// What should have given credentials failed.
    Credentials,
    /// STS refused a role.
    Refused,
    /// STS did not answer.
    Unreachable,
    /// Nothing says which region.
    NoRegion,
    /// The configuration, or a file or variable that it names, cannot be used.
    Configuration,
}

/// Why there is no token.
#[derive(Debug, Clone)]
pub struct Error {
    kind: ErrorKind,
    message: String,
    remedy: Option<String>,
}

impl Error {
    pub(super) fn new(kind: ErrorKind, message: impl Into<String>) -> Error {
        Error { kind, message: message.into(), remedy: None }
    }

    pub(super) fn remedy(mut self, remedy: impl Into<String>) -> Error {
        self.remedy = Some(remedy.into());
        self
    }

    /// What sort of error it is.
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// What to do about it.
    pub fn to_do(&self) -> Option<&str> {
        self.remedy.as_deref()
    }

    /// The SDK found no region anywhere.
    pub(super) fn no_region() -> Error {
        Error::new(ErrorKind::NoRegion, "nothing says in which AWS region the database is").remedy(
            "An IAM token is signed for a region. It is taken from aws.region, then from the host's name where that is \
             one of RDS's own, then from AWS_REGION, AWS_DEFAULT_REGION, the profile, and the instance that this runs \
             on. Set aws.region (or AWS_REGION).",
        )
    }

    /// What gives the first credentials failed.
    pub(super) fn of_provider(error: &CredentialsError, settings: &Settings) -> Error {
        let text = chain(error);
        // The instance's metadata service comes last, and where there is none, something else may answer for it.
        if matches!(error, CredentialsError::CredentialsNotLoaded(_)) || text.contains("IMDS") {
            return none_found(settings, &text);
        }
        if let CredentialsError::ProviderTimedOut(_) = error {
            return Error::new(
                ErrorKind::Credentials,
                format!("AWS credentials did not come in time: {text}"),
            );
        }
        let remedy = sts::code(error).map(|(code, message)| sts::to_do(&code, &message, None)).or_else(|| {
            let lower = text.to_ascii_lowercase();
            let about_sso = lower.contains("sso");
            if about_sso || lower.contains("login session") {
                let profile = settings.profile.as_deref().map(|name| format!(" --profile {name}"));
                Some(format!(
                    "The session of the profile's single sign-on has expired, or there is none on this machine. Log in: \
                     aws sso login{}. A pipeline should not rely on it: give it a role by web identity (OIDC) instead.",
                    profile.unwrap_or_default()
                ))
            } else if lower.contains("was not defined") || lower.contains("profile") {
                Some(
                    "Check aws.profile (or AWS_PROFILE), and the files that profiles are in: ~/.aws/config, where a \
                     section reads [profile NAME], and ~/.aws/credentials, or those in aws.shared_config_files and \
                     aws.shared_credentials_files (AWS_CONFIG_FILE, AWS_SHARED_CREDENTIALS_FILE)."
                        .to_owned(),
                )
            } else {
                steering().map(|set| format!("The AWS SDK looks at these, which are set: {set}."))
            }
        });
        let kind = match error {
            CredentialsError::InvalidConfiguration(_) => ErrorKind::Configuration,
            _ => ErrorKind::Credentials,
        };
        let error = Error::new(kind, format!("AWS credentials could not be had: {text}"));
        match remedy {
            Some(remedy) => error.remedy(remedy),
            None => error,
        }
    }

    /// STS did not give the credentials of a role.
    pub(super) fn of_sts<E, R>(error: &SdkError<E, R>, role_arn: &str, endpoint: Option<&str>) -> Error
    where
        E: ProvideErrorMetadata + std::error::Error + 'static,
        R: fmt::Debug,
        SdkError<E, R>: std::error::Error,
    {
        if let SdkError::ServiceError(refused) = error {
            let code = refused.err().code().unwrap_or("an error without a code");
            let message = refused.err().message().unwrap_or_default();
            return Error::new(
                ErrorKind::Refused,
                format!("STS refused the role {role_arn}: {code}: {message}"),
            )
            .remedy(sts::to_do(code, message, Some(role_arn)));
        }
        let place =
            endpoint.map_or_else(String::new, |endpoint| format!(" at {endpoint} (aws.endpoints.sts)"));
        let message = format!("STS{place} could not be asked for the role {role_arn}: {}", chain(error));
        match error {
            SdkError::DispatchFailure(_) if message.contains("certificate") => Error::new(ErrorKind::Unreachable, message)
                .remedy(
                    "Nobody that this machine trusts has signed the certificate of whoever answers there. Install the \
                     system's certificates (often a package ca-certificates); where a proxy looks into TLS, or the \
                     endpoint is your own, name its authority's certificate in AWS_CA_BUNDLE.",
                ),
            SdkError::TimeoutError(_) | SdkError::DispatchFailure(_) => Error::new(ErrorKind::Unreachable, message)
                .remedy(
                    "From here the address of AWS's STS must be within reach (sts.REGION.amazonaws.com): through the \
                     internet, an endpoint of the VPC, or a proxy in HTTPS_PROXY (NO_PROXY names what needs none). \
                     aws.endpoints.sts is for another address.",
                ),
            _ => Error::new(ErrorKind::Credentials, message),
        }
    }
}

/// The ways that were tried, and what to set.
fn none_found(settings: &Settings, text: &str) -> Error {
    if let Some(profile) = &settings.profile {
        return Error::new(
            ErrorKind::NoCredentials,
            format!("the profile {profile:?} (aws.profile) has no credentials and names no way to get any"),
        )
        .remedy("Give it keys, a role with its source, single sign-on or a credential_process; or take another profile.");
    }
    let set = steering().map(|set| format!(" Set are: {set}.")).unwrap_or_default();
    Error::new(
        ErrorKind::NoCredentials,
        format!(
            "no AWS credentials were found in the environment (AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY), the shared files \
             (~/.aws/config and ~/.aws/credentials; AWS_PROFILE), a web identity (AWS_WEB_IDENTITY_TOKEN_FILE, \
             AWS_ROLE_ARN), the container (ECS, EKS), or the EC2 instance ({text}).{set}"
        ),
    )
    .remedy(
        "Log in (aws sso login, with AWS_PROFILE or aws.profile), give the pipeline a role by web identity (OIDC), or set \
         aws.access_key and aws.secret_key, which are better taken from the environment. Without IAM: iam_auth = false \
         and a password.",
    )
}

/// The variables that say where the SDK looks, as far as they are set. None of them holds a secret.
fn steering() -> Option<String> {
    let names = [
        "AWS_PROFILE",
        "AWS_CONFIG_FILE",
        "AWS_SHARED_CREDENTIALS_FILE",
        "AWS_WEB_IDENTITY_TOKEN_FILE",
        "AWS_ROLE_ARN",
        "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
        "AWS_CONTAINER_CREDENTIALS_FULL_URI",
        "AWS_EC2_METADATA_DISABLED",
        "AWS_ENDPOINT_URL_STS",
        "AWS_ENDPOINT_URL",
    ];
    let set: Vec<_> = names
        .iter()
        .filter_map(|name| {
            Some(format!("{name}={}", std::env::var(name).ok().filter(|value| !value.is_empty())?))
        })
        .collect();
    (!set.is_empty()).then(|| set.join(", "))
}

/// What all of the causes say, each once.
fn chain(error: &dyn std::error::Error) -> String {
    // The SDK's own words for "see the cause".
    const EMPTY: [&str; 4] = [
        "an error occurred while loading credentials",
        "unexpected credentials error",
        "service error",
        "dispatch failure",
    ];
    let mut parts: Vec<String> = Vec::new();
    let mut next = Some(error);
    while let Some(error) = next {
        let said = error.to_string();
        if !EMPTY.contains(&said.as_str()) && !parts.iter().any(|part| part.contains(&said)) {
            parts.push(said.trim_end_matches('.').to_owned());
        }
        next = error.source();
    }
    if parts.is_empty() { error.to_string() } else { parts.join(": ") }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Error {}
