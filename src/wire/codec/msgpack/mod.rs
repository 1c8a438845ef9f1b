//! Terraform's msgpack. Any extension is an unknown value; that of code 12 says what is known of it.

mod decode;
mod encode;
mod refinements;
#[cfg(test)]
mod tests;

pub use decode::decode;
pub use encode::encode;

/// The extension code of an unknown value with refinements. Without, the code is 0 and the payload one zero.
const REFINED: i8 = 12;

/// Null is this one byte.
pub(super) const NIL: u8 = 0xc0;
