//! Where this process meets the network.
pub mod https;
pub mod problem;
