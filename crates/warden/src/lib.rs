//! The process with the private keys: opens, logs, shreds
