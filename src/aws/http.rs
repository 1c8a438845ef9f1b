//! The HTTP client of the AWS SDK: on rustls with aws-lc-rs, through HTTPS_PROXY less NO_PROXY, trusting what the system
//! trusts or, with AWS_CA_BUNDLE, what is in that file.

use aws_smithy_http_client::proxy::ProxyConfig;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_http_client::tls::{Provider, TlsContext, TrustStore};
use aws_smithy_http_client::{Builder, Connector};
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

use super::error::{Error, ErrorKind};

/// Makes the client. Certificates are read now; nothing is connected.
pub(super) fn client() -> Result<SharedHttpClient, Error> {
    let context = TlsContext::builder()
        .with_trust_store(trust_store()?)
        .build()
        .map_err(|error| Error::new(ErrorKind::Configuration, error.to_string()))?;
    let proxy = proxy()?;
    // Its own builder of clients knows no proxy.
    Ok(Builder::new().build_with_connector_fn(move |settings, components| {
        let mut connector = Connector::builder()
            .tls_provider(Provider::Rustls(CryptoMode::AwsLc))
            .tls_context(context.clone())
            .proxy_config(proxy.clone());
        connector.set_connector_settings(settings.cloned());
        connector.set_sleep_impl(components.and_then(|components| components.sleep_impl()));
        connector.build()
    }))
}

/// Only what is asked for over HTTPS goes through a proxy: the services that give credentials to an instance or a
/// container are asked over plain HTTP, at addresses that no proxy can reach.
fn proxy() -> Result<ProxyConfig, Error> {
    let first = |names: &[&'static str]| {
        let mut set = names.iter().filter_map(|name| Some((*name, std::env::var(name).ok()?)));
        set.find(|(_, value)| !value.is_empty())
    };
    let proxy = match first(&["HTTPS_PROXY", "https_proxy"]) {
        Some(named) => Some(named),
        // The one for all protocols may be of SOCKS, which the SDK cannot do.
        None => first(&["ALL_PROXY", "all_proxy"]).filter(|(_, url)| url.starts_with("http")),
    };
    let Some((variable, url)) = proxy else { return Ok(ProxyConfig::disabled()) };
    let url = if url.contains("://") { url } else { format!("http://{url}") };
    let config = ProxyConfig::https(url).map_err(|_| {
        // The text may hold a password.
        Error::new(ErrorKind::Configuration, format!("{variable} is no URL of a proxy"))
    })?;
    let none = first(&["NO_PROXY", "no_proxy"]).map(|(_, hosts)| hosts).unwrap_or_default();
    Ok(config.no_proxy(none))
}

/// Checked before the SDK sees it, which panics where there is nothing in it that it can use.
fn trust_store() -> Result<TrustStore, Error> {
    let named = std::env::var_os("AWS_CA_BUNDLE").filter(|path| !path.is_empty());
    let Some(path) = named else {
        let mut store = RootCertStore::empty();
        let (usable, _) = store.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        // Without any, HTTPS fails with words of its own; static keys, and an instance's role, need none.
        return Ok(TrustStore::empty().with_native_roots(usable > 0));
    };
    let path = std::path::PathBuf::from(path);
    let unusable = |why: String| {
        Error::new(
            ErrorKind::Configuration,
            format!("the certificates in {} (AWS_CA_BUNDLE) cannot be used: {why}", path.display()),
        )
    };
    let pem = std::fs::read(&path).map_err(|error| unusable(error.to_string()))?;
    let certificates: Vec<_> = CertificateDer::pem_slice_iter(&pem)
        .collect::<Result<_, _>>()
        .map_err(|error| unusable(error.to_string()))?;
    if certificates.is_empty() {
        return Err(unusable("there is no certificate in PEM".to_owned()));
    }
    let mut store = RootCertStore::empty();
    for certificate in certificates {
        store.add(certificate).map_err(|error| unusable(error.to_string()))?;
    }
    Ok(TrustStore::empty().with_pem_certificate(pem))
}
