//! The gateway's disk: segments, objects, control plane
