//! The guides: what they show is valid, and what they say of the provider's messages is what it says.

use crate::support::terraform::Workspace;
use std::fs;
use std::path::{Path, PathBuf};

fn repository() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn guides() -> Vec<String> {
    let folder = fs::read_dir(repository().join("templates/guides")).unwrap();
    folder.map(|entry| fs::read_to_string(entry.unwrap().path()).unwrap()).collect()
}

/// The blocks of HCL that stand in a guide itself; what it shows of the examples is run with them.
fn configurations() -> Vec<String> {
    let mut blocks = Vec::new();
    for text in guides() {
        let mut rest = text.as_str();
        while let Some((_, block)) = rest.split_once("\n```terraform\n") {
            let (block, after) = block.split_once("\n```\n").unwrap();
            blocks.push(format!("{block}\n"));
            rest = after;
        }
    }
    blocks
}

#[test]
fn their_configurations_are_valid() {
    let blocks = configurations();
    assert!(blocks.len() >= 3, "{blocks:?}");
    for block in blocks {
        let workspace = Workspace::empty();
        workspace.main(&block);
        workspace.validate().expect_success();
        workspace.run(&["fmt", "-check", "-diff"]).expect_success();
    }
}

/// All of the provider's source, with texts that go over several lines in one.
fn source(folder: &Path) -> String {
    let mut all = String::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            all.push_str(&source(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = fs::read_to_string(&path).unwrap().replace("\\\"", "\"");
            all.extend(text.split("\\\n").enumerate().map(|(index, part)| {
                if index == 0 { part.to_owned() } else { part.trim_start().to_owned() }
            }));
        }
    }
    all
}

/// The first column of the table under this heading: what stands there between backticks.
fn messages<'a>(guide: &'a str, heading: &str) -> Vec<&'a str> {
    let (_, section) = guide.split_once(heading).unwrap_or_else(|| panic!("no {heading:?}"));
    let rows =
        section.lines().skip_while(|line| !line.starts_with('|')).take_while(|line| line.starts_with('|'));
    rows.skip(2)
        .filter_map(|row| row.split('|').nth(1))
        .flat_map(|cell| cell.split('`').skip(1).step_by(2))
        .collect()
}

#[test]
fn the_messages_that_are_explained_are_the_providers() {
    let source = source(&repository().join("src"));
    let heading = "### What the provider says";
    let guides = guides();
    let guide = guides.iter().find(|text| text.contains(heading)).unwrap();
    let found = messages(guide, heading);
    assert!(found.len() > 10, "{found:?}");
    for message in found {
        for part in message.split("...").map(|part| part.trim_matches([' ', ':'])) {
            assert!(source.contains(part), "{message:?}: the provider does not say {part:?}");
        }
    }
}
