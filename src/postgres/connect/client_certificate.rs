//! The client's own certificate and its key.

use std::fs;
use std::path::Path;

use rustls::pki_types::pem::{self, PemObject};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use secrecy::ExposeSecret;
use zeroize::Zeroizing;

use super::home;
use crate::postgres::config::{Certificate, ConnectionConfig, Secret};
use crate::postgres::error::{Error, Kind};

/// A chain and the key of its first certificate.
pub(super) type ClientCertificate = (Vec<CertificateDer<'static>>, PrivateKeyDer<'static>);

/// What the configuration names, else what libpq would take from its folder.
pub(super) fn load(config: &ConnectionConfig) -> Result<Option<ClientCertificate>, Error> {
    if let Some((certificate, key)) = &config.client_certificate {
        return Ok(Some((chain(certificate)?, private_key(key)?)));
    }
    let own = |name| home::own_file(name).filter(|path| path.exists());
    let Some(certificate) = own("postgresql.crt") else { return Ok(None) };
    let Some(key) = own("postgresql.key") else {
        let message = format!("{} is there, but not the key postgresql.key beside it", certificate.display());
        return Err(unusable(message));
    };
    Ok(Some((chain(&Certificate::Path(certificate))?, private_key(&Secret::Path(key))?)))
}

fn chain(certificate: &Certificate) -> Result<Vec<CertificateDer<'static>>, Error> {
    let (pem, place) = match certificate {
        Certificate::Path(path) => (read(path, "the client certificate")?, path.display().to_string()),
        Certificate::Pem(pem) => (pem.clone().into_bytes(), "sslcert".to_owned()),
    };
    let chain: Vec<_> = CertificateDer::pem_slice_iter(&pem)
        .collect::<Result<_, _>>()
        .map_err(|error| unusable(format!("the client certificate in {place} cannot be used: {error}")))?;
    if chain.is_empty() {
        return Err(unusable(format!("there is no certificate in PEM in {place}")));
    }
    Ok(chain)
}

fn private_key(key: &Secret) -> Result<PrivateKeyDer<'static>, Error> {
    let (pem, place) = match key {
        Secret::Path(path) => {
            check_mode(path)?;
            (Zeroizing::new(read(path, "the key of the client certificate")?), path.display().to_string())
        }
        Secret::Pem(pem) => (Zeroizing::new(pem.expose_secret().as_bytes().to_vec()), "sslkey".to_owned()),
    };
    PrivateKeyDer::from_pem_slice(&pem).map_err(|error| match error {
        pem::Error::NoItemsFound => unusable(format!(
            "there is no unencrypted private key in PEM in {place}"
        ))
        .remedy("A key with a passphrase must be decrypted first: openssl pkey -in <key> -out <new key>."),
        // Not the cause: it may quote what it could not read.
        _ => unusable(format!("the private key in {place} cannot be read as PEM")),
    })
}

fn read(path: &Path, what: &str) -> Result<Vec<u8>, Error> {
    fs::read(path).map_err(|error| unusable(format!("{what} in {} cannot be read: {error}", path.display())))
}

/// libpq's rule: nobody but the owner may read it; where root owns it, its group may.
#[cfg(unix)]
fn check_mode(path: &Path) -> Result<(), Error> {
    use std::os::unix::fs::MetadataExt;
    let Ok(metadata) = fs::metadata(path) else { return Ok(()) };
    let forbidden = if metadata.uid() == 0 { 0o037 } else { 0o077 };
    if metadata.mode() & forbidden == 0 {
        return Ok(());
    }
    Err(unusable(format!("the private key {} can be used by others than its owner", path.display())).remedy(
        "Its mode must be 0600 or less, or 0640 or less where root owns it; or give the key itself in sslkey.",
    ))
}

#[cfg(not(unix))]
fn check_mode(_: &Path) -> Result<(), Error> {
    Ok(())
}

fn unusable(message: String) -> Error {
    Error::new(Kind::Configuration, message)
}
