//! The six words of `sslmode` mean what they mean to libpq.

use super::{has_tls, master_config, password};
use crate::support::on_versions;
use crate::support::postgres::{Cluster, MASTER};
use crate::support::tls::Authority;
use pgum::postgres::{AuthenticationProblem, Kind, RootCertificates, SslMode, TlsProblem};

/// What a server can be to a client: whether it does TLS, and which connections its pg_hba.conf lets in.
const SERVERS: [(bool, &str); 6] = [
    (false, "host"),
    (false, "hostssl"),
    (false, "hostnossl"),
    (true, "host"),
    (true, "hostssl"),
    (true, "hostnossl"),
];

/// The table in libpq's documentation (SSL Mode Descriptions), for each of those servers: whether there is a
/// connection with TLS, or why there is none.
fn expected(sslmode: SslMode, (does_tls, hba): (bool, &str)) -> Result<bool, Kind> {
    const REFUSED: Kind = Kind::Tls(TlsProblem::RefusedByServer);
    const REQUIRED: Kind = Kind::Tls(TlsProblem::RequiredByServer);
    const NO_ENTRY: Kind = Kind::Authentication(AuthenticationProblem::NoEntry);
    match (sslmode, does_tls, hba) {
        (SslMode::Disable, _, "hostssl") => Err(REQUIRED),
        (SslMode::Disable, _, _) => Ok(false),
        (SslMode::Allow | SslMode::Prefer, false, "hostssl") => Err(NO_ENTRY),
        (SslMode::Allow, true, "hostssl") => Ok(true),
        (SslMode::Allow, _, _) => Ok(false),
        (SslMode::Prefer, true, "hostnossl") => Ok(false),
        (SslMode::Prefer, _, _) => Ok(does_tls),
        (_, false, _) => Err(REFUSED),
        (_, true, "hostnossl") => Err(NO_ENTRY),
        (_, true, _) => Ok(true),
    }
}

on_versions! {
    [13, 18]
    async fn each_mode_with_each_server(version: u16) {
        for server in SERVERS {
            let authority = Authority::new("pgum's tests");
            let hba = format!("{} all all all md5", server.1);
            let mut cluster = Cluster::builder(version).hba([hba.as_str()]);
            if server.0 {
                cluster = cluster.tls(authority.server(&["127.0.0.1"]));
            }
            let cluster = cluster.start();
            for sslmode in SslMode::ALL {
                let mut config = master_config(&cluster);
                config.sslmode = sslmode;
                if sslmode >= SslMode::VerifyCa {
                    config.root_certificates = Some(RootCertificates::Pem(authority.certificate()));
                }
                let outcome = has_tls(&config).await.map_err(|error| error.kind());
                assert_eq!(outcome, expected(sslmode, server), "{sslmode} with {server:?}");
            }
        }
    }
}

#[tokio::test]
async fn both_refusals_are_told_and_the_one_that_came_further_first() {
    let authority = Authority::new("pgum's tests");
    let cluster =
        Cluster::builder(18).hba(["hostssl all all all md5"]).tls(authority.server(&["127.0.0.1"])).start();
    for sslmode in [SslMode::Allow, SslMode::Prefer] {
        let mut config = master_config(&cluster);
        config.sslmode = sslmode;
        config.password = Some(password("wrong"));
        let error = has_tls(&config).await.unwrap_err();
        assert_eq!(error.kind(), Kind::Authentication(AuthenticationProblem::WrongPassword));
        let detail = error.to_detail();
        assert!(detail.contains("password authentication failed"), "{detail}");
        assert!(detail.contains("Without TLS: ") && detail.contains("no encryption"), "{detail}");
    }
}

/// What `prefer` does where the server's TLS cannot be used is part of libpq's meaning, too: it goes without.
#[tokio::test]
async fn prefer_goes_without_where_the_certificate_is_not_trusted() {
    let authority = Authority::new("pgum's tests");
    let cluster = Cluster::builder(18).tls(authority.server(&["127.0.0.1"])).start();
    let mut config = master_config(&cluster);
    config.root_certificates = Some(RootCertificates::Pem(Authority::new("another").certificate()));
    config.sslmode = SslMode::Prefer;
    assert!(!has_tls(&config).await.unwrap());
    config.sslmode = SslMode::Require;
    let error = has_tls(&config).await.unwrap_err();
    assert_eq!(error.kind(), Kind::Tls(TlsProblem::NotTrusted), "require with a root is verify-ca");
    config.root_certificates = Some(RootCertificates::Pem(authority.certificate()));
    assert!(has_tls(&config).await.unwrap());
}

#[tokio::test]
async fn a_socket_has_no_tls_in_any_mode() {
    let authority = Authority::new("pgum's tests");
    let cluster = Cluster::builder(18).tls(authority.server(&["127.0.0.1"])).start();
    for sslmode in SslMode::ALL {
        let mut config = master_config(&cluster);
        config.host = cluster.socket_directory().to_str().unwrap().to_owned();
        config.sslmode = sslmode;
        assert!(!has_tls(&config).await.unwrap(), "{sslmode}");
        assert_eq!(config.username, MASTER);
    }
}
