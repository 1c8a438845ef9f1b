//! The executable as a plugin process: its handshake, who it lets in, what it logs and how it ends. The host's part
//! is played here, as Terraform plays it.

mod by_hand;
mod ending;
mod handshake;
mod host;
mod log;
mod trust;
