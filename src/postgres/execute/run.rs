//! Running changes in a transaction.

use futures_util::future::join_all;
use secrecy::{ExposeSecret, SecretString};

use super::statements::{self, Dialect};
use crate::postgres::error::Error;
use crate::postgres::transaction::Transaction;
use crate::roles::{Change, RoleName};

/// A change that failed. The transaction is of no use any more.
#[derive(Debug, Clone)]
pub(crate) struct Failure<'a> {
    /// Which one.
    pub(crate) change: &'a Change,
    /// How.
    pub(crate) error: Error,
}

/// Runs the statements of all changes, in order, without waiting for one's answer before the next is sent. Passwords
/// are not set here.
pub(crate) async fn run<'a>(
    transaction: &Transaction,
    changes: impl IntoIterator<Item = &'a Change>,
    dialect: &Dialect,
) -> Result<(), Failure<'a>> {
    let statements: Vec<(&Change, String)> = changes
        .into_iter()
        .flat_map(|change| {
            statements::statements(change, dialect).into_iter().map(move |statement| (change, statement))
        })
        .collect();
    // The first that failed is the one: those after it only say that the transaction is aborted.
    let answers = join_all(statements.iter().map(|(_, statement)| transaction.execute(statement))).await;
    for ((change, _), answer) in statements.iter().zip(answers) {
        answer.map_err(|error| Failure { change, error })?;
    }
    Ok(())
}

/// Sets a password, alone and after everything that can fail: a failing statement is logged with its text, and
/// so are those that were sent behind it.
pub(crate) async fn set_password(
    transaction: &Transaction,
    name: &RoleName,
    verifier: &SecretString,
) -> Result<(), Error> {
    let statement = SecretString::from(statements::set_password(name, verifier.expose_secret()));
    transaction.execute(statement.expose_secret()).await.map(|_| ())
}
