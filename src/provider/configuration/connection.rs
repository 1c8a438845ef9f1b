//! Where to connect to, as whom, and within which bounds.

use std::sync::Arc;
use std::time::Duration;

use super::lookup::Lookup;
use super::model::ConfigurationModel;
use super::{login, tls};
use crate::aws::Account;
use crate::postgres::connect;
use crate::postgres::{ConnectionConfig, Via};

/// What is written, and what the environment adds. Where `aws` is not known yet there is no account, and so no login
/// with IAM.
pub(super) fn connection(
    model: &ConfigurationModel,
    host: Option<String>,
    account: Option<&Arc<Account>>,
    lookup: &mut Lookup<'_>,
) -> Option<ConnectionConfig> {
    let port = lookup.number("port", &model.port, &["POSTGRES_PORT", "PGPORT"], (1, 65_535));
    let database = lookup.text("database", &model.database, &["POSTGRES_DB", "PGDATABASE"]);
    let username = lookup.text("username", &model.username, &["POSTGRES_USER", "PGUSER"]);
    let method = login::method(model, lookup);
    let via = via(model, host.as_deref(), lookup);
    let sslmode = tls::sslmode(model, host.as_deref(), method.is_token(), lookup);
    let root_certificates = tls::roots(model, host.as_deref(), sslmode, lookup);
    let client_certificate = tls::client_certificate(model, lookup);
    let application_name = lookup.text("application_name", &model.application_name, &["PGAPPNAME"]);
    // PGCONNECT_TIMEOUT=0 is libpq's word for no limit.
    let timeout = lookup.number(
        "connect_timeout",
        &model.connect_timeout,
        &["PGCONNECT_TIMEOUT"],
        (0, i64::from(i32::MAX)),
    );
    let retry = lookup.number("connect_retry", &model.connect_retry, &["PGUM_CONNECT_RETRY"], (0, 86_400));
    let lock_timeout = lookup.number("lock_timeout", &model.lock_timeout, &[], (1, 86_400));
    let most = lookup.number("max_connections", &model.max_connections, &[], (1, 1_000));

    let Some(host) = host else {
        if !model.host.is_unknown() {
            lookup.error(
                "host",
                "The provider does not know its server",
                "Set host to the cluster's writer endpoint, or the environment variable POSTGRES_HOST or PGHOST.",
            );
        }
        return None;
    };
    let seconds = |number: i64| Duration::from_secs(u64::try_from(number).unwrap_or(0));
    let mut connection = ConnectionConfig::new(host);
    connection.port = port.and_then(|port| u16::try_from(port).ok()).unwrap_or(connection.port);
    connection.connect_via = via;
    connection.database = database.unwrap_or(connection.database);
    connection.username = username.unwrap_or(connection.username);
    connection.password = login::password(method, &connection, account, lookup);
    connection.sslmode = sslmode;
    connection.root_certificates = root_certificates;
    connection.client_certificate = client_certificate;
    connection.application_name = application_name.unwrap_or(connection.application_name);
    connection.connect_timeout = match timeout {
        Some(0) => seconds(86_400),
        Some(number) => seconds(number),
        None => connection.connect_timeout,
    };
    connection.connect_retry = retry.map_or(connection.connect_retry, seconds);
    connection.lock_timeout = lock_timeout.map_or(connection.lock_timeout, seconds);
    connection.max_connections =
        most.and_then(|most| usize::try_from(most).ok()).unwrap_or(connection.max_connections);
    if let Err(error) = connect::check(&connection) {
        let attribute = if connection.socket().is_some() { "connect_via" } else { "sslrootcert" };
        lookup.error(attribute, "The provider's configuration contradicts itself", error.to_detail());
    }
    Some(connection)
}

fn via(model: &ConfigurationModel, host: Option<&str>, lookup: &mut Lookup<'_>) -> Option<Via> {
    match lookup.text("connect_via", &model.connect_via, &["PGUM_CONNECT_VIA"]) {
        Some(text) => match Via::parse(&text) {
            Ok(via) => Some(via),
            Err(error) => {
                lookup.error("connect_via", "connect_via cannot be understood", error.to_string());
                None
            }
        },
        None if model.connect_via.is_unknown() => None,
        None => {
            let all = lookup.environment.first(&["ALL_PROXY", "all_proxy"]).map(|(_, text)| text)?;
            let none = lookup.environment.first(&["NO_PROXY", "no_proxy"]).map_or("", |(_, text)| text);
            Via::from_variables(host?, all, none)
        }
    }
}
