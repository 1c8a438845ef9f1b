//! What can be tested on some machines only.

use std::io::Write;

/// Says aloud that something is not tested on this machine; in CI that is a failure. The tests ask for nothing to be
/// installed but Rust and Terraform, and CI has it all.
pub(crate) fn not_tested(what: &str, why: &str) {
    assert!(std::env::var_os("CI").is_none(), "{what} cannot be tested: {why}");
    not_tested_as_this_user(what, why);
}

/// The same for what some users may not do, in CI neither.
pub(crate) fn not_tested_as_this_user(what: &str, why: &str) {
    // Past the harness, which shows what a test prints only when it fails.
    let _ = writeln!(std::io::stderr(), "NOT TESTED: {what}: {why}");
}
