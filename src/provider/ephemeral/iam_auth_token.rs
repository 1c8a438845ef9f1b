//! `pgum_iam_auth_token`: what a user with `auth_method = "iam"` logs in with.

use std::sync::Arc;
use std::time::SystemTime;

use async_trait::async_trait;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::connection_string::Connection;
use crate::aws::{self, Account, Endpoint, ErrorKind, Minted, Region};
use crate::provider::context::{Context, Login};
use crate::provider::resources::role::checks::role_name;
use crate::sdk::model::{self as sdk_model, write_secret};
use crate::sdk::provider::Opened;
use crate::sdk::schema::{Presence, checks};
use crate::sdk::{
    Attr, Attribute, Diagnostic, Diagnostics, EphemeralResource, Path, PrivateState, Schema, Type, Value,
};

pub(in crate::provider) struct IamAuthToken {
    context: Arc<Context>,
}

#[derive(Debug, Clone, Default, Deserialize, Serialize)]
#[serde(default)]
struct TokenModel {
    host: Attr<String>,
    port: Attr<i64>,
    username: Attr<String>,
    database: Attr<String>,
    region: Attr<String>,
    #[serde(serialize_with = "write_secret")]
    token: Attr<SecretString>,
    expires_at: Attr<String>,
    #[serde(serialize_with = "write_secret")]
    connection_string: Attr<SecretString>,
}

/// What is not written is the provider's.
struct Target {
    host: String,
    port: u16,
    username: String,
    database: String,
    region: Option<Region>,
}

impl IamAuthToken {
    pub(in crate::provider) const TYPE_NAME: &'static str = "pgum_iam_auth_token";

    pub(in crate::provider) fn new(context: Arc<Context>) -> Self {
        Self { context }
    }

    async fn make(&self, mut model: TokenModel) -> Result<TokenModel, Diagnostic> {
        if self.context.is_not_known_yet() {
            return Ok(unknown(model));
        }
        let session = self.context.session()?;
        // Something in the provider's `aws` is known after the apply only.
        let Some(account) = self.context.account() else { return Ok(unknown(model)) };
        let target = target(&model, &session.login)?;
        let minted = sign(account, &target).await?;
        let token = minted.token.secret;
        let connection = Connection {
            host: &target.host,
            port: target.port,
            database: &target.database,
            username: &target.username,
            password: &token,
        };
        model.connection_string = Attr::Known(connection.uri());
        model.expires_at = Attr::Known(to_the_second(minted.token.facts.expires_at)?);
        model.region = Attr::Known(minted.token.facts.region.to_string());
        model.port = Attr::Known(target.port.into());
        model.host = Attr::Known(target.host);
        model.database = Attr::Known(target.database);
        model.token = Attr::Known(token);
        Ok(model)
    }
}

/// With a provider whose configuration is known after the apply only.
fn unknown(model: TokenModel) -> TokenModel {
    fn or_unknown<T>(attribute: Attr<T>) -> Attr<T> {
        if attribute.is_null() { Attr::Unknown } else { attribute }
    }
    TokenModel {
        host: or_unknown(model.host),
        port: or_unknown(model.port),
        username: model.username,
        database: or_unknown(model.database),
        region: or_unknown(model.region),
        token: Attr::Unknown,
        expires_at: Attr::Unknown,
        connection_string: Attr::Unknown,
    }
}

/// The region is that which is written, else that of the host's name, else (none here) the provider's.
fn target(model: &TokenModel, provider: &Login) -> Result<Target, Diagnostic> {
    let host = model.host.known().unwrap_or(&provider.host).clone();
    let of_host = aws::rds_host(&host).and_then(|host| host.region);
    let written = match model.region.known() {
        None => None,
        Some(text) => Some(Region::parse(text).map_err(|error| wrong_region(error.to_string()))?),
    };
    if let (Some(written), Some(of_host)) = (&written, &of_host)
        && written != of_host
    {
        return Err(wrong_region(format!(
            "It is {written}, and the name of the host {host:?} says {of_host}. The server would refuse a token that is \
             signed for another region than its own. Leave region out: it is read in the host's name"
        )));
    }
    Ok(Target {
        port: model.port.known().and_then(|port| u16::try_from(*port).ok()).unwrap_or(provider.port),
        username: model.username.known().cloned().unwrap_or_default(),
        database: model.database.known().unwrap_or(&provider.database).clone(),
        region: written.or(of_host),
        host,
    })
}

async fn sign(account: &Account, target: &Target) -> Result<Minted, Diagnostic> {
    let endpoint = Endpoint::new(&target.host, target.port, target.username.as_str()).map_err(|error| {
        let detail = format!("{error}. It must be the endpoint's own name, as RDS names it.");
        Diagnostic::error("No IAM token can be signed for this host", detail).at(Path::attribute("host"))
    })?;
    account.sign(&endpoint, target.region.as_ref()).await.map_err(|error| {
        let mut detail = format!("{error}.");
        if let Some(to_do) = error.to_do() {
            detail.push_str("\n\n");
            detail.push_str(to_do);
        }
        let summary = format!("No IAM token could be signed for the user {:?}", target.username);
        match error.kind() {
            ErrorKind::NoRegion => Diagnostic::error(summary, detail).at(Path::attribute("region")),
            _ => Diagnostic::error(summary, detail),
        }
    })
}

fn wrong_region(why: String) -> Diagnostic {
    Diagnostic::error("This region cannot be right", format!("{why}.")).at(Path::attribute("region"))
}

fn to_the_second(time: SystemTime) -> Result<String, Diagnostic> {
    let time = OffsetDateTime::from(time);
    let time = time.replace_nanosecond(0).unwrap_or(time);
    time.format(&Rfc3339).map_err(|error| {
        Diagnostic::error("The token's expiry cannot be written", format!("{error}. Is the clock right?"))
    })
}

fn attribute(name: &str, ty: Type, presence: Presence, description: &str) -> Attribute {
    Attribute::new(name, ty, presence, description)
}

#[async_trait]
impl EphemeralResource for IamAuthToken {
    fn schema(&self) -> Schema {
        use Presence::{Computed, OptionalComputed, Required};
        Schema::new(
            "A token with which a user with `auth_method = \"iam\"` logs in, signed with the credentials of the provider's \
             `aws`. It is never in state or plan.",
            vec![
                attribute(
                    "username",
                    Type::String,
                    Required,
                    "The user of the database that will log in, in exactly the same letters. It has no default, so that \
                     nobody gets the provider's own user by leaving it out.",
                )
                .check(role_name),
                attribute(
                    "host",
                    Type::String,
                    OptionalComputed,
                    "The endpoint of the cluster, instance or proxy, as RDS names it, whatever way leads there. Default: the \
                     provider's `host`.",
                )
                .check(checks::not_empty()),
                attribute("port", Type::Number, OptionalComputed, "Its port. Default: the provider's `port`.")
                    .check(checks::whole_number(1..=65_535)),
                attribute(
                    "region",
                    Type::String,
                    OptionalComputed,
                    "The region that the token is signed for. Default: that in the host's name, else the provider's \
                     (`aws.region`, then the AWS SDK's own order).",
                )
                .check(region),
                attribute(
                    "database",
                    Type::String,
                    OptionalComputed,
                    "The database in `connection_string`; the token itself is for all of them. Default: the provider's \
                     `database`.",
                )
                .check(checks::not_empty()),
                attribute("token", Type::String, Computed, "The token: the password of a login over TLS.").sensitive(),
                attribute(
                    "expires_at",
                    Type::String,
                    Computed,
                    "From when on it lets nobody in (RFC 3339, UTC): 15 minutes after it was signed, or earlier where its \
                     credentials expire.",
                ),
                attribute(
                    "connection_string",
                    Type::String,
                    Computed,
                    "A URI of libpq's form with all of it, encoded: `postgresql://USER:TOKEN@HOST:PORT/DATABASE` with \
                     `sslmode=verify-full`.",
                )
                .sensitive(),
            ],
        )
    }

    async fn open(&self, config: Value, diagnostics: &mut Diagnostics) -> Option<Opened> {
        let made = match sdk_model::from_value::<TokenModel>(&config) {
            Ok(model) => self.make(model).await,
            Err(error) => Err(error.into()),
        };
        let result = made.and_then(|model| Ok(sdk_model::to_value(&model, &self.schema().ty())?));
        match result {
            // Nothing to renew: the value of what is open cannot change. Nothing to give back, either.
            Ok(result) => Some(Opened { result, renew_at: None, private: PrivateState::default() }),
            Err(error) => {
                diagnostics.push(error);
                None
            }
        }
    }
}

fn region(value: &Value, path: &Path, diagnostics: &mut Diagnostics) {
    if let Value::String(text) = value
        && let Err(error) = Region::parse(text)
    {
        diagnostics.error(path.clone(), "This is no region", format!("{error}."));
    }
}
