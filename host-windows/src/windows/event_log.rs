//! The Event Log (Microsoft: Event Logging).

use std::ptr;

use windows_sys::Win32::Foundation::HANDLE;
use windows_sys::Win32::System::EventLog::{
    DeregisterEventSource, EVENTLOG_ERROR_TYPE, EVENTLOG_INFORMATION_TYPE, EVENTLOG_WARNING_TYPE,
    RegisterEventSourceW, ReportEventW,
};

use super::{OsError, wide};

/// An event source, by its registered name.
pub(crate) struct EventSource(HANDLE);

// SAFETY: the handle is a connection to the Event Log service, which any thread may use (Microsoft:
// RegisterEventSource); each call is a separate message.
unsafe impl Send for EventSource {}
// SAFETY: as above.
unsafe impl Sync for EventSource {}

/// The type of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mark {
    Error,
    Warning,
    Information,
}

impl EventSource {
    /// Opens the source `name` of this machine. An unregistered one works too, but its events are shown
    /// without their own message.
    pub(crate) fn open(name: &str) -> Result<Self, OsError> {
        let name = wide(name);
        // SAFETY: the name is zero-terminated; no server means this machine.
        let handle = unsafe { RegisterEventSourceW(ptr::null(), name.as_ptr()) };
        if handle.is_null() { Err(OsError::last()) } else { Ok(Self(handle)) }
    }

    /// Reports `text` with the message `id` of the executable's message table.
    pub(crate) fn report(&self, mark: Mark, id: u32, text: &str) -> Result<(), OsError> {
        let mark = match mark {
            Mark::Error => EVENTLOG_ERROR_TYPE,
            Mark::Warning => EVENTLOG_WARNING_TYPE,
            Mark::Information => EVENTLOG_INFORMATION_TYPE,
        };
        let text = wide(&without_insertions(text));
        let strings = [text.as_ptr()];
        // SAFETY: the source is open; there is one zero-terminated string, no account and no data.
        let reported = unsafe {
            ReportEventW(self.0, mark, 0, id, ptr::null_mut(), 1, 0, strings.as_ptr(), ptr::null())
        };
        if reported == 0 { Err(OsError::last()) } else { Ok(()) }
    }
}

/// `text`, with percent signs altered so that Event Log viewers don't take them for insertions. Viewers also
/// expand inserted text, and the only way to escape a percent sign is a blank.
fn without_insertions(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        safe.push(character);
        if character == '%' && characters.peek().is_some_and(|next| *next == '%' || next.is_ascii_digit()) {
            safe.push(' ');
        }
    }
    safe
}

impl Drop for EventSource {
    fn drop(&mut self) {
        // SAFETY: the handle is closed once.
        unsafe { DeregisterEventSource(self.0) };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_percent_sign_stands_for_itself() {
        assert_eq!(without_insertions("100 % of %1, %%2 and %x%"), "100 % of % 1, % % 2 and %x%");
    }
}
