//! Logins without IAM: nothing of AWS is touched for them.

use super::{aws, workspace};
use crate::support::aurora::Aurora;
use crate::support::aws::{Sts, Trust};
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

/// Something that counts who comes.
fn bell() -> (u16, Arc<AtomicU32>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let (port, rung) = (listener.local_addr().unwrap().port(), Arc::new(AtomicU32::new(0)));
    let count = Arc::clone(&rung);
    std::thread::spawn(move || {
        while listener.accept().is_ok() {
            count.fetch_add(1, Ordering::SeqCst);
        }
    });
    (port, rung)
}

/// Whatever of AWS is configured: files that are not there, an instance's metadata, a container's, a proxy, STS.
#[test]
fn a_login_with_a_password_asks_nothing_of_aws() {
    let aurora = Aurora::start(18);
    aurora.cluster.execute("CREATE ROLE admin LOGIN CREATEROLE PASSWORD 'hidden'");
    aurora.cluster.execute("CREATE DATABASE admins OWNER admin");
    let sts = Sts::start(&aurora.accounts);
    let role = sts.role("database", Trust::WebIdentity("x".to_owned()));
    let (port, rung) = bell();
    let members = format!(
        "    profile = \"missing\"\n    shared_config_files = [\"missing\"]\n    \
         assume_role_with_web_identity = {{\n      role_arn = \"{role}\"\n      web_identity_token_file = \"missing\"\n    }}\n    \
         assume_role = [{{ role_arn = \"{role}\" }}]\n    endpoints = {{ sts = \"{}\" }}\n",
        sts.url
    );
    let login = format!("{}  password = \"hidden\"\n", aurora.connection_as("admin"));
    let mut workspace = workspace(&format!("{login}{}", aws(&members)));
    workspace.main(
        "resource \"pgum_user\" \"app\" {\n  username = \"app\"\n  password = \"x\"\n  databases = [\"admins\"]\n}\n",
    );
    let bell = format!("http://127.0.0.1:{port}");
    for (name, value) in [
        ("AWS_EC2_METADATA_DISABLED", "false"),
        ("AWS_EC2_METADATA_SERVICE_ENDPOINT", bell.as_str()),
        ("AWS_CONTAINER_CREDENTIALS_FULL_URI", &bell),
        ("AWS_ENDPOINT_URL", &bell),
        ("HTTPS_PROXY", &bell),
        ("AWS_CA_BUNDLE", "missing"),
        ("AWS_CONFIG_FILE", "missing"),
    ] {
        workspace.set_env(name, value);
    }
    workspace.converge();
    workspace.destroy();
    assert_eq!(rung.load(Ordering::SeqCst), 0);
    assert!(sts.asked().is_empty());
    assert!(aurora.logins().is_empty(), "nobody came with a token");
}

/// The same configuration with `iam_auth` does ask: what the other test looks at is there.
#[test]
fn a_login_with_iam_asks_what_is_configured() {
    let aurora = Aurora::start(18);
    let (port, rung) = bell();
    let mut workspace = workspace(&aurora.provider());
    workspace.set_env("AWS_CONTAINER_CREDENTIALS_FULL_URI", &format!("http://127.0.0.1:{port}"));
    workspace.apply_expecting_failure();
    assert!(rung.load(Ordering::SeqCst) > 0);
}
