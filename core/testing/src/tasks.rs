//! Tasks on one thread, with a pipe between two of them that makes each wait as hardware does.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::future::poll_fn;
use std::pin::pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use embedded_io_async::{ErrorKind, ErrorType, Read, Write};

/// More polls than any test needs: a test that exceeds them is waiting for something that never happens.
const MAX_POLLS: usize = 10_000_000;

/// Polls a future until it is ready.
pub fn run<T>(task: impl Future<Output = T>) -> T {
    let mut task = pin!(task);
    for _ in 0..MAX_POLLS {
        if let Poll::Ready(value) = task.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            return value;
        }
    }
    panic!("somebody waits for what never comes")
}

/// Polls both in turn until both are ready.
pub async fn join<A, B>(a: impl Future<Output = A>, b: impl Future<Output = B>) -> (A, B) {
    let (mut a, mut b) = (pin!(a), pin!(b));
    let (mut from_a, mut from_b) = (None, None);
    poll_fn(|cx| {
        if from_a.is_none()
            && let Poll::Ready(value) = a.as_mut().poll(cx)
        {
            from_a = Some(value);
        }
        if from_b.is_none()
            && let Poll::Ready(value) = b.as_mut().poll(cx)
        {
            from_b = Some(value);
        }
        match (from_a.take(), from_b.take()) {
            (Some(a), Some(b)) => Poll::Ready((a, b)),
            unfinished => {
                (from_a, from_b) = unfinished;
                Poll::Pending
            }
        }
    })
    .await
}

/// Lets the other task run once.
pub async fn pause() {
    let mut paused = false;
    poll_fn(|_| if std::mem::replace(&mut paused, true) { Poll::Ready(()) } else { Poll::Pending }).await;
}

/// Runs a future that is dropped each time it has to wait, and created again.
pub async fn impatient<T>(mut again: impl AsyncFnMut() -> T) -> T {
    loop {
        let polled = {
            let mut future = pin!(again());
            poll_fn(|cx| Poll::Ready(future.as_mut().poll(cx))).await
        };
        match polled {
            Poll::Ready(value) => return value,
            Poll::Pending => pause().await,
        }
    }
}

/// The result of a future, if it is ready within a few polls.
pub async fn poll_often<F: Future>(future: F) -> Option<F::Output> {
    let mut future = pin!(future);
    let mut polls = 0;
    poll_fn(|cx| match future.as_mut().poll(cx) {
        Poll::Ready(output) => Poll::Ready(Some(output)),
        Poll::Pending if polls == 8_000 => Poll::Ready(None),
        Poll::Pending => {
            polls += 1;
            Poll::Pending
        }
    })
    .await
}

/// What is in transit in one direction.
#[derive(Default)]
pub struct Queue {
    pub waiting: VecDeque<u8>,
    /// Everything that was ever in transit.
    pub all: Vec<u8>,
    pub flushes: usize,
    ended: bool,
}

/// How bytes travel, and what goes wrong.
#[derive(Clone, Copy, Debug)]
pub struct Manner {
    /// At most this many bytes move at a time.
    pub piece: usize,
    /// Splits the bytes that one end reads at this offset, if any.
    pub cut: Option<usize>,
    /// Every operation has to be polled twice, even if it could complete immediately.
    pub hesitates: bool,
    /// What is written stays here until it is flushed.
    pub holds_back: bool,
    /// This many writes succeed; the next one fails, or accepts nothing.
    pub writes: Option<(usize, WriteFails)>,
    /// The pipe accepts nothing while this many bytes wait in it.
    pub room: usize,
}

#[derive(Clone, Copy, Debug)]
pub enum WriteFails {
    Error,
    Zero,
}

impl Manner {
    pub const WHOLE: Self = Self {
        piece: usize::MAX,
        cut: None,
        hesitates: false,
        holds_back: false,
        writes: None,
        room: usize::MAX,
    };

    const fn hesitates(self, asked: &mut bool) -> bool {
        *asked = self.hesitates && !*asked;
        *asked
    }
}

/// One end of a pipe. The reader sees its end when the other end is dropped.
pub struct End {
    pub out: Rc<RefCell<Queue>>,
    pub incoming: Rc<RefCell<Queue>>,
    manner: Manner,
    held_back: Vec<u8>,
    /// Whether each operation has already been requested once. One is tried while the other waits.
    asked_to_read: bool,
    asked_to_write: bool,
    read: usize,
    written: usize,
}

/// Both ends, each with its behavior.
pub fn pipe(manners: [Manner; 2]) -> (End, End) {
    let (up, down) = (Rc::default(), Rc::default());
    let end = |out: &Rc<_>, incoming: &Rc<_>, manner| End {
        out: Rc::clone(out),
        incoming: Rc::clone(incoming),
        manner,
        held_back: Vec::new(),
        asked_to_read: false,
        asked_to_write: false,
        read: 0,
        written: 0,
    };
    let [a, b] = manners;
    (end(&up, &down, a), end(&down, &up, b))
}

impl End {
    /// Moves what was written into transit.
    fn deliver(&mut self) {
        let mut queue = self.out.borrow_mut();
        queue.waiting.extend(&self.held_back);
        queue.all.append(&mut self.held_back);
    }
}

impl Drop for End {
    fn drop(&mut self) {
        self.out.borrow_mut().ended = true;
    }
}

impl ErrorType for End {
    type Error = ErrorKind;
}

impl Read for End {
    async fn read(&mut self, buffer: &mut [u8]) -> Result<usize, ErrorKind> {
        assert!(!buffer.is_empty(), "a read of nothing looks like the end");
        poll_fn(|_| {
            if self.manner.hesitates(&mut self.asked_to_read) {
                return Poll::Pending;
            }
            let mut queue = self.incoming.borrow_mut();
            if queue.waiting.is_empty() {
                return if queue.ended { Poll::Ready(Ok(0)) } else { Poll::Pending };
            }
            let to_cut = self.manner.cut.and_then(|cut| cut.checked_sub(self.read)).filter(|left| *left > 0);
            let n = buffer
                .len()
                .min(queue.waiting.len())
                .min(self.manner.piece)
                .min(to_cut.unwrap_or(usize::MAX));
            for (to, from) in buffer.iter_mut().zip(queue.waiting.drain(..n)) {
                *to = from;
            }
            self.read += n;
            Poll::Ready(Ok(n))
        })
        .await
    }
}

impl Write for End {
    async fn write(&mut self, data: &[u8]) -> Result<usize, ErrorKind> {
        poll_fn(|_| {
            if self.manner.hesitates(&mut self.asked_to_write) {
                return Poll::Pending;
            }
            match self.manner.writes {
                Some((works, WriteFails::Error)) if self.written >= works => {
                    return Poll::Ready(Err(ErrorKind::BrokenPipe));
                }
                Some((works, WriteFails::Zero)) if self.written >= works => return Poll::Ready(Ok(0)),
                _ => {}
            }
            if self.out.borrow().waiting.len() >= self.manner.room {
                return Poll::Pending;
            }
            self.written += 1;
            let n = data.len().min(self.manner.piece);
            self.held_back.extend(&data[..n]);
            if !self.manner.holds_back {
                self.deliver();
            }
            Poll::Ready(Ok(n))
        })
        .await
    }

    async fn flush(&mut self) -> Result<(), ErrorKind> {
        poll_fn(|_| {
            if self.manner.hesitates(&mut self.asked_to_write) {
                return Poll::Pending;
            }
            self.deliver();
            self.out.borrow_mut().flushes += 1;
            Poll::Ready(Ok(()))
        })
        .await
    }
}

/// A transport that can move between threads and yields nothing.
pub struct Null;

impl ErrorType for Null {
    type Error = ErrorKind;
}

impl Read for Null {
    async fn read(&mut self, _: &mut [u8]) -> Result<usize, ErrorKind> {
        Ok(0)
    }
}

impl Write for Null {
    async fn write(&mut self, data: &[u8]) -> Result<usize, ErrorKind> {
        Ok(data.len())
    }

    async fn flush(&mut self) -> Result<(), ErrorKind> {
        Ok(())
    }
}
