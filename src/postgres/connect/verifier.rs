//! Whether a server's certificate is good: libpq's three answers, and what OpenSSL does and webpki does not.

use std::fmt;
use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{verify_server_cert_signed_by_trust_anchor, verify_server_name};
use rustls::crypto::verify_tls13_signature_with_raw_key;
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, SubjectPublicKeyInfoDer, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, DigitallySignedStruct, Error, OtherError, SignatureScheme};
use x509_cert::der::{Decode, Encode};

use super::roots::Roots;

/// How much of a certificate is checked. That the server has its key is checked always.
#[derive(Debug)]
pub(super) enum Trust {
    /// Nothing.
    Anyone,
    /// That an authority has signed it.
    Chain(Roots),
    /// The same, and that it is for the host.
    ChainAndName(Roots),
}

#[derive(Debug)]
pub(super) struct Verifier {
    pub(super) trust: Trust,
    pub(super) provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        certificate: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        match &self.trust {
            Trust::Anyone => {}
            Trust::Chain(roots) => self.verify_chain(roots, certificate, intermediates, now)?,
            Trust::ChainAndName(roots) => {
                self.verify_chain(roots, certificate, intermediates, now)?;
                verify_server_name(&parsed(certificate)?, server_name)?;
            }
        }
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls12_signature(message, certificate, signature, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        // webpki reads no certificates of X.509 version 1, which `openssl x509 -req` has made for decades.
        verify_tls13_signature(message, certificate, signature, algorithms).or_else(|error| {
            let key = public_key(certificate).ok_or(error)?;
            verify_tls13_signature_with_raw_key(message, &key, signature, algorithms)
        })
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

impl Verifier {
    fn verify_chain(
        &self,
        roots: &Roots,
        certificate: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<(), Error> {
        // A certificate that signed itself and is trusted as it is: for OpenSSL a chain of one, for webpki an
        // authority in the place of a server.
        if roots.certificates.iter().any(|root| root == certificate) {
            return verify_validity(certificate, now);
        }
        let algorithms = self.provider.signature_verification_algorithms.all;
        verify_server_cert_signed_by_trust_anchor(
            &parsed(certificate)?,
            &roots.store,
            intermediates,
            now,
            algorithms,
        )
    }
}

/// A certificate whose names and signature cannot be looked at.
#[derive(Debug)]
pub(super) struct OfVersion1;

impl fmt::Display for OfVersion1 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("it is of X.509 version 1")
    }
}

impl std::error::Error for OfVersion1 {}

fn parsed<'a>(certificate: &'a CertificateDer<'_>) -> Result<ParsedCertificate<'a>, Error> {
    ParsedCertificate::try_from(certificate).map_err(|error| {
        match x509_cert::Certificate::from_der(certificate) {
            Ok(certificate) if certificate.tbs_certificate.version == x509_cert::Version::V1 => {
                CertificateError::Other(OtherError(Arc::new(OfVersion1))).into()
            }
            _ => error,
        }
    })
}

fn verify_validity(certificate: &CertificateDer<'_>, now: UnixTime) -> Result<(), Error> {
    let validity = x509_cert::Certificate::from_der(certificate)
        .map_err(|_| CertificateError::BadEncoding)?
        .tbs_certificate
        .validity;
    let not_before = UnixTime::since_unix_epoch(validity.not_before.to_unix_duration());
    let not_after = UnixTime::since_unix_epoch(validity.not_after.to_unix_duration());
    if now < not_before {
        return Err(CertificateError::NotValidYetContext { time: now, not_before }.into());
    }
    if now > not_after {
        return Err(CertificateError::ExpiredContext { time: now, not_after }.into());
    }
    Ok(())
}

fn public_key(certificate: &CertificateDer<'_>) -> Option<SubjectPublicKeyInfoDer<'static>> {
    let certificate = x509_cert::Certificate::from_der(certificate).ok()?;
    let key = certificate.tbs_certificate.subject_public_key_info.to_der().ok()?;
    Some(SubjectPublicKeyInfoDer::from(key))
}
