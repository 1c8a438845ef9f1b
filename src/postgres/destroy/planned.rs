//! What the destroy of a role would run, as far as the catalog shows it: what belongs to no database. What is in the
//! databases is seen by who connects to each, which a plan does not.

use std::collections::{BTreeMap, BTreeSet};

use super::grants::{self, Entry};
use super::inside::with_rights_of;
use super::request::DestroyAction;
use super::shared::{GrantedMembership, drop_role, no_login, revoke_granted_membership};
use crate::postgres::execute;
use crate::roles::{Catalog, MembershipOptions, Oid, RoleName, Server};

/// The statements, by the code that makes them at the apply. Pure.
pub(crate) fn planned(
    name: &RoleName,
    action: DestroyAction,
    catalog: &Catalog,
    server: &Server,
) -> Vec<String> {
    let Some(role) = catalog.role_oid(name).and_then(|oid| catalog.row(oid)) else { return Vec::new() };
    let mut statements = Vec::new();
    if role.attributes.login {
        statements.push(no_login(name));
    }
    if action == DestroyAction::Disable {
        return statements;
    }
    let memberships = granted_memberships(catalog, server, role.oid);
    for membership in &memberships {
        statements.extend(membership.again(server.has_membership_options()));
    }
    let entries = entries(catalog, role.oid);
    let given = entries.iter().filter(|entry| entry.is_given_by(name));
    statements.extend(given.map(Entry::grant_again));
    let whose: BTreeSet<&RoleName> = grants::whose(&entries, &[]).chain([name]).collect();
    let dialect = execute::dialect_in(catalog, server, whose);
    let take_back = grants::take_back(name, &entries, &dialect);
    statements.extend(take_back.into_iter().map(|(_, statement)| statement));
    if server.has_membership_options() {
        for GrantedMembership { group, member, .. } in &memberships {
            let revoke = revoke_granted_membership(group, member, name);
            statements.extend(with_rights_of(name, vec![revoke], &dialect));
        }
    }
    let (revokes, _) = grants::statements(name, &entries, &[], &dialect);
    statements.extend(revokes.into_iter().map(|(_, statement)| statement));
    statements.push(drop_role(name));
    statements
}

/// The memberships that the role granted, as `shared::granted_memberships` reads them.
fn granted_memberships(catalog: &Catalog, server: &Server, role: Oid) -> Vec<GrantedMembership> {
    let us = catalog.role_oid(&server.user);
    let by_rows = server.has_membership_options();
    let mut granted = BTreeMap::<(&RoleName, &RoleName), (MembershipOptions, bool)>::new();
    for row in catalog.memberships() {
        let counts = (row.grantor == role || Some(row.grantor) == us)
            && row.group != role
            && row.member != role
            && (by_rows || Some(row.member) != us);
        let names = catalog.role_name(row.group).zip(catalog.role_name(row.member));
        let Some(names) = names.filter(|_| counts) else { continue };
        let (options, by_it) = granted.entry(names).or_insert((MembershipOptions::NONE, false));
        *options = options.or(row.options);
        *by_it |= row.grantor == role;
    }
    let by_it = granted.into_iter().filter(|(_, (_, by_it))| *by_it);
    by_it
        .map(|((group, member), (options, _))| GrantedMembership {
            group: group.clone(),
            member: member.clone(),
            options,
        })
        .collect()
}

/// The entries of databases that the role is named in, as `grants::entries` reads them.
fn entries(catalog: &Catalog, role: Oid) -> Vec<Entry> {
    let mut entries = BTreeMap::<_, BTreeSet<&str>>::new();
    for (database, entry) in catalog.privileges() {
        let Some(database) = catalog.database_by_oid(*database) else { continue };
        if database.owner == role || (entry.grantee != role && entry.grantor != role) {
            continue;
        }
        let Some(grantor) = catalog.role_name(entry.grantor) else { continue };
        let grantee = catalog.role_name(entry.grantee);
        let key = (&database.name, grantor, grantee, entry.grant_option);
        entries.entry(key).or_default().insert(entry.privilege.as_str());
    }
    let entry = |((database, grantor, grantee, grant_option), privileges): (_, BTreeSet<&str>)| {
        let privileges = privileges.into_iter().collect::<Vec<_>>().join(", ");
        Entry::of_database(database, grantor, grantee, privileges, grant_option)
    };
    entries.into_iter().map(entry).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::roles::{
        CatalogDatabase, CatalogMembership, CatalogPrivilege, CatalogRole, DatabaseName, Privilege,
        RoleAttributes,
    };

    fn name(text: &str) -> RoleName {
        RoleName::from_catalog(text)
    }

    #[test]
    fn what_belongs_to_no_database_is_known() {
        let roles = [(10, "rdsadmin"), (101, "me"), (102, "it"), (103, "other"), (104, "group")];
        let roles = roles.map(|(oid, text)| CatalogRole {
            oid: Oid(oid),
            name: name(text),
            attributes: RoleAttributes { login: text == "it", ..RoleAttributes::default() },
            comment: None,
        });
        let options = MembershipOptions { admin: false, inherit: true, set: true };
        let granted = CatalogMembership { group: Oid(104), member: Oid(103), grantor: Oid(102), options };
        let to_it = CatalogPrivilege {
            grantee: Oid(102),
            grantor: Oid(101),
            privilege: Privilege::Connect,
            grant_option: true,
        };
        let by_it = CatalogPrivilege { grantee: Oid(103), grantor: Oid(102), ..to_it.clone() };
        let database = CatalogDatabase {
            oid: Oid(1000),
            name: DatabaseName::from_catalog("app"),
            owner: Oid(101),
            allows_connections: true,
            acl: vec![to_it, by_it],
        };
        let catalog = Catalog::new(roles.to_vec(), vec![granted], vec![], vec![database]);
        let server = Server { version: 180_004, user: name("me"), superuser: true };
        let drop = planned(&name("it"), DestroyAction::Drop, &catalog, &server);
        assert_eq!(
            drop,
            [
                "ALTER ROLE \"it\" NOLOGIN",
                "GRANT \"group\" TO \"other\" WITH ADMIN FALSE, INHERIT TRUE, SET TRUE",
                "GRANT CONNECT ON DATABASE \"app\" TO \"other\" WITH GRANT OPTION",
                "SET LOCAL ROLE \"it\"",
                "REVOKE ALL PRIVILEGES ON DATABASE \"app\" FROM \"other\"",
                "SET LOCAL ROLE \"me\"",
                "REVOKE \"group\" FROM \"other\" GRANTED BY \"it\"",
                "REVOKE ALL PRIVILEGES ON DATABASE \"app\" FROM \"it\"",
                "DROP ROLE \"it\"",
            ]
        );
        let disable = planned(&name("it"), DestroyAction::Disable, &catalog, &server);
        assert_eq!(disable, ["ALTER ROLE \"it\" NOLOGIN"]);
        assert_eq!(planned(&name("nobody"), DestroyAction::Drop, &catalog, &server), [""; 0]);
    }
}
