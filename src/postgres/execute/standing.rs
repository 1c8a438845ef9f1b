//! How this connection stands to the roles whose grants it is to revoke.

use std::collections::{BTreeSet, HashMap};

use tokio_postgres::types::Type;

use crate::postgres::catalog::{column, text};
use crate::postgres::error::Error;
use crate::postgres::transaction::Transaction;
use crate::roles::{Change, RoleName};

/// What we may do in the place of another role.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Standing {
    /// We have its privileges without SET ROLE: `GRANTED BY` it is allowed.
    pub(crate) has_privileges: bool,
    /// We may SET ROLE to it.
    pub(crate) may_set_role: bool,
}

/// The standing to every grantor that a change names; asks the server only where there are any.
pub(crate) async fn standings(
    transaction: &Transaction,
    changes: impl Iterator<Item = &Change>,
) -> Result<HashMap<RoleName, Standing>, Error> {
    let grantors: BTreeSet<&RoleName> = changes.filter_map(grantor).collect();
    if grantors.is_empty() {
        return Ok(HashMap::new());
    }
    let names: Vec<&str> = grantors.iter().map(|name| name.as_str()).collect();
    // Up to 15 every member may SET ROLE.
    let set = if transaction.server().major_version() >= 16 { "SET" } else { "MEMBER" };
    let sql = format!(
        "SELECT r.rolname, pg_catalog.pg_has_role(r.oid, 'USAGE'), pg_catalog.pg_has_role(r.oid, '{set}') \
         FROM pg_catalog.pg_roles r WHERE r.rolname = ANY ($1)"
    );
    let rows = transaction.query(&sql, &[(&names, Type::TEXT_ARRAY)]).await?;
    rows.iter()
        .map(|row| {
            let standing = Standing { has_privileges: column(row, 1)?, may_set_role: column(row, 2)? };
            Ok((RoleName::from_catalog(text(row, 0)?), standing))
        })
        .collect()
}

/// Whose grant a change takes away.
pub(crate) fn grantor(change: &Change) -> Option<&RoleName> {
    match change {
        Change::RevokeAdminOption { grantor, .. }
        | Change::RevokeMembership { grantor, .. }
        | Change::RevokePrivileges { grantor, .. } => grantor.as_ref(),
        _ => None,
    }
}
