//! The password file, `~/.pgpass` or what PGPASSFILE names, read as libpq reads it.

use std::fs;
use std::path::Path;

use secrecy::SecretString;
use zeroize::Zeroizing;

use super::home;

/// The password of the first line that is for this login, in the file that is named (as PGPASSFILE does it), else in
/// the user's own.
pub fn lookup(
    named: Option<&Path>,
    host: &str,
    port: u16,
    database: &str,
    username: &str,
) -> Option<SecretString> {
    let path = match named {
        Some(path) => path.to_owned(),
        None => home::password_file()?,
    };
    let bytes = Zeroizing::new(read(&path)?);
    // A socket directory is looked up as itself; libpq takes the one it was built with for "localhost", and
    // that one cannot be known here.
    let hosts: &[&str] = if host.starts_with('/') { &[host, "localhost"] } else { &[host] };
    let port = port.to_string();
    let password = bytes.split(|&b| b == b'\n').find_map(|line| {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        hosts.iter().find_map(|host| password_of(line, &[host, &port, database, username]))
    })?;
    match String::from_utf8(password) {
        Ok(password) => Some(SecretString::from(password)),
        Err(_) => {
            tracing::warn!("the password for this login in {} is not UTF-8; it is not used", path.display());
            None
        }
    }
}

/// The file's content, unless others than its owner may read it, which libpq takes for a mistake too.
fn read(path: &Path) -> Option<Vec<u8>> {
    let metadata = fs::metadata(path).ok()?;
    if !metadata.is_file() {
        tracing::warn!("the password file {} is not a plain file; it is not used", path.display());
        return None;
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        if metadata.permissions().mode() & 0o077 != 0 {
            tracing::warn!(
                "the password file {} can be used by others than its owner; it is not used \
                 (its mode should be 0600)",
                path.display()
            );
            return None;
        }
    }
    match fs::read(path) {
        Ok(bytes) => Some(bytes),
        Err(error) => {
            tracing::warn!("the password file {} cannot be read: {error}", path.display());
            None
        }
    }
}

/// The last field of a line, if those before it match, without the backslashes that escape.
fn password_of(line: &[u8], wanted: &[&str]) -> Option<Vec<u8>> {
    if line.starts_with(b"#") {
        return None;
    }
    let mut rest = line;
    for wanted in wanted {
        rest = match rest.strip_prefix(b"*:") {
            Some(rest) => rest,
            None => {
                let (field, rest) = field(rest);
                if field != wanted.as_bytes() {
                    return None;
                }
                rest?
            }
        };
    }
    let (password, _) = field(rest);
    // An empty one is no password.
    (!password.is_empty()).then_some(password)
}

/// The bytes up to an unescaped colon, and what comes after that.
fn field(text: &[u8]) -> (Vec<u8>, Option<&[u8]>) {
    let mut field = Vec::new();
    let mut bytes = text.iter();
    while let Some(&byte) = bytes.next() {
        match byte {
            b':' => return (field, Some(bytes.as_slice())),
            b'\\' => field.push(*bytes.next().unwrap_or(&byte)),
            _ => field.push(byte),
        }
    }
    (field, None)
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use secrecy::ExposeSecret;

    use super::*;

    fn file(content: &str) -> tempfile::NamedTempFile {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(content.as_bytes()).unwrap();
        file
    }

    fn found(content: &str, host: &str, database: &str, username: &str) -> Option<String> {
        let file = file(content);
        let password = lookup(Some(file.path()), host, 5432, database, username)?;
        Some(password.expose_secret().to_owned())
    }

    #[test]
    fn the_first_line_that_matches() {
        let content = "# db:5432:app:alice:comment\n\
                       db:5433:app:alice:other port\n\
                       db:5432:app:bob:other user\n\
                       db:5432:app:alice:right\r\n\
                       *:*:*:*:any\n";
        assert_eq!(found(content, "db", "app", "alice").as_deref(), Some("right"));
        assert_eq!(found(content, "db", "app", "carol").as_deref(), Some("any"));
        assert_eq!(found("db:5432:app:alice", "db", "app", "alice"), None, "no password field");
        assert_eq!(found("db:5432:app:alice:", "db", "app", "alice"), None, "an empty one");
        assert_eq!(found("", "db", "app", "alice"), None);
    }

    #[test]
    fn a_star_is_a_wildcard_only_alone() {
        assert_eq!(found("db*:5432:app:alice:x", "db1", "app", "alice"), None);
        assert_eq!(found("*:5432:a*:alice:x", "db1", "a*", "alice").as_deref(), Some("x"));
        assert_eq!(found("\\*:5432:*:alice:x", "db1", "app", "alice"), None, "an escaped star is a star");
    }

    #[test]
    fn colons_and_backslashes_are_escaped() {
        assert_eq!(
            found(r"\:\:1:5432:a\\b:al\:ice:p\:a\\ss", "::1", r"a\b", "al:ice").as_deref(),
            Some(r"p:a\ss")
        );
        assert_eq!(found("db:5432:app:alice:pass:more", "db", "app", "alice").as_deref(), Some("pass"));
        assert_eq!(found(r"db:5432:app:alice:pass\", "db", "app", "alice").as_deref(), Some(r"pass\"));
    }

    #[test]
    fn a_socket_is_localhost_or_its_directory() {
        assert_eq!(found("localhost:5432:app:alice:x", "/tmp", "app", "alice").as_deref(), Some("x"));
        assert_eq!(found("/tmp:5432:app:alice:y", "/tmp", "app", "alice").as_deref(), Some("y"));
        assert_eq!(found("/var:5432:app:alice:y", "/tmp", "app", "alice"), None);
    }

    #[cfg(unix)]
    #[test]
    fn a_file_that_others_can_read_is_not_used() {
        use std::os::unix::fs::PermissionsExt;
        let file = file("*:*:*:*:x\n");
        for (mode, used) in [(0o600, true), (0o400, true), (0o640, false), (0o604, false), (0o620, false)] {
            fs::set_permissions(file.path(), fs::Permissions::from_mode(mode)).unwrap();
            assert_eq!(lookup(Some(file.path()), "db", 5432, "app", "alice").is_some(), used, "{mode:o}");
        }
    }

    #[test]
    fn no_file_is_no_password() {
        let folder = tempfile::tempdir().unwrap();
        assert!(lookup(Some(folder.path()), "db", 5432, "app", "alice").is_none());
        assert!(lookup(Some(&folder.path().join("none")), "db", 5432, "app", "alice").is_none());
    }

    proptest::proptest! {
        #[test]
        fn any_line_is_read_without_a_panic(line in proptest::collection::vec(0u8.., 0..80)) {
            password_of(&line, &["a", "5432", "b", "c"]);
        }
    }
}
