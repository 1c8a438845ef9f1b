//! Taking a role away, or disabling it for good: a sequence of transactions that can be repeated from its beginning
//! after an error at any place.
//!
//! 1. Look up; NOLOGIN, committed; end its sessions, where asked, until none is left.
//! 2. See what depends on it, in all databases. What nobody said what to do with ends the sequence here.
//! 3. What it granted to others is granted again by us.
//! 4. In each database that has something of it, one transaction: reassign or drop what it owns, revoke what it was
//!    granted.
//! 5. Revoke what it was granted on databases and the like, and DROP ROLE.
//!
//! No transaction is open while another database is worked on.
//!
//! Of many roles that are asked for at the same time the first step is one transaction, and so is the last of those that
//! have nothing for the steps between.

mod error;
mod foreseen;
mod grants;
mod halt;
mod inside;
mod job;
mod meant;
mod planned;
mod queue;
mod request;
mod sequence;
mod shared;
mod survey;
mod together;

pub use error::{DestroyError, DestroyReason};
pub use foreseen::{Foreseen, foresee};
pub(crate) use planned::planned;
pub(crate) use queue::Destroyer;
pub use request::{Destroy, DestroyAction, Destroyed};
pub(crate) use survey::dependents;
pub use survey::{Dependents, InDatabase};
