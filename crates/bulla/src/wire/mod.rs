//! Where this process meets the network: the only place that turns what the gateway says into HTTP.
mod body;
mod caller;
mod documents;
mod edge;
mod handler;
pub mod https;
pub mod limits;
mod operations;
mod problem;
mod room;
mod run;
pub mod serve;

pub use run::run;
