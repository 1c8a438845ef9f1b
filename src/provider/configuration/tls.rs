//! How much TLS there must be, and with which certificates.

use std::path::PathBuf;

use secrecy::ExposeSecret;

use super::lookup::Lookup;
use super::model::ConfigurationModel;
use crate::aws::{self, RdsHost, RdsHostKind};
use crate::postgres::{Certificate, RootCertificates, Secret, SslMode};

/// What is written, else by what the host and the login need. A token is never sent in clear.
pub(super) fn sslmode(
    model: &ConfigurationModel,
    host: Option<&str>,
    with_token: bool,
    lookup: &mut Lookup<'_>,
) -> SslMode {
    let default = match host.and_then(aws::rds_host) {
        Some(_) => SslMode::VerifyFull,
        None if with_token => SslMode::Require,
        None => SslMode::Prefer,
    };
    let Some(word) = lookup.text("sslmode", &model.sslmode, &["POSTGRES_SSLMODE", "PGSSLMODE"]) else {
        return default;
    };
    match SslMode::parse(&word) {
        Some(weak) if with_token && weak < SslMode::Require => {
            lookup.error(
                "sslmode",
                format!("sslmode \"{weak}\" is too weak for a login with IAM"),
                "The IAM token would travel in clear, or to whoever answers, and is as good as a password for 15 minutes; RDS \
                 refuses it without TLS, too. Set sslmode to \"verify-full\" (the default for host names of RDS), or to \
                 \"require\" at least.",
            );
            default
        }
        Some(sslmode) => sslmode,
        None => {
            lookup.error(
                "sslmode",
                format!("{word:?} is no sslmode"),
                "It is disable, allow, prefer, require, verify-ca or verify-full.",
            );
            default
        }
    }
}

/// What is written; else, where certificates are checked, the authorities of RDS for its hosts.
pub(super) fn roots(
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

pub(super) fn client_certificate(
    model: &ConfigurationModel,
    lookup: &mut Lookup<'_>,
) -> Option<(Certificate, Secret)> {
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
