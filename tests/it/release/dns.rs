//! A name server that knows one name.

use std::io;
use std::net::{Ipv4Addr, UdpSocket};

/// Answers on an address that only this machine has, at the port that resolvers ask: only root may.
pub(super) fn serve(address: Ipv4Addr, name: &'static str) -> io::Result<()> {
    let socket = UdpSocket::bind((address, 53))?;
    std::thread::spawn(move || {
        let mut question = [0; 512];
        while let Ok((length, asker)) = socket.recv_from(&mut question) {
            let _ = socket.send_to(&answer(&question[..length], name), asker);
        }
    });
    Ok(())
}

/// 127.0.0.1 for the name, whatever its case; nothing for its other types; no such name for all else (RFC 1035).
fn answer(question: &[u8], known: &str) -> Vec<u8> {
    let mut place = 12;
    let mut labels = Vec::new();
    while question[place] > 0 {
        let length = usize::from(question[place]);
        labels.push(String::from_utf8_lossy(&question[place + 1..=place + length]).to_lowercase());
        place += 1 + length;
    }
    let is_address = question[place + 1..place + 3] == [0, 1];
    let is_known = labels.join(".") == known;
    let answers = u8::from(is_known && is_address);
    let mut reply = question[..2].to_vec();
    reply.extend([0x81, if is_known { 0x80 } else { 0x83 }, 0, 1, 0, answers, 0, 0, 0, 0]);
    reply.extend(&question[12..place + 5]);
    if answers > 0 {
        // The name of the question, type A, class IN, a minute, four bytes.
        reply.extend([0xC0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 127, 0, 0, 1]);
    }
    reply
}
