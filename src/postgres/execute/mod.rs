//! From changes to SQL, and running it: the text of each `Change`, and the one place that runs such a list in
//! a transaction.

mod merge;
mod planned;
mod run;
mod shown;
mod standing;
mod statements;

pub(crate) use planned::{dialect_in, planned};
pub(crate) use run::{Step, run, run_statement, run_statements, run_steps, set_password};
pub(crate) use standing::{Standing, grantor, standings, standings_to};
pub(crate) use statements::{Dialect, as_member, as_other};
