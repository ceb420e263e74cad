//! The tests of the vault that touch objects once more, with the objects in SeaweedFS and the control plane in PostgreSQL; and what an
//! S3-compatible store must do. Where `BULLA_SEAWEEDFS` is not set they lie in the directory.
#![allow(clippy::unwrap_used)] // clippy.toml exempts only functions marked #[test]
#![allow(clippy::duplicate_mod, reason = "each file of tests brings what it makes up")]

mod contract;
#[path = "../delivery.rs"]
mod delivery;
#[path = "../faults.rs"]
mod faults;
#[path = "../intake.rs"]
mod intake;
#[path = "../together.rs"]
mod together;
