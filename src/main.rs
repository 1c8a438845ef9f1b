//! The executable: a person gets a word of help, Terraform gets the plugin.
#![forbid(unsafe_code)]

use std::process::ExitCode;
use std::sync::Arc;

use pgum::plugin::{self, About};
use pgum::provider::Pgum;
use pgum::wire::Service;

/// See Cargo.toml.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const ABOUT: About = About {
    name: "terraform-provider-pgum",
    version: env!("CARGO_PKG_VERSION"),
    text: "
A provider for Terraform and OpenTofu: users and groups of Aurora PostgreSQL clusters.

It is not started by hand. Name it in a configuration, and Terraform starts it when it needs it:

    terraform {
      required_providers {
        pgum = { source = \"pgum/pgum\" }
      }
    }

To try an executable that you built yourself, name its directory in the file that the environment variable
TF_CLI_CONFIG_FILE names, and leave init out:

    provider_installation {
      dev_overrides { \"pgum/pgum\" = \"<directory of this executable>\" }
      direct {}
    }
",
};

fn main() -> ExitCode {
    plugin::run(&ABOUT, || Arc::new(Service::new(Pgum::new())))
}
