use proptest::prelude::*;
use time::macros::datetime;

use super::*;

fn at(moment: OffsetDateTime) -> Result<ValidUntil, ValidUntilError> {
    Ok(ValidUntil::At(moment))
}

#[test]
fn reads_what_a_person_writes() {
    let new_year = datetime!(2030-01-01 00:00:00 UTC);
    for text in [
        "2030-01-01T00:00:00Z",
        "2030-01-01t00:00:00z",
        "2030-01-01T00:00:00.000000Z",
        "2030-01-01T01:00:00+01:00",
        "2029-12-31T14:30:00-09:30",
    ] {
        assert_eq!(ValidUntil::parse(text), at(new_year), "{text}");
    }
    assert_eq!(ValidUntil::parse("infinity"), Ok(ValidUntil::Never));
    assert_eq!(ValidUntil::parse("Infinity"), Ok(ValidUntil::Never));
}

/// As PostgreSQL rounds the same texts: 13 and 18 say .123456, .123458, .123457.
#[test]
fn rounds_to_microseconds_as_the_server_does() {
    for (text, rounded) in [
        ("2030-01-01T00:00:00.1234565Z", datetime!(2030-01-01 00:00:00.123456 UTC)),
        ("2030-01-01T00:00:00.1234575Z", datetime!(2030-01-01 00:00:00.123458 UTC)),
        ("2030-01-01T00:00:00.123456501Z", datetime!(2030-01-01 00:00:00.123457 UTC)),
        ("2030-12-31T23:59:59.9999999Z", datetime!(2031-01-01 00:00:00 UTC)),
    ] {
        assert_eq!(ValidUntil::parse(text), at(rounded), "{text}");
    }
}

#[test]
fn refuses_what_is_no_moment() {
    for (text, error) in [
        ("", ValidUntilError::NotRfc3339),
        ("tomorrow", ValidUntilError::NotRfc3339),
        ("2030-01-01", ValidUntilError::NotRfc3339),
        ("2030-01-01 00:00:00Z", ValidUntilError::NotRfc3339),
        ("2030-01-01 00:00:00+00", ValidUntilError::NotRfc3339),
        ("2030-01-01T00:00:00", ValidUntilError::NotRfc3339),
        ("2030-02-30T00:00:00Z", ValidUntilError::NotRfc3339),
        ("2030-01-01T00:00Z", ValidUntilError::NotRfc3339),
        ("2030-01-01T00:00:00Z ", ValidUntilError::NotRfc3339),
        ("2030-01-01T25:00:00Z", ValidUntilError::NotRfc3339),
        ("2030-01-01T00:60:00Z", ValidUntilError::NotRfc3339),
        ("２０３０-01-01T00:00:00Z", ValidUntilError::NotRfc3339),
        ("2030-01-01T24:00:00Z", ValidUntilError::Hour24),
        ("2016-12-31T23:59:60Z", ValidUntilError::LeapSecond),
        ("2016-12-31T23:59:60.5+00:00", ValidUntilError::LeapSecond),
        ("0000-12-31T23:59:59Z", ValidUntilError::OutOfRange),
        ("0001-01-01T00:00:00+00:01", ValidUntilError::OutOfRange),
        ("9999-12-31T23:59:59-00:01", ValidUntilError::OutOfRange),
        ("9999-12-31T23:59:59.9999999Z", ValidUntilError::OutOfRange),
    ] {
        assert_eq!(ValidUntil::parse(text), Err(error), "{text}");
    }
}

#[test]
fn reads_what_the_server_says() {
    for (text, value) in [
        ("infinity", ValidUntil::Never),
        ("2030-01-01 00:00:00+00", ValidUntil::At(datetime!(2030-01-01 00:00:00 UTC))),
        ("2030-01-01 00:00:00.5+00", ValidUntil::At(datetime!(2030-01-01 00:00:00.5 UTC))),
        ("0001-01-01 00:00:00+00", ValidUntil::At(datetime!(0001-01-01 00:00:00 UTC))),
        ("9999-12-31 23:59:59.999999+00", ValidUntil::At(datetime!(9999-12-31 23:59:59.999999 UTC))),
        ("-infinity", ValidUntil::Text("-infinity".to_owned())),
        ("0044-03-15 00:00:00+00 BC", ValidUntil::Text("0044-03-15 00:00:00+00 BC".to_owned())),
        ("294276-12-31 23:59:59+00", ValidUntil::Text("294276-12-31 23:59:59+00".to_owned())),
        ("gibberish", ValidUntil::Text("gibberish".to_owned())),
    ] {
        assert_eq!(ValidUntil::from_server(text), value, "{text}");
    }
}

#[test]
fn shows_itself_in_utc() {
    for (text, shown) in [
        ("infinity", "infinity"),
        ("2030-01-01 00:00:00+00", "2030-01-01T00:00:00Z"),
        ("2030-01-01 00:00:00.5+00", "2030-01-01T00:00:00.5Z"),
        ("2030-01-01 00:00:00.000001+00", "2030-01-01T00:00:00.000001Z"),
        ("-infinity", "-infinity"),
        ("4714-11-24 00:00:00+00 BC", "4714-11-24 00:00:00+00 BC"),
    ] {
        assert_eq!(ValidUntil::from_server(text).to_string(), shown);
    }
}

#[test]
fn the_same_moment_is_the_same_in_any_zone_and_form() {
    let parse = |text: &str| ValidUntil::parse(text).unwrap();
    let utc = parse("2030-01-01T00:00:00Z");
    assert!(utc.is_same(&parse("2030-01-01T02:00:00+02:00")));
    assert!(utc.is_same(&ValidUntil::Text("2030-01-01 00:00:00+00".to_owned())));
    assert!(ValidUntil::Never.is_same(&ValidUntil::Text("infinity".to_owned())));
    assert!(!utc.is_same(&parse("2030-01-01T00:00:01Z")));
    assert!(!utc.is_same(&ValidUntil::Never));
    assert!(!ValidUntil::Never.is_same(&ValidUntil::Text("-infinity".to_owned())));
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// A state's text can be written down again and means the same.
    #[test]
    fn what_is_shown_can_be_written(
        (year, month, day) in (1i32..300_000, 1..13, 1..29),
        time in "([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\\.[0-9]{0,5}[1-9])?",
        bc: bool,
    ) {
        let text = format!("{year:04}-{month:02}-{day:02} {time}+00{}", if bc { " BC" } else { "" });
        let value = ValidUntil::from_server(&text);
        prop_assert_eq!(matches!(value, ValidUntil::At(_)), !bc && year <= 9999);
        prop_assert_eq!(ValidUntil::parse(&value.to_string()), Ok(value));
    }

    #[test]
    fn no_text_is_a_panic(text in ".*", like in "[0-9T:Z .+-]{0,40}") {
        for text in [text, like] {
            let _ = ValidUntil::parse(&text);
            let _ = ValidUntil::from_server(&text);
        }
    }
}
