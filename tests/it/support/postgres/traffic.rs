//! What a server has been asked for, counted in its log.

use super::bootstrap::MASTER;
use super::builder::ClusterBuilder;
use super::cluster::Cluster;

/// Counts what the master does on a cluster.
pub(crate) struct Traffic {
    /// How much of the log has been counted.
    seen: usize,
}

/// What the master did meanwhile.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Count {
    /// Logins.
    pub(crate) connections: usize,
    /// Messages with a statement, or with several that go together.
    pub(crate) statements: usize,
    /// Those of them that begin a transaction.
    pub(crate) transactions: usize,
}

impl Traffic {
    /// A cluster whose log can be counted.
    pub(crate) fn logged(builder: ClusterBuilder) -> ClusterBuilder {
        builder
            .setting("log_connections", "on")
            .setting("log_statement", "all")
            .setting("log_line_prefix", "%u|")
    }

    /// Counts from now on.
    pub(crate) fn new(cluster: &Cluster) -> Traffic {
        Traffic { seen: cluster.log().len() }
    }

    /// What was done since the last call.
    pub(crate) fn count(&mut self, cluster: &Cluster) -> Count {
        let log = cluster.log();
        let since = log.get(self.seen..).unwrap_or_default();
        let begins = format!("{MASTER}|LOG:  ");
        let ours: Vec<&str> = since.lines().filter_map(|line| line.strip_prefix(&begins)).collect();
        let beginning = |words: &[&str]| {
            ours.iter().filter(|line| words.iter().any(|word| line.starts_with(word))).count()
        };
        let count = Count {
            connections: beginning(&["connection authorized: "]),
            statements: beginning(&["statement: ", "execute "]),
            transactions: beginning(&["statement: BEGIN"]),
        };
        self.seen = log.len();
        count
    }
}
