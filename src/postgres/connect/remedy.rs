//! What to do where no connection comes about, in words.

use super::home;
use super::roots::rds;
use crate::postgres::config::{ConnectionConfig, RootCertificates, SslMode, Via};
use crate::postgres::error::{AuthenticationProblem, Error, Kind, TlsProblem, UnreachableProblem};

/// The paragraph that follows what the server, or the network, said.
pub(super) fn remedy(error: &Error, config: &ConnectionConfig) -> Option<String> {
    let text = match error.kind() {
        Kind::Unreachable(problem) => unreachable(problem, config)?,
        Kind::Tls(problem) => tls(problem, config),
        Kind::Authentication(problem) => authentication(problem, config),
        Kind::TooManyConnections => format!(
            "The server, the database or the role has no connection left. pgum opens at most {} at a time \
             (max_connections) and waits {} s for a free one (connect_retry). Close idle sessions, raise the \
             limit that DETAIL or the message names, or lower max_connections.",
            config.max_connections,
            config.connect_retry.as_secs()
        ),
        Kind::Starting | Kind::ConnectionLost => format!(
            "The server is starting, stopping or failing over. pgum waits {} s for it (connect_retry); a cluster \
             that is being made or restored may need more.",
            config.connect_retry.as_secs()
        ),
        Kind::NoSuchDatabase => {
            "Set database to one that is there; every cluster has postgres unless somebody \
                                 dropped it."
                .to_owned()
        }
        _ => return None,
    };
    Some(text)
}

fn unreachable(problem: UnreachableProblem, config: &ConnectionConfig) -> Option<String> {
    let is_tunnel = matches!(config.connect_via, Some(Via::Tunnel { .. }));
    let text = match problem {
        UnreachableProblem::NameNotFound => {
            "Check the name. A private name (a private hosted zone, a cluster without public access in some \
             setups) is known only inside its network: run Terraform there, or set connect_via to a tunnel \
             (127.0.0.1:15432) or to a SOCKS proxy that looks the name up itself (socks5h://proxy:1080). The name \
             of a cluster that was just made takes a while to be known: connect_retry waits for it."
        }
        UnreachableProblem::TimedOut => {
            "Nothing answers there, as is usual from outside the network of the cluster (the VPC) or where a \
             firewall drops the packets. Check that the security group lets this machine in on the port; or run \
             Terraform inside the network; or set connect_via to a tunnel (127.0.0.1:15432) or a SOCKS proxy \
             (socks5h://proxy:1080). connect_timeout bounds one attempt."
        }
        UnreachableProblem::Refused if is_tunnel => {
            "Nothing listens at the address in connect_via: is the tunnel up?"
        }
        UnreachableProblem::Refused if config.socket().is_some() => {
            "No server listens on that socket: host must be the server's unix_socket_directories, and port its \
             port, which is part of the socket's name."
        }
        UnreachableProblem::Refused => {
            "Nothing listens there: is it the right port, and does the server run? One that is starting is waited \
             for with connect_retry."
        }
        UnreachableProblem::Closed if is_tunnel => {
            "The connection was made and closed at once. The near end of the tunnel is up, but its far end may \
             not reach the server."
        }
        UnreachableProblem::Closed => {
            "The connection was made and closed before the login was through, as a server does that is stopping or \
             failing over, and a proxy or load balancer whose own way to the server is cut."
        }
        UnreachableProblem::Proxy => {
            "Check connect_via (or ALL_PROXY): the proxy's address, the user and password in it, and what the \
             proxy lets through. NO_PROXY names hosts that need no proxy."
        }
        UnreachableProblem::NotPostgres => "Check host, port and connect_via.",
        UnreachableProblem::Other => return None,
    };
    Some(text.to_owned())
}

fn tls(problem: TlsProblem, config: &ConnectionConfig) -> String {
    let sslmode = config.sslmode;
    match problem {
        TlsProblem::RefusedByServer => format!(
            "sslmode is \"{sslmode}\", and the server has TLS switched off (ssl = off), or something between here \
             and the server does not pass it on. Switch it on there; or, where the way to the server is safe \
             without, set sslmode to \"disable\"."
        ),
        TlsProblem::RequiredByServer => format!(
            "sslmode is \"{sslmode}\", and the server has no line in pg_hba.conf that lets this login in without \
             TLS. Set sslmode to \"verify-full\" (best) or \"require\". On RDS the parameter rds.force_ssl and \
             every IAM login demand TLS. If the login is refused then, too, the message names the address, user \
             and database that pg_hba.conf has no line for."
        ),
        TlsProblem::NotTrusted => not_trusted(config),
        TlsProblem::Unusable => {
            "Such a certificate holds no names and no purpose. Make it anew as version 3 with a subjectAltName \
             (openssl x509 -req needs -extfile or -copy_extensions for that), or trust it as it is: it can be \
             sslrootcert itself with sslmode \"verify-ca\"."
                .to_owned()
        }
        TlsProblem::OtherName => {
            let mut text = format!(
                "The certificate is checked for host, which is {:?}, also where connect_via leads elsewhere. Set \
                 host to a name in the certificate and connect_via to the address; or, where every certificate of \
                 the authority is as good, set sslmode to \"verify-ca\".",
                config.host
            );
            text.push_str(
                " A certificate without subjectAltName is for no name: pgum does not look at its common name, which \
                 libpq still does; make it anew with a subjectAltName.",
            );
            text
        }
        TlsProblem::Expired => {
            "Renew the server's certificate, or set the clock of this machine right.".to_owned()
        }
        TlsProblem::ClientCertificate => {
            "Set sslcert and sslkey to a certificate that the server's ssl_ca_file has signed, and that is valid for \
             this user."
                .to_owned()
        }
        TlsProblem::Handshake => "The two sides found no way to speak TLS, which must be 1.2 or 1.3.".to_owned(),
    }
}

fn not_trusted(config: &ConnectionConfig) -> String {
    let (whose, what) = match config.root_certificates {
        Some(RootCertificates::Rds) => ("RDS's authorities", "a server of RDS or Aurora"),
        Some(RootCertificates::RdsProxy) => {
            ("Amazon's public authorities, which sign for RDS Proxy,", "an RDS proxy")
        }
        _ => {
            return "None of the trusted authorities has signed the server's certificate. Set sslrootcert (or \
                    PGSSLROOTCERT) to the authority's certificate; for Amazon RDS and Aurora to \"rds\". A \
                    self-signed certificate can be named itself. If the certificate is not the server's, somebody is in \
                    between."
                .to_owned();
        }
    };
    let mut text = format!(
        "The certificate is not signed by any of {whose} that this version of pgum knows (sslrootcert = \"rds\", \
         which is also the default for host names of RDS; from {}).",
        rds::origin()
    );
    let region = rds::missing_region(&config.host);
    if let (Some(region), Some(RootCertificates::Rds)) = (region, &config.root_certificates) {
        text.push_str(&format!(" It knows none for the region {region}."));
    }
    text.push_str(&format!(
        " If this is {what}, set sslrootcert (or PGSSLROOTCERT) to the newer bundle that AWS publishes for its region. If \
         it is not, set sslrootcert to the certificate of the server's own authority; or somebody is in between."
    ));
    if let Some(own) = home::own_file("root.crt").filter(|path| path.exists()) {
        let own = own.display();
        text.push_str(&format!(
            " {own} is not looked at for a host of RDS: name it in sslrootcert to use it."
        ));
    }
    text
}

fn authentication(problem: AuthenticationProblem, config: &ConnectionConfig) -> String {
    let user = &config.username;
    match problem {
        AuthenticationProblem::WrongPassword => format!(
            "The password of {user:?} is another, or it has none, or it is past its validity; the server does not \
             say which, nor whether there is such a role. If this was meant to be an IAM login: {user:?} is no \
             member of rds_iam, or IAM authentication is switched off on the cluster."
        ),
        AuthenticationProblem::Pam => format!(
            "On RDS and Aurora {user:?} is a member of rds_iam, directly or through a group, so only an IAM token \
             lets it in, and no password does. If it should use a password, take it out of rds_iam. If it should \
             use IAM, set iam_auth and check: the policy allows rds-db:connect on this cluster's resource id and \
             this user (case counts); the credentials are those of the role that has the policy; the region is the \
             cluster's; host is the real endpoint, for which the token is signed; the token is less than 15 minutes \
             old and the clock of this machine is right; IAM authentication is switched on on the cluster."
        ),
        AuthenticationProblem::NoEntry => {
            let without_tls = if config.sslmode < SslMode::Require && config.socket().is_none() {
                " If it says \"no encryption\", the server may let you in with TLS: set sslmode to \"require\" or \
                 \"verify-full\"."
            } else {
                ""
            };
            format!(
                "The server's pg_hba.conf has no line for this address, user, database and encryption, or one that \
                 rejects them.{without_tls} On RDS a member of rds_iam gets this when it comes without TLS."
            )
        }
        AuthenticationProblem::Rejected => format!(
            "The server knows {user:?} and does not let it in: it may have NOLOGIN, or the method that \
             pg_hba.conf demands (a certificate, LDAP, peer) does not accept it."
        ),
        AuthenticationProblem::PasswordMissing => "Set password (or POSTGRES_PASSWORD, PGPASSWORD), write it into \
                                                   ~/.pgpass, or set iam_auth."
            .to_owned(),
        AuthenticationProblem::Unsupported => {
            "pgum logs in with a password (SCRAM-SHA-256, md5, in clear), a client certificate or an IAM token; not \
             with GSSAPI, SSPI or OAuth. If the password is right and the server's answer was not, somebody may be in \
             between."
                .to_owned()
        }
    }
}
