//! Where this process meets the network: the only place that turns what the gateway says into HTTP.
mod body;
mod caller;
mod documents;
pub mod https;
mod operations;
mod problem;
mod run;

pub use run::run;
