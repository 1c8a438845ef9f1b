//! What a server's certificate is checked against.

pub(super) mod rds;

use std::fs;
use std::path::Path;

use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

use super::home;
use crate::postgres::config::{ConnectionConfig, RootCertificates, SslMode};
use crate::postgres::error::{Error, Kind};

/// Trusted certificates.
#[derive(Debug)]
pub(super) struct Roots {
    /// As the authorities of chains.
    pub(super) store: RootCertStore,
    /// As they are: a server's own certificate may be among them.
    pub(super) certificates: Vec<CertificateDer<'static>>,
}

/// The roots of a configuration; none means that nothing is to be checked.
///
/// As in libpq a root certificate that is there is used in every mode with TLS, so `require` is then
/// `verify-ca`. Other than there, a file that was named and does not exist is an error in every mode.
pub(super) fn load(config: &ConnectionConfig) -> Result<Option<Roots>, Error> {
    match &config.root_certificates {
        Some(RootCertificates::Path(path)) => from_file(path).map(Some),
        Some(RootCertificates::Pem(pem)) => from_pem(pem.as_bytes(), "sslrootcert").map(Some),
        Some(public) if is_too_weak(config) => Err(too_weak(public, config.sslmode)),
        Some(RootCertificates::System) => of_the_system().map(Some),
        Some(RootCertificates::Rds) => from_pem(rds::RDS.as_bytes(), "\"rds\"").map(Some),
        Some(RootCertificates::RdsProxy) => from_pem(rds::AMAZON.as_bytes(), "\"rds\"").map(Some),
        None => match home::own_file("root.crt").filter(|path| path.exists()) {
            Some(path) => from_file(&path).map(Some),
            None if config.sslmode >= SslMode::VerifyCa => Err(no_roots(config.sslmode)),
            None => Ok(None),
        },
    }
}

/// Whether anybody can have a certificate that these authorities have signed, and its name is not looked at.
pub(super) fn is_too_weak(config: &ConnectionConfig) -> bool {
    let public =
        matches!(config.root_certificates, Some(RootCertificates::System | RootCertificates::RdsProxy));
    public && config.sslmode < SslMode::VerifyFull
}

pub(super) fn too_weak(roots: &RootCertificates, sslmode: SslMode) -> Error {
    let what = match roots {
        RootCertificates::RdsProxy => {
            "a host of RDS Proxy with sslrootcert = \"rds\", as Amazon's public authorities sign for everybody: that"
        }
        _ => "sslrootcert = \"system\", which",
    };
    let message = format!("sslmode \"{sslmode}\" is too weak for {what} needs \"verify-full\"");
    Error::new(Kind::Configuration, message)
}

fn no_roots(sslmode: SslMode) -> Error {
    Error::new(
        Kind::Configuration,
        format!("sslmode \"{sslmode}\" needs root certificates to check the server's certificate against"),
    )
    .remedy(
        "Set sslrootcert (or PGSSLROOTCERT) to a file, to PEM text, to \"rds\" for Amazon RDS and Aurora, or to \
         \"system\" with sslmode \"verify-full\" for what this machine trusts; or put the certificates into \
         ~/.postgresql/root.crt.",
    )
}

fn from_file(path: &Path) -> Result<Roots, Error> {
    let pem = fs::read(path).map_err(|error| {
        let message = format!("the root certificates in {} cannot be read: {error}", path.display());
        Error::new(Kind::Configuration, message)
    })?;
    from_pem(&pem, &path.display().to_string())
}

fn from_pem(pem: &[u8], place: &str) -> Result<Roots, Error> {
    let unusable = |why: String| {
        Error::new(Kind::Configuration, format!("the root certificates in {place} cannot be used: {why}"))
    };
    let certificates: Vec<_> = CertificateDer::pem_slice_iter(pem)
        .collect::<Result<_, _>>()
        .map_err(|error| unusable(error.to_string()))?;
    if certificates.is_empty() {
        return Err(unusable("there is no certificate in PEM".to_owned()));
    }
    Ok(trusted(certificates))
}

/// As OpenSSL's: SSL_CERT_FILE and SSL_CERT_DIR first, then where this system has them.
fn of_the_system() -> Result<Roots, Error> {
    let found = rustls_native_certs::load_native_certs();
    for error in &found.errors {
        tracing::warn!("of the certificates that the system trusts some cannot be read: {error}");
    }
    if found.certs.is_empty() {
        let message = "no certificate that the system trusts can be found (sslrootcert = \"system\")";
        return Err(Error::new(Kind::Configuration, message).remedy(
            "Install the system's certificates (often a package ca-certificates), or set SSL_CERT_FILE.",
        ));
    }
    Ok(trusted(found.certs))
}

/// One that is no good as an authority may still be the server's own, or stands beside others that are.
fn trusted(certificates: Vec<CertificateDer<'static>>) -> Roots {
    let mut store = RootCertStore::empty();
    let (_, ignored) = store.add_parsable_certificates(certificates.iter().cloned());
    if ignored > 0 {
        tracing::debug!(ignored, "root certificates that cannot be authorities");
    }
    Roots { store, certificates }
}
