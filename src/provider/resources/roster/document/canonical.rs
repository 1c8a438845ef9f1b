//! The one text for what is written: that of Terraform's `jsonencode`.

use serde_json::Value as Json;

use super::Document;

/// The document as `jsonencode` writes it: the names in order, no spaces, and five characters escaped.
pub(crate) fn canonical(document: &Document) -> String {
    let members = document.members.iter().filter(|(_, value)| !value.is_null()).cloned();
    escaped(&Json::Object(members.collect()).to_string())
}

/// Those that HTML and JavaScript would stumble over. Outside of texts JSON has none of them.
pub(super) fn escaped(json: &str) -> String {
    let mut text = String::with_capacity(json.len());
    for letter in json.chars() {
        match letter {
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => {
                text.push_str(&format!("\\u{:04x}", u32::from(letter)))
            }
            other => text.push(other),
        }
    }
    text
}
