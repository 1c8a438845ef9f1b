//! What can be configured, as plain data. What is not written the AWS SDK looks for in its own order.

use std::path::PathBuf;
use std::time::Duration;

use secrecy::SecretString;

use super::Region;

/// Where credentials come from, and which roles are assumed with them. `Debug` shows no secret.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// The region of the databases and of STS.
    pub region: Option<Region>,
    /// A profile of the shared files. It wins over keys in the environment, as in the AWS provider.
    pub profile: Option<String>,
    /// Keys that are written out; they win over all else.
    pub keys: Option<Keys>,
    /// Instead of `~/.aws/config`; `~` at the beginning is the home directory.
    pub config_files: Vec<PathBuf>,
    /// Instead of `~/.aws/credentials`.
    pub credentials_files: Vec<PathBuf>,
    /// A role that is assumed with a token of a web identity: the first credentials.
    pub web_identity: Option<WebIdentityRole>,
    /// Roles that are assumed one after the other, each with the credentials of the one before.
    pub roles: Vec<Role>,
    /// The URL of STS, for the roles that are written here.
    pub sts_endpoint: Option<String>,
}

/// An access key.
#[derive(Debug, Clone)]
pub struct Keys {
    /// Its id, which is no secret.
    pub access_key: String,
    /// Its secret.
    pub secret_key: SecretString,
    /// The session token of temporary credentials.
    pub token: Option<SecretString>,
}

/// What a session of a role is like.
#[derive(Debug, Clone, Default)]
pub struct RoleSession {
    /// The role's ARN.
    pub role_arn: String,
    /// The session's name; else AWS_ROLE_SESSION_NAME, else `terraform-provider-pgum`.
    pub name: Option<String>,
    /// How long it lasts; else what STS has for the role, an hour.
    pub duration: Option<Duration>,
    /// A policy that narrows it, as JSON.
    pub policy: Option<String>,
    /// ARNs of managed policies that narrow it.
    pub policy_arns: Vec<String>,
}

/// A role that is assumed with credentials.
#[derive(Debug, Clone, Default)]
pub struct Role {
    /// Its session.
    pub session: RoleSession,
    /// The external id that its trust policy asks for.
    pub external_id: Option<String>,
    /// Session tags.
    pub tags: Vec<(String, String)>,
    /// The source identity.
    pub source_identity: Option<String>,
}

/// A role that is assumed with a token of a web identity (OIDC).
#[derive(Debug, Clone)]
pub struct WebIdentityRole {
    /// Its session.
    pub session: RoleSession,
    /// The token.
    pub token: WebIdentityToken,
}

/// Where a web identity's token is.
#[derive(Debug, Clone)]
pub enum WebIdentityToken {
    /// The token itself.
    Text(SecretString),
    /// A file that is read anew each time: who makes the token renews it there.
    File(PathBuf),
}
