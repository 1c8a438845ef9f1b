//! All that can be said of what is written, before anything is touched.

use super::Document;
use crate::provider::resources::role::{Kind, entry};
use crate::sdk::resource::ClientCapabilities;
use crate::sdk::{Diagnostic, Diagnostics, Path, Schema, Value};

/// The configuration of a document, checked as the single resource checks it. `complete` adds what stands beside the
/// document. The paths are seen from the document.
pub(crate) fn checked(
    (kind, schema): (Kind, &Schema),
    document: &Document,
    role: &str,
    complete: impl FnOnce(&mut Value),
    diagnostics: &mut Diagnostics,
) -> Value {
    let mut read = Diagnostics::new();
    let mut config = document.configuration(schema, (kind.name_attribute(), role), &mut read);
    complete(&mut config);
    let capabilities =
        ClientCapabilities { write_only_attributes_allowed: true, ..ClientCapabilities::default() };
    let mut said = schema.validate(&config, capabilities);
    if !read.has_errors() {
        entry::validate(kind, &config, &mut said);
    }
    diagnostics.extend(read);
    for message in said {
        diagnostics.push(at_element(schema, &config, message, document));
    }
    config
}

/// A check of a set points at the set. Which element it means is found by asking it of each.
fn at_element(schema: &Schema, config: &Value, mut message: Diagnostic, document: &Document) -> Diagnostic {
    let element = || {
        let [crate::sdk::Step::Attribute(name)] = message.path.as_ref()?.steps() else { return None };
        let attribute = schema.attribute(name)?;
        let Value::Set(_) = config.get(name)? else { return None };
        let written = document.get(name)?.as_array()?;
        let path = Path::attribute(name);
        let is_to_blame = |text: &str| {
            let mut said = Diagnostics::new();
            let alone = Value::Set(vec![Value::string(text)]);
            attribute.validators.iter().for_each(|check| check(&alone, &path, &mut said));
            said.iter().any(|said| said.summary == message.summary && said.detail == message.detail)
        };
        let index = written.iter().position(|json| json.as_str().is_some_and(is_to_blame))?;
        Some(path.with_index(i64::try_from(index).ok()?))
    };
    if let Some(path) = element() {
        message.path = Some(path);
    }
    message
}
