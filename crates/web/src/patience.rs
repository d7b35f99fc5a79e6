//! How long a request may take: its body as long as it comes at a reasonable rate, its answer a minute from then on.

use std::future::poll_fn;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::Body;
use axum::extract::Request;
use axum::response::Response;
use bytes::Bytes;
use hyper::body::{Body as _, Frame, SizeHint};
use tokio::time::{Instant, sleep_until};

/// Longest time between two pieces of a body, and from its end to the answer.
const PAUSE: Duration = Duration::from_secs(60);
/// Longest time of a body: 25 MiB, the largest file of a citizen, at 30 kB/s.
const BODY: Duration = Duration::from_secs(15 * 60);
/// How long we wait for a body before anything of it has come.
const START: Duration = Duration::from_secs(10);
/// Lowest rate of a body, in bytes each second: each of so many lets us wait for a second more, but never for more than [`PAUSE`] at
/// once. Otherwise a stranger who sends most of a large body, and then a byte now and then, has its memory for [`BODY`].
const RATE: u64 = 1024;

/// Who let the other wait too long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Late {
    /// The caller: the body did not come.
    Caller,
    /// We: the answer is not ready.
    Server,
}

/// How far a body has come.
#[derive(Clone, Copy, Debug)]
struct Progress {
    began: Instant,
    moved: Instant,
    whole: bool,
    /// Since when we wait for the caller to send more; none while it is we who have not asked for more yet.
    waiting: Option<Instant>,
    /// How long we would still wait.
    credit: Duration,
}

impl Progress {
    fn new(now: Instant, whole: bool) -> Self {
        Self { began: now, moved: now, whole, waiting: None, credit: START }
    }

    fn ends_at(&self) -> Instant {
        let next = self.waiting.map_or(self.moved + PAUSE, |since| since + self.credit);
        if self.whole { next } else { next.min(self.began + BODY) }
    }

    fn late(&self) -> Late {
        if self.waiting.is_some() { Late::Caller } else { Late::Server }
    }

    /// More was asked for, and is not there yet.
    fn wait(&mut self, now: Instant) {
        self.waiting = self.waiting.or(Some(now));
    }

    /// So many bytes came; `whole` when they are the last.
    fn came(&mut self, now: Instant, bytes: usize, whole: bool) {
        let waited = self.waiting.take().map_or(Duration::ZERO, |since| now.duration_since(since));
        let bytes = u64::try_from(bytes).unwrap_or(u64::MAX);
        let earned = Duration::from_micros(bytes.saturating_mul(1_000_000) / RATE);
        self.credit = (self.credit.saturating_sub(waited) + earned).min(PAUSE);
        self.moved = now;
        self.whole |= whole;
    }

    /// Nobody wants the rest.
    fn leave(&mut self) {
        self.waiting = None;
        self.whole = true;
    }
}

type Shared = Arc<Mutex<Progress>>;

fn with<T>(shared: &Shared, change: impl FnOnce(&mut Progress) -> T) -> T {
    change(&mut shared.lock().unwrap_or_else(PoisonError::into_inner))
}

/// The answer of `run` to `request`.
///
/// # Errors
/// Who was late.
pub async fn answer<F: Future<Output = Response>>(request: Request, run: impl FnOnce(Request) -> F) -> Result<Response, Late> {
    let whole = request.body().is_end_stream();
    let progress = Arc::new(Mutex::new(Progress::new(Instant::now(), whole)));
    let request = match whole {
        true => request,
        false => request.map(|body| Body::new(Watched { body, progress: Arc::clone(&progress) })),
    };
    let mut answer = std::pin::pin!(run(request));
    let mut end = std::pin::pin!(sleep_until(with(&progress, |seen| seen.ends_at())));
    poll_fn(|context| {
        if let Poll::Ready(answer) = answer.as_mut().poll(context) {
            return Poll::Ready(Ok(answer));
        }
        // The end moves with the body: it may have come nearer by now, as when somebody begins to wait for it.
        let (ends_at, late) = with(&progress, |seen| (seen.ends_at(), seen.late()));
        if end.deadline() != ends_at {
            end.as_mut().reset(ends_at);
        }
        end.as_mut().poll(context).map(|()| Err(late))
    })
    .await
}

/// A body that notes when something of it came, and since when it is waited for.
struct Watched {
    body: Body,
    progress: Shared,
}

impl hyper::body::Body for Watched {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let frame = Pin::new(&mut self.body).poll_frame(context);
        let now = Instant::now();
        match &frame {
            Poll::Pending => with(&self.progress, |progress| progress.wait(now)),
            Poll::Ready(frame) => {
                let data = frame.as_ref().and_then(|frame| frame.as_ref().ok()?.data_ref());
                let (bytes, whole) = (data.map_or(0, Bytes::len), frame.is_none() || self.body.is_end_stream());
                with(&self.progress, |progress| progress.came(now, bytes, whole));
            }
        }
        frame
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        with(&self.progress, Progress::leave);
    }
}

#[cfg(test)]
mod tests {
    use axum::response::IntoResponse;
    use futures::stream;
    use http_body_util::BodyExt as _;

    use super::*;

    /// A body of pieces of so many bytes, each after its pause in seconds.
    fn body(pieces: Vec<(u64, usize)>) -> Body {
        let pieces = stream::unfold(pieces.into_iter(), |mut pieces| async {
            let (pause, bytes) = pieces.next()?;
            tokio::time::sleep(Duration::from_secs(pause)).await;
            Some((Ok::<_, std::io::Error>(Bytes::from(vec![b'x'; bytes])), pieces))
        });
        Body::from_stream(pieces)
    }

    /// What becomes of a request with such a body, whose reading begins after `before` seconds and whose answer takes `work` more once it
    /// is read; and after how many.
    async fn ask_later(before: u64, body: Body, work: u64) -> (Result<usize, Late>, u64) {
        let began = Instant::now();
        let answered = answer(Request::new(body), |request| async move {
            tokio::time::sleep(Duration::from_secs(before)).await;
            let read = request.into_body().collect().await.unwrap().to_bytes();
            tokio::time::sleep(Duration::from_secs(work)).await;
            read.len().to_string().into_response()
        });
        let answered = match answered.await {
            Ok(response) => {
                let length = response.into_body().collect().await.unwrap().to_bytes();
                Ok(std::str::from_utf8(&length).unwrap().parse().unwrap())
            }
            Err(late) => Err(late),
        };
        (answered, began.elapsed().as_secs())
    }

    async fn ask(body: Body, work: u64) -> (Result<usize, Late>, u64) {
        ask_later(0, body, work).await
    }

    const KIB: usize = 1024;

    #[tokio::test(start_paused = true)]
    async fn a_slow_line_has_its_time_and_a_silent_one_has_not() {
        let pauses = vec![(5, 100 * KIB), (50, 50 * KIB), (50, KIB)];
        assert_eq!(ask(body(pauses), 50).await, (Ok(151 * KIB), 155), "much came before each pause");
        assert_eq!(ask(body(vec![(5, 100 * KIB), (90, 1)]), 0).await, (Err(Late::Caller), 65));
        assert_eq!(ask(body(vec![(8, KIB)]), 90).await, (Err(Late::Server), 68));
        assert_eq!(ask(Body::empty(), 90).await, (Err(Late::Server), 60));
        assert_eq!(ask(Body::empty(), 59).await, (Ok(0), 59));
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_comes_at_a_kibibyte_each_second() {
        assert_eq!(ask(body(vec![(5, 6 * KIB); 60]), 0).await, (Ok(360 * KIB), 300), "a slow and steady line");
        assert_eq!(ask(body(vec![(1, KIB); 2000]), 0).await, (Err(Late::Caller), 900), "but not for ever");
        assert_eq!(ask(body(vec![(11, KIB)]), 0).await, (Err(Late::Caller), 10));
        assert_eq!(ask(body(vec![(1, 1); 100]), 0).await, (Err(Late::Caller), 10), "a trickle");
        let nearly_all = std::iter::once((0, 1000 * KIB)).chain(std::iter::repeat_n((20, 1), 45)).collect();
        assert_eq!(ask(body(nearly_all), 0).await, (Err(Late::Caller), 60), "what came fast is no credit for ever");
    }

    #[tokio::test(start_paused = true)]
    async fn the_caller_does_not_pay_for_our_time() {
        assert_eq!(ask_later(50, body(vec![(0, KIB), (5, KIB)]), 50).await, (Ok(2 * KIB), 105));
        assert_eq!(ask_later(90, body(vec![(0, KIB)]), 0).await, (Err(Late::Server), 60));
        let unread = answer(Request::new(body(vec![(0, KIB), (90, KIB)])), |request| async move {
            let mut body = request.into_body();
            let _ = tokio::time::timeout(Duration::from_secs(2), async { while body.frame().await.is_some() {} }).await;
            drop(body);
            tokio::time::sleep(Duration::from_secs(30)).await;
            "enough".into_response()
        });
        assert!(unread.await.is_ok(), "nobody waits for what nobody wants");
    }
}
