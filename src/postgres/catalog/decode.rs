//! Values of rows in the server's binary format that tokio-postgres would refuse or has no type for.

use std::error::Error as StdError;

use tokio_postgres::Row;
use tokio_postgres::types::{FromSql, Type};

use crate::postgres::error::{Error, Kind};

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
