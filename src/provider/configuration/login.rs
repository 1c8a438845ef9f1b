//! How the login is made: with a password, or with an IAM token.

use std::path::Path as FilePath;
use std::sync::Arc;

use secrecy::{ExposeSecret, SecretString};

use super::aws;
use super::lookup::Lookup;
use super::model::ConfigurationModel;
use crate::aws::{Account, Endpoint, TokenFacts, TokenSource, rds_host};
use crate::postgres::connect::passfile;
use crate::postgres::{ConnectionConfig, Password};
use crate::provider::iam::{GivenToken, SignedTokens};
use crate::sdk::{Attr, Diagnostic, Path};

const IAM_AUTH: &str = "iam_auth";
const PASSWORD: &str = "password";
const TOKEN_VARIABLE: &str = "POSTGRES_IAM_TOKEN";

/// How the login is made.
pub(super) enum Method {
    /// With tokens that are signed as they are needed.
    Sign,
    /// With a token that was made elsewhere.
    Given(GivenToken),
    /// With this password, or what else there is.
    Password(Option<SecretString>),
}

impl Method {
    /// Whether the server gets a token.
    pub(super) fn is_token(&self) -> bool {
        !matches!(self, Self::Password(_))
    }
}

/// By what is written and what the environment has. An attribute wins over the environment: a password that is written
/// over a token, and `iam_auth = false` too.
pub(super) fn method(model: &ConfigurationModel, lookup: &mut Lookup<'_>) -> Method {
    let asked = lookup.boolean(IAM_AUTH, &model.iam_auth, &["POSTGRES_IAM_AUTH"]) == Some(true);
    let is_written = matches!(&model.password, Attr::Known(text) if !text.expose_secret().is_empty());
    if asked && is_written {
        both(model, lookup);
    }
    let may_be_given = asked || (!model.iam_auth.is_known() && model.password.is_null());
    let given = lookup.environment.first(&[TOKEN_VARIABLE]).filter(|_| may_be_given);
    if let Some((variable, token)) = given.map(|(name, text)| (name, text.trim().to_owned())) {
        return match TokenFacts::read(&token) {
            Ok(facts) => Method::Given(GivenToken::new(token.into(), facts, variable)),
            Err(error) => {
                lookup.error(
                    IAM_AUTH,
                    format!("{variable} is no IAM token"),
                    format!(
                        "{error}. A token is what aws rds generate-db-auth-token prints, in one line. With iam_auth = true and \
                         {variable} not set the provider makes tokens itself."
                    ),
                );
                Method::Password(None)
            }
        };
    }
    if asked {
        return Method::Sign;
    }
    let password = lookup.secret(PASSWORD, &model.password, &["POSTGRES_PASSWORD", "PGPASSWORD"]);
    match password.as_ref().and_then(|text| TokenFacts::read(text.expose_secret()).ok()) {
        // Such as $(aws rds generate-db-auth-token ...) in PGPASSWORD.
        Some(facts) => Method::Given(GivenToken::new(password.unwrap_or_default(), facts, "the password")),
        None => Method::Password(password),
    }
}

/// Of the two the environment's `iam_auth` may be meant for another configuration, the attribute not.
fn both(model: &ConfigurationModel, lookup: &mut Lookup<'_>) {
    if model.iam_auth.is_known() {
        lookup.error(
            PASSWORD,
            "Both password and iam_auth",
            "A login with IAM uses no password: RDS refuses one to members of rds_iam, and a token to others. Take password \
             or iam_auth out of the configuration.",
        );
    } else {
        lookup.diagnostics.push(
            Diagnostic::warning(
                "The password is not used",
                "POSTGRES_IAM_AUTH is set, so the provider logs in with IAM. To log in with the password, unset it, or write \
                 iam_auth = false.",
            )
            .at(Path::attribute(PASSWORD)),
        );
    }
}

/// What logs in, once it is known where and as whom. Without an account something in `aws` is not known yet.
pub(super) fn password(
    method: Method,
    connection: &ConnectionConfig,
    account: Option<&Arc<Account>>,
    lookup: &mut Lookup<'_>,
) -> Option<Password> {
    match method {
        Method::Password(password) => {
            password.or_else(|| password_file(connection, lookup)).map(Password::Fixed)
        }
        Method::Given(token) => Some(Password::Source(Arc::new(token))),
        Method::Sign => {
            let Some(account) = account else {
                lookup.unknown.push(aws::NAME.to_owned());
                return None;
            };
            check_region(connection, account, lookup);
            let endpoint = endpoint(connection, lookup)?;
            let source = TokenSource::new(Arc::clone(account), endpoint);
            Some(Password::Source(Arc::new(SignedTokens::new(source))))
        }
    }
}

fn endpoint(connection: &ConnectionConfig, lookup: &mut Lookup<'_>) -> Option<Endpoint> {
    match Endpoint::new(&connection.host, connection.port, &connection.username) {
        Ok(endpoint) => Some(endpoint),
        Err(error) => {
            let why = if connection.socket().is_some() {
                "A Unix socket has no name that an IAM token could be signed for, and no TLS.".to_owned()
            } else {
                format!("{error}.")
            };
            lookup.error(
                "host",
                "A login with IAM needs the host's name",
                format!("{why} Set host to the endpoint."),
            );
            None
        }
    }
}

/// RDS tells a wrong region as any other rejection.
fn check_region(connection: &ConnectionConfig, account: &Account, lookup: &mut Lookup<'_>) {
    let of_host = rds_host(&connection.host).and_then(|host| host.region);
    if let (Some(written), Some(of_host)) = (&account.settings().region, of_host)
        && *written != of_host
    {
        lookup.diagnostics.error(
            Path::attribute(aws::NAME).with_attribute("region"),
            "aws.region is not the region of the host",
            format!(
                "aws.region is {written}, and {} is in {of_host}. A token signed for another region is rejected. Leave \
                 aws.region out: the host's name says it.",
                connection.host
            ),
        );
    }
}

/// The password that the password file has for this login.
fn password_file(connection: &ConnectionConfig, lookup: &Lookup<'_>) -> Option<SecretString> {
    let ConnectionConfig { host, port, database, username, .. } = connection;
    let named = lookup.environment.first(&["PGPASSFILE"]).map(|(_, path)| FilePath::new(path));
    passfile::lookup(named, host, *port, database, username)
}
