//! What a panic leaves in the log. The call that met it gets a diagnostic; see the wire.

use std::io;

use serde_json::Map;
use tracing::Level;

use super::log;

/// Says where, and not what: the message of a panic may quote a value. Raw text on stderr would look to the host
/// like the crash of the whole plugin.
pub(super) fn report_as_log_line() {
    std::panic::set_hook(Box::new(|panic| {
        let location = panic.location().map(ToString::to_string).unwrap_or_default();
        let message = format!("the provider met a bug at {location}");
        log::write_line(io::stderr(), Level::ERROR, "pgum.plugin.panic", &message, Map::new());
    }));
}
