//! AS2 with software that others wrote: pyas2lib, OpenSSL and curl against the real processes.

#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

mod kills;
mod openssl;
mod pyas2lib;
mod relations;
#[path = "../support/mod.rs"]
mod support;
