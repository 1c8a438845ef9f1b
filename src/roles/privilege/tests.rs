use super::*;

#[test]
fn reads_every_spelling() {
    for (text, privileges, grant_option) in [
        ("CONNECT", vec![Privilege::Connect], false),
        ("connect", vec![Privilege::Connect], false),
        (" Create ", vec![Privilege::Create], false),
        ("TEMP", vec![Privilege::Temporary], false),
        ("temporary", vec![Privilege::Temporary], false),
        ("ALL", Privilege::ALL.to_vec(), false),
        ("all  privileges", Privilege::ALL.to_vec(), false),
        ("TEMP with\tgrant  option", vec![Privilege::Temporary], true),
        ("ALL WITH GRANT OPTION", Privilege::ALL.to_vec(), true),
    ] {
        assert_eq!(Privilege::parse(text), Ok((privileges, grant_option)), "{text}");
    }
}

#[test]
fn says_where_another_privilege_belongs() {
    for (text, error) in [
        ("SELECT", PrivilegeError::OfOtherObjects("tables")),
        ("maintain", PrivilegeError::OfOtherObjects("tables")),
        ("INSERT WITH GRANT OPTION", PrivilegeError::OfOtherObjects("tables")),
        ("USAGE", PrivilegeError::OfOtherObjects("schemas, sequences, types, languages and foreign servers")),
        ("execute", PrivilegeError::OfOtherObjects("functions and procedures")),
        ("alter  system", PrivilegeError::OfOtherObjects("configuration parameters")),
        ("", PrivilegeError::Unknown),
        ("WITH GRANT OPTION", PrivilegeError::Unknown),
        ("CONNECT WITH ADMIN OPTION", PrivilegeError::Unknown),
        ("CONNECT, CREATE", PrivilegeError::Unknown),
        ("CONNEKT", PrivilegeError::Unknown),
    ] {
        assert_eq!(Privilege::parse(text), Err(error), "{text}");
    }
    let shown = PrivilegeError::OfOtherObjects("tables").to_string();
    assert_eq!(
        shown,
        "this is a privilege of tables; on a database there are CONNECT, CREATE, TEMPORARY and ALL"
    );
}

#[test]
fn texts_together_make_a_set() {
    let set = parse_privileges(["ALL", "CONNECT WITH GRANT OPTION"]).unwrap();
    let expected = PrivilegeSet::from([
        (Privilege::Connect, true),
        (Privilege::Create, false),
        (Privilege::Temporary, false),
    ]);
    assert_eq!(set, expected);
    let texts = privilege_texts(&set);
    assert_eq!(
        texts.iter().map(String::as_str).collect::<Vec<_>>(),
        ["CONNECT WITH GRANT OPTION", "CREATE", "TEMPORARY"]
    );
    assert_eq!(parse_privileges(texts.iter().map(String::as_str)), Ok(set.clone()));
    assert_eq!(parse_privileges(["CONNECT WITH GRANT OPTION", "TEMP", "connect", "create"]), Ok(set.clone()));
    assert_ne!(parse_privileges(["ALL"]), Ok(set));
    assert_eq!(
        parse_privileges(["CONNECT", "SELECT"]),
        Err(("SELECT", PrivilegeError::OfOtherObjects("tables")))
    );
}
