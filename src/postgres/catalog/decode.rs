//! Values of rows in the server's binary format that tokio-postgres would refuse or has no type for.

use std::error::Error as StdError;

use tokio_postgres::Row;
use tokio_postgres::types::{FromSql, Type};

use crate::postgres::error::{Error, Kind};
use crate::roles::ValidUntil;

/// Text that need not be UTF-8: names and comments that were made in a database of another encoding arrive
/// as the bytes that they were there. What is no UTF-8 is replaced, so that one role of somebody else does not
/// end every plan.
#[derive(Debug)]
pub(crate) struct LenientText(pub(crate) String);

impl<'a> FromSql<'a> for LenientText {
    fn from_sql(_: &Type, raw: &'a [u8]) -> Result<Self, Box<dyn StdError + Sync + Send>> {
        Ok(LenientText(String::from_utf8_lossy(raw).into_owned()))
    }

    fn accepts(column: &Type) -> bool {
        matches!(*column, Type::NAME | Type::TEXT | Type::VARCHAR)
    }
}

/// A moment as the statement has it, `2030-01-31 18:00:00.500000+00 AD`, as the server itself writes it in UTC.
pub(super) fn valid_until(text: Option<&str>) -> ValidUntil {
    let Some(text) = text else { return ValidUntil::Never };
    let text = text.strip_suffix(" AD").unwrap_or(text);
    match text.split_once("+00") {
        Some((moment, era)) => {
            let moment = match moment.split_once('.') {
                Some((whole, fraction)) if fraction.bytes().all(|digit| digit == b'0') => whole,
                Some(_) => moment.trim_end_matches('0'),
                None => moment,
            };
            ValidUntil::from_server(&format!("{moment}+00{era}"))
        }
        None => ValidUntil::from_server(text),
    }
}

/// A column, by its position.
pub(crate) fn column<'a, T: FromSql<'a>>(row: &'a Row, index: usize) -> Result<T, Error> {
    row.try_get(index).map_err(|error| {
        Error::new(Kind::Other, format!("the server's answer cannot be understood: {error}"))
    })
}

/// A column of text that need not be UTF-8.
pub(crate) fn text(row: &Row, index: usize) -> Result<String, Error> {
    column::<LenientText>(row, index).map(|text| text.0)
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    #[test]
    fn moments() {
        let at = |text| valid_until(Some(text));
        assert_eq!(valid_until(None), ValidUntil::Never);
        assert_eq!(at("infinity"), ValidUntil::Never);
        assert_eq!(at("2000-01-01 00:00:00.000000+00 AD"), ValidUntil::At(datetime!(2000-01-01 0:00 UTC)));
        assert_eq!(
            at("1999-12-31 23:59:59.999990+00 AD"),
            ValidUntil::At(datetime!(1999-12-31 23:59:59.99999 UTC))
        );
    }

    #[test]
    fn moments_that_rfc_3339_cannot_say() {
        let text = |text: &str| match valid_until(Some(text)) {
            ValidUntil::Text(text) => text,
            other => panic!("{other:?}"),
        };
        assert_eq!(text("-infinity"), "-infinity");
        assert_eq!(text("294276-01-01 00:00:00.000000+00 AD"), "294276-01-01 00:00:00+00");
        assert_eq!(text("294276-01-01 00:00:10.500000+00 AD"), "294276-01-01 00:00:10.5+00");
        assert_eq!(text("0044-03-15 12:00:10.000000+00 BC"), "0044-03-15 12:00:10+00 BC");
    }
}
