//! The messages and the service of `proto/tfplugin6/`, as the build made them.

#![allow(missing_docs, unreachable_pub, clippy::all, clippy::unwrap_used)]

include!(concat!(env!("OUT_DIR"), "/tfplugin6.rs"));
