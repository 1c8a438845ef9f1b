//! A user or group as it is written, planned or kept in the state.

use std::collections::{BTreeMap, BTreeSet};

use secrecy::SecretString;
use serde::Deserialize;

use crate::sdk::Attr;

/// Options of one membership.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct MembershipModel {
    pub admin: Attr<bool>,
    pub inherit: Attr<bool>,
    pub set: Attr<bool>,
}

/// What a destroy does.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct OnDestroyModel {
    pub action: Attr<String>,
    pub reassign_owned_to: Attr<String>,
    pub drop_owned: Attr<bool>,
}

/// A set of texts, some of which may be unknown.
pub(crate) type Texts = BTreeSet<Attr<String>>;

/// A map of texts, some of which may be unknown.
pub(crate) type TextMap = BTreeMap<String, Attr<String>>;

/// The attributes of both resources; what one of them does not have stays null.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct RoleModel {
    #[serde(alias = "username")]
    pub name: Attr<String>,
    pub auth_method: Attr<String>,
    pub password: Attr<SecretString>,
    pub password_wo: Attr<SecretString>,
    pub password_wo_version: Attr<String>,
    pub groups: Attr<Texts>,
    pub memberships: Attr<BTreeMap<String, Attr<MembershipModel>>>,
    pub privileges: Attr<Texts>,
    pub databases: Attr<Texts>,
    pub database_privileges: Attr<BTreeMap<String, Attr<Texts>>>,
    pub grants_mode: Attr<String>,
    pub enabled: Attr<bool>,
    pub can_login: Attr<bool>,
    pub connection_limit: Attr<i64>,
    pub inherit: Attr<bool>,
    pub valid_until: Attr<String>,
    pub create_database: Attr<bool>,
    pub create_role: Attr<bool>,
    pub superuser: Attr<bool>,
    pub replication: Attr<bool>,
    pub bypass_row_level_security: Attr<bool>,
    pub description: Attr<String>,
    pub settings: Attr<TextMap>,
    pub database_settings: Attr<BTreeMap<String, Attr<TextMap>>>,
    pub allowed_members: Attr<Texts>,
    pub adopt_existing: Attr<bool>,
    pub on_destroy: Attr<OnDestroyModel>,
    pub terminate_sessions: Attr<bool>,
    pub oid: Attr<u32>,
    pub rds_iam: Attr<bool>,
    pub password_in_sync: Attr<bool>,
}

/// How a user logs in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum AuthMethod {
    /// By password.
    Password,
    /// By an IAM token.
    Iam,
    /// By something that is not pgum's.
    External,
}

impl AuthMethod {
    /// Null is `password`; `None` where it is unknown.
    pub(crate) fn of(model: &RoleModel) -> Option<Self> {
        match &model.auth_method {
            Attr::Unknown => None,
            Attr::Null => Some(Self::Password),
            Attr::Known(text) => Some(match text.as_str() {
                "iam" => Self::Iam,
                "external" => Self::External,
                _ => Self::Password,
            }),
        }
    }
}
