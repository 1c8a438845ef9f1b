//! PostgreSQL itself: how to reach a server and log in to it, the one guarded way to run something there,
//! and, on top of that, reading the catalog and turning changes into SQL. It knows `roles` and nothing
//! above that.

mod access;
pub mod catalog;
pub mod cluster;
pub mod config;
pub mod connect;
pub mod destroy;
pub mod error;
pub mod execute;
mod gather;
mod inquiry;
mod lock;
mod looks;
mod once;
pub mod quote;
mod retry;
pub mod scram;
pub mod session;
mod sessions;
mod site;
pub mod sql_log;
pub mod transaction;
pub mod writer;

pub use catalog::{Facts, StoredPasswords};
pub use cluster::{Cluster, Snapshot};
pub use config::{
    Certificate, ConnectionConfig, Issued, Password, PasswordError, PasswordSource, RootCertificates, Secret,
    SocksLogin, SslMode, TokenNote, Via,
};
pub(crate) use destroy::planned as planned_destroy;
pub use destroy::{
    Dependents, Destroy, DestroyAction, DestroyError, DestroyReason, Destroyed, Foreseen, InDatabase,
    foresee as foresee_destroy,
};
pub use error::{AuthenticationProblem, Error, Kind, TlsProblem, UnreachableProblem};
pub(crate) use execute::planned as planned_changes;
pub use inquiry::{Inquiry, OpenSessions, Refusal};
pub use lock::Blocker;
pub use session::{Notice, Pool, ServerInfo};
pub(crate) use sql_log::Line as PlanLine;
pub use sql_log::{LoggedAs, SqlLog};
pub use transaction::{CommitError, Mode, Transaction};
pub use writer::{Applied, Apply, ApplyError, Target};
