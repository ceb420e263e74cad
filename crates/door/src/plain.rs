//! TLS in a build without it: a value that nobody can make, so that the server is written once.

use std::io;

pub enum Tls {}

impl Tls {
    #[allow(clippy::unused_async, reason = "as with TLS")]
    pub(crate) async fn accept<S>(&self, _: S) -> io::Result<S> {
        match *self {}
    }

    #[allow(clippy::unused_async, reason = "as with TLS")]
    pub(crate) async fn keep_current(&self) {
        match *self {}
    }
}
