//! The calls over a real connection, with a provider that has one of everything and answers as told.

mod calls;
mod client;
mod lab;
mod provider;
mod resource;
