//! Whether statements have met the roles that they meant. They say names, and whom a name means the server looks up when it
//! runs them: that may be after a wait, and somebody may have given the name to another role by then.

use tokio_postgres::types::{ToSql, Type};

use crate::postgres::error::{Error, Kind};
use crate::postgres::transaction::Transaction;
use crate::roles::{Oid, RoleName};

/// After ALTER ROLE ... NOLOGIN: those that have these names are these, and cannot log in. It says so, too, where one of them
/// was renamed since.
const DISABLED: &str = "SELECT FROM ROWS FROM (pg_catalog.unnest($1), pg_catalog.unnest($2)) AS u (name, oid) \
    LEFT JOIN pg_catalog.pg_roles r ON r.oid = u.oid AND r.rolname = u.name \
    WHERE r.rolcanlogin IS DISTINCT FROM false LIMIT 1";

/// After DROP ROLE: it has locked whom it has found (user.c, `DropRole`), which is all that is left to see of them.
const DROPPED: &str = "SELECT FROM pg_catalog.pg_locks l WHERE l.pid = pg_catalog.pg_backend_pid() \
    AND l.locktype = 'object' AND l.database = 0 AND l.classid = 'pg_catalog.pg_authid'::pg_catalog.regclass \
    AND l.mode = 'AccessExclusiveLock' AND l.objid <> ALL ($1) LIMIT 1";

/// Nothing where these are the roles that the transaction has disabled; else the next look tells what has become of them.
pub(super) async fn disabled(transaction: &Transaction, roles: &[(&RoleName, Oid)]) -> Result<(), Error> {
    let names: Vec<&str> = roles.iter().map(|(name, _)| name.as_str()).collect();
    let oids: Vec<u32> = roles.iter().map(|(_, oid)| oid.0).collect();
    others(transaction, DISABLED, &[(&names, Type::TEXT_ARRAY), (&oids, Type::OID_ARRAY)]).await
}

/// The same of roles that it has dropped.
pub(super) async fn dropped(transaction: &Transaction, roles: &[Oid]) -> Result<(), Error> {
    let oids: Vec<u32> = roles.iter().map(|oid| oid.0).collect();
    others(transaction, DROPPED, &[(&oids, Type::OID_ARRAY)]).await
}

async fn others(
    transaction: &Transaction,
    sql: &str,
    parameters: &[(&(dyn ToSql + Sync), Type)],
) -> Result<(), Error> {
    if transaction.query(sql, parameters).await?.is_empty() {
        return Ok(());
    }
    Err(Error::new(Kind::Serialization, "somebody else renamed a role or made one anew while it was to go"))
}
