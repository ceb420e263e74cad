//! The canonical manifest, and the ways to and from it
