//! The replay of a whole ledger into what it means.
