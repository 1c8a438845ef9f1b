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
    assert_eq!(expand_privileges(&set(&["CONNECT"]), &databases(&["a", "b"])), expansion);
    // Privileges without a database say nothing.
    assert_eq!(expand_privileges(&set(&["CONNECT"]), &databases(&[])), full(&[]));
}

#[test]
fn the_projection_is_the_union() {
    let there = full(&[("a", &["CONNECT WITH GRANT OPTION", "TEMP"]), ("b", &["CONNECT"]), ("c", &[])]);
    assert_eq!(project_privileges(&there), set(&["CONNECT", "TEMPORARY"]));
    let there = full(&[("a", &["CONNECT", "CREATE WITH GRANT OPTION"]), ("b", &["CONNECT"])]);
    assert_eq!(project_privileges(&there), set(&["CONNECT", "CREATE WITH GRANT OPTION"]));
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
        prop_assert!(expansion.keys().eq(&names));
    }
}
