use super::*;
use crate::sdk::schema::checks::{not_empty, one_of, whole_number};
use crate::sdk::{Diagnostic, Diagnostics, Path};

fn run(check: impl Fn(&Value, &Path, &mut Diagnostics), value: Value) -> Option<Diagnostic> {
    let mut diagnostics = Diagnostics::new();
    check(&value, &Path::attribute("x"), &mut diagnostics);
    assert!(diagnostics.iter().count() <= 1);
    let diagnostic = diagnostics.into_iter().next()?;
    assert!(diagnostic.is_error());
    assert_eq!(diagnostic.path, Some(Path::attribute("x")));
    Some(diagnostic)
}

#[test]
fn one_of_names_the_words() {
    let check = || one_of(&["drop", "disable"]);
    assert_eq!(run(check(), Value::string("drop")), None);
    let said = run(check(), Value::string("Drop")).unwrap();
    assert_eq!(said.summary, "`x` is not one of the allowed words");
    assert_eq!(said.detail, "Written is \"Drop\".\nAllowed: \"drop\", \"disable\".");
    assert!(run(check(), Value::string("")).is_some());
}

#[test]
fn whole_number_names_the_limits() {
    let check = || whole_number(1..=65_535);
    for fits in [1, 65_535] {
        assert_eq!(run(check(), number(fits)), None);
    }
    for text in ["0", "65536", "1.5", "-1", "1e30"] {
        let said = run(check(), Value::Number(text.parse().unwrap())).unwrap();
        assert_eq!(said.summary, "`x` must be a whole number from 1 to 65535");
        assert!(said.detail.contains("Allowed: 1 to 65535."), "{}", said.detail);
    }
    let said = run(check(), Value::Number("1.5".parse().unwrap())).unwrap();
    assert!(said.detail.starts_with("Written is 1.5.\n"), "{}", said.detail);
    let said = run(check(), Value::Number("1e5000".parse().unwrap())).unwrap();
    assert!(said.detail.starts_with("Written is a number of 5001 characters.\n"), "{}", said.detail);
}

#[test]
fn not_empty_wants_a_character() {
    assert_eq!(run(not_empty(), Value::string(" ")), None);
    assert_eq!(run(not_empty(), Value::string("")).unwrap().summary, "`x` is empty");
}
