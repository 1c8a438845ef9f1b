//! Connections that are logged in: the one that a server answers on, and the pool that never has more of
//! them than it may.

mod connection;
mod pool;

pub use connection::{Notice, ServerInfo};
pub use pool::Pool;

pub(crate) use connection::Session;
pub(crate) use pool::Lease;
