//! TLS on the way to a server: asking for it, the handshake, and what goes wrong in it.

use std::io;
use std::sync::Arc;

use rustls::crypto::aws_lc_rs;
use rustls::{AlertDescription, CertificateError, ClientConfig, OtherError};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio_postgres::tls::{MakeTlsConnect, TlsConnect};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::link::Link;
use super::network::Stream;
use super::verifier::{OfVersion1, Trust, Verifier};
use super::{client_certificate, roots};
use crate::postgres::config::{ConnectionConfig, SslMode};
use crate::postgres::error::{Error, Kind, TlsProblem, UnreachableProblem};

/// SSLRequest: its length, and the code in the place of a protocol version.
const SSL_REQUEST: [u8; 8] = [0, 0, 0, 8, 0x04, 0xD2, 0x16, 0x2F];

/// The client's end of TLS, made once a configuration.
#[derive(Clone)]
pub(super) struct TlsClient {
    connector: MakeRustlsConnect,
    host: String,
}

impl TlsClient {
    /// Reads the certificates; so it may take a moment, and fail.
    pub(super) fn new(config: &ConnectionConfig) -> Result<TlsClient, Error> {
        let trust = match roots::load(config)? {
            None => Trust::Anyone,
            Some(roots) if config.sslmode == SslMode::VerifyFull => Trust::ChainAndName(roots),
            Some(roots) => Trust::Chain(roots),
        };
        let unusable = |error: rustls::Error| Error::new(Kind::Configuration, error.to_string());
        let provider = Arc::new(aws_lc_rs::default_provider());
        let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
            .with_safe_default_protocol_versions()
            .map_err(unusable)?
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(Verifier { trust, provider }));
        let client = match client_certificate::load(config)? {
            None => builder.with_no_client_auth(),
            Some((chain, key)) => builder.with_client_auth_cert(chain, key).map_err(|error| {
                let message = format!("the client certificate and its key cannot be used together: {error}");
                Error::new(Kind::Configuration, message)
            })?,
        };
        Ok(TlsClient { connector: MakeRustlsConnect::new(client), host: config.host.clone() })
    }

    /// The handshake, after the server has agreed to it.
    pub(super) async fn handshake(&self, stream: Stream) -> Result<Link, Error> {
        let mut connector = self.connector.clone();
        let Ok(connect) = MakeTlsConnect::<Stream>::make_tls_connect(&mut connector, &self.host);
        match connect.connect(stream).await {
            Ok(stream) => Ok(Link::tls(stream)),
            Err(error) => Err(explain(&error).unwrap_or_else(|| {
                Error::new(Kind::Tls(TlsProblem::Handshake), format!("the TLS handshake failed: {error}"))
            })),
        }
    }
}

/// Asks whether the server does TLS.
pub(super) async fn is_offered(stream: &mut Stream) -> Result<bool, Error> {
    let closed = |error: io::Error| {
        let message = format!("the connection was closed when it was asked for TLS: {error}");
        Error::new(Kind::Unreachable(UnreachableProblem::Closed), message)
    };
    stream.write_all(&SSL_REQUEST).await.map_err(closed)?;
    // One byte and no more: what came after it would not be protected by TLS (CVE-2021-23222).
    match stream.read_u8().await.map_err(closed)? {
        b'S' => Ok(true),
        b'N' => Ok(false),
        // An error message follows. Nobody vouches for it, so it is not shown (CVE-2024-10977).
        b'E' => Err(Error::new(
            Kind::Unreachable(UnreachableProblem::Closed),
            "the server answered the request for TLS with an error",
        )),
        _ => Err(Error::new(
            Kind::Unreachable(UnreachableProblem::NotPostgres),
            "the answer to the request for TLS is not PostgreSQL's; is this the port of a PostgreSQL server?",
        )),
    }
}

/// What TLS itself says in an I/O error.
pub(super) fn explain(error: &io::Error) -> Option<Error> {
    let error = error.get_ref()?.downcast_ref::<rustls::Error>()?;
    let (problem, message) = match error {
        rustls::Error::InvalidCertificate(error) => of_certificate(error),
        rustls::Error::AlertReceived(alert) => (of_alert(*alert), format!("the server ended TLS: {alert:?}")),
        _ => (TlsProblem::Handshake, format!("the TLS handshake failed: {error}")),
    };
    Some(Error::new(Kind::Tls(problem), message))
}

fn of_certificate(error: &CertificateError) -> (TlsProblem, String) {
    match error {
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            (TlsProblem::OtherName, format!("the server's certificate is for another name: {error}"))
        }
        CertificateError::Expired
        | CertificateError::ExpiredContext { .. }
        | CertificateError::NotValidYet
        | CertificateError::NotValidYetContext { .. } => {
            (TlsProblem::Expired, format!("the server's certificate is not valid now: {error}"))
        }
        CertificateError::UnknownIssuer => {
            let message = "the server's certificate is not signed by any of the trusted authorities";
            (TlsProblem::NotTrusted, message.to_owned())
        }
        CertificateError::Other(OtherError(cause)) if cause.is::<OfVersion1>() => {
            (TlsProblem::Unusable, format!("the server's certificate cannot be checked: {cause}"))
        }
        CertificateError::Other(OtherError(cause)) => {
            (TlsProblem::NotTrusted, format!("the server's certificate is not trusted: {cause}"))
        }
        _ => (TlsProblem::NotTrusted, format!("the server's certificate is not trusted: {error}")),
    }
}

/// Alerts about a certificate are about the client's; the server sends them, or ends the connection.
fn of_alert(alert: AlertDescription) -> TlsProblem {
    match alert {
        AlertDescription::BadCertificate
        | AlertDescription::UnsupportedCertificate
        | AlertDescription::CertificateRevoked
        | AlertDescription::CertificateExpired
        | AlertDescription::CertificateUnknown
        | AlertDescription::CertificateRequired
        | AlertDescription::UnknownCA
        | AlertDescription::AccessDenied => TlsProblem::ClientCertificate,
        _ => TlsProblem::Handshake,
    }
}
