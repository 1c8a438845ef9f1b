//! The black-box tests: a real PostgreSQL of every supported version, a real Terraform, and the provider's
//! executable between them. One module a subject; `support` is what they stand on.
#![forbid(unsafe_code)]
#![allow(clippy::unwrap_used, reason = "in a test a panic is the way to fail")]

mod adoption;
mod attributes;
mod aurora;
mod clusters;
mod concurrency;
mod connecting;
mod costs;
mod documentation;
mod drift;
mod encodings;
mod examples;
mod functions;
mod going;
mod guides;
mod iam_token;
mod import;
mod inquiry;
mod lifecycle;
mod lockout;
mod login;
mod passwords;
mod plugin;
mod preflight;
mod properties;
mod release;
mod right_cluster;
mod roster;
mod secrets;
mod sql_log;
mod support;
mod takeover;
mod terraform_runs;
mod transactions;
mod unreachable;
mod validation;
mod ways;
mod words;
mod writer;
