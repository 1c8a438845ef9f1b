//! What a plugin host (Terraform, OpenTofu) expects of any plugin process, whatever it serves: the handshake, a
//! connection that only the host can open, health, stdio and shutdown services, log lines, signals, and
//! a word for the person who starts it by hand. Knows nothing of providers.

mod connection;
mod ending;
mod environment;
mod help;
mod listener;
mod log;
mod panic;
pub mod proto;
mod run;
mod server;
mod services;
mod tls;

use async_trait::async_trait;
use tonic::service::Routes;

pub use connection::Connection;
pub use ending::{Cause, Ending};
pub use help::About;
pub use run::run;
pub use server::serve;

/// What is served.
#[async_trait]
pub trait Plugin: Send + Sync + 'static {
    /// Its gRPC services.
    fn routes(&self) -> Routes;

    /// Finish soon what cannot be undone, begin nothing new.
    async fn stop(&self);

    /// Returns when no call is under way.
    async fn idle(&self);
}
