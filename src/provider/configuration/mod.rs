//! The provider block: what may be written in it, what the environment adds, and what both come to.

mod aws;
mod connection;
mod environment;
mod login;
mod lookup;
mod model;
mod protection;
mod resolve;
mod schema;
mod sql_log;
mod tls;

pub(crate) use environment::Environment;
pub(crate) use resolve::{Resolved, Usable, resolve};
pub(crate) use schema::schema;

use crate::sdk::{Diagnostics, Path, Value, model as sdk_model};
use model::ConfigurationModel;

/// What the schema alone cannot say. Values may be unknown; the environment is not looked at.
pub(crate) fn validate(config: &Value, diagnostics: &mut Diagnostics) {
    let model: ConfigurationModel = match sdk_model::from_value(config) {
        Ok(model) => model,
        Err(error) => {
            // A check of the attribute may have said it in better words.
            if !diagnostics.has_error_at(&error.path) {
                diagnostics.error(error.path, "This value cannot be read", error.message);
            }
            return;
        }
    };
    for (one, other, present, missing) in [
        ("sslcert", "sslkey", &model.sslcert.is_null(), &model.sslkey.is_null()),
        ("sslkey", "sslcert", &model.sslkey.is_null(), &model.sslcert.is_null()),
    ] {
        if !present && *missing {
            diagnostics.error(
                Path::attribute(one),
                format!("{one} without {other}"),
                "A client certificate and its key go together. Write both, or neither.",
            );
        }
    }
}
