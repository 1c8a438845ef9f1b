//! What the provider block and the environment come to: an attribute wins over its first environment variable,
//! that over the second.

use std::path::PathBuf;
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};

use crate::aws::{self, RdsHost, RdsHostKind};
use crate::postgres::connect::{self, passfile};
use crate::postgres::{Certificate, ConnectionConfig, Password, RootCertificates, Secret, SslMode, Via};
use crate::provider::context::Defaults;
use crate::roles::lockout::Protection;
use crate::sdk::{Attr, Diagnostic, Diagnostics, Path, Value, model as sdk_model};

use super::model::ConfigurationModel;
use super::{Environment, protection};

/// A configuration that can be connected with.
pub(crate) struct Usable {
    pub connection: ConnectionConfig,
    pub protection: Protection,
    pub defaults: Defaults,
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
    },
    /// There were errors.
    Invalid,
}

/// Looks attributes up, and remembers which are unknown or wrong.
pub(super) struct Lookup<'a> {
    environment: &'a Environment,
    pub(super) unknown: Vec<String>,
    diagnostics: &'a mut Diagnostics,
}

impl Lookup<'_> {
    pub(super) fn error(&mut self, attribute: &str, summary: impl Into<String>, detail: impl Into<String>) {
        self.diagnostics.push(Diagnostic::error(summary, detail).at(Path::attribute(attribute)));
    }

    /// A text: the attribute, else the first variable that is set. An empty one counts as not set.
    pub(super) fn text(
        &mut self,
        name: &str,
        attribute: &Attr<String>,
        variables: &[&str],
    ) -> Option<String> {
        match attribute {
            Attr::Known(text) if !text.is_empty() => Some(text.clone()),
            Attr::Unknown => {
                self.unknown.push(name.to_owned());
                None
            }
            _ => self.environment.first(variables).map(|(_, text)| text.to_owned()),
        }
    }

    fn secret(
        &mut self,
        name: &str,
        attribute: &Attr<SecretString>,
        variables: &[&str],
    ) -> Option<SecretString> {
        match attribute {
            Attr::Known(text) if !text.expose_secret().is_empty() => Some(text.clone()),
            Attr::Unknown => {
                self.unknown.push(name.to_owned());
                None
            }
            _ => self.environment.first(variables).map(|(_, text)| SecretString::from(text.to_owned())),
        }
    }

    /// A whole number from `least` to `most`; the schema has checked what is written.
    fn number(
        &mut self,
        name: &str,
        attribute: &Attr<i64>,
        variables: &[&str],
        (least, most): (i64, i64),
    ) -> Option<i64> {
        match attribute {
            Attr::Known(number) => Some(*number),
            Attr::Unknown => {
                self.unknown.push(name.to_owned());
                None
            }
            Attr::Null => {
                let (variable, text) = self.environment.first(variables)?;
                match text.trim().parse::<i64>() {
                    Ok(number) if (least..=most).contains(&number) => Some(number),
                    _ => {
                        self.error(
                            name,
                            format!("{variable} is no number from {least} to {most}"),
                            format!("The environment variable {variable} is {text:?}."),
                        );
                        None
                    }
                }
            }
        }
    }

    pub(super) fn boolean(&mut self, name: &str, attribute: &Attr<bool>, variables: &[&str]) -> Option<bool> {
        match attribute {
            Attr::Known(value) => Some(*value),
            Attr::Unknown => {
                self.unknown.push(name.to_owned());
                None
            }
            Attr::Null => {
                let (variable, text) = self.environment.first(variables)?;
                match text.trim().to_ascii_lowercase().as_str() {
                    "true" | "1" | "yes" | "on" => Some(true),
                    "false" | "0" | "no" | "off" => Some(false),
                    _ => {
                        self.error(
                            name,
                            format!("{variable} is neither true nor false"),
                            format!("The environment variable {variable} is {text:?}."),
                        );
                        None
                    }
                }
            }
        }
    }
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
    let defaults = defaults(&model);
    let mut lookup = Lookup { environment, unknown: Vec::new(), diagnostics };
    iam(&model, &mut lookup);
    let connection = connection(&model, &mut lookup);
    let protection = protection::look_up(&model, &mut lookup);
    let unknown = std::mem::take(&mut lookup.unknown);
    if diagnostics.has_errors() {
        return Resolved::Invalid;
    }
    match connection {
        _ if !unknown.is_empty() => Resolved::NotKnownYet { attributes: unknown, defaults },
        Some(connection) => {
            let protection = protection.protection(&connection);
            Resolved::Usable(Box::new(Usable { connection, protection, defaults }))
        }
        None => Resolved::Invalid,
    }
}

fn defaults(model: &ConfigurationModel) -> Defaults {
    let Some(defaults) = model.defaults.known() else { return Defaults::default() };
    Defaults {
        grants_mode: defaults.grants_mode.known().cloned(),
        on_destroy: defaults.on_destroy.known().cloned(),
        terminate_sessions: defaults.terminate_sessions.known().copied(),
    }
}

fn iam(model: &ConfigurationModel, lookup: &mut Lookup<'_>) {
    let asked = lookup.boolean("iam_auth", &model.iam_auth, &["POSTGRES_IAM_AUTH"]) == Some(true);
    if asked {
        lookup.error(
            "iam_auth",
            "The provider cannot log in with IAM yet",
            "This version logs in by password or client certificate only. Set iam_auth = false (or unset \
             POSTGRES_IAM_AUTH) and give a password. Users with auth_method = \"iam\" are managed all the same.",
        );
    } else if lookup.environment.first(&["POSTGRES_IAM_TOKEN"]).is_some() {
        lookup.error(
            "iam_auth",
            "The provider cannot log in with an IAM token yet",
            "POSTGRES_IAM_TOKEN is set, and this version logs in by password or client certificate only. Unset it and \
             give a password. (A token may also be given as the password: it is then used as it is.)",
        );
    }
}

fn connection(model: &ConfigurationModel, lookup: &mut Lookup<'_>) -> Option<ConnectionConfig> {
    let host = lookup.text("host", &model.host, &["POSTGRES_HOST", "PGHOST"]);
    let port = lookup.number("port", &model.port, &["POSTGRES_PORT", "PGPORT"], (1, 65_535));
    let database = lookup.text("database", &model.database, &["POSTGRES_DB", "PGDATABASE"]);
    let username = lookup.text("username", &model.username, &["POSTGRES_USER", "PGUSER"]);
    let password = lookup.secret("password", &model.password, &["POSTGRES_PASSWORD", "PGPASSWORD"]);
    let via = via(model, host.as_deref(), lookup);
    let sslmode = sslmode(model, host.as_deref(), lookup);
    let root_certificates = roots(model, host.as_deref(), sslmode, lookup);
    let client_certificate = client_certificate(model, lookup);
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
    connection.password = password.or_else(|| password_file(&connection, lookup)).map(Password::Fixed);
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

/// The password that the password file has for this login.
fn password_file(connection: &ConnectionConfig, lookup: &Lookup<'_>) -> Option<SecretString> {
    let ConnectionConfig { host, port, database, username, .. } = connection;
    match lookup.environment.first(&["PGPASSFILE"]) {
        Some((_, path)) => passfile::lookup_in(std::path::Path::new(path), host, *port, database, username),
        None => passfile::lookup(host, *port, database, username),
    }
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

fn sslmode(model: &ConfigurationModel, host: Option<&str>, lookup: &mut Lookup<'_>) -> SslMode {
    let default = if host.and_then(aws::rds_host).is_some() { SslMode::VerifyFull } else { SslMode::Prefer };
    let Some(word) = lookup.text("sslmode", &model.sslmode, &["POSTGRES_SSLMODE", "PGSSLMODE"]) else {
        return default;
    };
    SslMode::parse(&word).unwrap_or_else(|| {
        lookup.error(
            "sslmode",
            format!("{word:?} is no sslmode"),
            "It is disable, allow, prefer, require, verify-ca or verify-full.",
        );
        default
    })
}

/// What is written; else, where certificates are checked, the authorities of RDS for its hosts.
fn roots(
    model: &ConfigurationModel,
    host: Option<&str>,
    sslmode: SslMode,
    lookup: &mut Lookup<'_>,
) -> Option<RootCertificates> {
    let rds_host = host.and_then(aws::rds_host);
    let of_rds = || match rds_host {
        Some(RdsHost { kind: RdsHostKind::Proxy, .. }) => RootCertificates::RdsProxy,
        _ => RootCertificates::Rds,
    };
    match lookup.text("sslrootcert", &model.sslrootcert, &["PGSSLROOTCERT"]) {
        Some(text) => Some(match text.as_str() {
            "rds" => of_rds(),
            "system" => RootCertificates::System,
            _ if is_pem(&text) => RootCertificates::Pem(text),
            _ => RootCertificates::Path(PathBuf::from(text)),
        }),
        None => (rds_host.is_some() && sslmode >= SslMode::VerifyCa).then(of_rds),
    }
}

fn client_certificate(model: &ConfigurationModel, lookup: &mut Lookup<'_>) -> Option<(Certificate, Secret)> {
    let certificate = lookup.text("sslcert", &model.sslcert, &["PGSSLCERT"]);
    let key = lookup.secret("sslkey", &model.sslkey, &["PGSSLKEY"]);
    let (Some(certificate), Some(key)) = (certificate, key) else { return None };
    let certificate = if is_pem(&certificate) {
        Certificate::Pem(certificate)
    } else {
        Certificate::Path(PathBuf::from(certificate))
    };
    let key = if is_pem(key.expose_secret()) {
        Secret::Pem(key)
    } else {
        Secret::Path(PathBuf::from(key.expose_secret()))
    };
    Some((certificate, key))
}

fn is_pem(text: &str) -> bool {
    text.contains("-----BEGIN ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::provider::configuration::schema;

    fn resolved(written: &[(&str, Value)], environment: &[(&str, &str)]) -> (Resolved, Vec<Diagnostic>) {
        let mut config = schema().null_object();
        for (name, value) in written {
            config.set(name, value.clone());
        }
        let mut diagnostics = Diagnostics::new();
        let resolved = resolve(&config, &Environment::of(environment), &mut diagnostics);
        (resolved, diagnostics.into_iter().collect())
    }

    fn usable(written: &[(&str, Value)], environment: &[(&str, &str)]) -> ConnectionConfig {
        match resolved(written, environment) {
            (Resolved::Usable(usable), _) => usable.connection,
            (_, said) => panic!("not usable: {said:?}"),
        }
    }

    #[test]
    fn an_attribute_wins_over_the_first_variable_and_that_over_the_second() {
        let host =
            |written: &[(&str, Value)], environment: &[(&str, &str)]| usable(written, environment).host;
        let (attribute, first, second) =
            (("host", Value::string("a")), ("POSTGRES_HOST", "b"), ("PGHOST", "c"));
        assert_eq!(host(std::slice::from_ref(&attribute), &[first, second]), "a");
        assert_eq!(host(&[], &[first, second]), "b");
        assert_eq!(host(&[], &[second]), "c");
        assert_eq!(host(&[("host", Value::string(""))], &[("POSTGRES_HOST", ""), second]), "c");
    }

    #[test]
    fn every_variable_is_read() {
        let variables = [
            ("PGHOST", "db"),
            ("PGPORT", "6000"),
            ("PGDATABASE", "app"),
            ("PGUSER", "admin"),
            ("PGPASSWORD", "secret"),
            ("PGSSLMODE", "verify-ca"),
            ("PGSSLROOTCERT", "root.pem"),
            ("PGSSLCERT", "client.pem"),
            ("PGSSLKEY", "client.key"),
            ("PGAPPNAME", "ci"),
            ("PGCONNECT_TIMEOUT", "7"),
            ("PGUM_CONNECT_RETRY", "0"),
            ("PGUM_CONNECT_VIA", "127.0.0.1:15432"),
        ];
        let connection = usable(&[], &variables);
        assert_eq!((connection.host.as_str(), connection.port), ("db", 6000));
        assert_eq!((connection.database.as_str(), connection.username.as_str()), ("app", "admin"));
        assert!(
            matches!(&connection.password, Some(Password::Fixed(password)) if password.expose_secret() == "secret")
        );
        assert_eq!(connection.sslmode, SslMode::VerifyCa);
        assert_eq!(connection.root_certificates, Some(RootCertificates::Path("root.pem".into())));
        assert!(matches!(connection.client_certificate, Some((Certificate::Path(_), Secret::Path(_)))));
        assert_eq!(connection.application_name, "ci");
        assert_eq!(connection.connect_timeout, Duration::from_secs(7));
        assert_eq!(connection.connect_retry, Duration::ZERO);
        assert!(matches!(connection.connect_via, Some(Via::Tunnel { port: 15432, .. })));
    }

    #[test]
    fn what_is_not_known_yet_is_named() {
        let (resolved, said) = resolved(&[("host", Value::unknown()), ("port", Value::unknown())], &[]);
        assert!(said.is_empty(), "{said:?}");
        assert!(
            matches!(resolved, Resolved::NotKnownYet { attributes, .. } if attributes == ["host", "port"])
        );
    }

    #[test]
    fn what_is_wrong_is_said_at_its_attribute() {
        for (written, environment, at) in [
            (vec![], vec![], "host"),
            (vec![], vec![("PGHOST", "db"), ("PGPORT", "x")], "port"),
            (vec![], vec![("PGHOST", "db"), ("PGSSLMODE", "maybe")], "sslmode"),
            (vec![], vec![("PGHOST", "db"), ("POSTGRES_IAM_AUTH", "true")], "iam_auth"),
            (vec![], vec![("PGHOST", "db"), ("POSTGRES_IAM_AUTH", "perhaps")], "iam_auth"),
            (vec![], vec![("PGHOST", "db"), ("POSTGRES_IAM_TOKEN", "db:5432/?Action=connect")], "iam_auth"),
            (vec![("iam_auth", Value::Bool(true))], vec![("PGHOST", "db")], "iam_auth"),
            (
                vec![("sslrootcert", Value::string("rds")), ("sslmode", Value::string("verify-ca"))],
                vec![("PGHOST", "x.proxy-abc.eu-west-1.rds.amazonaws.com")],
                "sslrootcert",
            ),
            (vec![("sslrootcert", Value::string("system"))], vec![("PGHOST", "db")], "sslrootcert"),
            (vec![("connect_via", Value::string("ftp://x"))], vec![("PGHOST", "db")], "connect_via"),
            (vec![("connect_via", Value::string("127.0.0.1:1"))], vec![("PGHOST", "/run")], "connect_via"),
        ] {
            let (_, said) = resolved(&written, &environment);
            assert_eq!(said.len(), 1, "{at}: {said:?}");
            assert_eq!(said[0].path, Some(Path::attribute(at)));
        }
    }

    #[test]
    fn the_default_of_sslmode_follows_the_host() {
        for (host, mode) in [
            ("x.cluster-abc.eu-west-1.rds.amazonaws.com", SslMode::VerifyFull),
            ("x.cluster-abc.rds.cn-north-1.amazonaws.com.cn", SslMode::VerifyFull),
            ("db.example.com", SslMode::Prefer),
            ("x.cluster-abc.eu-west-1.rds.amazonaws.com.example.com", SslMode::Prefer),
        ] {
            assert_eq!(usable(&[("host", Value::string(host))], &[]).sslmode, mode, "{host}");
        }
    }

    #[test]
    fn the_certificates_of_rds_are_for_its_hosts() {
        let cluster = "x.cluster-abc.eu-west-1.rds.amazonaws.com";
        let proxy = "x.proxy-abc.eu-west-1.rds.amazonaws.com";
        let (rds, of_proxy) = (Some(RootCertificates::Rds), Some(RootCertificates::RdsProxy));
        let own = Some(RootCertificates::Path("own.pem".into()));
        for (host, sslmode, sslrootcert, roots) in [
            (cluster, None, None, rds.clone()),
            (cluster, Some("verify-ca"), None, rds.clone()),
            // Less asks for no check; a certificate that is written asks for one, as in libpq.
            (cluster, Some("require"), None, None),
            (cluster, Some("require"), Some("rds"), rds.clone()),
            (cluster, None, Some("own.pem"), own.clone()),
            (cluster, None, Some("system"), Some(RootCertificates::System)),
            (proxy, None, None, of_proxy.clone()),
            ("x.endpoint.proxy-abc.rds.cn-north-1.amazonaws.com.cn", None, None, of_proxy.clone()),
            (proxy, None, Some("rds"), of_proxy),
            (proxy, Some("require"), None, None),
            ("proxy-1.cluster-abc.eu-west-1.rds.amazonaws.com", None, None, rds.clone()),
            ("proxy-1.example.com", Some("verify-full"), Some("rds"), rds),
            ("db.example.com", Some("verify-full"), None, None),
        ] {
            let mut written = vec![("host", Value::string(host))];
            written.extend(sslmode.map(|word| ("sslmode", Value::string(word))));
            written.extend(sslrootcert.map(|text| ("sslrootcert", Value::string(text))));
            assert_eq!(usable(&written, &[]).root_certificates, roots, "{host} {sslmode:?} {sslrootcert:?}");
        }
    }
}
