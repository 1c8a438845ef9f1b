//! What is released: an executable that needs nothing around it, packed as registries want it.

mod chroot;
mod dns;
mod elf;
mod package;
