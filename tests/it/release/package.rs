//! `scripts/package`: what it makes is what registries want, and Terraform installs it.

use crate::support::not_tested;
use crate::support::postgres::{Cluster, default_version};
use crate::support::terraform::{PROVIDER_VERSION, Program, Workspace, go_arch, go_os, in_mirror, provider};
use aws_lc_rs::digest;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

const CONFIGURATION: &str = "resource \"pgum_group\" \"app\" {\n  name = \"app\"\n}\n";

fn pack(executable: &Path, output: &Path) {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("scripts/package");
    let result = Command::new(script)
        .args(["--platform", &format!("{}_{}", go_os(), go_arch())])
        .arg("--executable")
        .arg(executable)
        .arg("--output")
        .arg(output)
        .output()
        .unwrap();
    assert!(result.status.success(), "{}", String::from_utf8_lossy(&result.stderr));
}

/// The files by their names.
fn read(directory: &Path) -> BTreeMap<String, Vec<u8>> {
    let entries = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap());
    entries.map(|entry| (entry.file_name().into_string().unwrap(), fs::read(entry.path()).unwrap())).collect()
}

fn sha256(bytes: &[u8]) -> String {
    digest::digest(&digest::SHA256, bytes).as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

fn is_there(program: &str) -> bool {
    Command::new(program).arg("-v").output().is_ok()
}

#[test]
fn a_release_is_made_and_installed() {
    if !is_there("zip") {
        return not_tested("scripts/package", "there is no zip (Debian's package of that name)");
    }
    let directory = tempfile::tempdir().unwrap();
    let [mirror, again] = ["mirror", "again"].map(|name| directory.path().join(name));
    let packages = in_mirror(&mirror);
    pack(provider(), &packages);
    let made = read(&packages);

    let prefix = format!("terraform-provider-pgum_{PROVIDER_VERSION}");
    let archive = format!("{prefix}_{}_{}.zip", go_os(), go_arch());
    let manifest = format!("{prefix}_manifest.json");
    let sums = format!("{prefix}_SHA256SUMS");
    assert_eq!(made.keys().collect::<Vec<_>>(), [&sums, &archive, &manifest]);
    assert_eq!(
        serde_json::from_slice::<Value>(&made[&manifest]).unwrap(),
        json!({"version": 1, "metadata": {"protocol_versions": ["6.0"]}})
    );
    let expected: String =
        [&archive, &manifest].map(|name| format!("{}  {name}\n", sha256(&made[name]))).concat();
    assert_eq!(String::from_utf8_lossy(&made[&sums]), expected);

    // Another copy of the executable, made at another time, under another name.
    let copy = directory.path().join("copy");
    fs::copy(provider(), &copy).unwrap();
    pack(&copy, &again);
    assert!(read(&again) == made, "the same executable gives the same bytes");

    // A mirror of packed packages is that directory as it is. Terraform compares the archive to what a lock file says
    // of it, which from a registry are the sums that were signed.
    let cluster = Cluster::start(default_version());
    let mut workspace = Workspace::new(&cluster);
    workspace.main(CONFIGURATION);
    let lock = workspace.directory().join(".terraform.lock.hcl");
    let sum_of = |bytes: &[u8]| {
        let address = Program::find().provider_address();
        let sum = sha256(bytes);
        format!(
            "provider \"{address}\" {{\n  version = \"{PROVIDER_VERSION}\"\n  hashes  = [\"zh:{sum}\"]\n}}\n"
        )
    };
    fs::write(&lock, sum_of(b"another archive")).unwrap();
    let outcome = workspace.install_from(&mirror).expect_failure();
    assert!(outcome.stderr.contains("checksum"), "{outcome}");
    fs::write(&lock, sum_of(&made[&archive])).unwrap();
    workspace.install_from(&mirror).expect_success();
    let locked = fs::read_to_string(&lock).unwrap();
    assert!(locked.contains(&sha256(&made[&archive])) && locked.contains("h1:"), "{locked}");

    workspace.converge();
    assert_eq!(cluster.value("SELECT count(*) FROM pg_roles WHERE rolname = 'app'"), "1");
    workspace.destroy();
}
