use serde_json::Value;

use super::*;
use crate::postgres::error::Kind;

fn lines(path: &Path) -> Vec<Value> {
    let text = std::fs::read_to_string(path).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn alice() -> LoggedAs {
    LoggedAs { resource: "pgum_user", role: RoleName::from_catalog("alice") }
}

#[test]
fn a_transaction_is_logged_with_its_end() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("log");
    let log = SqlLog::append_to(&path).unwrap();
    let journal = Journal::new(log.clone(), "here:5432/postgres".to_owned());
    journal.statement(&alice(), "CREATE ROLE \"alice\"", &Ok(()));
    journal.statement::<()>(&alice(), "DROP ROLE \"x\"", &Err(Error::new(Kind::ConnectionLost, "gone")));
    journal.rollback();
    journal.rollback();
    let second = Journal::new(log.clone(), "here:5432/postgres".to_owned());
    second.statement(&alice(), "CREATE ROLE \"alice\"", &Ok(()));
    second.commit(&Ok(()));
    second.rollback();
    // Nothing was changed in it.
    Journal::new(log.clone(), "here:5432/postgres".to_owned()).commit(&Ok(()));
    log.write(&Line::planned("here:5432/postgres", &alice(), "a\nb".to_owned()));

    let lines = lines(&path);
    let of = |name: &str| lines.iter().map(|line| line[name].as_str().unwrap_or("-")).collect::<Vec<_>>();
    assert_eq!(
        of("sql"),
        ["CREATE ROLE \"alice\"", "DROP ROLE \"x\"", "ROLLBACK", "CREATE ROLE \"alice\"", "COMMIT", "a\nb"]
    );
    assert_eq!(of("outcome"), ["ok", "unknown", "ok", "ok", "ok", "-"]);
    assert_eq!(of("phase"), ["apply", "apply", "apply", "apply", "apply", "plan"]);
    assert_eq!(of("role"), ["alice", "alice", "-", "alice", "-", "alice"]);
    let transactions = of("transaction");
    assert_eq!(transactions[0], transactions[2]);
    assert_eq!(transactions[3], transactions[4]);
    assert_ne!(transactions[0], transactions[3]);
    assert_eq!(transactions[5], "-");
}

#[cfg(unix)]
#[test]
fn the_file_is_for_its_owner_and_is_added_to() {
    use std::os::unix::fs::PermissionsExt;

    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("log");
    for _ in 0..2 {
        SqlLog::append_to(&path).unwrap().write(&Line::planned("here", &alice(), "x".to_owned()));
    }
    assert_eq!(lines(&path).len(), 2);
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    assert!(SqlLog::append_to(directory.path()).is_err());
    assert!(SqlLog::append_to(&directory.path().join("none/log")).is_err());
}
