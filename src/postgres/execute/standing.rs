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
    /// We may make ourselves a member of it and undo that without a trace.
    pub(crate) may_join: bool,
    /// The membership that we have granted ourselves in it (from 16 on): what joining is to be undone to.
    pub(crate) own_grant: Option<OwnGrant>,
}

/// The options of a membership that we have granted ourselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct OwnGrant {
    pub(crate) inherit: bool,
    pub(crate) set: bool,
}

/// The standing to every grantor that a change names; asks the server only where there are any.
pub(crate) async fn standings<'a>(
    transaction: &Transaction,
    changes: impl Iterator<Item = &'a Change> + Clone,
) -> Result<HashMap<RoleName, Standing>, Error> {
    let grantors = grantors(changes.clone());
    let mut standings = standings_to(transaction, grantors.iter().map(|(now, _)| *now).collect()).await?;
    for (now, called) in grantors {
        if let Some(standing) = standings.get(now) {
            standings.insert(called.clone(), *standing);
        }
    }
    Ok(standings)
}

/// The grantors that changes name: each as it is called before them, and as they call it.
pub(super) fn grantors<'a>(
    changes: impl Iterator<Item = &'a Change> + Clone,
) -> BTreeSet<(&'a RoleName, &'a RoleName)> {
    let renames = changes.clone().filter_map(|change| match change {
        Change::Rename { from, to } => Some((to, from)),
        _ => None,
    });
    let renamed: HashMap<&RoleName, &RoleName> = renames.collect();
    let called = changes.filter_map(grantor);
    called.map(|called| (renamed.get(called).copied().unwrap_or(called), called)).collect()
}

/// The standing to these roles.
pub(crate) async fn standings_to(
    transaction: &Transaction,
    roles: BTreeSet<&RoleName>,
) -> Result<HashMap<RoleName, Standing>, Error> {
    if roles.is_empty() {
        return Ok(HashMap::new());
    }
    let names: Vec<&str> = roles.iter().map(|name| name.as_str()).collect();
    let sql = statement(transaction.server().major_version());
    let rows = transaction.query(&sql, &[(&names, Type::TEXT_ARRAY)]).await?;
    rows.iter()
        .map(|row| {
            let standing = Standing {
                has_privileges: column(row, 1)?,
                may_set_role: column(row, 2)?,
                may_join: column(row, 3)?,
                own_grant: match column::<Option<Vec<bool>>>(row, 4)?.as_deref() {
                    Some(&[inherit, set]) => Some(OwnGrant { inherit, set }),
                    _ => None,
                },
            };
            Ok((RoleName::from_catalog(text(row, 0)?), standing))
        })
        .collect()
}

fn statement(major_version: u32) -> String {
    // Up to 15 every member may SET ROLE, and CREATEROLE is enough to grant a membership. From 16 on that takes
    // ADMIN OPTION, of ourselves or of a role whose privileges we inherit (a superuser has no need to join anybody), except
    // on RDS, where rds_superuser does. A membership that is there already is in danger if ours
    // is recorded in its row: up to 15 there is one row; from 16 on a row a grantor, who is ourselves where we have
    // ADMIN OPTION (then it can be put back), and else some role whose privileges we have.
    let (set, same_row, own, grant) = if major_version >= 16 {
        (
            "SET",
            "NOT EXISTS (SELECT FROM pg_catalog.pg_auth_members a \
             WHERE a.roleid = r.oid AND a.member = me.oid AND a.admin_option)",
            "SELECT ARRAY[m.inherit_option, m.set_option] FROM pg_catalog.pg_auth_members m \
             WHERE m.roleid = r.oid AND m.member = me.oid AND m.grantor = me.oid",
            "(EXISTS (SELECT FROM pg_catalog.pg_auth_members a \
             WHERE a.roleid = r.oid AND a.admin_option AND pg_catalog.pg_has_role(a.member, 'USAGE')) \
             OR EXISTS (SELECT FROM pg_catalog.pg_roles s WHERE s.rolname = 'rds_superuser' \
             AND pg_catalog.pg_has_role(s.oid, 'MEMBER')))",
        )
    } else {
        ("MEMBER", "true", "SELECT NULL::pg_catalog.bool[]", "me.rolcreaterole")
    };
    format!(
        "SELECT r.rolname, pg_catalog.pg_has_role(r.oid, 'USAGE'), pg_catalog.pg_has_role(r.oid, '{set}'), \
         NOT r.rolsuper AND r.oid <> me.oid AND NOT pg_catalog.pg_has_role(r.oid, me.oid, 'MEMBER') AND {grant} \
         AND NOT EXISTS (SELECT FROM pg_catalog.pg_auth_members m \
         WHERE m.roleid = r.oid AND m.member = me.oid AND {same_row}), ({own}) \
         FROM pg_catalog.pg_roles r CROSS JOIN pg_catalog.pg_roles me \
         WHERE r.rolname = ANY ($1) AND me.rolname = current_user"
    )
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
