//! A TCP proxy that makes a link long: whatever comes in goes out half a round trip later, in order, and as much at a
//! time as comes.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, Shutdown, TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::{Duration, Instant};

/// Where the long way to the server begins. It ends with the process.
pub(crate) struct Proxy {
    port: u16,
}

impl Proxy {
    /// A way to a local port that takes this long, there and back.
    pub(crate) fn start(server: u16, round_trip: Duration) -> Proxy {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
        let port = listener.local_addr().expect("its address").port();
        std::thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let server = TcpStream::connect((Ipv4Addr::LOCALHOST, server)).expect("the server");
                // What is accepted here at once takes TCP itself a round trip.
                carry(&client, &server, round_trip / 2, round_trip);
                carry(&server, &client, round_trip / 2, Duration::ZERO);
            }
        });
        Proxy { port }
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }
}

/// Carries what comes `from` one side `to` the other.
fn carry(from: &TcpStream, to: &TcpStream, delay: Duration, before_the_first: Duration) {
    let (mut from, mut to) = (from.try_clone().expect("a socket"), to.try_clone().expect("a socket"));
    to.set_nodelay(true).expect("a socket's option");
    let (sender, receiver): (Sender<(Instant, Vec<u8>)>, Receiver<_>) = channel();
    let open = Instant::now() + before_the_first;
    std::thread::spawn(move || {
        let mut buffer = vec![0; 1 << 16];
        while let Ok(length @ 1..) = from.read(&mut buffer) {
            let due = Instant::now().max(open) + delay;
            if sender.send((due, buffer[..length].to_vec())).is_err() {
                return;
            }
        }
    });
    std::thread::spawn(move || {
        for (due, bytes) in receiver {
            std::thread::sleep(due.saturating_duration_since(Instant::now()));
            if to.write_all(&bytes).is_err() {
                break;
            }
        }
        _ = to.shutdown(Shutdown::Both);
    });
}
