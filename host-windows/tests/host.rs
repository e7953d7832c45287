//! Tests of the agent, its clients and the programs, in one test program that links everything once.
#![allow(clippy::unwrap_used, missing_docs, unreachable_pub)]

mod agent;
mod common;
mod programs;
