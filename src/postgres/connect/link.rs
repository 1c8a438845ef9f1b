//! The stream that the protocol is spoken on, whatever it is made of.

use std::future::{Ready, ready};
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, Empty, ReadBuf};
use tokio_postgres::tls::{ChannelBinding, TlsConnect, TlsStream};

/// A stream to the server, with or without TLS.
pub(crate) struct Link(Box<dyn TlsStream + Send + Unpin>);

impl Link {
    /// One without TLS.
    pub(crate) fn plain(stream: impl AsyncRead + AsyncWrite + Send + Unpin + 'static) -> Link {
        Link(Box::new(Plain(stream)))
    }

    /// One with TLS, after the handshake.
    #[allow(dead_code)]
    pub(crate) fn tls(stream: impl TlsStream + Send + Unpin + 'static) -> Link {
        Link(Box::new(stream))
    }
}

impl TlsStream for Link {
    fn channel_binding(&self) -> ChannelBinding {
        self.0.channel_binding()
    }
}

struct Plain<S>(S);

impl<S: AsyncRead + AsyncWrite + Unpin> TlsStream for Plain<S> {
    fn channel_binding(&self) -> ChannelBinding {
        ChannelBinding::none()
    }
}

/// Passes reading and writing on to the field.
macro_rules! pass_on {
    ([$($generics:tt)*] $type:ty) => {
        impl<$($generics)*> AsyncRead for $type {
            fn poll_read(
                mut self: Pin<&mut Self>,
                cx: &mut Context<'_>,
                buffer: &mut ReadBuf<'_>,
            ) -> Poll<io::Result<()>> {
                Pin::new(&mut self.0).poll_read(cx, buffer)
            }
        }

        impl<$($generics)*> AsyncWrite for $type {
            fn poll_write(
                mut self: Pin<&mut Self>,
                cx: &mut Context<'_>,
                bytes: &[u8],
            ) -> Poll<io::Result<usize>> {
                Pin::new(&mut self.0).poll_write(cx, bytes)
            }

            fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
                Pin::new(&mut self.0).poll_flush(cx)
            }

            fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
                Pin::new(&mut self.0).poll_shutdown(cx)
            }
        }
    };
}

pass_on!([] Link);
pass_on!([S: AsyncRead + AsyncWrite + Unpin] Plain<S>);

/// Hands tokio-postgres a link that is made already. It makes its own request for TLS only in a way that
/// does not tell a refusal from an error, and knows three of libpq's six modes.
pub(crate) struct Established(pub(crate) Link);

impl TlsConnect<Empty> for Established {
    type Stream = Link;
    type Error = io::Error;
    type Future = Ready<io::Result<Link>>;

    fn connect(self, _: Empty) -> Self::Future {
        ready(Ok(self.0))
    }
}
