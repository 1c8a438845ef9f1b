//! `cargo bench`: what a plan and an apply cost, beside what Terraform itself costs, measured in the same run; the
//! table in the README comes from here. `cargo bench -- --help` says what can be chosen.
//!
//! This executable is two: started by Terraform it is the provider that answers from memory ([`echo`]), which is one
//! of the floors.
#![forbid(unsafe_code)]
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "the table is for people")]

mod contender;
mod echo;
#[path = "../../tests/it/plugin/host.rs"]
#[allow(dead_code, clippy::unwrap_used, reason = "shared with the tests, which use all of it")]
mod host;
mod options;
mod process;
mod proxy;
mod rows;
#[path = "../../tests/it/support/mod.rs"]
mod support;
mod table;

use std::process::ExitCode;

use options::Options;
use support::terraform::Program;

fn main() -> ExitCode {
    if std::env::var_os("TF_PLUGIN_MAGIC_COOKIE").is_some() {
        return echo::run();
    }
    let options = match Options::from_arguments(std::env::args().skip(1)) {
        Ok(options) => options,
        Err(message) => {
            println!("{message}");
            return ExitCode::FAILURE;
        }
    };
    if let Err(message) = Program::try_find() {
        println!("The figures need Terraform: {message}.");
        return ExitCode::FAILURE;
    }
    let mut lines = Vec::new();
    for family in options.families() {
        // It takes minutes, and the table comes last.
        eprintln!("{}: {}", family.name, family.about);
        lines.extend((family.measure)(&options));
    }
    table::print(&options, &lines);
    if lines.iter().all(table::Line::passes) { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
