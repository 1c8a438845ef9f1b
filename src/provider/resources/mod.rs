//! The resources that users write.

pub(crate) mod group;
pub mod role;
pub(crate) mod roster;
pub(crate) mod user;
