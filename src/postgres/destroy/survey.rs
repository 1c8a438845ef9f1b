//! What depends on a role: counted in all databases from any one of them, named in each by itself.

use std::collections::BTreeMap;

use tokio_postgres::types::Type;

use crate::postgres::catalog::{LenientText, column, text};
use crate::postgres::error::Error;
use crate::postgres::transaction::Transaction;
use crate::roles::{DatabaseName, Oid};

/// Never more names in one line of a message.
const NAMED: usize = 20;

/// How much of a role is in one database.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Count {
    pub(super) owned: i64,
    /// Objects that name it in their privileges or policies.
    pub(super) mentioned: i64,
}

/// The databases that have something of a role.
#[derive(Debug, Clone, Default)]
pub(super) struct Survey {
    pub(super) databases: BTreeMap<DatabaseName, Count>,
    /// What it owns that belongs to no database: databases themselves, tablespaces, subscriptions.
    pub(super) shared_owned: Vec<String>,
}

/// One object that depends on the role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Dependency {
    /// Such as `table app.orders`.
    pub(super) object: String,
    pub(super) kind: Kind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// The role's own.
    Owned,
    /// The role's own default privileges, which are nothing to anybody else.
    OwnDefaults,
    /// The role's own user mapping, which cannot be given to anybody else.
    OwnMapping,
    /// The role is named in its privileges or policies.
    Mentioned,
}

/// Counts what depends on a role. Works from any database, also for those that would not let us in.
pub(super) async fn survey(transaction: &Transaction, role: Oid) -> Result<Survey, Error> {
    let rows = transaction
        .query(
            "SELECT b.datname, pg_catalog.count(DISTINCT (d.classid, d.objid)) FILTER (WHERE d.deptype = 'o'), \
             pg_catalog.count(DISTINCT (d.classid, d.objid)) FILTER (WHERE d.deptype <> 'o') \
             FROM pg_catalog.pg_shdepend d JOIN pg_catalog.pg_database b ON b.oid = d.dbid \
             WHERE d.refclassid = 'pg_catalog.pg_authid'::pg_catalog.regclass AND d.refobjid = $1 GROUP BY 1",
            &[(&role.0, Type::OID)],
        )
        .await?;
    let mut survey = Survey::default();
    for row in &rows {
        let count = Count { owned: column(row, 1)?, mentioned: column(row, 2)? };
        survey.databases.insert(DatabaseName::from_catalog(text(row, 0)?), count);
    }
    for dependency in dependencies(transaction, role, Place::Shared).await? {
        if dependency.kind == Kind::Owned {
            survey.shared_owned.push(dependency.object);
        }
    }
    Ok(survey)
}

/// Where objects are looked for.
#[derive(Debug, Clone, Copy)]
pub(super) enum Place {
    /// The database of the transaction.
    Here,
    /// What belongs to no database.
    Shared,
}

impl Place {
    /// A condition on a row `d` of `pg_shdepend`.
    pub(super) fn condition(self) -> &'static str {
        match self {
            Place::Here => {
                "d.dbid = (SELECT b.oid FROM pg_catalog.pg_database b \
                 WHERE b.datname = pg_catalog.current_database())"
            }
            Place::Shared => "d.dbid = 0",
        }
    }
}

/// Names what depends on a role.
pub(super) async fn dependencies(
    transaction: &Transaction,
    role: Oid,
    place: Place,
) -> Result<Vec<Dependency>, Error> {
    let sql = format!(
        "SELECT pg_catalog.pg_describe_object(d.classid, d.objid, d.objsubid), d.deptype = 'o', \
         d.classid = 'pg_catalog.pg_default_acl'::pg_catalog.regclass, \
         d.classid = 'pg_catalog.pg_user_mapping'::pg_catalog.regclass \
         FROM pg_catalog.pg_shdepend d WHERE d.refclassid = 'pg_catalog.pg_authid'::pg_catalog.regclass \
         AND d.refobjid = $1 AND {} ORDER BY d.classid, d.objid, d.objsubid",
        place.condition()
    );
    let rows = transaction.query(&sql, &[(&role.0, Type::OID)]).await?;
    rows.iter()
        .map(|row| {
            let object = column::<Option<LenientText>>(row, 0)?;
            let kind = match (column(row, 1)?, column(row, 2)?, column(row, 3)?) {
                (true, true, _) => Kind::OwnDefaults,
                (true, _, true) => Kind::OwnMapping,
                (true, _, _) => Kind::Owned,
                (false, _, _) => Kind::Mentioned,
            };
            Ok(Dependency {
                object: object.map_or_else(|| "a dropped object".to_owned(), |text| text.0),
                kind,
            })
        })
        .collect()
}

/// A list for a message, not longer than one can read. A name in it may have several lines, which could pass for
/// lines of the message.
pub(super) fn list(mut names: Vec<String>) -> String {
    let more = names.len().saturating_sub(NAMED);
    names.truncate(NAMED);
    let mut text = names.join(", ").replace('\n', "\\n");
    if more > 0 {
        text.push_str(&format!(" and {more} more"));
    }
    text
}

/// The objects of some kinds, as a list.
pub(super) fn list_of(dependencies: &[Dependency], kinds: &[Kind]) -> Option<String> {
    let names: Vec<String> = dependencies
        .iter()
        .filter(|dependency| kinds.contains(&dependency.kind))
        .map(|dependency| dependency.object.clone())
        .collect();
    (!names.is_empty()).then(|| list(names))
}
