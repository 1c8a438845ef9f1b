//! What to do about an error in a session, in words.

use super::{Error, Kind};

/// The paragraph that follows what the server said.
pub(super) fn remedy(error: &Error) -> Option<String> {
    let text = match error.kind() {
        // A transaction begins READ WRITE, so this is no matter of default_transaction_read_only.
        Kind::ReadOnly => {
            "This server is a reader: a replica, or a reader endpoint (cluster-ro-...) of the cluster. Set host to \
             the writer, which is the cluster's endpoint. If it is that, the cluster has just failed over, and \
             the name leads to the new writer in a moment."
        }
        Kind::LockTimeout => {
            "Another session holds a lock that this needs. Wait for it or end it, or raise lock_timeout."
        }
        Kind::Serialization => {
            "Another session changed the same thing at the same moment. It was tried again without success; another \
             run usually succeeds."
        }
        Kind::ConnectionLost => {
            "The connection was cut, by the server (a restart, a failover, an administrator) or on the way. What was \
             not committed is undone; another run goes on from there."
        }
        _ => return None,
    };
    Some(text.to_owned())
}
