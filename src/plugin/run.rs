//! The process, from its start to its exit code.

use std::io::{self, Write};
use std::process::ExitCode;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;

use super::ending::{self, Ending};
use super::environment::{Host, PROTOCOL};
use super::{About, Plugin, connection, listener, log, panic, server, tls};

/// Of the handshake itself.
const CORE_PROTOCOL: u32 = 1;

/// What `main` does: explains itself to a person, or serves the plugin to the host that started the process.
pub fn run(about: &About, plugin: impl FnOnce() -> Arc<dyn Plugin>) -> ExitCode {
    match std::env::args().nth(1).as_deref() {
        Some("--version" | "-V" | "version") => return say(io::stdout(), &about.version_line(), 0),
        Some("--help" | "-h" | "help") => return say(io::stdout(), &about.explanation(), 0),
        _ => {}
    }
    let variable = |name: &str| std::env::var(name).ok();
    let Some(host) = Host::from_environment(variable) else {
        return say(io::stderr(), &about.explanation(), 1);
    };
    panic::report_as_log_line();
    log::start(variable);
    match start_and_serve(&host, plugin) {
        Ok(()) => ExitCode::SUCCESS,
        Err(reason) => say(io::stderr(), &format!("{} cannot start: {reason}\n", about.name), 1),
    }
}

fn say(mut out: impl Write, text: &str, code: u8) -> ExitCode {
    _ = out.write_all(text.as_bytes());
    ExitCode::from(code)
}

fn start_and_serve(host: &Host, plugin: impl FnOnce() -> Arc<dyn Plugin>) -> Result<(), String> {
    if !host.speaks_our_protocol() {
        return Err(format!(
            "it speaks version {PROTOCOL} of the provider protocol, and what started it only {}. \
             Terraform speaks version 6 since 1.0, OpenTofu always.",
            host.protocols()
        ));
    }
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| format!("cannot start the runtime: {error}"))?;
    let served = runtime.block_on(serve(host, plugin));
    // What is left is not worth waiting for: its time is over.
    runtime.shutdown_background();
    served
}

async fn serve(host: &Host, plugin: impl FnOnce() -> Arc<dyn Plugin>) -> Result<(), String> {
    let bound = listener::bind(host).await.map_err(|error| format!("cannot listen for the host: {error}"))?;
    let tls = host.client_certificate.as_deref().map(tls::server).transpose()?;
    let ending = Ending::new();
    ending::watch_for_signals(&ending).map_err(|error| format!("cannot listen to signals: {error}"))?;

    let (network, address) = &bound.address;
    let certificate = tls.as_ref().map(|tls| STANDARD_NO_PAD.encode(&tls.certificate)).unwrap_or_default();
    let mut line = format!("{CORE_PROTOCOL}|{PROTOCOL}|{network}|{address}|grpc|{certificate}");
    if host.asks_for_multiplexing {
        line.push_str("|false");
    }
    line.push('\n');
    if tls.is_none() {
        tracing::warn!("the host asked for no TLS: whoever can reach the socket can use this provider");
    }

    let connections = connection::accept(bound.listener, tls.map(|tls| tls.acceptor));
    let plugin = plugin();
    let mut stdout = io::stdout().lock();
    // The one thing that is ever written there.
    stdout
        .write_all(line.as_bytes())
        .and_then(|()| stdout.flush())
        .map_err(|error| format!("cannot answer the host: {error}"))?;
    drop(stdout);
    tracing::debug!(network, address, "listening");
    // The socket's directory goes when this returns.
    server::serve(plugin, connections, ending).await.map_err(|error| error.to_string())
}
