//! Connections: raw ones, and those that have proved to be the host's.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use futures_util::Stream;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::sync::mpsc;
use tokio_rustls::TlsAcceptor;
use tokio_stream::wrappers::ReceiverStream;
use tonic::transport::server::Connected;

use super::listener::Listener;

/// How long one may take to prove itself.
const HANDSHAKE_TIME: Duration = Duration::from_secs(10);

trait Bytes: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Bytes for T {}

/// A stream of bytes to the host, whatever it runs over.
pub struct Connection(Box<dyn Bytes>);

impl Connection {
    /// Over any stream.
    pub fn new(stream: impl AsyncRead + AsyncWrite + Send + Unpin + 'static) -> Self {
        Self(Box::new(stream))
    }
}

impl AsyncRead for Connection {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut *self.0).poll_read(cx, buf)
    }
}

impl AsyncWrite for Connection {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut *self.0).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut *self.0).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut *self.0).poll_shutdown(cx)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut *self.0).poll_write_vectored(cx, bufs)
    }

    fn is_write_vectored(&self) -> bool {
        self.0.is_write_vectored()
    }
}

impl Connected for Connection {
    type ConnectInfo = ();

    fn connect_info(&self) {}
}

/// The connections that come in, each after its TLS handshake. One that dawdles holds up no other.
pub(super) fn accept(
    listener: Listener,
    tls: Option<TlsAcceptor>,
) -> impl Stream<Item = io::Result<Connection>> {
    let (ready, connections) = mpsc::channel(1);
    tokio::spawn(async move {
        loop {
            let connection = tokio::select! {
                () = ready.closed() => break,
                connection = listener.accept() => connection,
            };
            match connection {
                Ok(connection) => {
                    tokio::spawn(prove(connection, tls.clone(), ready.clone()));
                }
                Err(error) => {
                    tracing::warn!(%error, "cannot accept a connection");
                    // Out of file descriptors, most likely: that takes a moment to pass.
                    tokio::time::sleep(Duration::from_millis(100)).await;
                }
            }
        }
    });
    ReceiverStream::new(connections)
}

async fn prove(
    connection: Connection,
    tls: Option<TlsAcceptor>,
    ready: mpsc::Sender<io::Result<Connection>>,
) {
    let Some(tls) = tls else {
        _ = ready.send(Ok(connection)).await;
        return;
    };
    match tokio::time::timeout(HANDSHAKE_TIME, tls.accept(connection)).await {
        Ok(Ok(stream)) => _ = ready.send(Ok(Connection::new(stream))).await,
        Ok(Err(error)) => tracing::warn!(%error, "a connection was refused"),
        Err(_) => tracing::warn!("a connection was refused: it did not finish the TLS handshake"),
    }
}
