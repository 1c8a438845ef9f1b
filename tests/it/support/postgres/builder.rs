//! What a test may want different about its cluster.

use super::bootstrap::MASTER;
use super::cluster::Cluster;
use super::run_directory::RunDirectory;
use super::server::Server;
use super::{account, template};
use crate::support::tls::Certificate;
use std::fs::{self, OpenOptions, Permissions};
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

/// A cluster to be. Without further words it is as [`Cluster::start`] says.
#[must_use]
#[derive(Default)]
pub(crate) struct ClusterBuilder {
    version: u16,
    settings: Vec<(String, String)>,
    hba: Option<Vec<String>>,
    rds_hba: bool,
    standby: bool,
    of_its_own: bool,
    tls: Option<(Certificate, Option<String>)>,
}

impl ClusterBuilder {
    pub(crate) fn new(version: u16) -> ClusterBuilder {
        ClusterBuilder { version, ..ClusterBuilder::default() }
    }

    /// A line of postgresql.conf, such as `("log_statement", "all")`.
    pub(crate) fn setting(mut self, name: &str, value: &str) -> ClusterBuilder {
        self.settings.push((name.to_owned(), value.to_owned()));
        self
    }

    /// The lines of pg_hba.conf, instead of the default. The superuser's line for the socket is always first.
    pub(crate) fn hba<'a>(mut self, lines: impl IntoIterator<Item = &'a str>) -> ClusterBuilder {
        self.hba = Some(lines.into_iter().map(str::to_owned).collect());
        self
    }

    /// Members of `rds_iam`, through whatever group, cannot log in with a password, as on RDS. Since PostgreSQL 16
    /// counts the master's ADMIN OPTION on `rds_iam` as such a membership, there the master is exempt; up to 15
    /// it is as everybody.
    pub(crate) fn rds_hba(mut self) -> ClusterBuilder {
        self.rds_hba = true;
        self
    }

    /// A server in recovery, as behind a reader endpoint: it has what a fresh cluster has, and refuses to write.
    pub(crate) fn standby(mut self) -> ClusterBuilder {
        self.standby = true;
        self
    }

    /// A cluster with a system identifier of its own, which takes some seconds to make. All others of a version are
    /// copies of one, as clones and restored clusters are.
    pub(crate) fn of_its_own(mut self) -> ClusterBuilder {
        self.of_its_own = true;
        self
    }

    /// TLS with this certificate. TLS is then possible, not required: [`ClusterBuilder::hba`] can ask for more.
    pub(crate) fn tls(mut self, certificate: Certificate) -> ClusterBuilder {
        self.tls = Some((certificate, None));
        self
    }

    /// As [`ClusterBuilder::tls`], and with the authority (PEM) that client certificates have to come from.
    pub(crate) fn tls_with_clients(mut self, certificate: Certificate, authority: String) -> ClusterBuilder {
        self.tls = Some((certificate, Some(authority)));
        self
    }

    pub(crate) fn start(self) -> Cluster {
        let run = RunDirectory::new();
        let data = run.path().join("data");
        if self.of_its_own {
            template::initialize(self.version, &data);
        } else {
            template::copy(self.version, &data);
        }
        self.configure(&data);
        Cluster::new(Server::start_in(self.version, data, run))
    }

    fn configure(&self, data: &Path) {
        let mut settings = self.settings.clone();
        if let Some((certificate, authority)) = &self.tls {
            write_for_server(&data.join("server.crt"), &certificate.certificate);
            write_for_server(&data.join("server.key"), &certificate.key);
            settings.push(("ssl".to_owned(), "on".to_owned()));
            if let Some(authority) = authority {
                write_for_server(&data.join("clients.crt"), authority);
                settings.push(("ssl_ca_file".to_owned(), "clients.crt".to_owned()));
            }
        }
        if self.standby {
            mark_as_standby(data);
        }
        let lines =
            settings.iter().map(|(name, value)| format!("{name} = '{}'\n", value.replace('\'', "''")));
        let mut file =
            OpenOptions::new().append(true).open(data.join("postgresql.conf")).expect("the settings");
        file.write_all(lines.collect::<String>().as_bytes()).expect("the settings, written");
        write_for_server(&data.join("pg_hba.conf"), &(self.hba_lines().join("\n") + "\n"));
    }

    fn hba_lines(&self) -> Vec<String> {
        let mut lines = vec!["local all rdsadmin trust".to_owned()];
        if self.rds_hba {
            if self.version >= 16 {
                lines.push(format!("host all {MASTER} all md5"));
            }
            lines.push("local all +rds_iam reject".to_owned());
            lines.push("host all +rds_iam all reject".to_owned());
        }
        match &self.hba {
            Some(own) => lines.extend(own.iter().cloned()),
            // `md5` as on RDS: it takes SCRAM for whoever has a SCRAM verifier.
            None => lines.extend(["local all all md5", "host all all all md5"].map(str::to_owned)),
        }
        lines
    }
}

/// The next start of a server on this directory is in recovery, and stays there.
pub(super) fn mark_as_standby(data: &Path) {
    write_for_server(&data.join("standby.signal"), "");
}

/// Writes a file that only the server's account reads; a key that others may read is refused by the server.
fn write_for_server(path: &Path, text: &str) {
    fs::write(path, text).expect("a file of the server");
    fs::set_permissions(path, Permissions::from_mode(0o600)).expect("its permissions");
    account::give(path).expect("its owner");
}
