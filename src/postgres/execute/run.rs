//! Running statements in a transaction, each of which is logged with its answer.

use futures_util::future::join_all;
use secrecy::{ExposeSecret, SecretString};

use super::shown;
use super::statements::{self, Dialect};
use crate::postgres::error::Error;
use crate::postgres::sql_log::LoggedAs;
use crate::postgres::transaction::Transaction;
use crate::roles::{Change, RoleName};

/// One statement to be run.
struct Step<'a, T> {
    what_for: T,
    logged_as: &'a LoggedAs,
    sql: String,
    /// As the log may show it, where that is not as it is.
    shown: Option<String>,
}

/// Runs the statements of all changes, in order. Passwords are not set here. An error comes with its change; the
/// transaction is of no use any more then.
pub(crate) async fn run<'a>(
    transaction: &Transaction,
    changes: Vec<(&'a LoggedAs, &'a Change)>,
    dialect: &Dialect,
) -> Result<(), (&'a Change, Error)> {
    let steps = changes.into_iter().flat_map(|(logged_as, change)| {
        let shown = shown::statements(change, dialect);
        let statements = statements::statements(change, dialect).into_iter().zip(shown);
        statements.map(move |(sql, shown)| Step { what_for: change, logged_as, sql, shown: Some(shown) })
    });
    run_steps(transaction, steps.collect()).await
}

/// Runs statements without a secret, in order, without waiting for one's answer before the next is sent. An error comes
/// with what its statement is for.
pub(crate) async fn run_statements<T>(
    transaction: &Transaction,
    logged_as: &LoggedAs,
    statements: Vec<(T, String)>,
) -> Result<(), (T, Error)> {
    let step = |(what_for, sql)| Step { what_for, logged_as, sql, shown: None };
    run_steps(transaction, statements.into_iter().map(step).collect()).await
}

/// Runs one statement without a secret.
pub(crate) async fn run_statement(
    transaction: &Transaction,
    logged_as: &LoggedAs,
    sql: String,
) -> Result<(), Error> {
    run_statements(transaction, logged_as, vec![((), sql)]).await.map_err(|((), error)| error)
}

async fn run_steps<T>(transaction: &Transaction, steps: Vec<Step<'_, T>>) -> Result<(), (T, Error)> {
    let answers = join_all(steps.iter().map(|step| transaction.execute(&step.sql))).await;
    // The first that failed is the one: those behind it only say that the transaction is aborted, and were not run.
    for (Step { what_for, logged_as, sql, shown }, answer) in steps.into_iter().zip(answers) {
        transaction.journal().statement(logged_as, shown.as_ref().unwrap_or(&sql), &answer);
        answer.map_err(|error| (what_for, error))?;
    }
    Ok(())
}

/// Sets a password, alone and after everything that can fail: a failing statement is logged with its text, and
/// so are those that were sent behind it.
pub(crate) async fn set_password(
    transaction: &Transaction,
    logged_as: &LoggedAs,
    name: &RoleName,
    verifier: &SecretString,
) -> Result<(), Error> {
    let statement = SecretString::from(statements::set_password(name, verifier.expose_secret()));
    let answer = transaction.execute(statement.expose_secret()).await;
    transaction.journal().statement(logged_as, &shown::set_password(name), &answer);
    answer.map(|_| ())
}
