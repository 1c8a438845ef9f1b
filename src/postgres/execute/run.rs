//! Running statements in a transaction, each of which is logged with its answer.

use futures_util::future::join_all;
use secrecy::{ExposeSecret, SecretString};
use tokio_postgres::error::SqlState;

use super::merge;
use super::shown;
use super::statements::{self, Dialect};
use crate::postgres::error::Error;
use crate::postgres::sql_log::LoggedAs;
use crate::postgres::transaction::Transaction;
use crate::roles::{Change, RoleName};

/// One statement to be run.
pub(crate) struct Step<'a, T> {
    pub(crate) what_for: T,
    pub(crate) sql: String,
    /// For whom, and as the log may show each one's part of it.
    pub(crate) shown: Vec<(&'a LoggedAs, String)>,
}

impl<'a, T> Step<'a, T> {
    /// One without a secret, for one role.
    pub(crate) fn of_one(what_for: T, logged_as: &'a LoggedAs, sql: String) -> Self {
        let shown = vec![(logged_as, sql.clone())];
        Step { what_for, sql, shown }
    }
}

/// Runs the statements of lists of changes, each list in its order. Passwords are not set here. An error comes with its
/// change, or the first of those that were put together; the transaction is of no use any more then.
pub(crate) async fn run<'a>(
    transaction: &Transaction,
    lists: impl IntoIterator<Item = (&'a LoggedAs, &'a [Change])>,
    dialect: &Dialect,
) -> Result<(), (&'a Change, Error)> {
    let mut steps = Vec::new();
    for together in merge::merge(lists) {
        let [(_, what_for), ..] = *together else { continue };
        let changes: Vec<&Change> = together.iter().map(|(_, change)| *change).collect();
        let mut shown: Vec<_> = together
            .iter()
            .map(|(logged_as, change)| (*logged_as, shown::statements(change, dialect).into_iter()))
            .collect();
        for sql in statements::merged(&changes, dialect) {
            // One for one: together there are as many as for each alone.
            let shown = shown.iter_mut().filter_map(|(logged_as, own)| Some((*logged_as, own.next()?)));
            steps.push(Step { what_for, sql, shown: shown.collect() });
        }
    }
    run_steps(transaction, steps).await
}

/// Runs statements without a secret, in order, without waiting for one's answer before the next is sent. An error comes
/// with what its statement is for.
pub(crate) async fn run_statements<T>(
    transaction: &Transaction,
    logged_as: &LoggedAs,
    statements: Vec<(T, String)>,
) -> Result<(), (T, Error)> {
    let step = |(what_for, sql): (T, String)| Step::of_one(what_for, logged_as, sql);
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

/// Runs statements in order, without waiting for one's answer before the next is sent. An error comes with what its
/// statement is for; the transaction is of no use any more then.
pub(crate) async fn run_steps<T>(
    transaction: &Transaction,
    steps: Vec<Step<'_, T>>,
) -> Result<(), (T, Error)> {
    let answers = join_all(steps.iter().map(|step| transaction.execute(&step.sql))).await;
    // The first that failed is the one: those behind it only say that the transaction is aborted, and were not run.
    for (Step { what_for, shown, .. }, answer) in steps.into_iter().zip(answers) {
        // Something before these has failed already, and none of them was run.
        let ran =
            answer.as_ref().err().and_then(Error::sqlstate) != Some(&SqlState::IN_FAILED_SQL_TRANSACTION);
        for (logged_as, shown) in shown.into_iter().filter(|_| ran) {
            transaction.journal().statement(logged_as, &shown, &answer);
        }
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
