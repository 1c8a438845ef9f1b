//! The provider block as it is written.

use std::collections::BTreeSet;

use secrecy::SecretString;
use serde::Deserialize;

use crate::provider::resources::role::OnDestroyModel;
use crate::sdk::Attr;

/// `defaults`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct DefaultsModel {
    pub grants_mode: Attr<String>,
    pub on_destroy: Attr<OnDestroyModel>,
    pub terminate_sessions: Attr<bool>,
}

/// The attributes of the provider block, `aws` excepted.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct ConfigurationModel {
    pub host: Attr<String>,
    pub port: Attr<i64>,
    pub connect_via: Attr<String>,
    pub database: Attr<String>,
    pub username: Attr<String>,
    pub password: Attr<SecretString>,
    pub sslmode: Attr<String>,
    pub sslrootcert: Attr<String>,
    pub sslcert: Attr<String>,
    pub sslkey: Attr<SecretString>,
    pub iam_auth: Attr<bool>,
    pub application_name: Attr<String>,
    pub connect_timeout: Attr<i64>,
    pub connect_retry: Attr<i64>,
    pub lock_timeout: Attr<i64>,
    pub max_connections: Attr<i64>,
    pub defaults: Attr<DefaultsModel>,
    pub apply_username: Attr<String>,
    pub protected_roles: Attr<BTreeSet<Attr<String>>>,
    pub allow_lockout: Attr<bool>,
    pub allow_cluster_change: Attr<bool>,
}
