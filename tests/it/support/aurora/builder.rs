//! What a test may want different about its Aurora.

use super::front::{Front, Upstream};
use super::{Aurora, Endpoint};
use crate::support::aws::Accounts;
use crate::support::postgres::{Cluster, MASTER};
use crate::support::tls::Authority;

/// An Aurora to be.
#[must_use]
pub(crate) struct AuroraBuilder {
    version: u16,
    host: String,
    port: Option<u16>,
    region: &'static str,
    tls: bool,
}

impl AuroraBuilder {
    pub(super) fn new(version: u16) -> AuroraBuilder {
        AuroraBuilder {
            version,
            host: "db.cluster-abc123.eu-west-1.rds.amazonaws.com".to_owned(),
            port: Some(5432),
            region: "eu-west-1",
            tls: true,
        }
    }

    /// Another name and port of the endpoint.
    pub(crate) fn endpoint(mut self, host: &str, port: u16) -> AuroraBuilder {
        (self.host, self.port) = (host.to_owned(), Some(port));
        self
    }

    /// The endpoint is where the front listens, under a name that this machine has.
    pub(crate) fn here(mut self) -> AuroraBuilder {
        (self.host, self.port) = ("localhost".to_owned(), None);
        self
    }

    pub(crate) fn region(mut self, region: &'static str) -> AuroraBuilder {
        self.region = region;
        self
    }

    /// A front that does no TLS, as if something on the way took it away.
    pub(crate) fn without_tls(mut self) -> AuroraBuilder {
        self.tls = false;
        self
    }

    pub(crate) fn start(self) -> Aurora {
        let (authority, accounts) = (Authority::new("an authority of the tests"), Accounts::default());
        let certificate = authority.server(&[&self.host]);
        // The lines of RDS, with `rds.force_ssl`. In the place of its first one, `hostssl all +rds_iam all pam`, is the
        // front, to which the socket belongs. Both have the same certificate, so that passwords are bound to the channel.
        let cluster = Cluster::builder(self.version)
            .hba(["local all all trust", "host all +rds_iam all reject", "hostssl all all all md5"])
            .tls(certificate.clone())
            .start();
        cluster.execute(&format!("GRANT rds_iam TO {MASTER}"));
        let upstream = Upstream::new(&cluster, &authority);
        let acceptor = self.tls.then(|| certificate.acceptor());
        let endpoint = |port| Endpoint { host: self.host, port, region: self.region };
        let front =
            Front::start(upstream, acceptor, accounts.clone(), |own| endpoint(self.port.unwrap_or(own)));
        Aurora { front, cluster, accounts, authority }
    }
}
