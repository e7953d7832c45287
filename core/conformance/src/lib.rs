//! Test servers, test clients and runners of public suites for lsam-core.
