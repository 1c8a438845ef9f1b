//! `PGUM_SQL_LOG`: the file that statements are logged in.

use std::path::Path;

use super::Environment;
use crate::postgres::SqlLog;
use crate::sdk::{Diagnostic, Diagnostics};

const VARIABLE: &str = "PGUM_SQL_LOG";

/// Opens it, where there is one. Whoever asks for a log must not run without.
pub(super) fn open(environment: &Environment, diagnostics: &mut Diagnostics) -> SqlLog {
    let Some((_, path)) = environment.first(&[VARIABLE]) else { return SqlLog::default() };
    SqlLog::append_to(Path::new(path)).unwrap_or_else(|error| {
        diagnostics.push(Diagnostic::error(
            format!("The file that {VARIABLE} names cannot be opened"),
            format!(
                "{path:?}: {error}. Every statement of a plan or an apply is written there. Its directory must exist, and \
                 Terraform must be allowed to write to the file; a relative path is seen from Terraform's working \
                 directory. Without the variable nothing is written."
            ),
        ));
        SqlLog::default()
    })
}
