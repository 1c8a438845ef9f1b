//! Clusters and desired roles, any.

use std::collections::{BTreeMap, BTreeSet};

use proptest::collection::{btree_map, btree_set};
use proptest::prelude::*;
use proptest::sample::select;

use super::model::{ANOTHER, Cluster, ME, RDS_IAM, SUBJECT};
pub(in crate::roles) use super::wanted::name;
use super::wanted::{Choice, options, privilege};
use crate::roles::{
    CatalogDatabase, CatalogMembership, CatalogPrivilege, CatalogRole, CatalogSetting, DatabaseName, Desired,
    MembershipOptions, Oid, Privilege, PrivilegeSet, RoleAttributes, Server, Settings,
};

/// The roles that are always there, by OID.
const ROLES: [(Oid, &str); 10] = [
    (Oid::BOOTSTRAP_SUPERUSER, "rdsadmin"),
    (ME, "me"),
    (RDS_IAM, "rds_iam"),
    (ANOTHER, "another"),
    (Oid(103), "a_group"),
    (Oid(104), "b_group"),
    (Oid(105), "t_group"),
    (Oid(106), "u_group"),
    (Oid(107), "team/one"),
    (Oid(108), "team/two"),
];
const GROUPS: [Oid; 6] = [RDS_IAM, ANOTHER, Oid(103), Oid(104), Oid(105), Oid(106)];
/// Each may have granted the group to those after it.
pub(in crate::roles) const MEMBERS: [Oid; 4] = [ME, ANOTHER, Oid(107), Oid(108)];
const DATABASES: [&str; 3] = ["app", "metrics", "Reports"];
/// Up to 15 a grantor may be gone.
const GONE: Oid = Oid(999);

/// What is wanted.
const CHOICE: Choice = Choice {
    names: &["subject", "renamed"],
    groups: &["rds_iam", "another", "a_group", "b_group", "t_group", "u_group"],
    databases: &DATABASES,
    comments: &["Applications", "Other"],
    settings: &["statement_timeout", "search_path", "jit", "application_name"],
    valid_until: &["infinity", "2030-01-01 00:00:00+00", "2031-05-06 07:08:09.5+00", "-infinity"],
    members: &["me", "another", "team/*", "t*", "*/two", "[broken", "nobody"],
    of_superusers: 0.5,
};

/// A cluster in which the subject is, and how that should be. Now and then it is the connection's own user.
pub(in crate::roles) fn case() -> impl Strategy<Value = (Cluster, Desired)> {
    server().prop_flat_map(|server| {
        let me = if server.user == name("me") { ME } else { SUBJECT };
        let recorded_as = if server.superuser || !server.has_membership_options() {
            vec![Oid::BOOTSTRAP_SUPERUSER]
        } else if me == SUBJECT {
            vec![SUBJECT, Oid::BOOTSTRAP_SUPERUSER]
        } else {
            // By ADMIN of its own, by that of a group, and on RDS.
            vec![ME, ANOTHER, Oid::BOOTSTRAP_SUPERUSER]
        };
        select(recorded_as).prop_flat_map(move |recorded_as| {
            (cluster(server.clone(), me, recorded_as), desired(server.clone())).prop_map(
                move |(cluster, desired)| {
                    if me == SUBJECT { of_oneself(cluster, desired) } else { (cluster, desired) }
                },
            )
        })
    })
}

/// One can neither rename oneself nor give oneself privileges or ADMIN.
fn of_oneself(mut cluster: Cluster, mut desired: Desired) -> (Cluster, Desired) {
    desired.name = name("subject");
    desired.privileges.clear();
    for database in &mut cluster.databases {
        database.acl.retain(|entry| entry.grantor != SUBJECT || entry.grantee != SUBJECT);
    }
    for row in &mut cluster.memberships {
        row.options.admin &= row.member != SUBJECT || row.grantor != SUBJECT;
    }
    (cluster, desired)
}

fn server() -> impl Strategy<Value = Server> {
    let user = prop_oneof![4 => Just("me"), 1 => Just("subject")];
    (select(vec![130_023, 150_018, 160_014, 180_004]), any::<bool>(), user)
        .prop_map(|(version, superuser, user)| Server { version, user: name(user), superuser })
}

fn cluster(server: Server, me: Oid, recorded_as: Oid) -> impl Strategy<Value = Cluster> {
    let mut grantors = vec![Oid::BOOTSTRAP_SUPERUSER, ME, ANOTHER];
    if server.has_membership_options() {
        grantors.push(SUBJECT);
        // Our own name stands on a row only where the server records our grants under it.
        grantors.retain(|grantor| *grantor != me || recorded_as == me || server.superuser);
    } else {
        grantors.extend([SUBJECT, GONE]);
    }
    let one_row = !server.has_membership_options();
    (
        CHOICE.attributes(),
        CHOICE.comment(),
        rows(&GROUPS, grantors.clone(), one_row),
        rows(&MEMBERS, [grantors, vec![Oid(107)]].concat(), one_row),
        (CHOICE.settings(), btree_map(select(vec![0usize, 1, 2]), CHOICE.settings(), 0..2)),
        databases(server.superuser),
    )
        .prop_map(move |(attributes, comment, groups, members, settings, databases)| {
            let inherit = attributes.inherit;
            let options = |options: MembershipOptions, inherit| {
                if one_row { MembershipOptions { admin: options.admin, inherit, set: true } } else { options }
            };
            let groups = groups.into_iter().map(|((group, grantor), held)| CatalogMembership {
                group,
                member: SUBJECT,
                grantor,
                options: options(held, inherit),
            });
            let members = members.into_iter().map(|((member, grantor), held)| CatalogMembership {
                group: SUBJECT,
                member,
                grantor,
                options: options(held, true),
            });
            let role = |(oid, text): (Oid, &str)| CatalogRole {
                oid,
                name: name(text),
                attributes: RoleAttributes::default(),
                comment: None,
            };
            let mut roles: Vec<_> = ROLES.into_iter().map(role).collect();
            roles.push(CatalogRole { oid: SUBJECT, name: name("subject"), attributes, comment });
            Cluster {
                server: server.clone(),
                recorded_as,
                roles,
                memberships: if one_row {
                    groups.chain(members).collect()
                } else {
                    well_founded(groups.chain(members).collect(), recorded_as)
                },
                settings: setting_rows(settings, &databases),
                databases,
                passwords: Vec::new(),
            }
        })
}

/// From 16 on who granted a group has its ADMIN, and not by way of itself.
fn well_founded(mut rows: Vec<CatalogMembership>, recorded_as: Oid) -> Vec<CatalogMembership> {
    let rank = |oid: Oid| MEMBERS.iter().position(|member| *member == oid);
    let goes_down = |row: &CatalogMembership| {
        row.grantor != row.member && (row.group != SUBJECT || rank(row.grantor) <= rank(row.member))
    };
    rows.retain(|row| match row.group {
        SUBJECT => row.grantor != SUBJECT && row.member != recorded_as,
        group => row.grantor != group,
    });
    for row in &mut rows {
        row.options.admin &= goes_down(row);
    }
    for grantor in MEMBERS.into_iter().chain([SUBJECT]) {
        let groups: BTreeSet<_> =
            rows.iter().filter(|row| row.grantor == grantor).map(|row| row.group).collect();
        for group in groups {
            let is_of = |row: &CatalogMembership| row.group == group && row.member == grantor;
            if let Some(row) = rows.iter_mut().find(|row| is_of(row) && goes_down(row)) {
                row.options.admin = true;
            } else if rows.iter().any(is_of) {
                rows.retain(|row| row.group != group || row.grantor != grantor);
            }
        }
    }
    rows
}

fn rows(
    others: &[Oid],
    grantors: Vec<Oid>,
    one_row: bool,
) -> impl Strategy<Value = BTreeMap<(Oid, Oid), MembershipOptions>> {
    btree_map((select(others.to_vec()), select(grantors)), options(), 0..8).prop_map(move |rows| {
        let mut seen = BTreeSet::new();
        rows.into_iter().filter(|((other, _), _)| !one_row || seen.insert(*other)).collect()
    })
}

fn databases(superuser: bool) -> impl Strategy<Value = Vec<CatalogDatabase>> {
    let owners = vec![Oid::BOOTSTRAP_SUPERUSER, ME, ANOTHER, SUBJECT];
    let database = (
        select(owners),
        btree_map((privilege(), select(vec![ME, ANOTHER, Oid(103)])), any::<bool>(), 0..6),
        btree_set(privilege(), 0..2),
    );
    [database.clone(), database.clone(), database].prop_map(move |databases| {
        let named = databases.into_iter().zip(DATABASES).enumerate();
        named
            .map(|(place, ((owner, entries, by_itself), name))| CatalogDatabase {
                oid: Oid(u32::try_from(place).unwrap() + 1000),
                name: DatabaseName::new(name).unwrap(),
                owner,
                allows_connections: true,
                acl: acl(owner, superuser, entries, by_itself),
            })
            .collect()
    })
}

/// The subject's entries, and those of others beside them that nobody may touch.
fn acl(
    owner: Oid,
    superuser: bool,
    entries: BTreeMap<(Privilege, Oid), bool>,
    by_itself: BTreeSet<Privilege>,
) -> Vec<CatalogPrivilege> {
    let mut acl: Vec<_> = Privilege::ALL
        .into_iter()
        .map(|privilege| CatalogPrivilege { grantee: owner, grantor: owner, privilege, grant_option: true })
        .collect();
    acl.push(CatalogPrivilege {
        grantee: Oid(0),
        grantor: owner,
        privilege: Privilege::Connect,
        grant_option: false,
    });
    if owner == SUBJECT {
        return acl;
    }
    for ((privilege, grantor), grant_option) in entries {
        // What a superuser grants is recorded as the owner's.
        let grantor = if grantor == Oid(103) || (superuser && grantor == ME) { owner } else { grantor };
        let taken = acl.iter().any(|entry| {
            entry.grantee == SUBJECT && entry.grantor == grantor && entry.privilege == privilege
        });
        if !taken {
            acl.push(CatalogPrivilege { grantee: SUBJECT, grantor, privilege, grant_option });
        }
    }
    for privilege in by_itself {
        if acl
            .iter()
            .any(|entry| entry.grantee == SUBJECT && entry.privilege == privilege && entry.grant_option)
        {
            acl.push(CatalogPrivilege { grantee: SUBJECT, grantor: SUBJECT, privilege, grant_option: false });
        }
    }
    acl
}

fn setting_rows(
    (everywhere, by_database): (Settings, BTreeMap<usize, Settings>),
    databases: &[CatalogDatabase],
) -> Vec<CatalogSetting> {
    let places = by_database.into_iter().map(|(place, settings)| (Some(databases[place].oid), settings));
    std::iter::once((None, everywhere))
        .chain(places)
        .flat_map(|(database, settings)| {
            settings.into_iter().map(move |(name, value)| CatalogSetting {
                role: SUBJECT,
                database,
                name,
                value,
            })
        })
        .collect()
}

pub(in crate::roles) fn desired(server: Server) -> impl Strategy<Value = Desired> {
    CHOICE.desired(server.has_membership_options())
}

/// Privileges of databases, those without any left out.
pub(in crate::roles) fn not_empty(
    privileges: &BTreeMap<DatabaseName, PrivilegeSet>,
) -> BTreeMap<DatabaseName, PrivilegeSet> {
    privileges.clone().into_iter().filter(|(_, set)| !set.is_empty()).collect()
}
