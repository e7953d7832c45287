//! A pipe between two threads, each of which blocks while it waits for the other.

use std::collections::VecDeque;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TrySendError, sync_channel};
use std::thread::sleep;
use std::time::{Duration, Instant};

use embedded_io::{ErrorKind, ErrorType, Read, ReadReady, Write};

/// Longer than the other end ever takes.
const PATIENCE: Duration = Duration::from_secs(120);

/// One end of a pipe. The reader sees its end when the other end is dropped.
pub struct End {
    out: SyncSender<Vec<u8>>,
    incoming: Receiver<Vec<u8>>,
    waiting: VecDeque<u8>,
    /// What is written stays here until it is flushed, if ever.
    held_back: Option<Vec<u8>>,
}

/// Both ends, which may hold back what is written until it is flushed. Each accepts `room` writes before the
/// other reads one.
pub fn pipe(holds_back: bool, room: usize) -> (End, End) {
    let (to_b, from_a) = sync_channel(room);
    let (to_a, from_b) = sync_channel(room);
    let held_back = || holds_back.then(Vec::new);
    let end = |out, incoming| End { out, incoming, waiting: VecDeque::new(), held_back: held_back() };
    (end(to_b, from_b), end(to_a, from_a))
}

impl ErrorType for End {
    type Error = ErrorKind;
}

impl Read for End {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize, ErrorKind> {
        if self.waiting.is_empty() {
            match self.incoming.recv_timeout(PATIENCE) {
                Ok(bytes) => self.waiting.extend(bytes),
                Err(RecvTimeoutError::Disconnected) => return Ok(0),
                Err(RecvTimeoutError::Timeout) => return Err(ErrorKind::TimedOut),
            }
        }
        let n = buffer.len().min(self.waiting.len());
        for (to, from) in buffer.iter_mut().zip(self.waiting.drain(..n)) {
            *to = from;
        }
        Ok(n)
    }
}

impl ReadReady for End {
    fn read_ready(&mut self) -> Result<bool, ErrorKind> {
        if let Ok(bytes) = self.incoming.try_recv() {
            self.waiting.extend(bytes);
        }
        Ok(!self.waiting.is_empty())
    }
}

impl Write for End {
    fn write(&mut self, data: &[u8]) -> Result<usize, ErrorKind> {
        match &mut self.held_back {
            Some(held_back) => held_back.extend(data),
            None => self.send(data.to_vec())?,
        }
        Ok(data.len())
    }

    fn flush(&mut self) -> Result<(), ErrorKind> {
        let bytes = self.held_back.as_mut().map(std::mem::take).unwrap_or_default();
        if bytes.is_empty() { Ok(()) } else { self.send(bytes) }
    }
}

impl End {
    fn send(&self, mut bytes: Vec<u8>) -> Result<(), ErrorKind> {
        let since = Instant::now();
        while let Err(TrySendError::Full(back)) = self.out.try_send(bytes) {
            if since.elapsed() > PATIENCE {
                return Err(ErrorKind::TimedOut);
            }
            sleep(Duration::from_millis(1));
            bytes = back;
        }
        // If no one is reading anymore, there is nothing to do.
        Ok(())
    }
}
