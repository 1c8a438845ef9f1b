//! The provider protocol, version 6.10, between a plugin host and whatever implements the traits of `sdk`: one
//! file a family of calls, each of which decodes a request, asks the provider, and encodes its answer. Knows
//! nothing of what the provider manages.

mod call;
pub mod codec;
mod data_source;
mod diagnostics;
mod ephemeral;
mod function;
mod identity;
mod list;
pub mod proto;
mod provider;
mod registry;
mod resource;
mod schema;
mod service;
#[cfg(test)]
mod tests;
mod undeclared;

pub use service::Service;
