//! A connection without TLS, with the ports and events of one with.

use core::ops::Range;

use crate::tls::{AppData, Buffers, Error, Event, Misuse};

/// Bytes pass through as they are. The buffers are the caller's.
#[derive(Debug)]
pub struct Plain<'b> {
    recv: &'b mut [u8],
    received: Range<usize>,
    send: &'b mut [u8],
    queued: Range<usize>,
    connected_told: bool,
    ended: bool,
    closed: bool,
}

impl<'b> Plain<'b> {
    /// A connection over buffers of any size but none.
    pub const fn new(recv: &'b mut [u8], send: &'b mut [u8]) -> Self {
        Self { recv, received: 0..0, send, queued: 0..0, connected_told: false, ended: false, closed: false }
    }

    pub(super) const fn into_buffers(self) -> Buffers<'b> {
        Buffers { recv: self.recv, send: self.send }
    }

    pub(super) fn process(&mut self) -> Event<'_> {
        if !self.connected_told {
            self.connected_told = true;
            return Event::Connected;
        }
        if !self.received.is_empty() {
            let bytes = self.recv.get_mut(self.received.clone()).unwrap_or_default();
            return Event::Data(AppData::new(bytes, &mut self.received.start));
        }
        match (self.queued.is_empty(), self.ended) {
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
        self.send.get(self.queued.clone()).unwrap_or_default()
    }

    pub(super) fn send_done(&mut self, n: usize) {
        self.queued.start = self.queued.start.saturating_add(n).min(self.queued.end);
        if self.queued.is_empty() {
            self.queued = 0..0;
        }
    }

    pub(super) fn write(&mut self, data: &[u8]) -> Result<usize, Error> {
        if self.closed {
            return Err(Error::Misuse(Misuse::AlreadyClosed));
        }
        let free = self.send.get_mut(self.queued.end..).unwrap_or_default();
        let n = data.len().min(free.len());
        for (to, from) in free.iter_mut().zip(data) {
            *to = *from;
        }
        self.queued.end += n;
        Ok(n)
    }

    pub(super) const fn close(&mut self) {
        self.closed = true;
    }
}
