//! Identifiers and literals as SQL text, for the statements that take no parameters: all of DDL.
//!
//! A NUL stays as it is. No message to a server can hold one, so a statement with one is never sent, rather than
//! sent about something else.

/// `name` as an identifier, always in double quotes: no list of keywords to go stale.
pub fn identifier(name: &str) -> String {
    quoted(name, '"')
}

/// `text` as a literal. With a backslash in it the form is `E'...'`, which means the same whatever
/// `standard_conforming_strings` says.
pub fn literal(text: &str) -> String {
    if text.contains('\\') {
        // The space keeps the E from growing onto a word before it, as quote_literal() of the server does.
        format!(" E{}", quoted(&text.replace('\\', "\\\\"), '\''))
    } else {
        quoted(text, '\'')
    }
}

fn quoted(text: &str, quote: char) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push(quote);
    for character in text.chars() {
        if character == quote {
            out.push(quote);
        }
        out.push(character);
    }
    out.push(quote);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_identifier_is_always_quoted() {
        assert_eq!(identifier("plain"), "\"plain\"");
        assert_eq!(identifier("Web App"), "\"Web App\"");
        assert_eq!(identifier("a\"b"), "\"a\"\"b\"");
        assert_eq!(identifier("a\\b"), "\"a\\b\"");
        assert_eq!(identifier("user"), "\"user\"");
    }

    #[test]
    fn a_literal_with_a_backslash_says_so() {
        assert_eq!(literal(""), "''");
        assert_eq!(literal("it's"), "'it''s'");
        assert_eq!(literal("a\\b"), " E'a\\\\b'");
        assert_eq!(literal("\\'"), " E'\\\\'''");
    }
}
