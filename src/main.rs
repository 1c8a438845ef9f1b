//! The executable: a person gets a word of help, Terraform gets the plugin.
#![forbid(unsafe_code)]

fn main() {}
