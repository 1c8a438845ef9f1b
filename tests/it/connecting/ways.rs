//! Ways around: sockets, tunnels and SOCKS5 proxies, with `host` staying what it is.

use super::{has_tls, master_config};
use crate::support::postgres::Cluster;
use crate::support::tls::Authority;
use pgum::postgres::{
    ConnectionConfig, Kind, Mode, Pool, RootCertificates, SslMode, UnreachableProblem, Via,
};
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};

/// The near end of a tunnel to a cluster; its port.
async fn tunnel_to(port: u16) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let near_end = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((mut near, _)) = listener.accept().await {
            tokio::spawn(async move {
                let mut far = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
                let _ = copy_bidirectional(&mut near, &mut far).await;
            });
        }
    });
    near_end
}

/// A SOCKS5 proxy (RFC 1928, 1929) that lets nobody in without this login, if there is one, and leads everything
/// to one port. Returns its port and what it was asked for.
async fn proxy_to(port: u16, login: Option<(&'static str, &'static str)>) -> (u16, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let proxy = listener.local_addr().unwrap().port();
    let asked = Arc::new(Mutex::new(Vec::new()));
    let log = Arc::clone(&asked);
    tokio::spawn(async move {
        while let Ok((client, _)) = listener.accept().await {
            tokio::spawn(serve(client, port, login, Arc::clone(&log)));
        }
    });
    (proxy, asked)
}

async fn serve(
    mut client: TcpStream,
    port: u16,
    login: Option<(&str, &str)>,
    asked: Arc<Mutex<Vec<String>>>,
) -> std::io::Result<()> {
    let [_version, methods] = bytes(&mut client).await?;
    let mut offered = vec![0; methods.into()];
    client.read_exact(&mut offered).await?;
    let method = if login.is_some() { 2 } else { 0 };
    if !offered.contains(&method) {
        return client.write_all(&[5, 0xFF]).await;
    }
    client.write_all(&[5, method]).await?;
    if let Some((username, password)) = login {
        let [_version] = bytes(&mut client).await?;
        let given = (text(&mut client).await?, text(&mut client).await?);
        let is_right = given == (username.to_owned(), password.to_owned());
        client.write_all(&[1, u8::from(!is_right)]).await?;
        if !is_right {
            return Ok(());
        }
    }
    let [_version, _connect, _reserved, kind] = bytes(&mut client).await?;
    let host = match kind {
        1 => std::net::Ipv4Addr::from(bytes(&mut client).await?).to_string(),
        4 => std::net::Ipv6Addr::from(bytes::<16>(&mut client).await?).to_string(),
        _ => text(&mut client).await?,
    };
    let asked_port = client.read_u16().await?;
    asked.lock().unwrap().push(format!("{host}:{asked_port}"));
    let Ok(mut server) = TcpStream::connect(("127.0.0.1", port)).await else {
        return client.write_all(&[5, 5, 0, 1, 0, 0, 0, 0, 0, 0]).await;
    };
    client.write_all(&[5, 0, 0, 1, 0, 0, 0, 0, 0, 0]).await?;
    copy_bidirectional(&mut client, &mut server).await.map(drop)
}

async fn bytes<const N: usize>(client: &mut TcpStream) -> std::io::Result<[u8; N]> {
    let mut bytes = [0; N];
    client.read_exact(&mut bytes).await?;
    Ok(bytes)
}

async fn text(client: &mut TcpStream) -> std::io::Result<String> {
    let length = client.read_u8().await?;
    let mut bytes = vec![0; length.into()];
    client.read_exact(&mut bytes).await?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// A cluster whose certificate is for a name that nothing here can look up.
fn elsewhere() -> (Cluster, ConnectionConfig) {
    let authority = Authority::new("pgum's tests");
    let cluster = Cluster::builder(18).tls(authority.server(&["db.example.invalid"])).start();
    let mut config = master_config(&cluster);
    config.host = "db.example.invalid".to_owned();
    config.port = 5432;
    config.sslmode = SslMode::VerifyFull;
    config.root_certificates = Some(RootCertificates::Pem(authority.certificate()));
    (cluster, config)
}

#[tokio::test]
async fn a_tunnel() {
    let (cluster, mut config) = elsewhere();
    let port = tunnel_to(cluster.port()).await;
    config.connect_via = Some(Via::parse(&format!("127.0.0.1:{port}")).unwrap());
    assert!(has_tls(&config).await.unwrap(), "the certificate is checked for the host");
    config.connect_via = Some(Via::parse(&format!("localhost:{port}")).unwrap());
    assert!(has_tls(&config).await.unwrap(), "where ::1 may be tried and refused first");
}

#[tokio::test]
async fn a_tunnel_that_is_not_up() {
    let (_cluster, mut config) = elsewhere();
    let port = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port();
    config.connect_via = Some(Via::parse(&format!("127.0.0.1:{port}")).unwrap());
    let error = has_tls(&config).await.unwrap_err();
    assert_eq!(error.kind(), Kind::Unreachable(UnreachableProblem::Refused));
    assert!(error.to_detail().contains("tunnel"), "{}", error.to_detail());

    // The near end is up, the far end is not.
    let near_end = tunnel_to(port).await;
    config.connect_via = Some(Via::parse(&format!("127.0.0.1:{near_end}")).unwrap());
    let error = has_tls(&config).await.unwrap_err();
    assert_eq!(error.kind(), Kind::Unreachable(UnreachableProblem::Closed), "{}", error.to_detail());
}

#[tokio::test]
async fn a_proxy_that_looks_names_up() {
    let (cluster, mut config) = elsewhere();
    let (proxy, asked) = proxy_to(cluster.port(), None).await;
    config.connect_via = Some(Via::parse(&format!("socks5h://127.0.0.1:{proxy}")).unwrap());
    assert!(has_tls(&config).await.unwrap());
    assert_eq!(*asked.lock().unwrap(), ["db.example.invalid:5432"]);

    config.connect_via = Some(Via::parse(&format!("socks5://127.0.0.1:{proxy}")).unwrap());
    let error = has_tls(&config).await.unwrap_err();
    assert_eq!(error.kind(), Kind::Unreachable(UnreachableProblem::NameNotFound), "this side looks it up");
}

#[tokio::test]
async fn a_proxy_that_does_not() {
    let cluster = Cluster::start(18);
    let (proxy, asked) = proxy_to(cluster.port(), None).await;
    let mut config = master_config(&cluster);
    config.host = "localhost".to_owned();
    config.connect_via = Some(Via::parse(&format!("socks5://127.0.0.1:{proxy}")).unwrap());
    assert!(!has_tls(&config).await.unwrap());
    let asked = asked.lock().unwrap();
    let address = asked.first().unwrap();
    assert!(
        !address.contains("localhost") && address.ends_with(&format!(":{}", cluster.port())),
        "{asked:?}"
    );
}

#[tokio::test]
async fn a_proxy_with_a_login() {
    let (cluster, mut config) = elsewhere();
    let (proxy, _) = proxy_to(cluster.port(), Some(("someone", "s3cret@"))).await;
    config.connect_via = Some(Via::parse(&format!("socks5h://someone:s3cret%40@127.0.0.1:{proxy}")).unwrap());
    assert!(has_tls(&config).await.unwrap());
    for wrong in ["someone:wrong@", ""] {
        config.connect_via = Some(Via::parse(&format!("socks5h://{wrong}127.0.0.1:{proxy}")).unwrap());
        let error = has_tls(&config).await.unwrap_err();
        assert_eq!(error.kind(), Kind::Unreachable(UnreachableProblem::Proxy), "{}", error.to_detail());
        assert!(!error.to_detail().contains("wrong"), "{}", error.to_detail());
    }
}

#[tokio::test]
async fn a_proxy_whose_server_is_away() {
    let (_cluster, mut config) = elsewhere();
    let closed = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port();
    let (proxy, _) = proxy_to(closed, None).await;
    config.connect_via = Some(Via::parse(&format!("socks5h://127.0.0.1:{proxy}")).unwrap());
    let error = has_tls(&config).await.unwrap_err();
    assert_eq!(error.kind(), Kind::Unreachable(UnreachableProblem::Refused), "{}", error.to_detail());
}

#[tokio::test]
async fn a_socket() {
    let cluster = Cluster::start(18);
    let mut config = master_config(&cluster);
    config.host = cluster.socket_directory().to_str().unwrap().to_owned();
    assert!(Pool::new(config.clone()).begin(Mode::Read).await.is_ok());

    let mut other_port = config.clone();
    other_port.port = 1;
    let error = has_tls(&other_port).await.unwrap_err();
    assert_eq!(error.kind(), Kind::Unreachable(UnreachableProblem::Refused), "{}", error.to_detail());

    config.connect_via = Some(Via::parse("127.0.0.1:1").unwrap());
    assert_eq!(has_tls(&config).await.unwrap_err().kind(), Kind::Configuration);
}
