//! Running statements in a transaction.

use futures_util::future::join_all;
use secrecy::{ExposeSecret, SecretString};

use super::statements::{self, Dialect};
use crate::postgres::error::Error;
use crate::postgres::transaction::Transaction;
use crate::roles::{Change, RoleName};

/// Runs the statements of all changes, in order. Passwords are not set here. An error comes with its change; the
/// transaction is of no use any more then.
pub(crate) async fn run<'a>(
    transaction: &Transaction,
    changes: impl IntoIterator<Item = &'a Change>,
    dialect: &Dialect,
) -> Result<(), (&'a Change, Error)> {
    let statements = changes.into_iter().flat_map(|change| {
        statements::statements(change, dialect).into_iter().map(move |statement| (change, statement))
    });
    run_statements(transaction, statements.collect()).await
}

/// Runs statements, in order, without waiting for one's answer before the next is sent. An error comes with what
/// its statement is for.
pub(crate) async fn run_statements<T>(
    transaction: &Transaction,
    statements: Vec<(T, String)>,
) -> Result<(), (T, Error)> {
    let answers = join_all(statements.iter().map(|(_, statement)| transaction.execute(statement))).await;
    // The first that failed is the one: those behind it only say that the transaction is aborted.
    for ((what_for, _), answer) in statements.into_iter().zip(answers) {
        answer.map_err(|error| (what_for, error))?;
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
