//! What an apply would run, as far as a plan can know it. Pure: nobody is asked.

use std::collections::{BTreeSet, HashMap};

use super::shown;
use super::standing::{OwnGrant, Standing, grantors};
use super::statements::Dialect;
use crate::roles::reach::Reach;
use crate::roles::{Catalog, Change, Oid, RoleName, Server};

/// The statements of changes, as a log may show them, by the code that makes them at the apply.
pub(crate) fn planned(changes: &[Change], catalog: &Catalog, server: &Server) -> Vec<String> {
    let grantors = grantors(changes.iter());
    let mut dialect = dialect_in(catalog, server, grantors.iter().map(|(now, _)| *now).collect());
    for (now, called) in grantors {
        let standing = dialect.standing(now);
        dialect.standings.insert(called.clone(), standing);
    }
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
    let mut standings = HashMap::new();
    if let Some(us) = catalog.role_oid(&server.user).filter(|_| !others.is_empty()) {
        let reach = Reach::new(catalog, us);
        for name in others {
            if let Some(role) = catalog.role_oid(name) {
                standings.insert(name.clone(), standing_in(catalog, server, (us, &reach), role));
            }
        }
    }
    Dialect { major_version: server.version / 10_000, user: server.user.clone(), standings }
}

/// The standing to a role, by the rules of `standing::statement`.
fn standing_in(catalog: &Catalog, server: &Server, (us, reach): (Oid, &Reach), role: Oid) -> Standing {
    let has_grantors = server.has_membership_options();
    let may_grant = if has_grantors {
        let rds_superuser = RoleName::from_catalog("rds_superuser");
        reach.may_be_grantor_of(role) || catalog.is_member_of(&server.user, &rds_superuser)
    } else {
        catalog.row(us).is_some_and(|us| us.attributes.create_role)
    };
    let own_grant = reach.rows(catalog, role).find(|row| has_grantors && row.grantor == us);
    Standing {
        has_privileges: server.superuser || reach.has_privileges_of(role),
        may_set_role: server.superuser || reach.may_set_role(role),
        may_join: may_grant && reach.may_join(catalog, role, has_grantors),
        own_grant: own_grant.map(|row| OwnGrant { inherit: row.options.inherit, set: row.options.set }),
    }
}
