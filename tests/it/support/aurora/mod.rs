//! A cluster that lets its users in as Aurora does: members of `rds_iam`, direct or not, over TLS and with an IAM token
//! only; everybody else with the password. A [`Front`] has the endpoint's certificate, speaks the beginning of the
//! protocol and checks tokens; behind it is a real PostgreSQL, which does all the rest.

mod builder;
mod front;
mod protocol;
mod token;

use super::aws::Accounts;
use super::postgres::{Cluster, MASTER, Session};
use super::tls::Authority;
pub(crate) use builder::AuroraBuilder;
use front::Front;
pub(crate) use front::Login;
use std::time::Duration;
pub(crate) use token::Refusal;
use tokio_postgres::{Config, Error};
use tokio_postgres_rustls::MakeRustlsConnect;

/// What tokens are signed for, and certificates checked against.
#[derive(Clone)]
pub(crate) struct Endpoint {
    pub(crate) host: String,
    pub(crate) port: u16,
    pub(crate) region: &'static str,
}

/// The cluster and its front. They end with it.
pub(crate) struct Aurora {
    // Before the cluster, so that nobody comes in while that ends.
    front: Front,
    pub(crate) cluster: Cluster,
    pub(crate) accounts: Accounts,
    authority: Authority,
}

impl Aurora {
    /// Under a name of RDS in eu-west-1, port 5432, where nothing listens: the way is [`Aurora::via`]. The master is a
    /// member of `rds_iam`; it has a password, too, which nothing asks for.
    pub(crate) fn start(version: u16) -> Aurora {
        Aurora::builder(version).start()
    }

    pub(crate) fn builder(version: u16) -> AuroraBuilder {
        AuroraBuilder::new(version)
    }

    pub(crate) fn endpoint(&self) -> &Endpoint {
        self.front.endpoint()
    }

    /// Where the front listens.
    pub(crate) fn via(&self) -> String {
        format!("127.0.0.1:{}", self.front.port())
    }

    /// The certificate of the authority that the endpoint's is from, PEM.
    pub(crate) fn authority(&self) -> String {
        self.authority.certificate()
    }

    /// The attributes of a provider that logs in as the master with IAM, without its credentials.
    pub(crate) fn provider(&self) -> String {
        self.provider_as(MASTER)
    }

    /// As [`Aurora::provider`], as another user.
    pub(crate) fn provider_as(&self, username: &str) -> String {
        format!("{}  iam_auth = true\n", self.connection_as(username))
    }

    /// As [`Aurora::provider_as`], without the word that it is a login with IAM.
    pub(crate) fn connection_as(&self, username: &str) -> String {
        format!("{}{}", self.way_as(username), self.trust())
    }

    /// Only where to, by which way, and as whom.
    pub(crate) fn way_as(&self, username: &str) -> String {
        let Endpoint { host, port, .. } = self.endpoint();
        let via = self.via();
        format!(
            "  host = \"{host}\"\n  port = {port}\n  connect_via = \"{via}\"\n  username = \"{username}\"\n"
        )
    }

    /// The attribute with which the endpoint's certificate is trusted.
    pub(crate) fn trust(&self) -> String {
        format!("  sslrootcert = <<-EOT\n{}\n  EOT\n", self.authority().trim())
    }

    /// A login with TLS, as an application's: the certificate is checked for the endpoint's name.
    pub(crate) fn try_session(&self, user: &str, password: &str, database: &str) -> Result<Session, Error> {
        let mut config = Config::new();
        config
            .host(&self.endpoint().host)
            .hostaddr("127.0.0.1".parse().expect("an address"))
            .port(self.front.port());
        config.user(user).password(password).dbname(database);
        config.ssl_mode(tokio_postgres::config::SslMode::Require);
        Session::open_with(&config, MakeRustlsConnect::new(self.authority.trusting_client()))
    }

    /// The logins with a token or a password in the place of one, in their order.
    pub(crate) fn logins(&self) -> Vec<Login> {
        self.front.logins()
    }

    /// From now on the tokens that were used so far have expired.
    pub(crate) fn expire_tokens(&self) {
        self.front.expire_tokens();
    }

    /// From now on a token is good for so long.
    pub(crate) fn set_lifetime(&self, lifetime: Duration) {
        self.front.set_lifetime(lifetime);
    }

    /// Sets the server's clock: so many seconds before or after that of this machine.
    pub(crate) fn set_clock(&self, seconds: i64) {
        self.front.set_clock(seconds);
    }

    /// From now on no policy lets this user or role connect.
    pub(crate) fn deny(&self, principal: &str) {
        self.front.deny(principal);
    }
}
