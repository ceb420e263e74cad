//! AS2 with software that others wrote: pyas2lib, libas2, OpenSSL and curl against the real processes.

#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

mod kills;
mod libas2;
mod openssl;
mod pyas2lib;
mod relations;
#[path = "../support/mod.rs"]
mod support;
