//! Makes the gRPC stubs from `proto/`, with a protobuf compiler written in Rust: nobody needs protoc.

use std::error::Error;

const PROTOS: [&str; 2] = ["plugin.proto", "tfplugin6/provider.proto"];

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=proto");
    let descriptors = protox::compile(PROTOS, ["proto"])?;
    tonic_prost_build::configure()
        // The clients are the tests'; they bring their own connection.
        .build_transport(false)
        // Requests hold passwords: what cannot be printed cannot end in a log.
        .skip_debug(["."])
        .compile_fds(descriptors)?;
    Ok(())
}
