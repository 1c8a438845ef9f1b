use proptest::prelude::*;

use super::*;
use crate::roles::diff::tests::arbitrary::case;
use crate::roles::diff::tests::model::{Cluster, ME, SUBJECT};
use crate::roles::{DatabaseName, diff};

fn name(text: &str) -> RoleName {
    RoleName::from_catalog(text)
}

fn server(version: u32) -> Server {
    Server { version, user: name("me"), superuser: false }
}

fn role(oid: u32, text: &str) -> CatalogRole {
    CatalogRole { oid: Oid(oid), name: name(text), attributes: RoleAttributes::default(), comment: None }
}

fn foresight(version: u32, roles: Vec<CatalogRole>) -> Foresight {
    let catalog = Catalog::new(roles, vec![], vec![], vec![]);
    Foresight::new(catalog, server(version), Creator::BecomesMember)
}

fn create(text: &str) -> Change {
    Change::Create { name: name(text), attributes: RoleAttributes::default() }
}

fn grant(group: &str, member: &str) -> Change {
    let options = MembershipOptions { admin: false, inherit: true, set: true };
    Change::GrantMembership { group: name(group), member: name(member), options, keeps_admin: false }
}

fn is_member(foresight: &Foresight, member: &str, group: &str) -> bool {
    foresight.catalog().is_member_of(&name(member), &name(group))
}

/// As it is read: up to 15 a membership inherits as its member does.
fn catalog(mut cluster: Cluster) -> Catalog {
    if !cluster.server.has_membership_options() {
        for row in &mut cluster.memberships {
            let member = cluster.roles.iter().find(|role| role.oid == row.member);
            row.options.inherit = member.is_some_and(|member| member.attributes.inherit);
        }
    }
    cluster.catalog()
}

/// A role as it is, with what two sides number otherwise made the same.
fn comparable(role: Option<Role>) -> Option<Role> {
    role.map(|mut role| {
        role.privileges.sort_by(|a, b| {
            (&a.database, a.privilege, &a.grantor, a.grant_option).cmp(&(
                &b.database,
                b.privilege,
                &b.grantor,
                b.grant_option,
            ))
        });
        role
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 300, ..ProptestConfig::default() })]

    /// The changes of a diff laid over a catalog are the catalog of the rows that they leave in the model of a server.
    #[test]
    fn what_is_foreseen_is_what_comes_about((cluster, desired) in case()) {
        // The model also knows grants that are recorded as another's, which a plan cannot.
        prop_assume!(cluster.server.superuser || cluster.recorded_as == ME);
        prop_assume!(!cluster.server.superuser || cluster.recorded_as == Oid::BOOTSTRAP_SUPERUSER);
        let before = catalog(cluster.clone());
        let changes = diff(before.role_by_oid(SUBJECT).as_ref(), &desired, &cluster.server).changes;
        let mut after = cluster.clone();
        prop_assume!(after.apply(&changes).is_ok());
        let after = catalog(after);
        let mut foresight = Foresight::new(before, cluster.server.clone(), Creator::BecomesMember);
        changes.iter().for_each(|change| foresight.lay(change));
        for role in after.roles() {
            let foreseen = foresight.catalog().role_by_oid(role.oid);
            prop_assert_eq!(comparable(foreseen), comparable(after.role_by_oid(role.oid)));
        }
        prop_assert_eq!(foresight.catalog().roles().count(), after.roles().count());
    }
}

#[test]
fn who_creates_a_role_belongs_to_it_from_16_on() {
    for (version, belongs) in [(150_000, false), (160_000, true)] {
        let mut foresight = foresight(version, vec![role(1, "me")]);
        foresight.lay(&create("app"));
        assert_eq!(is_member(&foresight, "me", "app"), belongs, "{version}");
    }
    let catalog = Catalog::new(vec![role(1, "me")], vec![], vec![], vec![]);
    let mut on_rds = Foresight::new(catalog, server(160_000), Creator::NotKnown);
    on_rds.lay(&create("app"));
    assert!(!is_member(&on_rds, "me", "app"));
}

#[test]
fn a_group_that_comes_later_has_its_members_then() {
    let mut foresight = foresight(150_000, vec![role(1, "me"), role(2, "bob"), role(3, "old")]);
    foresight.lay(&grant("later", "bob"));
    foresight.lay(&grant("renamed", "bob"));
    assert!(foresight.role(&name("bob")).unwrap().memberships.is_empty());
    foresight.lay(&create("later"));
    foresight.lay(&Change::Rename { from: name("old"), to: name("renamed") });
    assert!(is_member(&foresight, "bob", "later") && is_member(&foresight, "bob", "renamed"));
}

#[test]
fn what_is_dropped_leads_nowhere_any_more() {
    let mut foresight =
        foresight(160_000, vec![role(1, "me"), role(2, "bob"), role(3, "app"), role(4, "all")]);
    foresight.lay(&grant("app", "bob"));
    foresight.lay(&grant("all", "app"));
    assert!(is_member(&foresight, "bob", "all"));
    foresight.drop_role(&name("app"));
    assert!(!is_member(&foresight, "bob", "all"));
    assert_eq!(foresight.role(&name("app")), None);
    // A new one of that name is another.
    foresight.lay(&create("app"));
    assert!(!is_member(&foresight, "bob", "app"));
    assert_eq!(foresight.catalog().roles().filter(|role| role.name == name("app")).count(), 1);
}

#[test]
fn a_name_that_is_given_up_may_be_taken() {
    let mut foresight = foresight(150_000, vec![role(1, "a"), role(2, "b")]);
    for (from, to) in [("a", "c"), ("b", "a"), ("c", "b")] {
        foresight.lay(&Change::Rename { from: name(from), to: name(to) });
    }
    assert_eq!(foresight.catalog().role_oid(&name("a")), Some(Oid(2)));
    assert_eq!(foresight.catalog().role_oid(&name("b")), Some(Oid(1)));
}

#[test]
fn many_changes_are_no_burden() {
    let mut foresight = foresight(160_000, vec![role(1, "me"), role(2, "group")]);
    for number in 0..20_000 {
        let user = format!("user_{number}");
        foresight.lay(&create(&user));
        foresight.lay(&grant("group", &user));
        foresight.lay(&Change::SetSetting {
            role: name(&user),
            database: None,
            name: "jit".to_owned(),
            value: "off".to_owned(),
        });
    }
    assert_eq!(foresight.catalog().everyone_in(Oid(2)).len(), 20_002, "me among them, by its users");
    for number in 0..20_000 {
        let (group, member) = (name("group"), name(&format!("user_{number}")));
        foresight.lay(&Change::RevokeMembership { group, member, grantor: None });
    }
    assert_eq!(foresight.catalog().everyone_in(Oid(2)), [Oid(2)]);
    let nowhere = DatabaseName::from_catalog("nowhere");
    assert_eq!(foresight.catalog().connect_path(Oid(1), &nowhere), None);
}
