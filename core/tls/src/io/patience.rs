//! Futures that are not awaited to completion.

use core::future::poll_fn;
use core::pin::pin;
use core::task::Poll;

/// The output of `future` if it is ready immediately; otherwise the future is dropped.
pub(super) async fn at_once<F: Future>(future: F) -> Option<F::Output> {
    within(future, 0).await
}

/// The output of `future` if it is ready immediately or when its task is woken. If the task was woken for
/// something else, the future is dropped.
pub(super) async fn until_woken<F: Future>(future: F) -> Option<F::Output> {
    within(future, 1).await
}

async fn within<F: Future>(future: F, mut waits: u8) -> Option<F::Output> {
    let mut future = pin!(future);
    poll_fn(|cx| match future.as_mut().poll(cx) {
        Poll::Ready(output) => Poll::Ready(Some(output)),
        Poll::Pending if waits == 0 => Poll::Ready(None),
        Poll::Pending => {
            waits -= 1;
            Poll::Pending
        }
    })
    .await
}

#[cfg(test)]
mod tests {
    use core::future::pending;
    use core::task::{Context, Waker};

    use super::*;

    /// How often a future that is never ready is polled before `wait` abandons it.
    fn polls(wait: impl Future<Output = Option<()>>) -> usize {
        let mut wait = pin!(wait);
        let mut cx = Context::from_waker(Waker::noop());
        (1..=9).find(|_| wait.as_mut().poll(&mut cx) == Poll::Ready(None)).unwrap()
    }

    #[test]
    fn a_future_that_waits_is_given_up_at_once_or_when_the_task_is_woken() {
        assert_eq!(polls(at_once(pending())), 1);
        assert_eq!(polls(until_woken(pending())), 2);
    }
}
