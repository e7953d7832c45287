//! The host of the agent.
