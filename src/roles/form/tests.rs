use proptest::collection::{btree_map, btree_set};
use proptest::prelude::*;
use proptest::sample::select;

use super::*;
use crate::roles::parse_privileges;

fn databases(names: &[&str]) -> BTreeSet<DatabaseName> {
    names.iter().map(|name| DatabaseName::new(*name).unwrap()).collect()
}

fn full(rows: &[(&str, &[&str])]) -> BTreeMap<DatabaseName, PrivilegeSet> {
    rows.iter()
        .map(|(name, texts)| {
            (DatabaseName::new(*name).unwrap(), parse_privileges(texts.iter().copied()).unwrap())
        })
        .collect()
}

fn set(texts: &[&str]) -> PrivilegeSet {
    parse_privileges(texts.iter().copied()).unwrap()
}

#[test]
fn databases_alone_mean_connect() {
    let expansion = expand_privileges(&PrivilegeSet::new(), &databases(&["a", "b"]));
    assert_eq!(expansion, full(&[("a", &["CONNECT"]), ("b", &["CONNECT"])]));
    assert!(privileges_expansion_matches(&PrivilegeSet::new(), &databases(&["a", "b"]), &expansion));
    assert!(privileges_expansion_matches(&set(&["CONNECT"]), &databases(&["a", "b"]), &expansion));
}

#[test]
fn the_projection_is_the_union() {
    let there = full(&[("a", &["CONNECT WITH GRANT OPTION", "TEMP"]), ("b", &["CONNECT"]), ("c", &[])]);
    assert_eq!(project_privileges(&there), set(&["CONNECT", "TEMPORARY"]));
    let there = full(&[("a", &["CONNECT", "CREATE WITH GRANT OPTION"]), ("b", &["CONNECT"])]);
    assert_eq!(project_privileges(&there), set(&["CONNECT", "CREATE WITH GRANT OPTION"]));
    assert_eq!(project_databases(&there), databases(&["a", "b"]));
}

#[test]
fn a_short_form_stays_only_while_it_is_true() {
    let (privileges, names) = (set(&["CONNECT"]), databases(&["a"]));
    assert!(privileges_expansion_matches(&privileges, &names, &full(&[("a", &["CONNECT"]), ("b", &[])])));
    assert!(!privileges_expansion_matches(&privileges, &names, &full(&[])));
    assert!(!privileges_expansion_matches(&privileges, &names, &full(&[("a", &["CONNECT", "TEMP"])])));
    assert!(!privileges_expansion_matches(
        &privileges,
        &names,
        &full(&[("a", &["CONNECT"]), ("b", &["TEMP"])])
    ));
    // Privileges without a database say nothing.
    assert!(privileges_expansion_matches(&privileges, &databases(&[]), &full(&[])));

    let groups = BTreeSet::from([RoleName::new("app").unwrap()]);
    let there = expand_memberships(&groups, false);
    assert!(memberships_expansion_matches(&groups, false, &there));
    assert!(!memberships_expansion_matches(&groups, true, &there));
    assert!(!memberships_expansion_matches(&BTreeSet::new(), false, &there));
    assert_eq!(project_memberships(&there), groups);
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// Short, then full, then short again is what it was, where there is a database at all.
    #[test]
    fn the_projection_of_the_expansion_is_what_was_written(
        privileges in btree_map(select(Privilege::ALL.to_vec()), any::<bool>(), 1..4),
        names in btree_set("[a-d]", 1..4),
    ) {
        let names: BTreeSet<_> = names.into_iter().map(|name| DatabaseName::new(name).unwrap()).collect();
        let expansion = expand_privileges(&privileges, &names);
        prop_assert_eq!(project_privileges(&expansion), privileges.clone());
        prop_assert_eq!(project_databases(&expansion), names.clone());
        prop_assert!(privileges_expansion_matches(&privileges, &names, &expansion));
    }

    #[test]
    fn groups_go_there_and_back(groups in btree_set("[a-d]{1,3}", 0..4), inherit: bool) {
        let groups: BTreeSet<_> = groups.into_iter().map(|name| RoleName::new(name).unwrap()).collect();
        prop_assert_eq!(project_memberships(&expand_memberships(&groups, inherit)), groups);
    }
}
