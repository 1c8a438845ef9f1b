//! The one writer: what is asked for at the same time goes into one transaction, under the lock that keeps runs of
//! pgum apart. It reads what is there, runs what differs, reads again, and commits only what then is as it
//! should be. When that fails, each request goes alone and gets its own error.

mod batch;
mod error;
mod job;
mod queue;
mod request;
mod seen;
mod undo;
mod unseen;

pub use error::ApplyError;
pub(crate) use queue::Writer;
pub use request::{Applied, Apply, Target};
