//! Random numbers: `seal` and the other pure crates are given the generator. The one definition is the warden's, the lowest
//! crate that makes keys; a crate of its own would be a crate for forty lines.

pub use warden::random::{OsRandom, octets};
