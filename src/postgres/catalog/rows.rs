//! From rows to the domain's types.

use std::collections::HashMap;
use std::collections::btree_map::{BTreeMap, Entry};

use tokio_postgres::Row;

use super::decode::{LenientText, column, text};
use crate::postgres::error::Error;
use crate::roles::{
    CatalogDatabase, CatalogMembership, CatalogPrivilege, CatalogRole, CatalogSetting, DatabaseName,
    MembershipOptions, Oid, Privilege, RoleAttributes, RoleName, ValidUntil,
};

pub(super) fn roles(rows: &[Row]) -> Result<Vec<CatalogRole>, Error> {
    rows.iter().map(role).collect()
}

fn role(row: &Row) -> Result<CatalogRole, Error> {
    Ok(CatalogRole {
        oid: Oid(column(row, 0)?),
        name: RoleName::from_catalog(text(row, 1)?),
        attributes: RoleAttributes {
            login: column(row, 2)?,
            inherit: column(row, 3)?,
            create_database: column(row, 4)?,
            create_role: column(row, 5)?,
            superuser: column(row, 6)?,
            replication: column(row, 7)?,
            bypass_row_level_security: column(row, 8)?,
            connection_limit: column(row, 9)?,
            valid_until: column::<Option<&str>>(row, 10)?.map_or(ValidUntil::Never, ValidUntil::from_server),
        },
        comment: column::<Option<LenientText>>(row, 11)?.map(|text| text.0),
    })
}

/// `roles` are those of the same read: up to 15 a membership inherits as its member does.
pub(super) fn memberships(rows: &[Row], roles: &[CatalogRole]) -> Result<Vec<CatalogMembership>, Error> {
    let inherits: HashMap<Oid, bool> = roles.iter().map(|role| (role.oid, role.attributes.inherit)).collect();
    rows.iter()
        .map(|row| {
            let member = Oid(column(row, 1)?);
            let inherit = column::<Option<bool>>(row, 4)?;
            Ok(CatalogMembership {
                group: Oid(column(row, 0)?),
                member,
                grantor: Oid(column(row, 2)?),
                options: MembershipOptions {
                    admin: column(row, 3)?,
                    inherit: inherit.or_else(|| inherits.get(&member).copied()).unwrap_or(true),
                    set: column(row, 5)?,
                },
            })
        })
        .collect()
}

pub(super) fn settings(rows: &[Row]) -> Result<Vec<CatalogSetting>, Error> {
    rows.iter()
        .map(|row| {
            let entry = text(row, 2)?;
            // A value may have more of them; a name has none.
            let (name, value) = entry.split_once('=').unwrap_or((&entry, ""));
            let database = Oid(column(row, 1)?);
            Ok(CatalogSetting {
                role: Oid(column(row, 0)?),
                database: (database != Oid(0)).then_some(database),
                name: name.to_owned(),
                value: value.to_owned(),
            })
        })
        .collect()
}

/// A row a privilege; a database without any has one row, with nulls.
pub(super) fn databases(rows: &[Row]) -> Result<Vec<CatalogDatabase>, Error> {
    let mut databases = BTreeMap::new();
    for row in rows {
        let oid = Oid(column(row, 0)?);
        let database = match databases.entry(oid) {
            Entry::Occupied(entry) => entry.into_mut(),
            Entry::Vacant(entry) => entry.insert(CatalogDatabase {
                oid,
                name: DatabaseName::from_catalog(text(row, 1)?),
                owner: Oid(column(row, 2)?),
                allows_connections: column(row, 3)?,
                acl: Vec::new(),
            }),
        };
        let Some(privilege) = column::<Option<&str>>(row, 6)?.and_then(privilege) else { continue };
        database.acl.push(CatalogPrivilege {
            grantee: Oid(column(row, 4)?),
            grantor: Oid(column(row, 5)?),
            privilege,
            grant_option: column(row, 7)?,
        });
    }
    Ok(databases.into_values().collect())
}

/// As aclexplode() calls it. A privilege that a later version gives to databases is not ours to look after.
fn privilege(word: &str) -> Option<Privilege> {
    match word {
        "CONNECT" => Some(Privilege::Connect),
        "CREATE" => Some(Privilege::Create),
        "TEMPORARY" => Some(Privilege::Temporary),
        _ => None,
    }
}
