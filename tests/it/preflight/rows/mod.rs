//! The rows, a file a subject.

mod attributes;
mod memberships;
mod missing;
mod names;
mod privileges;

use super::case::Row;

pub(crate) const ROWS: &[&[Row]] =
    &[attributes::ROWS, memberships::ROWS, missing::ROWS, names::ROWS, privileges::ROWS];
