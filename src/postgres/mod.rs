//! PostgreSQL itself: how to reach a server and log in to it, the one guarded way to run something there,
//! and, on top of that, reading the catalog and turning changes into SQL. It knows `roles` and nothing
//! above that.

pub mod config;
pub mod connect;
pub mod error;
pub mod quote;
pub mod scram;
pub mod session;
pub mod transaction;

pub use config::{
    ConnectionConfig, Password, PasswordSource, RootCertificates, Secret, SocksLogin, SslMode, Via,
};
pub use error::{Error, Kind};
pub use session::{Notice, Pool, ServerInfo};
pub use transaction::{CommitError, Mode, Transaction};
