//! How protected roles stand, as the server itself says. A transaction that writes asks this before its first change
//! and again before it commits: names may be known only in the apply, the cluster may have changed since the plan, and on
//! RDS nobody knows beforehand whether who creates a role becomes a member of it.

use futures_util::future::join;
use tokio_postgres::Row;
use tokio_postgres::types::{ToSql, Type};

use super::catalog::{LenientText, column, text};
use super::error::Error;
use super::transaction::Transaction;
use crate::roles::lockout::{Access, Accesses, Protection, judged_settings};
use crate::roles::{
    Catalog, CatalogMembership, CatalogRole, MembershipOptions, Oid, RoleAttributes, RoleName,
    canonical_setting_name,
};

/// The groups that a protected role must not come into, or must stay in.
const TARGETS: [&str; 2] = ["rds_iam", "rds_superuser"];

/// Each role by itself. `valid_until` is judged by the time at which the transaction began: time that passes is nothing
/// that we did. Settings of the role in the database come after those of the role everywhere.
const ROLES: &str = "SELECT r.oid, r.rolname, r.rolcanlogin, r.rolconnlimit, \
    COALESCE(r.rolvaliduntil <= pg_catalog.now(), false), r.rolcreaterole OR r.rolsuper, r.rolsuper, \
    COALESCE(pg_catalog.has_database_privilege(r.oid, d.oid, 'CONNECT'), false), \
    ARRAY(SELECT u.entry FROM pg_catalog.pg_db_role_setting t \
    CROSS JOIN LATERAL pg_catalog.unnest(t.setconfig) AS u (entry) \
    WHERE t.setrole = r.oid AND (t.setdatabase = 0 OR t.setdatabase = d.oid) \
    AND pg_catalog.lower(pg_catalog.split_part(u.entry, '=', 1)) = ANY ($3) ORDER BY t.setdatabase) \
    FROM pg_catalog.pg_roles r LEFT JOIN pg_catalog.pg_database d ON d.datname = $2 \
    WHERE r.rolname = ANY ($1)";

/// The steps of all ways from the roles to the groups: from both ends, because a master may belong to thousands of
/// roles, and `rds_iam` may have thousands of members, but few of them are on a way. Options do not count, as in
/// pg_hba.conf's `+rds_iam`.
const STEPS: &str = "WITH RECURSIVE up (role) AS (SELECT r.oid FROM pg_catalog.pg_roles r WHERE r.rolname = ANY ($1) \
    UNION SELECT m.roleid FROM up u JOIN pg_catalog.pg_auth_members m ON m.member = u.role), \
    down (role) AS (SELECT r.oid FROM pg_catalog.pg_roles r WHERE r.rolname = ANY ($2) \
    UNION SELECT m.member FROM down w JOIN pg_catalog.pg_auth_members m ON m.roleid = w.role) \
    SELECT DISTINCT m.member, m.roleid, g.rolname FROM up u \
    JOIN pg_catalog.pg_auth_members m ON m.member = u.role JOIN down w ON w.role = m.roleid \
    JOIN pg_catalog.pg_roles g ON g.oid = m.roleid";

/// Reads how the protected roles stand. In a transaction that writes it sees what that has done so far, and what others
/// have committed.
pub(super) async fn read(transaction: &Transaction, protection: &Protection) -> Result<Accesses, Error> {
    let roles: Vec<&str> = protection.roles.iter().map(|role| role.name.as_str()).collect();
    let database = protection.database.as_str();
    let (judged, targets) = (judged_settings(), &TARGETS[..]);
    let of_roles: [(&(dyn ToSql + Sync), Type); 3] =
        [(&roles, Type::TEXT_ARRAY), (&database, Type::TEXT), (&judged, Type::TEXT_ARRAY)];
    let of_steps: [(&(dyn ToSql + Sync), Type); 2] =
        [(&roles, Type::TEXT_ARRAY), (&targets, Type::TEXT_ARRAY)];
    let (roles, steps) = join(transaction.query(ROLES, &of_roles), transaction.query(STEPS, &of_steps)).await;
    let (roles, steps) = (roles?, steps?);
    let ways = ways(&roles, &steps)?;
    roles.iter().map(|row| access(row, &ways)).collect()
}

/// The protected roles and the groups on their ways, for the one who knows the shortest.
fn ways(roles: &[Row], steps: &[Row]) -> Result<Catalog, Error> {
    let role = |oid: u32, name: String| CatalogRole {
        oid: Oid(oid),
        name: RoleName::from_catalog(name),
        attributes: RoleAttributes::default(),
        comment: None,
    };
    let mut all = Vec::with_capacity(roles.len() + steps.len());
    for row in roles {
        all.push(role(column(row, 0)?, text(row, 1)?));
    }
    let mut memberships = Vec::with_capacity(steps.len());
    for row in steps {
        let group = role(column(row, 1)?, text(row, 2)?);
        let options = MembershipOptions { admin: false, inherit: false, set: false };
        let member = Oid(column(row, 0)?);
        memberships.push(CatalogMembership { group: group.oid, member, grantor: group.oid, options });
        all.push(group);
    }
    all.sort_by_key(|role| role.oid);
    all.dedup_by_key(|role| role.oid);
    Ok(Catalog::new(all, memberships, vec![], vec![]))
}

fn access(row: &Row, ways: &Catalog) -> Result<(RoleName, Access), Error> {
    let (oid, name) = (Oid(column(row, 0)?), RoleName::from_catalog(text(row, 1)?));
    let way = |target: usize| {
        let group = ways.role_oid(&RoleName::from_catalog(TARGETS.get(target).copied()?))?;
        ways.path_to(oid, group)
    };
    let named = |way: Vec<Oid>| way.iter().filter_map(|oid| ways.role_name(*oid).cloned()).collect();
    let settings: Vec<LenientText> = column(row, 8)?;
    let settings = settings.iter().filter_map(|entry| entry.0.split_once('='));
    let access = Access {
        oid,
        login: column(row, 2)?,
        connection_limit: column(row, 3)?,
        valid_until_passed: column(row, 4)?,
        // pg_authid is for superusers.
        has_password: None,
        rds_iam: way(0).map(named),
        connect: column(row, 7)?,
        create_role: column(row, 5)?,
        superuser: column(row, 6)?,
        rds_superuser: way(1).is_some(),
        settings: settings.map(|(name, value)| (canonical_setting_name(name), value.to_owned())).collect(),
    };
    Ok((name, access))
}
