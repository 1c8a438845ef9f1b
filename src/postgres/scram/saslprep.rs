//! SASLprep (RFC 4013) as PostgreSQL does it, on the server and in libpq, which differs from the RFC in
//! places. What matters is that both ends hash the same bytes, so the differences are the specification
//! here (`pg_saslprep` and its callers, src/common/saslprep.c):
//!
//! - ASCII is taken as it is, control characters too;
//! - what is prohibited, unassigned in Unicode 3.2 or wrongly mixed between directions is looked for before
//!   the normalisation to NFKC, not after it;
//! - wherever SASLprep says no, the password is hashed as it is. That holds for one of which nothing is left
//!   after the mapping, too.

use std::borrow::Cow;

use stringprep::tables;
use unicode_normalization::UnicodeNormalization;
use zeroize::Zeroizing;

/// The password as it is to be hashed.
pub(super) fn saslprep(password: &str) -> Cow<'_, str> {
    if password.is_ascii() {
        return Cow::Borrowed(password);
    }
    let mapped = Zeroizing::new(password.chars().filter_map(mapping).collect::<String>());
    if mapped.is_empty() || mapped.chars().any(is_prohibited) || is_wrongly_bidirectional(&mapped) {
        return Cow::Borrowed(password);
    }
    Cow::Owned(mapped.nfkc().collect())
}

/// RFC 4013, 2.1. Zero width space is in both tables; PostgreSQL makes it a space.
fn mapping(character: char) -> Option<char> {
    if tables::non_ascii_space_character(character) {
        Some(' ')
    } else if tables::commonly_mapped_to_nothing(character) {
        None
    } else {
        Some(character)
    }
}

/// RFC 4013, 2.3 and 2.5. No `char` is a surrogate (C.5).
fn is_prohibited(character: char) -> bool {
    [
        tables::non_ascii_space_character,
        tables::ascii_control_character,
        tables::non_ascii_control_character,
        tables::private_use,
        tables::non_character_code_point,
        tables::inappropriate_for_plain_text,
        tables::inappropriate_for_canonical_representation,
        tables::change_display_properties_or_deprecated,
        tables::tagging_character,
        tables::unassigned_code_point,
    ]
    .iter()
    .any(|table| table(character))
}

/// RFC 3454, 6: with a right-to-left character anywhere, there must be one at either end and no
/// left-to-right one.
fn is_wrongly_bidirectional(text: &str) -> bool {
    let at_an_end = |character: Option<char>| character.is_some_and(tables::bidi_r_or_al);
    text.contains(tables::bidi_r_or_al)
        && (text.contains(is_left_to_right)
            || !at_an_end(text.chars().next())
            || !at_an_end(text.chars().next_back()))
}
/// RFC 3454, D.2, which is of Unicode 3.2. The library looks into today's Unicode, where the assigned
/// characters of 3.2 have the same direction but for these.
fn is_left_to_right(character: char) -> bool {
    match character {
        '\u{17B4}' | '\u{17B5}' | '\u{1885}' | '\u{1886}' => true,
        // Nabla and partial differential in the mathematical alphabets.
        '\u{1D6C1}' | '\u{1D6DB}' | '\u{1D6FB}' | '\u{1D715}' | '\u{1D735}' | '\u{1D74F}' | '\u{1D76F}'
        | '\u{1D789}' | '\u{1D7A9}' | '\u{1D7C3}' => true,
        '\u{0CBF}' | '\u{0CC6}' | '\u{1734}' | '\u{2132}' | '\u{302E}' | '\u{302F}' => false,
        // Braille.
        '\u{2800}'..='\u{28FF}' => false,
        _ => tables::bidi_l(character),
    }
}

#[cfg(test)]
mod tests {
    use super::saslprep;

    /// The examples of RFC 4013, section 3, and what PostgreSQL makes of its last two, which are errors
    /// there.
    #[test]
    fn examples_of_the_rfc() {
        assert_eq!(saslprep("I\u{AD}X"), "IX");
        assert_eq!(saslprep("user"), "user");
        assert_eq!(saslprep("USER"), "USER");
        assert_eq!(saslprep("\u{AA}"), "a");
        assert_eq!(saslprep("\u{2168}"), "IX");
        assert_eq!(saslprep("\u{7}"), "\u{7}");
        assert_eq!(saslprep("\u{627}\u{31}"), "\u{627}\u{31}");
    }

    #[test]
    fn spaces_and_nothings() {
        assert_eq!(saslprep("a\u{A0}b"), "a b");
        assert_eq!(saslprep("a\u{200B}b"), "a b");
        assert_eq!(saslprep("a\u{200D}b"), "ab");
        assert_eq!(saslprep("\u{AD}"), "\u{AD}", "nothing is left of it, so it stays");
        assert_eq!(saslprep(""), "");
    }

    #[test]
    fn compositions() {
        assert_eq!(saslprep("e\u{301}"), "\u{E9}");
        assert_eq!(saslprep("\u{FB01}"), "fi");
    }

    #[test]
    fn what_is_refused_stays_whole() {
        for password in [
            "\u{1F600}\u{AA}",              // unassigned in 3.2
            "\u{E000}\u{AA}",               // private use
            "a\u{7}\u{AA}",                 // a control character beside one that is not ASCII
            "\u{340}\u{AA}",                // prohibited itself, allowed after normalisation
            "\u{1F101}",                    // unassigned itself, "0," after normalisation
            "\u{5D0}a",                     // right to left beside left to right
            "\u{5D0}1",                     // right to left at one end only
            "\u{5D0}\u{17B4}\u{5D0}\u{AD}", // left to right in 3.2 only
        ] {
            assert_eq!(saslprep(password), password);
        }
        assert_eq!(saslprep("\u{5D0}1\u{AD}\u{5D0}"), "\u{5D0}1\u{5D0}");
        assert_eq!(saslprep("\u{5D0}\u{2801}\u{AD}\u{5D0}"), "\u{5D0}\u{2801}\u{5D0}");
    }
}
