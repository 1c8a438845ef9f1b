//! The handshake line.

use std::os::unix::fs::PermissionsExt;

use super::host::{Credentials, Plugin, command};

#[test]
fn the_line_is_as_hosts_read_it() {
    let plugin = Plugin::start();
    let fields = &plugin.handshake.fields;
    assert_eq!(fields.len(), 6, "{fields:?}");
    assert_eq!(fields[..3], ["1", "6", "unix"]);
    assert_eq!(fields[4], "grpc");
    // It can be trusted as the one certificate of the other side.
    assert!(rustls::RootCertStore::empty().add(plugin.handshake.certificate()).is_ok());

    let socket = plugin.handshake.socket();
    assert!(socket.starts_with(plugin.temporary.path()));
    let directory = socket.parent().unwrap().metadata().unwrap();
    assert_eq!(directory.permissions().mode() & 0o777, 0o700);
}

#[test]
fn the_order_of_versions_means_nothing() {
    for versions in ["6,5", "6", "4,7,6", ""] {
        let plugin = Plugin::start_with(Some(Credentials::new()), |command| {
            command.env("PLUGIN_PROTOCOL_VERSIONS", versions);
        });
        assert_eq!(plugin.handshake.fields[1], "6");
    }
}

#[test]
fn a_host_of_another_protocol_is_told() {
    let temporary = tempfile::tempdir().unwrap();
    let output = command(temporary.path(), None).env("PLUGIN_PROTOCOL_VERSIONS", "4,5").output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(output.stdout.is_empty());
    let words = String::from_utf8(output.stderr).unwrap();
    assert!(words.contains("version 6 of the provider protocol") && words.contains("4, 5"), "{words}");
    assert_eq!(temporary.path().read_dir().unwrap().count(), 0);
}

#[test]
fn a_certificate_that_is_none_lets_nobody_in() {
    let temporary = tempfile::tempdir().unwrap();
    let output =
        command(temporary.path(), None).env("PLUGIN_CLIENT_CERT", "not a certificate").output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(output.stdout.is_empty());
    assert!(String::from_utf8(output.stderr).unwrap().contains("PLUGIN_CLIENT_CERT"));
    assert_eq!(temporary.path().read_dir().unwrap().count(), 0);
}

#[test]
fn the_host_says_where_sockets_go_and_asks_what_it_may() {
    let elsewhere = tempfile::tempdir().unwrap();
    let plugin = Plugin::start_with(Some(Credentials::new()), |command| {
        command.env("PLUGIN_UNIX_SOCKET_DIR", elsewhere.path()).env("PLUGIN_MULTIPLEX_GRPC", "true");
    });
    assert!(plugin.handshake.socket().starts_with(elsewhere.path()));
    // No connection carries several here; a host that asks gets an answer.
    assert_eq!(plugin.handshake.fields.get(6).map(String::as_str), Some("false"));
}

#[test]
fn a_path_too_long_for_a_socket() {
    let temporary = tempfile::tempdir().unwrap();
    let deep = temporary.path().join("d".repeat(120));
    std::fs::create_dir(&deep).unwrap();
    let plugin = Plugin::start_with(Some(Credentials::new()), |command| {
        command.env("TMPDIR", &deep);
    });
    assert!(plugin.handshake.socket().exists());
    assert_eq!(deep.read_dir().unwrap().count(), 0);
}
