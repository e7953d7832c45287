//! Application data in both directions, in the session's buffers.

use core::fmt;

use super::error::Error;
use crate::wire::{BufferFull, Writer};

/// Application data in the receive buffer. Data that is not taken is returned again with the next event.
pub struct AppData<'s> {
    bytes: &'s mut [u8],
    start: &'s mut usize,
}

impl<'s> AppData<'s> {
    /// The data in `bytes`, part of a buffer in which it begins at `start`. For a transport without TLS that
    /// uses the same event.
    pub const fn new(bytes: &'s mut [u8], start: &'s mut usize) -> Self {
        Self { bytes, start }
    }

    /// The bytes. There is always at least one.
    pub const fn bytes(&mut self) -> &mut [u8] {
        self.bytes
    }

    /// Marks the first `n` bytes as consumed, and lends them one last time.
    pub fn take(self, n: usize) -> &'s mut [u8] {
        let n = n.min(self.bytes.len());
        *self.start += n;
        self.bytes.get_mut(..n).unwrap_or_default()
    }
}

impl fmt::Debug for AppData<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AppData")
    }
}

/// A buffer from which application data is sent: that of a session, or that of a transport without TLS.
pub trait DataSink {
    /// Queues what `fill` writes: all of it, or nothing.
    ///
    /// # Errors
    /// [`Error::SendBufferTooSmall`] if there is currently no room for it.
    fn send(&mut self, fill: &mut dyn FnMut(&mut Writer<'_>) -> Result<(), BufferFull>) -> Result<(), Error>;
}

/// Sends application data without a copy: the caller writes it into the send buffer.
pub struct DataWriter<'s> {
    sink: &'s mut dyn DataSink,
    writable: Result<(), Error>,
    failed: &'s mut Option<Error>,
}

impl<'s> DataWriter<'s> {
    /// A writer to `sink`. `writable` says whether anything can be sent now; an error that ends the
    /// connection is stored in `failed`.
    pub fn new(
        sink: &'s mut dyn DataSink,
        writable: Result<(), Error>,
        failed: &'s mut Option<Error>,
    ) -> Self {
        Self { sink, writable, failed }
    }

    /// Seals what `fill` writes: all of it, or nothing. The data is moved once if the peer's limit splits it
    /// into several records.
    ///
    /// # Errors
    /// [`Error::SendBufferTooSmall`] if there is currently no room for it, in which case nothing changes.
    /// Otherwise the same as [`super::Session::write`].
    pub fn write(
        &mut self,
        fill: &mut dyn FnMut(&mut Writer<'_>) -> Result<(), BufferFull>,
    ) -> Result<(), Error> {
        self.writable?;
        let sealed = self.sink.send(fill);
        if let Err(error) = sealed
            && error != Error::SendBufferTooSmall
        {
            // The session ends with its next step, which sends the alert.
            self.writable = Err(error);
            *self.failed = Some(error);
        }
        sealed
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tls::error::Misbehaved;

    /// Fails with this error.
    struct Failing(Error);

    impl DataSink for Failing {
        fn send(
            &mut self,
            _: &mut dyn FnMut(&mut Writer<'_>) -> Result<(), BufferFull>,
        ) -> Result<(), Error> {
            Err(self.0)
        }
    }

    #[test]
    fn a_lack_of_room_changes_nothing_and_a_failure_ends_the_session() {
        let exhausted = Error::Misbehaved(Misbehaved::RecordSequence);
        for (error, ends) in [(Error::SendBufferTooSmall, None), (exhausted, Some(exhausted))] {
            let (mut send, mut failed) = (Failing(error), None);
            let mut writer = DataWriter::new(&mut send, Ok(()), &mut failed);
            assert_eq!(writer.write(&mut |_| Ok(())), Err(error));
            assert_eq!(writer.write(&mut |_| Ok(())), Err(error));
            assert_eq!(failed, ends);
        }
    }
}
