//! What a plan says because it has asked the server: settings, databases that are open to everybody, sessions, and what
//! depends on a role that goes. The judge of each is the server itself, asked in SQL or by the apply.

mod connect;
mod destroy;
mod sessions;
mod settings;

use crate::support::postgres::Cluster;
use crate::support::terraform::{Diagnostic, Outcome};

/// The warnings whose summary has this text.
fn warnings(outcome: &Outcome, text: &str) -> Vec<Diagnostic> {
    outcome.warnings().into_iter().filter(|warning| warning.summary.contains(text)).collect()
}

/// How many statements a run of the provider has sent, by what the server has logged of all of them since.
fn statements_since(cluster: &Cluster, lines: usize) -> usize {
    cluster.log().lines().skip(lines).filter(|line| line.contains("execute <unnamed>")).count()
}
