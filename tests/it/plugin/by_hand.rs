//! Started by a person instead of a host.

use std::process::{Command, Output};

use super::host::EXECUTABLE;

fn start(arguments: &[&str], variables: &[(&str, &str)]) -> Output {
    Command::new(EXECUTABLE).args(arguments).env_clear().envs(variables.iter().copied()).output().unwrap()
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

#[test]
fn it_explains_itself() {
    for variables in [&[][..], &[("TF_PLUGIN_MAGIC_COOKIE", "another plugin's")]] {
        let output = start(&[], variables);
        assert_eq!(output.status.code(), Some(1));
        // Where a handshake would be there is nothing.
        assert_eq!(text(&output.stdout), "");
        let words = text(&output.stderr);
        assert!(words.contains("required_providers") && words.contains("dev_overrides"), "{words}");
    }
}

#[test]
fn help_and_version() {
    for argument in ["--help", "-h"] {
        let output = start(&[argument], &[]);
        assert_eq!(output.status.code(), Some(0));
        assert!(text(&output.stdout).contains("required_providers"));
        assert_eq!(text(&output.stderr), "");
    }
    for argument in ["--version", "-V"] {
        let output = start(&[argument], &[]);
        assert_eq!(output.status.code(), Some(0));
        assert_eq!(
            text(&output.stdout),
            concat!("terraform-provider-pgum ", env!("CARGO_PKG_VERSION"), "\n")
        );
    }
}
