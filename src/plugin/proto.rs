//! The messages and services of `proto/plugin.proto`, as the build made them.

#![allow(missing_docs, unreachable_pub, clippy::all, clippy::unwrap_used)]

include!(concat!(env!("OUT_DIR"), "/plugin.rs"));
