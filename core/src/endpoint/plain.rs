//! A connection without TLS, with the ports and events of a TLS session.

use core::ops::Range;

use crate::tls::{AppData, Buffers, DataSink, DataWriter, Error, Event, Misuse};
use crate::wire::{BufferFull, Writer};

/// Bytes pass through unchanged. The buffers are the caller's.
#[derive(Debug)]
pub struct Plain<'b> {
    recv: &'b mut [u8],
    received: Range<usize>,
    send: SendBuffer<'b>,
    /// Never set: nothing can go wrong with bytes that pass through unchanged.
    failed: Option<Error>,
    connected_told: bool,
    ended: bool,
    closed: bool,
}

impl<'b> Plain<'b> {
    /// A connection over buffers of any size except 0.
    pub const fn new(recv: &'b mut [u8], send: &'b mut [u8]) -> Self {
        Self {
            recv,
            received: 0..0,
            send: SendBuffer { bytes: send, queued: 0..0 },
            failed: None,
            connected_told: false,
            ended: false,
            closed: false,
        }
    }

    pub(super) const fn into_buffers(self) -> Buffers<'b> {
        Buffers { recv: self.recv, send: self.send.bytes }
    }

    pub(super) fn process(&mut self) -> Event<'_> {
        if !self.connected_told {
            self.connected_told = true;
            return Event::Connected;
        }
        if self.has_input() {
            return Event::Data(self.data());
        }
        match (self.send.queued.is_empty(), self.ended) {
            (false, _) => Event::NeedWrite,
            (true, true) => Event::PeerClosed,
            (true, false) => Event::NeedRead,
        }
    }

    pub(super) fn recv_buf(&mut self) -> &mut [u8] {
        if self.ended {
            return &mut [];
        }
        if self.received.is_empty() {
            self.received = 0..0;
        }
        self.recv.get_mut(self.received.end..).unwrap_or_default()
    }

    pub(super) fn recv_done(&mut self, n: usize) {
        self.received.end = self.received.end.saturating_add(n).min(self.recv.len());
    }

    pub(super) const fn recv_end(&mut self) {
        self.ended = true;
    }

    pub(super) const fn has_input(&self) -> bool {
        self.received.start < self.received.end
    }

    pub(super) fn send_buf(&self) -> &[u8] {
        self.send.bytes.get(self.send.queued.clone()).unwrap_or_default()
    }

    pub(super) fn send_done(&mut self, n: usize) {
        let queued = &mut self.send.queued;
        queued.start = queued.start.saturating_add(n).min(queued.end);
        if queued.start == queued.end {
            *queued = 0..0;
        }
    }

    /// Same as [`crate::tls::Session::split`].
    pub(super) fn split(&mut self) -> (AppData<'_>, DataWriter<'_>) {
        let writable = match (self.connected_told, self.closed) {
            (false, _) => Err(Error::Misuse(Misuse::NotConnected)),
            (_, true) => Err(Error::Misuse(Misuse::AlreadyClosed)),
            _ => Ok(()),
        };
        let data = self.recv.get_mut(self.received.clone()).unwrap_or_default();
        let data = AppData::new(data, &mut self.received.start);
        (data, DataWriter::new(&mut self.send, writable, &mut self.failed))
    }

    fn data(&mut self) -> AppData<'_> {
        self.split().0
    }

    pub(super) const fn close(&mut self) {
        self.closed = true;
    }
}

/// The bytes waiting to be sent, in `queued`.
#[derive(Debug)]
struct SendBuffer<'b> {
    bytes: &'b mut [u8],
    queued: Range<usize>,
}

impl DataSink for SendBuffer<'_> {
    fn send(&mut self, fill: &mut dyn FnMut(&mut Writer<'_>) -> Result<(), BufferFull>) -> Result<(), Error> {
        let mut w = Writer::new(self.bytes.get_mut(self.queued.end..).unwrap_or_default());
        fill(&mut w)?;
        self.queued.end += w.len();
        Ok(())
    }
}
