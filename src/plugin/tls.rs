//! Mutual TLS with the one client that started this process.
//!
//! Any other local process could otherwise drive the provider with its rights on the cluster. The host puts its
//! certificate in the environment, and we put ours in the handshake line: each side pins the other's.
//! Ordinary chain building does not fit: the host's certificate is a CA that is used as an end entity, which webpki
//! refuses. So the certificate is compared byte by byte, and the handshake's signature verified with its key.

use std::sync::Arc;

use rustls::client::danger::HandshakeSignatureValid;
use rustls::crypto::{CryptoProvider, aws_lc_rs, verify_tls13_signature};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer, UnixTime};
use rustls::server::ServerConfig;
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::version::TLS13;
use rustls::{CertificateError, DigitallySignedStruct, DistinguishedName, Error, SignatureScheme};
use tokio_rustls::TlsAcceptor;

/// This process's side of the connection.
pub(super) struct Server {
    pub(super) acceptor: TlsAcceptor,
    /// Our certificate, for the handshake line.
    pub(super) certificate: CertificateDer<'static>,
}

/// A new key and certificate, and the client's certificate (PEM) as the only one that may connect.
pub(super) fn server(client_certificate: &str) -> Result<Server, String> {
    let client = CertificateDer::from_pem_slice(client_certificate.as_bytes())
        .map_err(|error| format!("PLUGIN_CLIENT_CERT holds no certificate: {error}"))?;
    // P-256, and an end entity for `localhost`, which is the name that the host expects.
    let own = rcgen::generate_simple_self_signed(["localhost".to_owned()])
        .map_err(|error| format!("cannot make a certificate: {error}"))?;
    let certificate = own.cert.der().clone();
    let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(own.signing_key.serialize_der()));

    // P-521, which the host's key is on, is in aws-lc-rs and not in ring.
    let crypto = Arc::new(aws_lc_rs::default_provider());
    let verifier = Arc::new(OnlyClient { certificate: client, crypto: Arc::clone(&crypto) });
    let mut config = ServerConfig::builder_with_provider(crypto)
        .with_protocol_versions(&[&TLS13])
        .map(|builder| builder.with_client_cert_verifier(verifier))
        .and_then(|builder| builder.with_single_cert(vec![certificate.clone()], key))
        .map_err(|error| format!("cannot set TLS up: {error}"))?;
    config.alpn_protocols = vec![b"h2".to_vec()];
    // Nobody resumes: each connection proves itself.
    config.send_tls13_tickets = 0;
    Ok(Server { acceptor: TlsAcceptor::from(Arc::new(config)), certificate })
}

/// Lets in whoever holds the key of one certificate.
#[derive(Debug)]
struct OnlyClient {
    certificate: CertificateDer<'static>,
    crypto: Arc<CryptoProvider>,
}

impl ClientCertVerifier for OnlyClient {
    fn client_auth_mandatory(&self) -> bool {
        true
    }

    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &[]
    }

    fn verify_client_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _now: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        if *end_entity == self.certificate {
            Ok(ClientCertVerified::assertion())
        } else {
            Err(Error::InvalidCertificate(CertificateError::ApplicationVerificationFailure))
        }
    }

    fn verify_tls12_signature(
        &self,
        _message: &[u8],
        _cert: &CertificateDer<'_>,
        _dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        // Not reached: the configuration has TLS 1.3 only.
        Err(Error::General("TLS 1.2 is not spoken here".to_owned()))
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, cert, dss, &self.crypto.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.crypto.signature_verification_algorithms.supported_schemes()
    }
}
