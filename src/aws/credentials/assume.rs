//! Assuming a role at STS.

use aws_credential_types::Credentials;
use aws_sdk_sts::Client;
use aws_sdk_sts::types::{AssumedRoleUser, PolicyDescriptorType, Tag};
use secrecy::{ExposeSecret, SecretString};

use super::base::{Base, expand_home};
use crate::aws::error::{Error, ErrorKind};
use crate::aws::settings::{Role, RoleSession, Settings, WebIdentityRole, WebIdentityToken};

/// What CloudTrail shows of a session that has no other name.
const SESSION_NAME: &str = "terraform-provider-pgum";

/// A role that was assumed.
pub(super) struct Assumed {
    credentials: Credentials,
    /// The ARN of the session: `arn:aws:sts::123456789012:assumed-role/NAME/SESSION`.
    arn: Option<String>,
    role_arn: String,
}

impl Assumed {
    pub(super) fn parts(self) -> (Credentials, String, Option<String>) {
        let origin = format!("the assumed role {}", self.arn.as_deref().unwrap_or(&self.role_arn));
        (self.credentials, origin, self.arn)
    }
}

pub(super) async fn with_credentials(
    base: &Base,
    role: &Role,
    credentials: Credentials,
    settings: &Settings,
) -> Result<Assumed, Error> {
    let session = &role.session;
    let tags = role
        .tags
        .iter()
        .map(|(key, value)| Tag::builder().key(key).value(value).build())
        .collect::<Result<Vec<_>, _>>()
        .map_err(|error| Error::new(ErrorKind::Configuration, error.to_string()))?;
    let answer = client(base, Some(credentials), settings)?
        .assume_role()
        .role_arn(&session.role_arn)
        .role_session_name(name(session))
        .set_duration_seconds(seconds(session))
        .set_policy(session.policy.clone())
        .set_policy_arns(policies(session))
        .set_external_id(role.external_id.clone())
        .set_tags((!tags.is_empty()).then_some(tags))
        .set_source_identity(role.source_identity.clone())
        .send()
        .await
        .map_err(|error| Error::of_sts(&error, &session.role_arn, settings.sts_endpoint.as_deref()))?;
    assumed(answer.credentials, answer.assumed_role_user, session)
}

pub(super) async fn with_web_identity(
    base: &Base,
    role: &WebIdentityRole,
    settings: &Settings,
) -> Result<Assumed, Error> {
    let session = &role.session;
    let token = match &role.token {
        WebIdentityToken::Text(token) => token.clone(),
        WebIdentityToken::File(path) => {
            let path = expand_home(path);
            let text = tokio::fs::read_to_string(&path).await.map_err(|error| {
                let message =
                    format!("the web identity's token in {} cannot be read: {error}", path.display());
                Error::new(ErrorKind::Configuration, message)
            })?;
            SecretString::from(text.trim().to_owned())
        }
    };
    let answer = client(base, None, settings)?
        .assume_role_with_web_identity()
        .role_arn(&session.role_arn)
        .role_session_name(name(session))
        .web_identity_token(token.expose_secret())
        .set_duration_seconds(seconds(session))
        .set_policy(session.policy.clone())
        .set_policy_arns(policies(session))
        .send()
        .await
        .map_err(|error| Error::of_sts(&error, &session.role_arn, settings.sts_endpoint.as_deref()))?;
    assumed(answer.credentials, answer.assumed_role_user, session)
}

/// A client of STS. The environment's and the profile's own endpoint for STS counts where none is written.
fn client(base: &Base, credentials: Option<Credentials>, settings: &Settings) -> Result<Client, Error> {
    // Without one STS has no address.
    base.region()?;
    let mut config = aws_sdk_sts::config::Builder::from(&base.sdk);
    if let Some(endpoint) = &settings.sts_endpoint {
        config.set_endpoint_url(Some(endpoint.clone()));
    }
    if let Some(credentials) = credentials {
        config = config.credentials_provider(credentials);
    }
    Ok(Client::from_conf(config.build()))
}

fn name(session: &RoleSession) -> String {
    let of_environment = || std::env::var("AWS_ROLE_SESSION_NAME").ok().filter(|name| !name.is_empty());
    session.name.clone().or_else(of_environment).unwrap_or_else(|| SESSION_NAME.to_owned())
}

fn seconds(session: &RoleSession) -> Option<i32> {
    session.duration.and_then(|duration| i32::try_from(duration.as_secs()).ok())
}

fn policies(session: &RoleSession) -> Option<Vec<PolicyDescriptorType>> {
    let policies = session.policy_arns.iter().map(|arn| PolicyDescriptorType::builder().arn(arn).build());
    (!session.policy_arns.is_empty()).then(|| policies.collect())
}

fn assumed(
    credentials: Option<aws_sdk_sts::types::Credentials>,
    user: Option<AssumedRoleUser>,
    session: &RoleSession,
) -> Result<Assumed, Error> {
    let unusable = |why: &str| {
        let message = format!("what STS gave for the role {} cannot be used: {why}", session.role_arn);
        Error::new(ErrorKind::Credentials, message)
    };
    let credentials = credentials.ok_or_else(|| unusable("there are no credentials"))?;
    let expiry = std::time::SystemTime::try_from(credentials.expiration)
        .map_err(|_| unusable("their expiry is no moment"))?;
    Ok(Assumed {
        credentials: Credentials::new(
            credentials.access_key_id,
            credentials.secret_access_key,
            Some(credentials.session_token),
            Some(expiry),
            "pgum",
        ),
        arn: user.map(|user| user.arn),
        role_arn: session.role_arn.clone(),
    })
}
