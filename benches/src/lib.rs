//! Measurements of lsam-core beside named peers.
