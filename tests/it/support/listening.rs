//! Servers of the tests' own: each on a free port of this machine, until its owner drops it.

use crate::support::runtime;
use std::future::Future;
use std::net::TcpListener;
use tokio::net::TcpStream;
use tokio::task::JoinHandle;

/// A port that is taken, where nobody is served yet.
pub(crate) struct Port(TcpListener);

impl Port {
    pub(crate) fn free() -> Port {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        listener.set_nonblocking(true).expect("a listener for tokio");
        Port(listener)
    }

    pub(crate) fn number(&self) -> u16 {
        self.0.local_addr().expect("its address").port()
    }

    /// Serves whoever comes, beside each other.
    pub(crate) fn serve<F>(self, serve: impl Fn(TcpStream) -> F + Send + 'static) -> Serving
    where
        F: Future<Output: Send> + Send + 'static,
    {
        Serving(runtime().spawn(async move {
            let listener = tokio::net::TcpListener::from_std(self.0).expect("a listener for tokio");
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream));
            }
        }))
    }
}

/// As long as this is there, who comes is served.
pub(crate) struct Serving(JoinHandle<()>);

impl Drop for Serving {
    fn drop(&mut self) {
        self.0.abort();
    }
}
