//! `cargo demo`: what pgum does, shown on a real PostgreSQL with a real Terraform.
fn main() {}
