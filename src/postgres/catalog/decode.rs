//! Values of rows in the server's binary format that tokio-postgres would refuse or has no type for.

use std::error::Error as StdError;

use time::OffsetDateTime;
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

/// `timestamptz` as it is sent: microseconds since 2000-01-01 UTC, the two ends of the range being the infinities.
#[derive(Debug, Clone, Copy)]
pub(super) struct Timestamp(i64);

impl<'a> FromSql<'a> for Timestamp {
    fn from_sql(_: &Type, raw: &'a [u8]) -> Result<Self, Box<dyn StdError + Sync + Send>> {
        Ok(Timestamp(i64::from_be_bytes(raw.try_into()?)))
    }

    fn accepts(column: &Type) -> bool {
        *column == Type::TIMESTAMPTZ
    }
}

impl Timestamp {
    const POSTGRES_EPOCH: i128 = 946_684_800_000_000; // 2000-01-01 in microseconds since 1970-01-01

    /// `text` is the moment in UTC as `YYYY-MM-DD HH24:MI:SS.US BC` of to_char(), for those that need it.
    pub(super) fn valid_until(self, text: Option<&str>) -> ValidUntil {
        match self.0 {
            i64::MAX => return ValidUntil::Never,
            i64::MIN => return ValidUntil::Text("-infinity".to_owned()),
            _ => {}
        }
        let since_1970 = (i128::from(self.0) + Self::POSTGRES_EPOCH) * 1_000;
        match OffsetDateTime::from_unix_timestamp_nanos(since_1970) {
            Ok(moment) if (1..=9_999).contains(&moment.year()) => ValidUntil::At(moment),
            _ => ValidUntil::Text(as_the_server_writes_it(text.unwrap_or_default())),
        }
    }
}

/// `294276-01-01 00:00:00.500000 AD` as `294276-01-01 00:00:00.5+00`.
fn as_the_server_writes_it(text: &str) -> String {
    let (moment, before_christ) = match text.strip_suffix(" BC") {
        Some(moment) => (moment, " BC"),
        None => (text.strip_suffix(" AD").unwrap_or(text), ""),
    };
    let moment = moment.trim_end_matches('0').trim_end_matches('.');
    format!("{moment}+00{before_christ}")
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
        assert_eq!(Timestamp(0).valid_until(None), ValidUntil::At(datetime!(2000-01-01 0:00 UTC)));
        assert_eq!(
            Timestamp(-1).valid_until(None),
            ValidUntil::At(datetime!(1999-12-31 23:59:59.999999 UTC))
        );
        assert_eq!(Timestamp(i64::MAX).valid_until(None), ValidUntil::Never);
        assert_eq!(Timestamp(i64::MIN).valid_until(None), ValidUntil::Text("-infinity".to_owned()));
    }

    #[test]
    fn moments_that_rfc_3339_cannot_say() {
        let far = Timestamp(9_223_371_331_200_000_000 - 86_400_000_000 * 366);
        let text = |text: &str| far.valid_until(Some(text));
        assert_eq!(
            text("294276-01-01 00:00:00.000000 AD"),
            ValidUntil::Text("294276-01-01 00:00:00+00".into())
        );
        assert_eq!(
            text("294276-01-01 00:00:00.500000 AD"),
            ValidUntil::Text("294276-01-01 00:00:00.5+00".into())
        );
        assert_eq!(
            text("0044-03-15 12:00:10.000000 BC"),
            ValidUntil::Text("0044-03-15 12:00:10+00 BC".into())
        );
    }
}
