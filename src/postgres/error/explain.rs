//! What to do about an error in a session, in words.

use tokio_postgres::error::SqlState;

use super::{Error, Kind};

/// What to do about a reader.
pub(crate) const READER: &str = "This server is a reader: a replica, or a reader endpoint (cluster-ro-...) of the cluster. Set \
    host to the writer, which is the cluster's endpoint. If it is that, the cluster has just failed over, and the name leads to \
    the new writer in a moment.";

/// What to do about what others have by what is to go.
pub(crate) const DEPENDENTS: &str = "Others have something that depends on this, such as a view of theirs or a privilege that \
    was granted on to them. pgum never takes that away with CASCADE: revoke or drop it first, or grant it from elsewhere as well.";

/// The paragraph that follows what the server said.
pub(super) fn remedy(error: &Error) -> Option<String> {
    let text = match error.kind() {
        // A transaction begins READ WRITE, so this is no matter of default_transaction_read_only.
        Kind::ReadOnly => READER,
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
        Kind::InsufficientPrivilege if error.sqlstate() == Some(&SqlState::INTERNAL_ERROR) => {
            "The server looks for a role to be recorded as the grantor: the connection's user, or one whose privileges it \
             inherits, with ADMIN OPTION on the group. There is only such as it does not inherit. Grant it these memberships \
             WITH INHERIT TRUE, or the group itself WITH ADMIN OPTION."
        }
        // The server's HINT is CASCADE, which would take away from others what nobody has said they shall lose.
        Kind::Other if error.sqlstate() == Some(&SqlState::DEPENDENT_OBJECTS_STILL_EXIST) => DEPENDENTS,
        _ => return None,
    };
    Some(text.to_owned())
}
