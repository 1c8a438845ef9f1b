//! The rows as the tables of `docs/guides/drift.md`.

use super::case::{Case, Section};
use super::rows::{BEYOND, DRIFT, QUIET, UNSEEN};
use std::fmt::Write as _;

const VERSIONS: std::ops::RangeInclusive<u16> = 13..=18;

/// One part of the page by the word of its directive.
pub(crate) fn part(word: &str) -> Option<String> {
    match word {
        "drift_counts" => Some(counts()),
        "drift_shown" => Some(tables(DRIFT, &[WRITTEN, BY_HAND, SHOWN])),
        "drift_beyond" => Some(tables(BEYOND, &[WRITTEN, BY_HAND, SHOWN, REFUSED])),
        "drift_unseen" => Some(tables(UNSEEN, &[WRITTEN, BY_HAND, SHOWN])),
        "drift_quiet" => Some(tables(QUIET, &[WRITTEN, BY_HAND])),
        _ => None,
    }
}

/// A column: its heading, and the lines of a row.
type Column = (&'static str, fn(&Case) -> Vec<String>);

const WRITTEN: Column = ("Written", written);
const BY_HAND: Column =
    ("Done by hand", |case| case.by_hand.iter().map(|hand| code(&hand.to_string())).collect());
const SHOWN: Column = ("The plan shows", |case| {
    let short = |line: &&str| line.replacen("pgum_user.", "", 1).replacen("pgum_group.", "", 1);
    let shown = case.shows.iter().map(|line| code(&short(line)));
    shown.chain(case.warns.iter().map(|text| format!("a warning: {}", plain(text)))).collect()
});
const REFUSED: Column =
    ("The master's error says", |case| case.refused.iter().map(|text| plain(text)).collect());

/// How many rows there are, by version.
fn counts() -> String {
    let mut out =
        "| PostgreSQL | shown and healed | shown, and not the master's to heal | where `pg_authid` can be read | no drift |\n"
            .to_owned();
    out.push_str("|---|---|---|---|---|\n");
    for version in VERSIONS {
        let count = |sections: &[&Section]| {
            let cases = sections.iter().flat_map(|section| section.cases);
            cases.filter(|case| (case.versions.0..=case.versions.1).contains(&version)).count()
        };
        let counts = [DRIFT, BEYOND, UNSEEN, QUIET].map(|sections| count(sections).to_string());
        let _ = writeln!(out, "| {version} | {} |", counts.join(" | "));
    }
    out.trim_end().to_owned()
}

/// A heading and a table a section.
fn tables(sections: &[&Section], columns: &[Column]) -> String {
    let mut out = String::new();
    for section in sections {
        let _ = write!(out, "### {}\n\n", section.title);
        if !section.words.is_empty() {
            let _ = write!(out, "{}\n\n", section.words);
        }
        let headings = columns.iter().map(|(heading, _)| *heading).collect::<Vec<_>>().join(" | ");
        let _ = writeln!(out, "| PostgreSQL | {headings} |\n|---|{}", "---|".repeat(columns.len()));
        for case in section.cases {
            let cells = columns.iter().map(|(_, lines)| lines(case).join("<br>")).collect::<Vec<_>>();
            let (first, last) = case.versions;
            let _ = writeln!(out, "| {first} to {last} | {} |", cells.join(" | "));
        }
        out.push('\n');
    }
    out.trim_end().to_owned()
}

/// What a row's resources have written beyond their names, and beyond what most rows have in common.
fn written(case: &Case) -> Vec<String> {
    let mut lines = Vec::new();
    let mut resource = "";
    for line in case.written.lines().map(str::trim) {
        if let Some(head) = line.strip_prefix("resource \"") {
            resource = head.split('"').nth(2).unwrap_or_default();
            continue;
        }
        let attribute = line.split_whitespace().next().unwrap_or_default();
        let common = [r#"auth_method = "external""#, r#"auth_method = "password""#].contains(&line);
        if !common && !["username", "name", "}", "password", "adopt_existing"].contains(&attribute) {
            let words = line.split_whitespace().collect::<Vec<_>>().join(" ");
            lines.push(code(&format!("{resource}: {words}")));
        }
    }
    lines
}

/// Code in a cell of a table, with the names of the one user and the one group that a reader thinks of.
fn code(text: &str) -> String {
    format!("`{}`", plain(text))
}

fn plain(text: &str) -> String {
    let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
    words.replace("_@", "").replace('|', "\\|")
}
