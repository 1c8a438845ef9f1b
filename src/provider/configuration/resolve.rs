//! What the provider block and the environment come to: an attribute wins over its first environment variable,
//! that over the second.

use std::sync::Arc;

use super::aws::{self, Written};
use super::connection::connection;
use super::lookup::Lookup;
use super::model::ConfigurationModel;
use super::{Environment, protection, sql_log};
use crate::aws::{Account, Clock};
use crate::postgres::{ConnectionConfig, SqlLog};
use crate::provider::context::Defaults;
use crate::roles::lockout::Protection;
use crate::sdk::{Diagnostics, Value, model as sdk_model};

const ALLOW_CLUSTER_CHANGE: &str = "allow_cluster_change";

/// A configuration that can be connected with.
pub(crate) struct Usable {
    pub connection: ConnectionConfig,
    pub protection: Protection,
    pub sql_log: SqlLog,
    pub defaults: Defaults,
    /// Whether the state may be of another cluster than the connection.
    pub allow_cluster_change: bool,
    pub account: Option<Arc<Account>>,
}

/// What a configuration comes to.
pub(crate) enum Resolved {
    /// All is known.
    Usable(Box<Usable>),
    /// These attributes are known after the apply only.
    NotKnownYet {
        /// Their names.
        attributes: Vec<String>,
        /// What applies to roles all the same.
        defaults: Defaults,
        /// The AWS account, where all in `aws` is known.
        account: Option<Arc<Account>>,
    },
    /// There were errors.
    Invalid,
}

/// Resolves a configuration. Errors go to `diagnostics`, at their attributes.
pub(crate) fn resolve(config: &Value, environment: &Environment, diagnostics: &mut Diagnostics) -> Resolved {
    let model: ConfigurationModel = match sdk_model::from_value(config) {
        Ok(model) => model,
        Err(error) => {
            diagnostics.error(error.path, "This value cannot be read", error.message);
            return Resolved::Invalid;
        }
    };
    let written = aws::read(config, diagnostics);
    let mut lookup = Lookup { environment, unknown: Vec::new(), diagnostics };
    let host = lookup.text("host", &model.host, &["POSTGRES_HOST", "PGHOST"]);
    // Made whether or not the provider logs in with IAM: it costs nothing, and tokens for applications come from it.
    let account = match written {
        Written::Known(settings) => Some(Arc::new(Account::new(*settings, host.as_deref(), Clock::system()))),
        Written::NotKnownYet | Written::Invalid => None,
    };
    let connection = connection(&model, host, account.as_ref(), &mut lookup);
    let protection = protection::look_up(&model, &mut lookup);
    let allow_cluster_change =
        lookup.boolean(ALLOW_CLUSTER_CHANGE, &model.allow_cluster_change, &["PGUM_ALLOW_CLUSTER_CHANGE"])
            == Some(true);
    let username = connection.as_ref().map(|connection| connection.username.clone());
    let defaults = defaults(&model, protection.applies().map(str::to_owned).or(username));
    let sql_log = sql_log::open(environment, lookup.diagnostics);
    let unknown = std::mem::take(&mut lookup.unknown);
    if diagnostics.has_errors() {
        return Resolved::Invalid;
    }
    match connection {
        _ if !unknown.is_empty() => Resolved::NotKnownYet { attributes: unknown, defaults, account },
        Some(connection) => {
            let protection = protection.protection(&connection);
            Resolved::Usable(Box::new(Usable {
                connection,
                protection,
                sql_log,
                defaults,
                allow_cluster_change,
                account,
            }))
        }
        None => Resolved::Invalid,
    }
}

fn defaults(model: &ConfigurationModel, applies: Option<String>) -> Defaults {
    let defaults = model.defaults.known().cloned().unwrap_or_default();
    Defaults {
        grants_mode: defaults.grants_mode.known().cloned(),
        on_destroy: defaults.on_destroy.known().cloned(),
        terminate_sessions: defaults.terminate_sessions.known().copied(),
        applies,
    }
}

#[cfg(test)]
mod tests;
