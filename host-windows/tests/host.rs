//! Tests of the agent, its clients and the programs: one test program, linked once.
#![allow(clippy::unwrap_used, missing_docs, unreachable_pub)]

mod agent;
mod common;
mod programs;
