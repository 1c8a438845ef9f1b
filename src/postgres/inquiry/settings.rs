//! What settings the server has, and whether it takes a value: `SET LOCAL` in a transaction that only reads.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError};

use futures_util::FutureExt;
use tokio_postgres::types::Type;

use super::Inquiry;
use crate::postgres::catalog::{column, text};
use crate::postgres::error::Error;
use crate::postgres::once::Once;
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

/// What was tried: each name with each value once.
pub(super) type Trials = HashMap<(String, String), Arc<Once<Option<Option<Refusal>>>>>;

impl Inquiry {
    /// Why `applies`, which is one role for the whole process, cannot set that for a role, if so.
    pub async fn setting(&self, applies: &RoleName, name: &str, value: &str) -> Option<Refusal> {
        let judged = applies.clone();
        let ask = self.reading(move |transaction| parameters(transaction, judged.clone()).boxed());
        let parameters = self.once(&self.parameters, ask).await;
        match parameters.as_ref().as_ref()?.judge(name, value) {
            SettingVerdict::Taken => None,
            SettingVerdict::NoRight => Some(Refusal::NoRight),
            SettingVerdict::Ask => self.tried(name, value).await,
        }
    }

    async fn tried(&self, name: &str, value: &str) -> Option<Refusal> {
        let key = (canonical_setting_name(name), value.to_owned());
        let trial = {
            let mut trials = self.trials.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(trials.entry(key.clone()).or_default())
        };
        let (name, value) = key;
        let ask = self.reading(move |transaction| attempt(transaction, name.clone(), value.clone()).boxed());
        self.once(&trial, ask).await.as_ref().clone().flatten()
    }
}

/// Sets it for the transaction, which is rolled back.
async fn attempt(transaction: &Transaction, name: String, value: String) -> Result<Option<Refusal>, Error> {
    let sql = "SELECT pg_catalog.set_config($1, $2, true) IS NULL";
    match transaction.query(sql, &[(&name, Type::TEXT), (&value, Type::TEXT)]).await {
        Ok(_) => Ok(None),
        Err(error) if is_about_the_value(&error) => Ok(Some(Refusal::Server(error))),
        Err(error) => Err(error),
    }
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
