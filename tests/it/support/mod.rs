//! What the tests stand on: PostgreSQL clusters that look like Aurora's ([`postgres`]), and such as authenticate like
//! Aurora with what [`aws`] knows ([`aurora`]), certificates ([`tls`]), and a real Terraform with a working directory of its own ([`terraform`]). Nothing in here knows
//! what a test is about.
#![allow(
    dead_code,
    unused_imports,
    unused_macros,
    reason = "two test binaries share it, and neither uses all of it"
)]

pub(crate) mod aurora;
pub(crate) mod aws;
mod blocking;
mod elsewhere;
mod listening;
pub(crate) mod postgres;
pub(crate) mod sigv4;
pub(crate) mod terraform;
pub(crate) mod tls;

pub(crate) use blocking::{runtime, wait};
pub(crate) use elsewhere::{not_tested, not_tested_as_this_user};

/// Makes one test a PostgreSQL version of a function that takes the version, so that a failure names the version
/// and one version can be run alone:
///
/// ```ignore
/// on_every_version! {
///     /// What the test is about.
///     fn grants_are_revoked(version: u16) { let cluster = Cluster::start(version); ... }
/// }
/// on_every_version! { async fn reads_are_consistent(version: u16) { ... } }
/// on_versions! { [13, 18] fn many_users(version: u16) { ... } }
/// ```
///
/// The tests are `grants_are_revoked::postgres_13` and so on. Async bodies run on a multi-threaded runtime.
macro_rules! on_every_version {
    ($(#[$meta:meta])* fn $name:ident($version:ident: u16) $body:block) => {
        $crate::support::on_versions! {
            [13, 14, 15, 16, 17, 18] $(#[$meta])* fn $name($version: u16) $body
        }
    };
    ($(#[$meta:meta])* async fn $name:ident($version:ident: u16) $body:block) => {
        $crate::support::on_versions! {
            [13, 14, 15, 16, 17, 18] $(#[$meta])* async fn $name($version: u16) $body
        }
    };
}

/// As [`on_every_version`], for some versions.
macro_rules! on_versions {
    ([$($number:tt),+] $(#[$meta:meta])* async fn $name:ident($version:ident: u16) $body:block) => {
        $crate::support::on_versions! {
            [$($number),+] $(#[$meta])* fn $name($version: u16) {
                $crate::support::runtime().block_on(async move $body)
            }
        }
    };
    ([$($number:tt),+] $(#[$meta:meta])* fn $name:ident($version:ident: u16) $body:block) => {
        $(#[$meta])*
        mod $name {
            use super::*;

            fn body($version: u16) $body

            $($crate::support::on_versions! { @test $number })+
        }
    };
    (@test 13) => { #[test] fn postgres_13() { body(13) } };
    (@test 14) => { #[test] fn postgres_14() { body(14) } };
    (@test 15) => { #[test] fn postgres_15() { body(15) } };
    (@test 16) => { #[test] fn postgres_16() { body(16) } };
    (@test 17) => { #[test] fn postgres_17() { body(17) } };
    (@test 18) => { #[test] fn postgres_18() { body(18) } };
}

pub(crate) use {on_every_version, on_versions};
