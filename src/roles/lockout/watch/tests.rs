use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;
use crate::roles::foresight::Creator;
use crate::roles::lockout::Harm;
use crate::roles::{
    Catalog, CatalogDatabase, CatalogMembership, CatalogPrivilege, CatalogRole, MembershipOptions, Privilege,
    PrivilegeSet, RoleAttributes, Server, ValidUntil,
};

const NAMES: [&str; 7] = ["me", "a", "b", "c", "d", "rds_iam", "rds_superuser"];

fn name(text: &str) -> RoleName {
    RoleName::from_catalog(text)
}

fn database() -> DatabaseName {
    DatabaseName::from_catalog("postgres")
}

fn now() -> OffsetDateTime {
    OffsetDateTime::UNIX_EPOCH
}

fn oid(text: &str) -> Oid {
    let place = NAMES.iter().position(|name| *name == text).unwrap();
    Oid(100 + u32::try_from(place).unwrap())
}

fn options(inherit: bool) -> MembershipOptions {
    MembershipOptions { admin: false, inherit, set: true }
}

fn catalog(memberships: &[(&str, &str, bool)], connect: &[&str]) -> Catalog {
    let attributes = RoleAttributes { login: true, create_role: true, ..RoleAttributes::default() };
    let roles = NAMES.iter().map(|text| CatalogRole {
        oid: oid(text),
        name: name(text),
        attributes: attributes.clone(),
        comment: None,
    });
    let memberships = memberships.iter().map(|(member, group, inherit)| CatalogMembership {
        member: oid(member),
        group: oid(group),
        grantor: oid("me"),
        options: options(*inherit),
    });
    let acl = connect.iter().map(|grantee| CatalogPrivilege {
        grantee: if *grantee == "PUBLIC" { Oid(0) } else { oid(grantee) },
        grantor: oid("me"),
        privilege: Privilege::Connect,
        grant_option: false,
    });
    let database = CatalogDatabase {
        oid: Oid(5),
        name: database(),
        owner: oid("d"),
        allows_connections: true,
        acl: acl.collect(),
    };
    Catalog::new(roles.collect(), memberships.collect(), vec![], vec![database])
}

fn begin(catalog: Catalog, version: u32, login: Login) -> (Watch, Foresight) {
    let server = Server { version, user: name("me"), superuser: false };
    let foresight = Foresight::new(catalog, server, Creator::BecomesMember);
    let protection = Protection::of_connection(name("me"), login, database());
    (Watch::new(&protection, &foresight, now()), foresight)
}

fn grant(group: &str, member: &str) -> Change {
    Change::GrantMembership {
        group: name(group),
        member: name(member),
        options: options(true),
        keeps_admin: false,
    }
}

fn revoke(group: &str, member: &str) -> Change {
    Change::RevokeMembership { group: name(group), member: name(member), grantor: None }
}

fn create(text: &str) -> Change {
    Change::Create { name: name(text), attributes: RoleAttributes::default() }
}

fn path(names: &[&str]) -> Vec<RoleName> {
    names.iter().map(|text| name(text)).collect()
}

fn losses_of(lost: Vec<Lost>) -> Vec<Loss> {
    lost.into_iter().map(|lost| lost.loss).collect()
}

#[test]
fn two_that_only_together_lock_out_are_found_with_the_second() {
    let second = Loss::EntersRdsIam { path: path(&["me", "a", "b", "rds_iam"]) };
    for order in [["a", "b"], ["b", "a"]] {
        let (mut watch, mut foresight) =
            begin(catalog(&[("me", "a", true)], &["PUBLIC"]), 150_000, Login::Password);
        let change = |of: &str| if of == "a" { grant("b", "a") } else { grant("rds_iam", "b") };
        let [first, then] = order.map(change);
        assert_eq!(watch.lay(&[first], &mut foresight), []);
        let lost = watch.lay(std::slice::from_ref(&then), &mut foresight);
        assert_eq!(lost[0].by, Some(then));
        assert_eq!(losses_of(lost), std::slice::from_ref(&second));
    }
}

/// On 16 and later who creates a role belongs to it.
#[test]
fn creating_a_role_with_rds_iam_locks_its_creator_out() {
    for (version, shut_out) in [(150_000, false), (160_000, true)] {
        let (mut watch, mut foresight) = begin(catalog(&[], &["PUBLIC"]), version, Login::Password);
        let lost = watch.lay(&[create("bob"), grant("rds_iam", "bob")], &mut foresight);
        let expected = Loss::EntersRdsIam { path: path(&["me", "bob", "rds_iam"]) };
        assert_eq!(losses_of(lost), if shut_out { vec![expected] } else { vec![] }, "{version}");
    }
}

#[test]
fn a_role_that_logs_in_with_tokens_must_stay_in_rds_iam() {
    let ways = [("me", "a", true), ("a", "rds_iam", false)];
    for login in [Login::Iam, Login::Unknown] {
        let start = || begin(catalog(&ways, &["PUBLIC"]), 160_000, login);
        let expected = Loss::LeavesRdsIam { path: path(&["me", "a", "rds_iam"]) };
        let (mut watch, mut foresight) = start();
        let lost = watch.lay(&[revoke("rds_iam", "a")], &mut foresight);
        assert_eq!(losses_of(lost), std::slice::from_ref(&expected));
        let (mut watch, mut foresight) = start();
        assert_eq!(losses_of(watch.lay_drop(&name("a"), &mut foresight)), [expected]);
        // By another way it stays.
        let (mut watch, mut foresight) = start();
        let lost = watch.lay(&[grant("b", "me"), grant("rds_iam", "b"), revoke("a", "me")], &mut foresight);
        assert_eq!(losses_of(lost), []);
        // A rename breaks nothing.
        let rename = Change::Rename { from: name("a"), to: name("z") };
        assert_eq!(watch.lay(&[rename], &mut foresight), []);
    }
}

#[test]
fn connect_may_come_from_a_group_that_is_inherited_or_from_public() {
    let revoke_connect = |grantee: &str| Change::RevokePrivileges {
        database: database(),
        grantee: name(grantee),
        privileges: vec![Privilege::Connect],
        grant_option_only: false,
        grantor: None,
    };
    let (mut watch, mut foresight) = begin(catalog(&[("me", "a", true)], &["a"]), 160_000, Login::Password);
    assert_eq!(losses_of(watch.lay(&[revoke_connect("a")], &mut foresight)), [Loss::Connect]);
    let (mut watch, mut foresight) =
        begin(catalog(&[("me", "a", true)], &["a", "PUBLIC"]), 160_000, Login::Password);
    assert_eq!(watch.lay(&[revoke_connect("a"), revoke("a", "me")], &mut foresight), []);
    // Without INHERIT a membership brings no privilege.
    let (mut watch, mut foresight) = begin(catalog(&[("me", "a", true)], &["a"]), 160_000, Login::Password);
    let narrowed = Change::GrantMembership {
        group: name("a"),
        member: name("me"),
        options: options(false),
        keeps_admin: false,
    };
    assert_eq!(losses_of(watch.lay(&[narrowed], &mut foresight)), [Loss::Connect]);
}

#[test]
fn a_loss_names_the_change_and_the_option_that_does_it() {
    let (mut watch, mut foresight) = begin(catalog(&[], &["PUBLIC"]), 150_000, Login::Password);
    let past = RoleOption::ValidUntil(ValidUntil::parse("1969-01-01T00:00:00Z").unwrap());
    let alter = |options| Change::Alter { name: name("me"), options };
    let setting = |text: &str, value: &str| Change::SetSetting {
        role: name("me"),
        database: None,
        name: text.to_owned(),
        value: value.to_owned(),
    };
    let harmful = setting("Default_Transaction_Read_Only", "on");
    let changes = [
        alter(vec![RoleOption::CreateDatabase(true), RoleOption::ConnectionLimit(0), past.clone()]),
        setting("search_path", "a"),
        harmful.clone(),
        Change::ClearPassword { name: name("me") },
    ];
    let lost = watch.lay(&changes, &mut foresight);
    let of = |loss: &Loss| lost.iter().find(|lost| lost.loss == *loss).and_then(|lost| lost.by.clone());
    assert_eq!(lost.len(), 4, "{lost:?}");
    assert_eq!(of(&Loss::ConnectionLimit), Some(alter(vec![RoleOption::ConnectionLimit(0)])));
    assert_eq!(of(&Loss::Validity), Some(alter(vec![past])));
    assert_eq!(of(&Loss::Password), Some(Change::ClearPassword { name: name("me") }));
    let setting = Loss::Setting { name: "default_transaction_read_only".to_owned(), harm: Harm::ReadOnly };
    assert_eq!(of(&setting), Some(harmful));
    // It was said.
    assert_eq!(watch.lay(&changes, &mut foresight), []);
}

#[test]
fn a_rename_is_told_from_a_drop() {
    let (mut watch, mut foresight) = begin(catalog(&[], &["PUBLIC"]), 150_000, Login::Password);
    let rename = Change::Rename { from: name("me"), to: name("you") };
    assert_eq!(losses_of(watch.lay(&[rename], &mut foresight)), [Loss::Renamed { to: name("you") }]);
    let (mut watch, mut foresight) = begin(catalog(&[], &["PUBLIC"]), 150_000, Login::Password);
    assert_eq!(losses_of(watch.lay_drop(&name("me"), &mut foresight)), [Loss::Gone]);
    let (mut watch, mut foresight) = begin(catalog(&[], &["PUBLIC"]), 150_000, Login::Password);
    assert_eq!(losses_of(watch.lay_disable(&name("me"), &mut foresight)), [Loss::Login]);
}

/// On 16 and later the creator comes to belong to each of them, and is not looked at again for each.
#[test]
fn a_plan_of_many_users_is_no_burden() {
    let (mut watch, mut foresight) = begin(catalog(&[], &["PUBLIC"]), 160_000, Login::Password);
    for number in 0..20_000 {
        let user = format!("user_{number}");
        let lost = watch.lay(&[create(&user), grant("a", &user), grant("b", &user)], &mut foresight);
        assert_eq!(lost, []);
    }
    let lost = watch.lay(&[grant("rds_iam", "a")], &mut foresight);
    assert!(matches!(&losses_of(lost)[..], [Loss::EntersRdsIam { path }] if path.len() == 4));
}

fn any_name() -> impl Strategy<Value = RoleName> {
    proptest::sample::select(NAMES.to_vec()).prop_map(name)
}

fn change() -> impl Strategy<Value = Change> {
    let connect = || PrivilegeSet::from([(Privilege::Connect, false)]);
    prop_oneof![
        4 => (any_name(), any_name(), any::<bool>()).prop_map(|(group, member, inherit)| {
            Change::GrantMembership { group, member, options: options(inherit), keeps_admin: false }
        }),
        3 => (any_name(), any_name()).prop_map(|(group, member)| {
            Change::RevokeMembership { group, member, grantor: None }
        }),
        1 => any_name().prop_map(move |grantee| {
            Change::GrantPrivileges { database: database(), grantee, privileges: connect() }
        }),
        2 => any_name().prop_map(|grantee| Change::RevokePrivileges {
            database: database(),
            grantee,
            privileges: vec![Privilege::Connect],
            grant_option_only: false,
            grantor: None,
        }),
        1 => (any_name(), any::<bool>()).prop_map(|(name, on)| {
            Change::Alter { name, options: vec![RoleOption::Inherit(on)] }
        }),
        1 => (any_name(), any::<bool>()).prop_map(|(name, on)| {
            Change::Alter { name, options: vec![RoleOption::Login(on), RoleOption::CreateRole(!on)] }
        }),
        1 => (any_name(), any_name()).prop_map(|(from, to)| Change::Rename { from, to }),
        1 => any_name().prop_map(|name| Change::Create { name, attributes: RoleAttributes::default() }),
        1 => (any_name(), any::<bool>()).prop_map(|(role, on)| Change::SetSetting {
            role,
            database: on.then(database),
            name: "statement_timeout".to_owned(),
            value: if on { "1".to_owned() } else { "0".to_owned() },
        }),
    ]
}

fn graph() -> impl Strategy<Value = Catalog> {
    let edge = (0..NAMES.len(), 0..NAMES.len(), any::<bool>());
    let edges = proptest::collection::vec(edge, 0..8);
    let connect = proptest::sample::subsequence(vec!["PUBLIC", "a", "b", "me"], 0..3);
    (edges, connect).prop_map(|(edges, connect)| {
        let edges: Vec<_> = edges
            .into_iter()
            .map(|(member, group, inherit)| (NAMES[member], NAMES[group], inherit))
            .collect();
        catalog(&edges, &connect)
    })
}

/// Everything that a role belongs to, found without any order: each membership again and again until nothing comes.
fn closure(catalog: &Catalog, from: Oid, inherited_only: bool) -> BTreeSet<Oid> {
    let mut all = BTreeSet::from([from]);
    loop {
        let before = all.len();
        for oid in all.clone() {
            for row in catalog.role_by_oid(oid).into_iter().flat_map(|role| role.memberships) {
                if row.options.inherit || !inherited_only {
                    all.insert(row.other_oid);
                }
            }
        }
        if all.len() == before {
            return all;
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 2_000, ..ProptestConfig::default() })]

    /// What the watch keeps, looking again only where a change concerns the role, is what a look at everything shows.
    #[test]
    fn what_is_kept_is_what_a_fresh_look_shows(
        graph in graph(),
        sixteen in any::<bool>(),
        changes in proptest::collection::vec(change(), 1..8),
    ) {
        let version = if sixteen { 160_000 } else { 150_000 };
        let (mut watch, mut foresight) = begin(graph, version, Login::Password);
        for change in changes {
            // A name that is there is refused by the server.
            if let Change::Rename { to, .. } = &change
                && foresight.catalog().role_oid(to).is_some()
            {
                continue;
            }
            watch.lay(std::slice::from_ref(&change), &mut foresight);
            let kept = watch.access(&name("me")).cloned();
            let fresh = Standing::of(&name("me"), &foresight, &database(), now()).map(|fresh| fresh.access);
            let path_aside = |access: Option<Access>| {
                access.map(|access| Access { rds_iam: access.rds_iam.map(|_| Vec::new()), ..access })
            };
            prop_assert_eq!(path_aside(kept.clone()), path_aside(fresh), "after {:?}", change);
            let Some(kept) = kept else { continue };
            let catalog = foresight.catalog();
            let groups = closure(catalog, kept.oid, false);
            let in_group = |group: &str| catalog.role_oid(&name(group)).is_some_and(|oid| groups.contains(&oid));
            prop_assert_eq!(kept.rds_iam.is_some(), in_group("rds_iam"));
            prop_assert_eq!(kept.rds_superuser, in_group("rds_superuser"));
            let by = closure(catalog, kept.oid, true);
            let may = by.into_iter().filter_map(|oid| catalog.role_by_oid(oid)).any(|role| {
                // The owner's own entry is not among a role's privileges.
                let as_owner = role.owned_databases.contains_key(&database());
                !as_owner && role.privileges.iter().any(|held| held.privilege == Privilege::Connect)
            });
            prop_assert!(kept.connect || !may);
        }
    }
}
