//! What an executable asks the system to load, read from its program headers (ELF, 64 bits, little-endian).

use std::path::Path;

const DYNAMIC: u32 = 2;
const INTERPRETER: u32 = 3;
const NEEDED: u64 = 1;

/// An interpreter, and libraries.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Loaded {
    pub(super) interpreter: bool,
    pub(super) libraries: usize,
}

/// `None` for what is no such file.
pub(super) fn loaded(executable: &Path) -> Option<Loaded> {
    let file = std::fs::read(executable).unwrap();
    if !file.starts_with(b"\x7fELF\x02\x01") {
        return None;
    }
    let (table, size, count) = (word(&file, 32), half(&file, 54), half(&file, 56));
    let mut loaded = Loaded { interpreter: false, libraries: 0 };
    for header in (0..count).map(|index| table + index * size) {
        match quarter(&file, header) {
            INTERPRETER => loaded.interpreter = true,
            DYNAMIC => {
                let (start, length) = (word(&file, header + 8), word(&file, header + 32));
                let entries = (start..start + length).step_by(16);
                loaded.libraries += entries.filter(|entry| word(&file, *entry) as u64 == NEEDED).count();
            }
            _ => {}
        }
    }
    Some(loaded)
}

fn bytes<const N: usize>(file: &[u8], place: usize) -> [u8; N] {
    file[place..place + N].try_into().unwrap()
}

fn half(file: &[u8], place: usize) -> usize {
    u16::from_le_bytes(bytes(file, place)).into()
}

fn quarter(file: &[u8], place: usize) -> u32 {
    u32::from_le_bytes(bytes(file, place))
}

fn word(file: &[u8], place: usize) -> usize {
    usize::try_from(u64::from_le_bytes(bytes(file, place))).unwrap()
}

/// The tests are linked as the provider is.
#[test]
fn the_tests_themselves() {
    let Some(found) = loaded(&std::env::current_exe().unwrap()) else { return };
    let is_static = cfg!(target_feature = "crt-static");
    assert_eq!((found.interpreter, found.libraries > 0), (!is_static, !is_static), "{found:?}");
}
