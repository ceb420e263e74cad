//! Transparency logs after C2SP: tlog-tiles, signed notes, cosignatures, witnesses
