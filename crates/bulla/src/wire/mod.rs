//! Where this process meets the network: the only place that turns what the gateway says into HTTP.
mod as2;
mod body;
mod caller;
pub mod console;
mod documents;
mod handler;
pub mod https;
mod operations;
pub mod problem;
mod run;
#[cfg(feature = "leaky")]
mod taken;
mod tokens;

pub use run::run;
