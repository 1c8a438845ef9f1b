//! A plugin host: starts the executable, reads its handshake line, and connects.

use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStderr, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use hyper_util::rt::TokioIo;
use pgum::plugin::proto::Empty;
use pgum::plugin::proto::grpc_controller_client::GrpcControllerClient;
use pgum::wire::proto::get_provider_schema;
use pgum::wire::proto::provider_client::ProviderClient;
use rcgen::{BasicConstraints, CertificateParams, IsCa, KeyPair, PKCS_ECDSA_P521_SHA512};
use rustls::client::ResolvesClientCert;
use rustls::crypto::aws_lc_rs::{default_provider, sign::any_supported_type};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::sign::CertifiedKey;
use rustls::{ClientConfig, RootCertStore, SignatureScheme};
use tempfile::TempDir;
use tokio::net::UnixStream;
use tokio_rustls::TlsConnector;
use tonic::transport::{Channel, Endpoint};

pub(super) const EXECUTABLE: &str = env!("CARGO_BIN_EXE_terraform-provider-pgum");

const COOKIE: (&str, &str) =
    ("TF_PLUGIN_MAGIC_COOKIE", "d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2");

/// More than anything here takes on a busy machine.
pub(super) const LONG: Duration = Duration::from_secs(30);

/// A key and a certificate as Terraform makes them: P-521, and a CA although it is used as a client.
pub(super) struct Credentials {
    pub(super) certificate: String,
    pub(super) key: String,
}

impl Credentials {
    pub(super) fn new() -> Self {
        let key = KeyPair::generate_for(&PKCS_ECDSA_P521_SHA512).unwrap();
        let mut params = CertificateParams::new(["localhost".to_owned()]).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let certificate = params.self_signed(&key).unwrap();
        Self { certificate: certificate.pem(), key: key.serialize_pem() }
    }
}

/// The six fields of the handshake line.
pub(super) struct Handshake {
    pub(super) fields: Vec<String>,
}

impl Handshake {
    pub(super) fn socket(&self) -> &Path {
        Path::new(&self.fields[3])
    }

    pub(super) fn certificate(&self) -> CertificateDer<'static> {
        CertificateDer::from(STANDARD_NO_PAD.decode(&self.fields[5]).unwrap())
    }
}

/// A started plugin. What is still alive when a test ends is killed.
pub(super) struct Plugin {
    child: Child,
    stdout: BufReader<ChildStdout>,
    stderr: Option<ChildStderr>,
    pub(super) handshake: Handshake,
    pub(super) credentials: Option<Credentials>,
    /// All that the plugin may leave behind would be in here.
    pub(super) temporary: TempDir,
}

/// The command that starts the executable as a host does, with no environment but this.
pub(super) fn command(temporary: &Path, credentials: Option<&Credentials>) -> Command {
    let mut command = Command::new(EXECUTABLE);
    command.env_clear().env(COOKIE.0, COOKIE.1).env("TMPDIR", temporary);
    command.envs([
        ("PLUGIN_PROTOCOL_VERSIONS", "5,6"),
        ("PLUGIN_MIN_PORT", "10000"),
        ("PLUGIN_MAX_PORT", "25000"),
    ]);
    if let Some(credentials) = credentials {
        command.env("PLUGIN_CLIENT_CERT", &credentials.certificate);
    }
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

impl Plugin {
    /// Starts it as Terraform does.
    pub(super) fn start() -> Self {
        Self::start_with(Some(Credentials::new()), |_| {})
    }

    /// Starts it with a change to the command.
    pub(super) fn start_with(credentials: Option<Credentials>, change: impl FnOnce(&mut Command)) -> Self {
        let temporary = tempfile::tempdir().unwrap();
        let mut command = command(temporary.path(), credentials.as_ref());
        change(&mut command);
        let mut child = command.spawn().unwrap();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let stderr = child.stderr.take();
        let mut line = String::new();
        stdout.read_line(&mut line).unwrap();
        let fields = line.trim_end_matches('\n').split('|').map(str::to_owned).collect();
        Self { child, stdout, stderr, handshake: Handshake { fields }, credentials, temporary }
    }

    pub(super) fn id(&self) -> u32 {
        self.child.id()
    }

    pub(super) fn signal(&self, name: &str) {
        signal(name, self.id());
    }

    /// A connection with the host's own credentials.
    pub(super) async fn connect(&self) -> Channel {
        let credentials = self.credentials.as_ref().unwrap();
        self.connect_as(Some(credentials)).await.unwrap()
    }

    /// A TLS connection as somebody, or as nobody.
    pub(super) async fn connect_as(
        &self,
        credentials: Option<&Credentials>,
    ) -> Result<Channel, tonic::transport::Error> {
        let tls = TlsConnector::from(Arc::new(client_config(&self.handshake, credentials)));
        let socket = self.handshake.socket().to_owned();
        connect(move || {
            let (tls, socket) = (tls.clone(), socket.clone());
            async move {
                let stream = UnixStream::connect(socket).await?;
                tls.connect(ServerName::try_from("localhost").unwrap(), stream).await
            }
        })
        .await
    }

    /// A connection without TLS.
    pub(super) async fn connect_plainly(&self) -> Result<Channel, tonic::transport::Error> {
        let socket = self.handshake.socket().to_owned();
        connect(move || UnixStream::connect(socket.clone())).await
    }

    /// Says Shutdown and waits for the end.
    pub(super) async fn shut_down(mut self) -> Ended {
        let channel = self.connect().await;
        GrpcControllerClient::new(channel).shutdown(Empty {}).await.unwrap();
        self.ended(LONG)
    }

    /// Waits for the end.
    pub(super) fn ended(&mut self, limit: Duration) -> Ended {
        let start = Instant::now();
        let status = loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                break status;
            }
            assert!(start.elapsed() < limit, "the plugin goes on");
            std::thread::sleep(Duration::from_millis(2));
        };
        let took = start.elapsed();
        let (mut stdout, mut stderr) = (String::new(), String::new());
        self.stdout.read_to_string(&mut stdout).unwrap();
        self.stderr.take().unwrap().read_to_string(&mut stderr).unwrap();
        let left_behind =
            self.temporary.path().read_dir().unwrap().map(|entry| entry.unwrap().path()).collect();
        Ended { status, took, stdout, stderr, left_behind }
    }
}

impl Drop for Plugin {
    fn drop(&mut self) {
        _ = self.child.kill();
        _ = self.child.wait();
    }
}

/// What is left of a plugin.
pub(super) struct Ended {
    pub(super) status: ExitStatus,
    pub(super) took: Duration,
    /// After the handshake line.
    pub(super) stdout: String,
    pub(super) stderr: String,
    pub(super) left_behind: Vec<PathBuf>,
}

impl Ended {
    /// That it ended as a good plugin does.
    #[track_caller]
    pub(super) fn expect_clean(&self) {
        assert!(self.status.success(), "{}: {}", self.status, self.stderr);
        assert_eq!(self.stdout, "");
        assert!(self.left_behind.is_empty(), "{:?}", self.left_behind);
    }
}

pub(super) fn signal(name: &str, process: u32) {
    let status = Command::new("kill").args(["-s", name, &process.to_string()]).status().unwrap();
    assert!(status.success());
}

/// Whether there is a provider at the other end that does what it is told.
pub(super) async fn obeys(channel: Channel) -> Result<(), tonic::Status> {
    let answer = ProviderClient::new(channel).get_provider_schema(get_provider_schema::Request {}).await?;
    assert!(answer.into_inner().provider.is_some());
    Ok(())
}

async fn connect<S, F>(stream: impl Fn() -> F + Send + 'static) -> Result<Channel, tonic::transport::Error>
where
    S: tokio::io::AsyncRead + tokio::io::AsyncWrite + Send + Unpin + 'static,
    F: Future<Output = std::io::Result<S>> + Send + 'static,
{
    let connector = tower::service_fn(move |_| {
        let stream = stream();
        async move { stream.await.map(TokioIo::new) }
    });
    let endpoint = Endpoint::from_static("http://localhost").connect_timeout(LONG).timeout(LONG);
    endpoint.connect_with_connector(connector).await
}

fn client_config(handshake: &Handshake, credentials: Option<&Credentials>) -> ClientConfig {
    let mut roots = RootCertStore::empty();
    roots.add(handshake.certificate()).unwrap();
    let builder = ClientConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots);
    let mut config = match credentials {
        None => builder.with_no_client_auth(),
        Some(credentials) => {
            let certificate = CertificateDer::from_pem_slice(credentials.certificate.as_bytes()).unwrap();
            let key = PrivateKeyDer::from_pem_slice(credentials.key.as_bytes()).unwrap();
            let key = CertifiedKey::new(vec![certificate], any_supported_type(&key).unwrap());
            builder.with_client_cert_resolver(Arc::new(Presents(Arc::new(key))))
        }
    };
    config.alpn_protocols = vec![b"h2".to_vec()];
    config
}

/// Presents a certificate whether or not the key is its own: an impostor does not check.
#[derive(Debug)]
struct Presents(Arc<CertifiedKey>);

impl ResolvesClientCert for Presents {
    fn resolve(&self, _: &[&[u8]], _: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(&self.0))
    }

    fn has_certs(&self) -> bool {
        true
    }
}
