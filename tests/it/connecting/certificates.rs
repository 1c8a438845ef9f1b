//! The server's certificate and the client's: what is checked, against what, and what is said when it is not
//! good.

use super::{has_tls, is_in_environment, master_config};
use crate::support::postgres::Cluster;
use crate::support::tls::{Authority, Certificate as Issued};
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use pgum::postgres::{
    Certificate, ConnectionConfig, Kind, RootCertificates, Secret, SslMode, TlsProblem, Via,
};
use rcgen::{CertificateParams, DnType, IsCa, KeyPair, SigningKey};
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use x509_cert::der::asn1::BitString;
use x509_cert::der::{Decode, Encode};

fn verifying(cluster: &Cluster, sslmode: SslMode, roots: &str) -> ConnectionConfig {
    let mut config = master_config(cluster);
    config.sslmode = sslmode;
    config.root_certificates = Some(RootCertificates::Pem(roots.to_owned()));
    config
}

/// The same server under a name that has to be looked up elsewhere.
fn under_the_name(mut config: ConnectionConfig, name: &str) -> ConnectionConfig {
    config.connect_via = Some(Via::Tunnel { host: config.host, port: config.port });
    config.host = name.to_owned();
    config
}

#[tokio::test]
async fn the_chain_and_the_name() {
    let (authority, another) = (Authority::new("pgum's tests"), Authority::new("another"));
    let certificate = authority.server(&["db.example.com", "*.wild.example.com"]);
    let cluster = Cluster::builder(18).tls(certificate).start();
    let outcome = async |sslmode, roots: &Authority, name| {
        let config = under_the_name(verifying(&cluster, sslmode, &roots.certificate()), name);
        has_tls(&config).await.map_err(|error| error.kind())
    };
    const NOT_TRUSTED: Kind = Kind::Tls(TlsProblem::NotTrusted);
    const OTHER_NAME: Kind = Kind::Tls(TlsProblem::OtherName);
    for (sslmode, roots, name, expected) in [
        (SslMode::VerifyCa, &authority, "db.example.com", Ok(true)),
        (SslMode::VerifyCa, &authority, "other.example.com", Ok(true)),
        (SslMode::VerifyCa, &authority, "10.0.0.1", Ok(true)),
        (SslMode::VerifyCa, &another, "db.example.com", Err(NOT_TRUSTED)),
        (SslMode::VerifyFull, &authority, "db.example.com", Ok(true)),
        (SslMode::VerifyFull, &authority, "DB.Example.COM", Ok(true)),
        (SslMode::VerifyFull, &authority, "a.wild.example.com", Ok(true)),
        (SslMode::VerifyFull, &authority, "a.b.wild.example.com", Err(OTHER_NAME)),
        (SslMode::VerifyFull, &authority, "other.example.com", Err(OTHER_NAME)),
        (SslMode::VerifyFull, &authority, "10.0.0.1", Err(OTHER_NAME)),
        (SslMode::VerifyFull, &another, "db.example.com", Err(NOT_TRUSTED)),
    ] {
        assert_eq!(outcome(sslmode, roots, name).await, expected, "{sslmode} {name}");
    }
}

#[tokio::test]
async fn a_wrong_name_is_told_with_the_right_ones() {
    let authority = Authority::new("pgum's tests");
    let cluster = Cluster::builder(18).tls(authority.server(&["db.example.com"])).start();
    let config = verifying(&cluster, SslMode::VerifyFull, &authority.certificate());
    let detail = has_tls(&config).await.unwrap_err().to_detail();
    assert!(detail.contains("db.example.com"), "{detail}");
    assert!(detail.contains("connect_via"), "{detail}");
}

/// A certificate that has signed itself, as in PostgreSQL's documentation.
fn self_signed(is_ca: IsCa, names: &[&str]) -> Issued {
    let mut params =
        CertificateParams::new(names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>()).unwrap();
    params.distinguished_name.push(DnType::CommonName, "db.example.com");
    params.is_ca = is_ca;
    let key = KeyPair::generate().unwrap();
    Issued { certificate: params.self_signed(&key).unwrap().pem(), key: key.serialize_pem() }
}

#[tokio::test]
async fn a_certificate_that_signed_itself_is_trusted_as_it_is() {
    for is_ca in [IsCa::Ca(rcgen::BasicConstraints::Unconstrained), IsCa::NoCa] {
        let certificate = self_signed(is_ca, &["db.example.com"]);
        let cluster = Cluster::builder(18).tls(certificate.clone()).start();
        let roots = &certificate.certificate;
        let config = under_the_name(verifying(&cluster, SslMode::VerifyFull, roots), "db.example.com");
        assert!(has_tls(&config).await.unwrap());
        let config = under_the_name(config, "other.example.com");
        let error =
            has_tls(&under_the_name(verifying(&cluster, SslMode::VerifyFull, roots), &config.host)).await;
        assert_eq!(error.unwrap_err().kind(), Kind::Tls(TlsProblem::OtherName));
        let another = self_signed(IsCa::NoCa, &["db.example.com"]).certificate;
        let error = has_tls(&verifying(&cluster, SslMode::VerifyCa, &another)).await.unwrap_err();
        assert_eq!(error.kind(), Kind::Tls(TlsProblem::NotTrusted));
    }
}

#[tokio::test]
async fn a_certificate_without_names_is_explained() {
    let certificate = self_signed(IsCa::NoCa, &[]);
    let cluster = Cluster::builder(18).tls(certificate.clone()).start();
    let roots = &certificate.certificate;
    assert!(has_tls(&verifying(&cluster, SslMode::VerifyCa, roots)).await.unwrap());
    let config = under_the_name(verifying(&cluster, SslMode::VerifyFull, roots), "db.example.com");
    let error = has_tls(&config).await.unwrap_err();
    assert_eq!(error.kind(), Kind::Tls(TlsProblem::OtherName));
    assert!(error.to_detail().contains("subjectAltName"), "{}", error.to_detail());
}

#[tokio::test]
async fn a_certificate_out_of_its_time() {
    let key = KeyPair::generate().unwrap();
    let mut params = CertificateParams::new(["127.0.0.1".to_owned()]).unwrap();
    for (from, until) in [(2000, 2001), (2990, 2991)] {
        params.not_before = rcgen::date_time_ymd(from, 1, 1);
        params.not_after = rcgen::date_time_ymd(until, 1, 1);
        let certificate = params.self_signed(&key).unwrap().pem();
        let cluster = Cluster::builder(18)
            .tls(Issued { certificate: certificate.clone(), key: key.serialize_pem() })
            .start();
        let error = has_tls(&verifying(&cluster, SslMode::VerifyCa, &certificate)).await.unwrap_err();
        assert_eq!(error.kind(), Kind::Tls(TlsProblem::Expired), "{}", error.to_detail());
        let mut unchecked = master_config(&cluster);
        unchecked.sslmode = SslMode::Require;
        assert!(has_tls(&unchecked).await.unwrap(), "require checks nothing");
    }
}

#[tokio::test]
async fn roots_from_a_file() {
    let authority = Authority::new("pgum's tests");
    let cluster = Cluster::builder(18).tls(authority.server(&["127.0.0.1"])).start();
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("roots.pem");
    let several =
        format!("a comment\n{}{}", Authority::new("another").certificate(), authority.certificate());
    fs::write(&file, several).unwrap();
    let mut config = master_config(&cluster);
    config.sslmode = SslMode::VerifyFull;
    config.root_certificates = Some(RootCertificates::Path(file.clone()));
    assert!(has_tls(&config).await.unwrap());

    for (content, said) in [(Some("no PEM"), "no certificate"), (None, "cannot be read")] {
        match content {
            Some(content) => fs::write(&file, content).unwrap(),
            None => fs::remove_file(&file).unwrap(),
        }
        let error = has_tls(&config).await.unwrap_err();
        assert_eq!(error.kind(), Kind::Configuration);
        let detail = error.to_detail();
        assert!(detail.contains(said) && detail.contains("roots.pem"), "{detail}");
    }
    config.sslmode = SslMode::Prefer;
    assert!(has_tls(&config).await.is_err(), "a file that is named must be there in every mode");
}

#[test]
fn the_systems_roots() {
    let directory = tempfile::tempdir().unwrap();
    let authority = Authority::new("pgum's tests");
    let file = directory.path().join("system.pem");
    fs::write(&file, authority.certificate()).unwrap();
    // The child has an authority of its own, and writes it where its parent told it to.
    if !is_in_environment(
        "certificates::the_systems_roots",
        &[("SSL_CERT_FILE", file.to_str().unwrap()), ("SSL_CERT_DIR", directory.path().to_str().unwrap())],
    ) {
        return;
    }
    let system = std::env::var_os("SSL_CERT_FILE").unwrap();
    fs::write(system, authority.certificate()).unwrap();
    let cluster = Cluster::builder(18).tls(authority.server(&["127.0.0.1"])).start();
    let mut config = master_config(&cluster);
    config.root_certificates = Some(RootCertificates::System);
    for sslmode in SslMode::ALL {
        config.sslmode = sslmode;
        let outcome = crate::support::wait(has_tls(&config)).map_err(|error| error.kind());
        let expected = if sslmode == SslMode::VerifyFull { Ok(true) } else { Err(Kind::Configuration) };
        assert_eq!(outcome, expected, "{sslmode}");
    }
}

#[test]
fn what_libpq_takes_from_its_folder() {
    let home = tempfile::tempdir().unwrap();
    if !is_in_environment(
        "certificates::what_libpq_takes_from_its_folder",
        &[("HOME", home.path().to_str().unwrap())],
    ) {
        return;
    }
    let home = std::env::home_dir().unwrap();
    let folder = home.join(".postgresql");
    fs::create_dir(&folder).unwrap();
    let authority = Authority::new("pgum's tests");
    let cluster = Cluster::builder(18)
        .hba(["hostssl all all all cert"])
        .tls_with_clients(authority.server(&["127.0.0.1"]), authority.certificate())
        .start();
    let mut config = master_config(&cluster);
    config.password = None;
    let outcome = |config: &ConnectionConfig| crate::support::wait(has_tls(config));

    config.sslmode = SslMode::VerifyFull;
    let error = outcome(&config).unwrap_err();
    assert_eq!(error.kind(), Kind::Configuration);
    assert!(error.to_detail().contains("sslrootcert"), "{}", error.to_detail());

    fs::write(folder.join("root.crt"), authority.certificate()).unwrap();
    let error = outcome(&config).unwrap_err();
    assert_eq!(error.sqlstate().map(|code| code.code()), Some("28000"), "{}", error.to_detail());

    let client = authority.client("postgres");
    fs::write(folder.join("postgresql.crt"), client.certificate).unwrap();
    let error = outcome(&config).unwrap_err();
    assert!(error.to_detail().contains("postgresql.key"), "{}", error.to_detail());
    write_key(&folder.join("postgresql.key"), &client.key, 0o600);
    assert!(outcome(&config).unwrap());

    fs::write(folder.join("root.crt"), Authority::new("another").certificate()).unwrap();
    config.sslmode = SslMode::Require;
    assert_eq!(outcome(&config).unwrap_err().kind(), Kind::Tls(TlsProblem::NotTrusted));
}

fn write_key(path: &Path, key: &str, mode: u32) {
    fs::write(path, key).unwrap();
    fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
}

#[tokio::test]
async fn client_certificates() {
    let authority = Authority::new("pgum's tests");
    let cluster = Cluster::builder(18)
        .hba(["hostssl all all all cert"])
        .tls_with_clients(authority.server(&["127.0.0.1"]), authority.certificate())
        .start();
    let directory = tempfile::tempdir().unwrap();
    let (certificate, key) = (directory.path().join("crt"), directory.path().join("key"));
    let client = authority.client("postgres");
    fs::write(&certificate, &client.certificate).unwrap();
    write_key(&key, &client.key, 0o600);

    let mut config = master_config(&cluster);
    config.sslmode = SslMode::Require;
    config.password = None;
    let error = has_tls(&config).await.unwrap_err();
    assert_eq!(error.sqlstate().map(|code| code.code()), Some("28000"), "{}", error.to_detail());

    let pem = |client: &Issued| {
        Some((Certificate::Pem(client.certificate.clone()), Secret::Pem(client.key.clone().into())))
    };
    config.client_certificate = pem(&client);
    assert!(has_tls(&config).await.unwrap());
    config.client_certificate = Some((Certificate::Path(certificate.clone()), Secret::Path(key.clone())));
    assert!(has_tls(&config).await.unwrap());

    // For another user, of another authority, and with another's key.
    config.client_certificate = pem(&authority.client("somebody"));
    assert_eq!(has_tls(&config).await.unwrap_err().sqlstate().map(|code| code.code()), Some("28000"));
    config.client_certificate = pem(&Authority::new("another").client("postgres"));
    let error = has_tls(&config).await.unwrap_err();
    assert_eq!(error.kind(), Kind::Tls(TlsProblem::ClientCertificate), "{}", error.to_detail());
    let others_key = Secret::Pem(authority.client("postgres").key.into());
    config.client_certificate = Some((Certificate::Path(certificate.clone()), others_key));
    assert_eq!(has_tls(&config).await.unwrap_err().kind(), Kind::Configuration);

    // A key that others can read, as far as libpq looks.
    write_key(&key, &client.key, 0o644);
    config.client_certificate = Some((Certificate::Path(certificate), Secret::Path(key)));
    let error = has_tls(&config).await.unwrap_err();
    assert_eq!(error.kind(), Kind::Configuration);
    assert!(error.to_detail().contains("0600"), "{}", error.to_detail());
}

#[tokio::test]
async fn a_key_that_cannot_be_read_is_not_repeated() {
    let cluster = Cluster::builder(18).tls(Authority::new("pgum's tests").server(&["127.0.0.1"])).start();
    let mut config = master_config(&cluster);
    config.sslmode = SslMode::Require;
    let certificate = Authority::new("another").client("postgres").certificate;
    for key in [
        "-----BEGIN PRIVATE KEY-----\nbm90 YSBrZXkgIQ==*\n-----END PRIVATE KEY-----\n",
        "-----BEGIN ENCRYPTED PRIVATE KEY-----\naGlkZGVuLWtleQ\n-----END ENCRYPTED PRIVATE KEY-----\n",
        "aGlkZGVuLWtleQ",
    ] {
        config.client_certificate = Some((Certificate::Pem(certificate.clone()), Secret::Pem(key.into())));
        let error = has_tls(&config).await.unwrap_err();
        assert_eq!(error.kind(), Kind::Configuration);
        let told = format!("{} {error:?} {config:?}", error.to_detail());
        assert!(!told.contains("aGlkZGVu"), "{told}");
    }
}

/// A certificate of X.509 version 1, which has no extensions and so no names: what `openssl x509 -req` makes when
/// it is told no more.
fn of_version_1() -> Issued {
    let key = KeyPair::generate().unwrap();
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, "db.example.com");
    let certificate = params.self_signed(&key).unwrap();
    let mut certificate = x509_cert::Certificate::from_der(certificate.der()).unwrap();
    certificate.tbs_certificate.version = x509_cert::Version::V1;
    certificate.tbs_certificate.extensions = None;
    let signature = key.sign(&certificate.tbs_certificate.to_der().unwrap()).unwrap();
    certificate.signature = BitString::from_bytes(&signature).unwrap();
    let der = BASE64.encode(certificate.to_der().unwrap());
    let pem = format!("-----BEGIN CERTIFICATE-----\n{der}\n-----END CERTIFICATE-----\n");
    Issued { certificate: pem, key: key.serialize_pem() }
}

#[tokio::test]
async fn a_certificate_of_version_1() {
    let certificate = of_version_1();
    let cluster = Cluster::builder(18).tls(certificate.clone()).start();
    let mut config = master_config(&cluster);
    config.sslmode = SslMode::Require;
    assert!(has_tls(&config).await.unwrap());
    assert!(has_tls(&verifying(&cluster, SslMode::VerifyCa, &certificate.certificate)).await.unwrap());
    for (sslmode, roots) in [
        (SslMode::VerifyFull, certificate.certificate),
        (SslMode::VerifyCa, Authority::new("another").certificate()),
    ] {
        let error = has_tls(&verifying(&cluster, sslmode, &roots)).await.unwrap_err();
        assert_eq!(error.kind(), Kind::Tls(TlsProblem::Unusable), "{}", error.to_detail());
        assert!(error.to_detail().contains("version 1"), "{}", error.to_detail());
    }
}
