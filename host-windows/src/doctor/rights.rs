//! Who can change the files that the agent runs with.

use super::case::Case;
use super::{Notes, Skipped};
use crate::exposure::Places;

/// Only their owner and administrators can change them.
pub(super) fn are_the_owners(case: &mut Case<'_>, notes: &mut Notes) -> Result<(), Skipped> {
    let log_folder = case.asked.log_folder();
    let places = Places { config: case.asked.config, store: case.asked.store, log_folder: &log_folder };
    for exposed in places.exposed() {
        notes.warning(&exposed, exposed.advice());
    }
    if notes.is_empty() {
        notes.ok(
            "program, configuration, store and logs can be changed by their owner and administrators only",
        );
    }
    Ok(())
}
