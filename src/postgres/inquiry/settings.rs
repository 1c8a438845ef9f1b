//! What settings the server has, and whether it takes a value: `SET LOCAL` in a transaction that only reads.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use futures_util::FutureExt;
use tokio_postgres::types::Type;

use super::Inquiry;
use crate::postgres::catalog::{column, text};
use crate::postgres::error::Error;
use crate::postgres::transaction::Transaction;
use crate::roles::{
    Parameter, Parameters, RoleName, SettingContext, SettingValues, SettingVerdict, canonical_setting_name,
};

/// Why a role cannot have a setting.
#[derive(Debug, Clone)]
pub enum Refusal {
    /// The role that applies may not set it, for anybody.
    NoRight,
    /// The server does not take it.
    Server(Error),
}

/// A setting's canonical name, and a value; none: it is reset.
type Pair = (String, Option<String>);

/// What was tried: each pair once.
#[derive(Default)]
pub(super) struct Trials {
    /// What is to be tried next, all at once.
    waiting: Mutex<Vec<Pair>>,
    /// Whoever has this tries; the others wait, and find their answers in it.
    answers: tokio::sync::Mutex<HashMap<Pair, Option<Refusal>>>,
}

impl Inquiry {
    /// Why `applies`, which is one role for the whole process, cannot set each of these for a role, or reset it where there
    /// is no value, if so.
    pub async fn settings(
        &self,
        applies: &RoleName,
        settings: &[(&str, Option<&str>)],
    ) -> Vec<Option<Refusal>> {
        if settings.is_empty() {
            return Vec::new();
        }
        let judged = applies.clone();
        let ask = self.reading(move |transaction| parameters(transaction, judged.clone()).boxed());
        let parameters = self.once(&self.parameters, ask).await;
        let Some(parameters) = parameters.as_ref() else { return vec![None; settings.len()] };
        let verdicts: Vec<_> = settings
            .iter()
            .map(|(name, value)| {
                let pair = (canonical_setting_name(name), value.map(str::to_owned));
                (parameters.judge(name, *value), pair)
            })
            .collect();
        let asked = verdicts.iter().filter(|(verdict, _)| *verdict == SettingVerdict::Ask);
        let tried = self.tried(asked.map(|(_, pair)| pair.clone()).collect()).await;
        let refusal = |(verdict, pair)| match verdict {
            SettingVerdict::Taken => None,
            SettingVerdict::NoRight => Some(Refusal::NoRight),
            SettingVerdict::Ask => tried.get(&pair).cloned().flatten(),
        };
        verdicts.into_iter().map(refusal).collect()
    }

    /// What became of these. Whoever comes while others are tried goes with all who have come since.
    async fn tried(&self, pairs: Vec<Pair>) -> HashMap<Pair, Option<Refusal>> {
        if pairs.is_empty() {
            return HashMap::new();
        }
        let waiting = || self.trials.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        waiting().extend(pairs.iter().cloned());
        let mut answers = self.trials.answers.lock().await;
        // Its own, too: who has taken them may have been stopped before there was an answer.
        let mut batch: Vec<Pair> = std::mem::take(&mut *waiting());
        batch.extend(pairs.iter().cloned());
        batch.retain(|pair| !answers.contains_key(pair));
        batch.sort();
        batch.dedup();
        answers.extend(self.attempts(batch).await);
        pairs
            .into_iter()
            .filter_map(|pair| answers.get_key_value(&pair))
            .map(|(pair, answer)| (pair.clone(), answer.clone()))
            .collect()
    }

    /// Tries all together, and where that fails, each.
    async fn attempts(&self, pairs: Vec<Pair>) -> HashMap<Pair, Option<Refusal>> {
        if let [_, _, ..] = pairs.as_slice() {
            let together = pairs.clone();
            let ask = self.reading(move |transaction| attempt_all(transaction, together.clone()).boxed());
            if self.answer(ask).await == Some(true) {
                return pairs.into_iter().map(|pair| (pair, None)).collect();
            }
        }
        let mut answers = HashMap::new();
        for pair in pairs {
            let tried = pair.clone();
            let ask = self.reading(move |transaction| attempt(transaction, tried.clone()).boxed());
            answers.insert(pair, self.answer(ask).await.flatten());
        }
        answers
    }
}

/// Sets it for the transaction, which is rolled back; without a value, to its default.
async fn attempt(transaction: &Transaction, (name, value): Pair) -> Result<Option<Refusal>, Error> {
    let sql = "SELECT pg_catalog.set_config($1, $2, true) IS NULL";
    match transaction.query(sql, &[(&name, Type::TEXT), (&value, Type::TEXT)]).await {
        Ok(_) => Ok(None),
        Err(error) if is_about_the_value(&error) => Ok(Some(Refusal::Server(error))),
        Err(error) => Err(error),
    }
}

/// Whether all of them can be set at once. Where not, it may also be for what one does to the others (an encoding, a
/// timeout), so that no error is worth a second try.
async fn attempt_all(transaction: &Transaction, pairs: Vec<Pair>) -> Result<bool, Error> {
    let sql = "SELECT pg_catalog.set_config(p.name, p.value, true) IS NULL \
               FROM ROWS FROM (pg_catalog.unnest($1), pg_catalog.unnest($2)) AS p (name, value)";
    let (names, values): (Vec<_>, Vec<_>) = pairs.into_iter().unzip();
    let tried = transaction.query(sql, &[(&names, Type::TEXT_ARRAY), (&values, Type::TEXT_ARRAY)]).await;
    Ok(tried.is_ok())
}

/// Whether an error is what ALTER ROLE SET would be refused with: an invalid value, an unknown name or value, a setting
/// that a session cannot change, a missing right.
fn is_about_the_value(error: &Error) -> bool {
    let code = error.sqlstate().map_or("", |state| state.code());
    code.starts_with("22") || code.starts_with("42") || matches!(code, "55P02" | "0A000" | "F0000")
}

/// The settings that we see, and what the role may do with them.
async fn parameters(transaction: &Transaction, role: RoleName) -> Result<Parameters, Error> {
    let granted = if transaction.server().major_version() >= 15 {
        "pg_catalog.has_parameter_privilege(r.oid, p.parname, 'SET')"
    } else {
        ""
    };
    let mut sql =
        "SELECT s.name, s.context, s.vartype, s.unit, s.min_val, s.max_val, s.enumvals, r.rolsuper \
                   FROM pg_catalog.pg_settings s LEFT JOIN pg_catalog.pg_roles r ON r.rolname = $1"
            .to_owned();
    if !granted.is_empty() {
        sql.push_str(&format!(
            " UNION ALL SELECT p.parname, NULL, NULL, NULL, NULL, NULL, NULL, r.rolsuper \
             FROM pg_catalog.pg_parameter_acl p JOIN pg_catalog.pg_roles r ON r.rolname = $1 WHERE {granted}"
        ));
    }
    let mut parameters = Parameters::default();
    for row in transaction.query(&sql, &[(&role.as_str(), Type::TEXT)]).await? {
        let name = text(&row, 0)?.to_ascii_lowercase();
        parameters.superuser = column(&row, 7)?;
        let Some(context) = column::<Option<&str>>(&row, 1)? else {
            parameters.granted.insert(name);
            continue;
        };
        let context = match context {
            "user" => SettingContext::User,
            "superuser" => SettingContext::Superuser,
            _ => SettingContext::Elsewhere,
        };
        let bound =
            |index| column::<Option<&str>>(&row, index).map(|text| text.and_then(|text| text.parse().ok()));
        let values = match (column::<Option<&str>>(&row, 2)?, bound(4)?, bound(5)?) {
            (Some("bool"), _, _) => SettingValues::Boolean,
            (Some("enum"), _, _) => {
                SettingValues::Words(column::<Option<Vec<String>>>(&row, 6)?.unwrap_or_default())
            }
            (Some(number @ ("integer" | "real")), Some(least), Some(greatest)) => {
                SettingValues::Number { whole: number == "integer", unit: column(&row, 3)?, least, greatest }
            }
            _ => SettingValues::Text,
        };
        parameters.known.insert(name, Parameter { context, values });
    }
    Ok(parameters)
}
