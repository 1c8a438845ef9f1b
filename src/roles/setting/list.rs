//! Lists: the settings that PostgreSQL marks `GUC_LIST_INPUT`.

/// How the elements of a list are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Style {
    /// Names: without quotes in lower case and without a space (`SplitIdentifierString` in varlena.c).
    Names,
    /// Files: case and spaces within are kept (`SplitDirectoriesString`).
    Files,
}

pub(super) fn style_of(name: &str) -> Option<Style> {
    Some(match name {
        "createrole_self_grant"
        | "datestyle"
        | "restrict_nonsystem_relation_kind"
        | "search_path"
        | "temp_tablespaces"
        | "wal_consistency_checking" => Style::Names,
        "local_preload_libraries"
        | "session_preload_libraries"
        | "shared_preload_libraries"
        | "unix_socket_directories" => Style::Files,
        _ => return None,
    })
}

/// Whether two lists have the same elements in the same order. What is no list equals nothing.
pub(super) fn equal(style: Style, a: &str, b: &str) -> bool {
    matches!((elements(style, a), elements(style, b)), (Some(a), Some(b)) if a == b)
}

/// Whether a text is a list, for a setting that takes one.
pub(super) fn is_list(name: &str, text: &str) -> bool {
    style_of(name).is_some_and(|style| elements(style, text).is_some())
}

fn elements(style: Style, text: &str) -> Option<Vec<String>> {
    let mut elements = Vec::new();
    let mut rest = trim_start(text);
    if rest.is_empty() {
        return Some(elements);
    }
    loop {
        let (element, after) = match rest.strip_prefix('"') {
            Some(quoted) => quoted_element(quoted)?,
            None => plain_element(style, rest)?,
        };
        // `SET search_path = ''` is kept as `""`: a list of nothing.
        if !element.is_empty() {
            elements.push(element);
        }
        let after = trim_start(after);
        if after.is_empty() {
            return Some(elements);
        }
        rest = trim_start(after.strip_prefix(',')?);
    }
}

/// What stands before the closing quote, and what after it.
fn quoted_element(text: &str) -> Option<(String, &str)> {
    let mut element = String::new();
    let mut rest = text;
    loop {
        let (part, after) = rest.split_once('"')?;
        element.push_str(part);
        match after.strip_prefix('"') {
            Some(after) => {
                element.push('"');
                rest = after;
            }
            None => return Some((element, after)),
        }
    }
}

fn plain_element(style: Style, text: &str) -> Option<(String, &str)> {
    let ends = |c: char| c == ',' || (style == Style::Names && c.is_ascii_whitespace());
    let (element, after) = text.split_at(text.find(ends).unwrap_or(text.len()));
    let element = element.trim_end_matches(|c: char| c.is_ascii_whitespace());
    let element = match style {
        Style::Names => element.to_ascii_lowercase(),
        Style::Files => element.to_owned(),
    };
    (!element.is_empty()).then_some((element, after))
}

fn trim_start(text: &str) -> &str {
    text.trim_start_matches(|c: char| c.is_ascii_whitespace())
}
