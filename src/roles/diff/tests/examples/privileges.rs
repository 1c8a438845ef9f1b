//! Privileges on databases.

use super::*;

#[test]
fn privileges_are_granted_and_revoked_by_grantor() {
    let mut actual = role();
    actual.privileges = vec![
        privilege("myapp", "CONNECT", "owner"),
        privilege("myapp", "CREATE", "owner"),
        privilege("myapp", "CREATE", "me"),
        privilege("myapp", "TEMP", "owner"),
    ];
    let wanted = parse_privileges(["CONNECT WITH GRANT OPTION"]).unwrap();
    let desired = Desired { privileges: BTreeMap::from([(database("myapp"), wanted)]), ..desired() };
    let changes = diff(Some(&actual), &desired, &server(150_018)).changes;
    let described: Vec<_> = changes.iter().map(Change::describe).collect();
    assert_eq!(
        described,
        [
            "grant CONNECT WITH GRANT OPTION on database myapp",
            "revoke CREATE on database myapp",
            "revoke CREATE, TEMPORARY on database myapp (granted by owner)",
        ]
    );
}

#[test]
fn a_surplus_grant_option_goes_and_the_privilege_stays() {
    let mut actual = role();
    actual.privileges =
        vec![privilege("myapp", "CONNECT WITH GRANT OPTION", "owner"), privilege("myapp", "CONNECT", "bob")];
    let wanted = parse_privileges(["CONNECT"]).unwrap();
    let desired = Desired { privileges: BTreeMap::from([(database("myapp"), wanted)]), ..desired() };
    assert_eq!(
        described(&actual, &desired, &server(150_018)),
        [
            "revoke CONNECT on database myapp (granted by bob)",
            "revoke the grant option of CONNECT on database myapp (granted by owner)",
        ]
    );
}

#[test]
fn an_owner_loses_nothing_and_gets_back_what_it_was_deprived_of() {
    let mut actual = role();
    actual.owned_databases = BTreeMap::from([(database("own"), Privilege::ALL.into())]);
    let mut desired = desired();
    assert_eq!(described(&actual, &desired, &server(150_018)), [""; 0]);
    let wanted = parse_privileges(["ALL WITH GRANT OPTION"]).unwrap();
    desired.privileges = BTreeMap::from([(database("own"), wanted)]);
    assert_eq!(described(&actual, &desired, &server(150_018)), [""; 0]);
    // And a state shows of it just what is written.
    assert_eq!(actual.effective_privileges(&desired.privileges), desired.privileges);
    assert!(actual.effective_privileges(&BTreeMap::new()).is_empty());

    actual.owned_databases = BTreeMap::from([(database("own"), [Privilege::Create].into())]);
    assert_eq!(described(&actual, &desired, &server(150_018)), ["grant CONNECT, TEMPORARY on database own"]);
    let shown = actual.effective_privileges(&desired.privileges);
    assert_eq!(shown[&database("own")], parse_privileges(["CREATE WITH GRANT OPTION"]).unwrap());
    assert!(actual.effective_privileges(&BTreeMap::new()).is_empty());
}
