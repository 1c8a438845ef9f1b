//! What differs between a role as it is and as it should be.

use super::{Change, Desired, Role, RoleName};

/// What the diff must know of the server and the connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Server {
    /// `server_version_num`, such as 150018.
    pub version: u32,
    /// The connection's user.
    pub user: RoleName,
    /// Whether that user is a superuser.
    pub superuser: bool,
}

/// What to do, in order.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Difference {
    /// The steps.
    pub changes: Vec<Change>,
}

/// What brings `actual` to `desired`.
pub fn diff(_actual: Option<&Role>, _desired: &Desired, _server: &Server) -> Difference {
    Difference::default()
}
