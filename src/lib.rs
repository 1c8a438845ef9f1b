//! pgum: a Terraform and OpenTofu provider for the users and groups of Aurora PostgreSQL clusters.
//!
//! The way of data is one way: `wire` -> `sdk` -> `provider` -> `roles` -> `postgres`. See each module's
//! first paragraph for its one job. The library exists beside the executable for tests, benchmarks and
//! fuzzing; it promises nobody a stable interface.
#![forbid(unsafe_code)]

pub mod aws;
pub mod plugin;
pub mod postgres;
pub mod provider;
pub mod roles;
pub mod sdk;
pub mod wire;
