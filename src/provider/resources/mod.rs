//! The resources that users write.

mod group;
pub mod role;
mod user;
