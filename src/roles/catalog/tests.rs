use super::*;
use crate::roles::ValidUntil;

fn name(text: &str) -> RoleName {
    RoleName::new(text).unwrap()
}

fn database_name(text: &str) -> DatabaseName {
    DatabaseName::new(text).unwrap()
}

fn role(oid: u32, text: &str) -> CatalogRole {
    let attributes = RoleAttributes { valid_until: ValidUntil::Never, ..RoleAttributes::default() };
    CatalogRole { oid: Oid(oid), name: name(text), attributes, comment: None }
}

fn membership(group: u32, member: u32, grantor: u32) -> CatalogMembership {
    CatalogMembership {
        group: Oid(group),
        member: Oid(member),
        grantor: Oid(grantor),
        options: MembershipOptions::NONE,
    }
}

fn setting(role: u32, database: Option<u32>, setting: &str) -> CatalogSetting {
    let (name, value) = setting.split_once('=').unwrap();
    CatalogSetting {
        role: Oid(role),
        database: database.map(Oid),
        name: name.to_owned(),
        value: value.to_owned(),
    }
}

fn database(oid: u32, text: &str, owner: u32, acl: &[(u32, u32, Privilege, bool)]) -> CatalogDatabase {
    let entry =
        |(grantee, grantor, privilege, grant_option): &(u32, u32, Privilege, bool)| CatalogPrivilege {
            grantee: Oid(*grantee),
            grantor: Oid(*grantor),
            privilege: *privilege,
            grant_option: *grant_option,
        };
    CatalogDatabase {
        oid: Oid(oid),
        name: database_name(text),
        owner: Oid(owner),
        allows_connections: true,
        acl: acl.iter().map(entry).collect(),
    }
}

#[test]
fn a_role_has_its_own_rows_and_names_for_oids() {
    let catalog = Catalog::new(
        vec![role(1, "alice"), role(2, "app"), role(3, "bob"), role(4, "admins")],
        vec![membership(2, 1, 3), membership(4, 1, 3), membership(1, 3, 1), membership(2, 3, 1)],
        vec![setting(1, None, "work_mem=4MB"), setting(1, Some(20), "jit=off"), setting(3, None, "jit=on")],
        vec![
            database(
                20,
                "myapp",
                3,
                &[
                    (0, 3, Privilege::Connect, false),
                    (3, 3, Privilege::Connect, true),
                    (1, 3, Privilege::Temporary, false),
                    (1, 4, Privilege::Connect, true),
                ],
            ),
            database(21, "own", 1, &[(1, 1, Privilege::Create, true)]),
        ],
    );
    let alice = catalog.role(&name("alice")).unwrap();
    assert_eq!(catalog.role_by_oid(Oid(1)).as_ref(), Some(&alice));
    assert_eq!(catalog.role_oid(&name("alice")), Some(Oid(1)));
    let groups: Vec<_> = alice.memberships.iter().map(|row| row.other.as_str()).collect();
    assert_eq!(groups, ["admins", "app"]);
    assert_eq!(alice.memberships[0].grantor, Some(name("bob")));
    let members: Vec<_> = alice.members.iter().map(|row| (row.other.as_str(), row.other_oid)).collect();
    assert_eq!(members, [("bob", Oid(3))]);
    assert_eq!(alice.settings, Settings::from([("work_mem".to_owned(), "4MB".to_owned())]));
    assert_eq!(alice.database_settings[&database_name("myapp")]["jit"], "off");
    let privileges: Vec<_> = alice
        .privileges
        .iter()
        .map(|held| (held.database.as_str(), held.privilege, held.grant_option, held.grantor.clone()))
        .collect();
    assert_eq!(
        privileges,
        [
            ("myapp", Privilege::Connect, true, Some(name("admins"))),
            ("myapp", Privilege::Temporary, false, Some(name("bob"))),
        ]
    );
    assert_eq!(alice.owned_databases.keys().collect::<Vec<_>>(), [&database_name("own")]);

    let bob = catalog.role(&name("bob")).unwrap();
    assert!(bob.privileges.is_empty(), "the owner's own entry says nothing");
    assert_eq!(bob.owned_databases, [(database_name("myapp"), [Privilege::Connect].into())].into());
    assert_eq!(catalog.database(&database_name("own")).map(|row| row.oid), Some(Oid(21)));
    assert_eq!(catalog.database_by_oid(Oid(20)).map(|row| row.name.as_str()), Some("myapp"));
    assert_eq!(catalog.roles().count(), 4);
    assert_eq!(catalog.databases().count(), 2);
}

#[test]
fn what_refers_to_nothing_is_left_out_but_for_grantors() {
    let catalog = Catalog::new(
        vec![role(1, "alice"), role(2, "app")],
        vec![membership(2, 1, 99), membership(98, 1, 2), membership(1, 97, 2)],
        vec![setting(1, Some(96), "jit=off"), setting(95, None, "jit=on")],
        vec![database(20, "myapp", 94, &[(1, 93, Privilege::Connect, false)])],
    );
    let alice = catalog.role(&name("alice")).unwrap();
    assert_eq!(alice.memberships.len(), 1);
    assert_eq!((&alice.memberships[0].grantor, alice.memberships[0].grantor_oid), (&None, Oid(99)));
    assert!(alice.members.is_empty());
    assert!(alice.settings.is_empty() && alice.database_settings.is_empty());
    assert_eq!(alice.privileges.len(), 1);
    assert_eq!(alice.privileges[0].grantor, None);
    assert_eq!(catalog.role(&name("nobody")), None);
    assert_eq!(catalog.role_by_oid(Oid(95)), None);
    assert_eq!(catalog.database(&database_name("nothing")), None);
}

/// As measured for `+role` in pg_hba.conf: through groups, and by a membership without any option.
#[test]
fn membership_goes_through_groups() {
    let catalog = Catalog::new(
        vec![role(1, "alice"), role(2, "app"), role(3, "rds_iam"), role(4, "bob")],
        // With a circle, which the server refuses.
        vec![membership(2, 1, 10), membership(3, 2, 10), membership(2, 3, 10)],
        vec![],
        vec![],
    );
    let rds_iam = RoleName::rds_iam();
    assert!(catalog.is_member_of(&name("alice"), &rds_iam));
    assert!(catalog.is_member_of(&name("alice"), &name("app")));
    assert!(catalog.is_member_of(&rds_iam, &rds_iam));
    assert!(!catalog.is_member_of(&name("bob"), &rds_iam));
    assert!(!catalog.is_member_of(&rds_iam, &name("alice")));
    assert!(!catalog.is_member_of(&name("nobody"), &name("nobody")));
}

/// Each role of many costs its own rows only. By a search through all of them this takes minutes.
#[test]
fn many_roles_are_no_burden() {
    let count = 50_000;
    let roles = (1..=count).map(|oid| role(oid, &format!("role_{oid}"))).collect();
    let memberships = (1..count).map(|oid| membership(oid + 1, oid, 10)).collect();
    let settings = (1..=count).map(|oid| setting(oid, None, "jit=off")).collect();
    let acl: Vec<_> = (1..=count).map(|oid| (oid, 10, Privilege::Connect, false)).collect();
    let catalog = Catalog::new(roles, memberships, settings, vec![database(20, "myapp", 90_000, &acl)]);
    for oid in 1..=count {
        let role = catalog.role_by_oid(Oid(oid)).unwrap();
        assert_eq!((role.settings.len(), role.privileges.len()), (1, 1));
    }
    assert!(catalog.is_member_of(&name("role_1"), &name("role_50000")));
}
