//! The sealed batch: periods, rows, tokens
