//! The executable alone in a file system, as in an image that was made `FROM scratch`.

use super::{dns, elf};
use crate::support::postgres::{Cluster, MASTER, MASTER_PASSWORD, default_version};
use crate::support::terraform::{Workspace, provider};
use crate::support::tls::Authority;
use crate::support::{not_tested, not_tested_as_this_user};
use std::fs;
use std::net::Ipv4Addr;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

const IN_HOSTS: &str = "in-hosts.pgum.test";
const IN_DNS: &str = "in-dns.pgum.test";
const NAME_SERVER: Ipv4Addr = Ipv4Addr::new(127, 53, 53, 53);

const CONFIGURATION: &str = r#"
resource "pgum_group" "app" {
  name      = "app"
  databases = ["myapp"]
}

resource "pgum_user" "one" {
  username = "one"
  password = "secret"
  groups   = [pgum_group.app.name]
}
"#;

#[test]
fn alone_it_finds_a_server_by_name() {
    const WHAT: &str = "the executable in an empty chroot";
    let executable = match std::env::var_os("PGUM_TEST_STATIC") {
        Some(named) => std::path::absolute(named).unwrap(),
        None => provider().to_owned(),
    };
    match elf::loaded(&executable) {
        Some(elf::Loaded { interpreter: false, libraries: 0 }) => {}
        other => {
            let why = format!(
                "{} is not static ({other:?}); cargo build --config .cargo/static.toml makes one, and PGUM_TEST_STATIC \
                 names it",
                executable.display()
            );
            return not_tested(WHAT, &why);
        }
    }
    let Some(chroot) = chroot() else {
        return not_tested(WHAT, "neither chroot nor unshare -r chroot is possible");
    };
    let authority = Authority::new("pgum's tests");
    let cluster = Cluster::builder(default_version()).tls(authority.server(&[IN_HOSTS, IN_DNS])).start();
    let before = cluster.inventory();
    let mut workspace = Workspace::empty();
    // Where a bug is, if one is met.
    workspace.set_env("TF_LOG", "ERROR");
    let jail = imprison(&workspace, &executable, &chroot);
    let by_name = |host: &str| {
        let authority = authority.certificate();
        workspace.provider(&format!(
            "  host        = \"{host}\"\n  port        = {}\n  username    = \"{MASTER}\"\n  password    = \
             \"{MASTER_PASSWORD}\"\n  sslmode     = \"verify-full\"\n  connect_retry = 0\n  sslrootcert = <<-EOT\n{authority}\nEOT\n",
            cluster.port()
        ));
    };
    fs::create_dir(jail.join("etc")).unwrap();
    fs::write(jail.join("etc/hosts"), format!("127.0.0.1 {IN_HOSTS}\n")).unwrap();
    workspace.main(CONFIGURATION);
    by_name(IN_HOSTS);
    workspace.converge();
    let members = "SELECT count(*) FROM pg_auth_members WHERE pg_get_userbyid(member) = 'one' \
                   AND pg_get_userbyid(roleid) = 'app'";
    assert_eq!(cluster.value(members), "1");
    let found = fs::read_dir(&jail).unwrap().count();
    assert_eq!(found, 3, "the executable, etc, and the way to the temporary files");

    // A system that asks others than files and DNS, with libraries that no static executable can load.
    let elsewhere = "hosts: pgum_has_none [UNAVAIL=return] files dns\npasswd: pgum_has_none\n";
    fs::write(jail.join("etc/nsswitch.conf"), elsewhere).unwrap();
    workspace.assert_empty_plan();

    match dns::serve(NAME_SERVER, IN_DNS) {
        Ok(()) => {
            fs::write(jail.join("etc/resolv.conf"), format!("nameserver {NAME_SERVER}\n")).unwrap();
            by_name("in-nothing.pgum.test");
            workspace.plan_expecting_failure().expect_error("in-nothing.pgum.test");
            by_name(IN_DNS);
            workspace.assert_empty_plan();
        }
        Err(error) => not_tested_as_this_user(
            "a name that only DNS knows",
            &format!("no name server on {NAME_SERVER}: {error}"),
        ),
    }
    workspace.destroy();
    assert_eq!(cluster.inventory(), before);
    assert!(workspace.left_behind().is_empty(), "{:?}", workspace.left_behind());
}

/// What changes the root: root may, and others where they may be root in a name space of their own.
fn chroot() -> Option<String> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let directories: Vec<_> =
        std::env::split_paths(&path).chain(["/usr/sbin".into(), "/sbin".into()]).collect();
    let find =
        |name: &str| directories.iter().map(|directory| directory.join(name)).find(|file| file.is_file());
    let (chroot, unshare) = (find("chroot")?, find("unshare"));
    let plain = chroot.display().to_string();
    let unshared = unshare.map(|unshare| format!("{} -r {plain}", unshare.display()));
    let may = |command: &String| {
        let status = Command::new("sh").args(["-c", &format!("{command} / true 2>/dev/null")]).status();
        status.is_ok_and(|status| status.success())
    };
    [Some(plain), unshared].into_iter().flatten().find(may)
}

/// Has Terraform start the executable in a file system that has nothing else; returns its root.
///
/// The two talk through a socket in a temporary directory, which must have the same name on both sides: outside it
/// is a link to the one inside.
fn imprison(workspace: &Workspace, executable: &Path, chroot: &str) -> PathBuf {
    let temporary = workspace.temporary();
    let jail = temporary.with_file_name("jail");
    let inside = jail.join(temporary.strip_prefix("/").unwrap());
    fs::create_dir_all(&inside).unwrap();
    fs::remove_dir(&temporary).unwrap();
    symlink(&inside, &temporary).unwrap();
    copy(executable, &jail.join("terraform-provider-pgum"));
    workspace.start_provider_by(&format!(
        "#!/bin/sh\nexec {chroot} {} /terraform-provider-pgum \"$@\"\n",
        jail.display()
    ));
    jail
}

/// Without a second copy of what is large, where that can be.
fn copy(from: &Path, to: &Path) {
    if fs::hard_link(from, to).is_err() {
        fs::copy(from, to).unwrap();
    }
}
