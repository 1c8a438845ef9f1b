//! What an apply would run, as far as a plan can know it. Pure: nobody is asked.

use std::collections::{BTreeSet, HashMap};

use super::standing::{OwnGrant, Standing};
use super::statements::Dialect;
use super::{grantor, shown};
use crate::roles::{Catalog, Change, Oid, RoleName, Server};

/// The statements of changes, as a log may show them, by the code that makes them at the apply.
pub(crate) fn planned(changes: &[Change], catalog: &Catalog, server: &Server) -> Vec<String> {
    let dialect = dialect_in(catalog, server, changes.iter().filter_map(grantor).collect());
    let mut statements = Vec::new();
    for change in changes {
        statements.extend(shown::statements(change, &dialect));
        if let Change::SetPassword { name } = change {
            statements.push(shown::set_password(name));
        }
    }
    statements
}

/// How statements are written where the connection stands to these roles as the catalog says.
pub(crate) fn dialect_in(catalog: &Catalog, server: &Server, others: BTreeSet<&RoleName>) -> Dialect {
    let of = |name: &RoleName| Some((name.clone(), standing_in(catalog, server, name)?));
    let standings: HashMap<RoleName, Standing> = others.into_iter().filter_map(of).collect();
    Dialect { major_version: server.version / 10_000, user: server.user.clone(), standings }
}

/// The standing to a role, by the rules of `standing::statement`.
fn standing_in(catalog: &Catalog, server: &Server, role: &RoleName) -> Option<Standing> {
    let (us, it) = (catalog.role_oid(&server.user)?, catalog.role_oid(role)?);
    let by_rows = server.has_membership_options();
    let ours = || catalog.role_by_oid(us).map(|us| us.memberships).unwrap_or_default();
    let rows: Vec<_> = ours().into_iter().filter(|row| row.other_oid == it).collect();
    let (may_grant, in_danger) = if by_rows {
        let rds_superuser = RoleName::from_catalog("rds_superuser");
        let may_grant = server.superuser
            || catalog.has_admin_of(us, it)
            || catalog.is_member_of(&server.user, &rds_superuser);
        (may_grant, !rows.is_empty() && !rows.iter().any(|row| row.options.admin))
    } else {
        (catalog.row(us).is_some_and(|us| us.attributes.create_role), !rows.is_empty())
    };
    let is_superuser = |oid: Oid| catalog.row(oid).is_some_and(|role| role.attributes.superuser);
    let own_grant = rows.iter().find(|row| by_rows && row.grantor_oid == us);
    Some(Standing {
        has_privileges: server.superuser || catalog.has_privileges_of(us, it),
        may_set_role: server.superuser || catalog.may_set_role(us, it),
        may_join: !is_superuser(it)
            && us != it
            && catalog.path_to(it, us).is_none()
            && may_grant
            && !in_danger,
        own_grant: own_grant.map(|row| OwnGrant { inherit: row.options.inherit, set: row.options.set }),
    })
}
