//! Reads, checks, answers and writes X12: bytes in, findings out
