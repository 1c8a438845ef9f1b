//! The figures. Another family of them is another file here and another line in the list.

mod counts;
mod crowd;
mod memory;
mod process;
mod roster;
mod users;

use crate::options::Options;
use crate::table::Line;

/// Figures that are taken together.
pub(crate) struct Family {
    /// What it is chosen by.
    pub(crate) name: &'static str,
    pub(crate) about: &'static str,
    pub(crate) measure: fn(&Options) -> Vec<Line>,
}

pub(crate) const FAMILIES: &[Family] = &[
    Family {
        name: "plan",
        about: "a plan in which nothing has changed, at 0, 20 and 100 ms",
        measure: users::plan,
    },
    Family { name: "create", about: "the apply that creates all, at 0 and 20 ms", measure: users::create },
    Family {
        name: "counts",
        about: "connections and statements, counted at the server",
        measure: counts::measure,
    },
    Family { name: "start", about: "from the start to the handshake line", measure: process::start },
    Family { name: "size", about: "of the executable", measure: process::size },
    Family { name: "memory", about: "of the provider with 10,000 users", measure: memory::measure },
    Family { name: "crowd", about: "one user in a cluster of 50,000 roles", measure: crowd::measure },
    Family { name: "roster", about: "10,000 and 50,000 users in one pgum_roster", measure: roster::measure },
];
