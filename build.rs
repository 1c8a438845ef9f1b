//! Makes the gRPC stubs from `proto/`, with a protobuf compiler written in Rust: nobody needs protoc. For a static
//! executable it also compiles what keeps glibc from loading libraries into it.

use std::env;
use std::error::Error;

const PROTOS: [&str; 2] = ["plugin.proto", "tfplugin6/provider.proto"];
const STATIC_GLIBC: &str = "src/static_glibc.c";

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=proto");
    let descriptors = protox::compile(PROTOS, ["proto"])?;
    tonic_prost_build::configure()
        // The clients are the tests'; they bring their own connection.
        .build_transport(false)
        // Requests hold passwords: what cannot be printed cannot end in a log.
        .skip_debug(["."])
        .compile_fds(descriptors)?;

    println!("cargo::rerun-if-changed={STATIC_GLIBC}");
    if is_static_glibc() {
        for object in cc::Build::new().file(STATIC_GLIBC).try_compile_intermediates()? {
            // As an object and not as a library: nothing in it is called, so from a library it would be left out.
            println!("cargo::rustc-link-arg-bins={}", object.display());
        }
    }
    Ok(())
}

/// Other C libraries, musl among them, load nothing.
fn is_static_glibc() -> bool {
    let set = |name: &str| env::var(name).unwrap_or_default();
    set("CARGO_CFG_TARGET_OS") == "linux"
        && set("CARGO_CFG_TARGET_ENV") == "gnu"
        && set("CARGO_CFG_TARGET_FEATURE").split(',').any(|feature| feature == "crt-static")
}
