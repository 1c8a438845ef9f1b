//! From changes to SQL, and running it: the text of each `Change`, and the one place that runs such a list in
//! a transaction.

mod run;
mod standing;
mod statements;

pub(crate) use run::{run, set_password};
pub(crate) use standing::{grantor, standings};
pub(crate) use statements::Dialect;
