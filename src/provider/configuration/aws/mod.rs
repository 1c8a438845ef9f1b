//! `aws`: what may be written in it, and the account that comes of it.

mod checks;
mod schema;

use std::collections::BTreeMap;
use std::path::PathBuf;

use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

use crate::aws::{
    Keys, Region, Role, RoleSession, Settings, WebIdentityRole, WebIdentityToken, parse_duration,
};
use crate::sdk::resource::ClientCapabilities;
use crate::sdk::{Diagnostic, Diagnostics, Path, Schema, Value, model};
pub(super) use schema::attribute;

pub(super) const NAME: &str = "aws";

/// As it is written, when all of it is known.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct AwsModel {
    region: Option<String>,
    profile: Option<String>,
    access_key: Option<String>,
    secret_key: Option<SecretString>,
    token: Option<SecretString>,
    shared_config_files: Option<Vec<PathBuf>>,
    shared_credentials_files: Option<Vec<PathBuf>>,
    assume_role: Option<Vec<AssumeRoleModel>>,
    assume_role_with_web_identity: Option<WebIdentityModel>,
    endpoints: Option<EndpointsModel>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct AssumeRoleModel {
    role_arn: String,
    session_name: Option<String>,
    external_id: Option<String>,
    duration: Option<String>,
    policy: Option<String>,
    policy_arns: Option<Vec<String>>,
    tags: Option<BTreeMap<String, String>>,
    source_identity: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct WebIdentityModel {
    role_arn: String,
    session_name: Option<String>,
    duration: Option<String>,
    policy: Option<String>,
    policy_arns: Option<Vec<String>>,
    web_identity_token: Option<SecretString>,
    web_identity_token_file: Option<PathBuf>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct EndpointsModel {
    sts: Option<String>,
}

/// What is known of `aws`.
pub(super) enum Written {
    /// All, and it is right; where it is not written, that is all.
    Known(Box<Settings>),
    /// Something in it is known after the apply only.
    NotKnownYet,
    /// Something in it is wrong, which was said.
    Invalid,
}

/// Reads it. What was unknown when Terraform had it validated is checked now.
pub(super) fn read(config: &Value, diagnostics: &mut Diagnostics) -> Written {
    let value = match config.get(NAME) {
        None | Some(Value::Null) => return Written::Known(Box::default()),
        Some(value) if !value.is_wholly_known() => return Written::NotKnownYet,
        Some(value) => value,
    };
    let alone = Value::Object([(NAME.to_owned(), value.clone())].into());
    let capabilities =
        ClientCapabilities { write_only_attributes_allowed: true, ..ClientCapabilities::default() };
    let mut found = Schema::new("", vec![attribute()]).validate(&alone, capabilities);
    let model: AwsModel = match model::from_value(value) {
        Ok(model) => model,
        Err(error) => {
            found.error(Path::attribute(NAME), "This value cannot be read", error.message);
            AwsModel::default()
        }
    };
    let is_invalid = found.has_errors();
    // Warnings were given in the validation.
    diagnostics.extend(found.into_iter().filter(Diagnostic::is_error));
    if is_invalid { Written::Invalid } else { Written::Known(Box::new(settings(model))) }
}

/// An empty text is as good as none.
fn some(text: Option<String>) -> Option<String> {
    text.filter(|text| !text.is_empty())
}

fn some_secret(text: Option<SecretString>) -> Option<SecretString> {
    text.filter(|text| !text.expose_secret().is_empty())
}

fn settings(model: AwsModel) -> Settings {
    let keys = match (some(model.access_key), some_secret(model.secret_key)) {
        (Some(access_key), Some(secret_key)) => {
            Some(Keys { access_key, secret_key, token: some_secret(model.token) })
        }
        _ => None,
    };
    Settings {
        region: model.region.and_then(|region| Region::parse(&region).ok()),
        profile: some(model.profile),
        keys,
        config_files: model.shared_config_files.unwrap_or_default(),
        credentials_files: model.shared_credentials_files.unwrap_or_default(),
        web_identity: model.assume_role_with_web_identity.and_then(web_identity),
        roles: model.assume_role.unwrap_or_default().into_iter().map(role).collect(),
        sts_endpoint: model.endpoints.and_then(|endpoints| some(endpoints.sts)),
    }
}

fn role(model: AssumeRoleModel) -> Role {
    Role {
        session: session(
            model.role_arn,
            model.session_name,
            model.duration.as_deref(),
            model.policy,
            model.policy_arns,
        ),
        external_id: some(model.external_id),
        tags: model.tags.unwrap_or_default().into_iter().collect(),
        source_identity: some(model.source_identity),
    }
}

fn web_identity(model: WebIdentityModel) -> Option<WebIdentityRole> {
    let token = match (some_secret(model.web_identity_token), model.web_identity_token_file) {
        (Some(token), _) => WebIdentityToken::Text(token),
        (None, Some(path)) => WebIdentityToken::File(path),
        (None, None) => return None,
    };
    Some(WebIdentityRole {
        session: session(
            model.role_arn,
            model.session_name,
            model.duration.as_deref(),
            model.policy,
            model.policy_arns,
        ),
        token,
    })
}

fn session(
    role_arn: String,
    name: Option<String>,
    duration: Option<&str>,
    policy: Option<String>,
    policy_arns: Option<Vec<String>>,
) -> RoleSession {
    RoleSession {
        role_arn,
        name: some(name),
        duration: duration.and_then(parse_duration),
        policy: some(policy),
        policy_arns: policy_arns.unwrap_or_default(),
    }
}
