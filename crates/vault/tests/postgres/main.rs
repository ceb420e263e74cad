//! The tests of the vault once more, with the control plane in PostgreSQL; and what only that can do.
#![allow(clippy::unwrap_used)] // clippy.toml exempts only functions marked #[test]
#![allow(clippy::duplicate_mod, reason = "each file of tests brings what it makes up")]

#[path = "../delivery.rs"]
mod delivery;
#[path = "../desk.rs"]
mod desk;
#[path = "../faults.rs"]
mod faults;
#[path = "../intake.rs"]
mod intake;
mod outage;
#[path = "../search.rs"]
mod search;
#[path = "../tickets.rs"]
mod tickets;
#[path = "../together.rs"]
mod together;
