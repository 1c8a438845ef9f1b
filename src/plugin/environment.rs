//! What the host says, which it does in environment variables.

use std::collections::BTreeSet;
use std::ops::RangeInclusive;
use std::path::PathBuf;

/// The provider protocol's major version.
pub(super) const PROTOCOL: u32 = 6;

/// No secret: it only tells a host's start from a person's.
const COOKIE: (&str, &str) =
    ("TF_PLUGIN_MAGIC_COOKIE", "d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2");

/// What the host said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Host {
    /// The protocol versions that it speaks, in no order. Empty where it did not say.
    protocols: BTreeSet<u32>,
    /// The certificate (PEM) of the one client that may connect.
    ///
    /// Without it the host does not want TLS at all and would not answer a handshake: this is what
    /// `TF_DISABLE_PLUGIN_TLS` does to Terraform, for debugging. The directory's mode is then the only guard.
    pub(super) client_certificate: Option<String>,
    /// Where sockets shall be made, instead of the directory for temporary files.
    pub(super) socket_directory: Option<PathBuf>,
    /// Where there are no unix sockets.
    pub(super) ports: RangeInclusive<u16>,
    /// It asks whether one connection can carry several (a seventh field of the handshake).
    pub(super) asks_for_multiplexing: bool,
}

impl Host {
    /// What the host said; `None` where no host did.
    pub(super) fn from_environment(variable: impl Fn(&str) -> Option<String>) -> Option<Self> {
        let variable = |name: &str| variable(name).filter(|value| !value.is_empty());
        if variable(COOKIE.0).as_deref() != Some(COOKIE.1) {
            return None;
        }
        let port = |name| variable(name).and_then(|port| port.parse().ok());
        Some(Self {
            protocols: variable("PLUGIN_PROTOCOL_VERSIONS")
                .map(|list| list.split(',').filter_map(|version| version.trim().parse().ok()).collect())
                .unwrap_or_default(),
            client_certificate: variable("PLUGIN_CLIENT_CERT"),
            socket_directory: variable("PLUGIN_UNIX_SOCKET_DIR").map(PathBuf::from),
            // 0 lets the system choose.
            ports: port("PLUGIN_MIN_PORT").unwrap_or(0)..=port("PLUGIN_MAX_PORT").unwrap_or(0),
            asks_for_multiplexing: variable("PLUGIN_MULTIPLEX_GRPC").is_some(),
        })
    }

    /// Whether we have a protocol in common. One that does not say decides by itself from our answer.
    pub(super) fn speaks_our_protocol(&self) -> bool {
        self.protocols.is_empty() || self.protocols.contains(&PROTOCOL)
    }

    /// Its protocol versions, for a message.
    pub(super) fn protocols(&self) -> String {
        let versions: Vec<_> = self.protocols.iter().map(u32::to_string).collect();
        versions.join(", ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn host(more: &[(&str, &str)]) -> Option<Host> {
        let variables: Vec<_> = [COOKIE].iter().chain(more).copied().collect();
        // A later one wins, as where a test overrides the cookie.
        Host::from_environment(|name| {
            variables.iter().rev().find(|(n, _)| *n == name).map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn only_a_host_knows_the_cookie() {
        assert!(host(&[]).is_some());
        assert!(host(&[("TF_PLUGIN_MAGIC_COOKIE", "")]).is_none());
        assert!(host(&[("TF_PLUGIN_MAGIC_COOKIE", "true")]).is_none());
    }

    #[test]
    fn versions_are_a_set() {
        for (offered, fits) in [("5,6", true), ("6,5", true), ("6", true), ("7,5", false), ("5", false)] {
            let host = host(&[("PLUGIN_PROTOCOL_VERSIONS", offered)]).unwrap();
            assert_eq!(host.speaks_our_protocol(), fits, "{offered}");
        }
        assert!(host(&[]).unwrap().speaks_our_protocol());
        assert_eq!(host(&[("PLUGIN_PROTOCOL_VERSIONS", "5,4")]).unwrap().protocols(), "4, 5");
    }

    #[test]
    fn empty_is_not_said() {
        let empty = [("PLUGIN_CLIENT_CERT", ""), ("PLUGIN_UNIX_SOCKET_DIR", ""), ("PLUGIN_MIN_PORT", "")];
        assert_eq!(host(&empty), host(&[]));
        let ports = host(&[("PLUGIN_MIN_PORT", "10000"), ("PLUGIN_MAX_PORT", "25000")]).unwrap().ports;
        assert_eq!(ports, 10_000..=25_000);
    }
}
