//! What depends on a role: counted in all databases from any one of them, named in each by itself.

use std::collections::{BTreeMap, HashMap};

use tokio_postgres::types::Type;

use crate::postgres::catalog::{LenientText, column};
use crate::postgres::error::Error;
use crate::postgres::transaction::Transaction;
use crate::roles::{DatabaseName, Oid};

/// Never more names in one line of a message.
const NAMED: usize = 20;

/// How much of a role is in one database.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct InDatabase {
    /// Objects of its own, but for its default privileges, which are nothing to anybody else.
    pub owned: i64,
    /// Objects that name it in their privileges or policies.
    pub mentioned: i64,
    /// Whether the database lets anybody in.
    pub allows_connections: bool,
}

/// What depends on a role.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Dependents {
    /// The databases that have something of it.
    pub databases: BTreeMap<DatabaseName, InDatabase>,
    /// What it owns that belongs to no database: databases themselves, tablespaces, subscriptions.
    pub shared_owned: Vec<String>,
}

impl Dependents {
    /// Whether it owns anything that another could own.
    pub(super) fn owns_something(&self) -> bool {
        !self.shared_owned.is_empty() || self.databases.values().any(|there| there.owned > 0)
    }
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

/// What is of no database has none. What is in a database that was dropped just now is gone with it.
const COUNT: &str = "SELECT d.refobjid, b.datname, b.datallowconn, \
    pg_catalog.count(DISTINCT (d.classid, d.objid)) FILTER (WHERE d.deptype = 'o' \
    AND d.classid <> 'pg_catalog.pg_default_acl'::pg_catalog.regclass), \
    pg_catalog.count(DISTINCT (d.classid, d.objid)) FILTER (WHERE d.deptype <> 'o'), \
    pg_catalog.array_agg(CASE WHEN d.dbid = 0 AND d.deptype = 'o' \
    THEN pg_catalog.pg_describe_object(d.classid, d.objid, d.objsubid) END ORDER BY d.classid, d.objid) \
    FILTER (WHERE d.dbid = 0 AND d.deptype = 'o') \
    FROM pg_catalog.pg_shdepend d LEFT JOIN pg_catalog.pg_database b ON b.oid = d.dbid \
    WHERE d.refclassid = 'pg_catalog.pg_authid'::pg_catalog.regclass AND ($1 IS NULL OR d.refobjid = ANY ($1)) \
    AND (d.dbid = 0 OR b.oid IS NOT NULL) GROUP BY d.refobjid, b.oid, b.datname, b.datallowconn";

/// Counts what depends on each role, or on each of some. Works from any database, also for those that would not let us
/// in.
pub(crate) async fn dependents(
    transaction: &Transaction,
    roles: Option<&[Oid]>,
) -> Result<HashMap<Oid, Dependents>, Error> {
    let roles: Option<Vec<u32>> = roles.map(|roles| roles.iter().map(|role| role.0).collect());
    let mut all = HashMap::<Oid, Dependents>::new();
    for row in transaction.query(COUNT, &[(&roles, Type::OID_ARRAY)]).await? {
        let of_role = all.entry(Oid(column(&row, 0)?)).or_default();
        match column::<Option<LenientText>>(&row, 1)? {
            Some(database) => {
                let there = InDatabase {
                    owned: column(&row, 3)?,
                    mentioned: column(&row, 4)?,
                    allows_connections: column::<Option<bool>>(&row, 2)?.unwrap_or(true),
                };
                of_role.databases.insert(DatabaseName::from_catalog(database.0), there);
            }
            None => {
                let owned = column::<Option<Vec<Option<LenientText>>>>(&row, 5)?.unwrap_or_default();
                of_role.shared_owned.extend(owned.into_iter().map(described));
            }
        }
    }
    Ok(all)
}

/// Counts what depends on a role.
pub(super) async fn survey(transaction: &Transaction, role: Oid) -> Result<Dependents, Error> {
    Ok(dependents(transaction, Some(&[role])).await?.remove(&role).unwrap_or_default())
}

/// An object in words.
fn described(object: Option<LenientText>) -> String {
    object.map_or_else(|| "a dropped object".to_owned(), |text| text.0)
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
            Ok(Dependency { object: described(object), kind })
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
