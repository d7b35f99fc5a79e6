//! How long a request may take: its body as long as something of it comes, its answer a minute from then on.

use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::Body;
use axum::extract::Request;
use axum::response::Response;
use bytes::Bytes;
use hyper::body::{Body as _, Frame, SizeHint};
use tokio::time::Instant;

/// Longest time between two pieces of a body, and from its end to the answer.
const PAUSE: Duration = Duration::from_secs(60);
/// Longest time of a body: 25 MiB, the largest file of a citizen, at 30 kB/s.
const BODY: Duration = Duration::from_secs(15 * 60);

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
}

impl Progress {
    fn ends_at(self) -> Instant {
        let next = self.moved + PAUSE;
        if self.whole { next } else { next.min(self.began + BODY) }
    }
}

type Shared = Arc<Mutex<Progress>>;

fn look(shared: &Shared) -> Progress {
    *shared.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The answer of `run` to `request`.
///
/// # Errors
/// Who was late.
pub async fn answer<F: Future<Output = Response>>(request: Request, run: impl FnOnce(Request) -> F) -> Result<Response, Late> {
    let now = Instant::now();
    let progress = Arc::new(Mutex::new(Progress { began: now, moved: now, whole: request.body().is_end_stream() }));
    let request = match look(&progress).whole {
        true => request,
        false => request.map(|body| Body::new(Watched { body, progress: Arc::clone(&progress) })),
    };
    let answer = run(request);
    tokio::pin!(answer);
    loop {
        let ends_at = look(&progress).ends_at();
        if let Ok(answer) = tokio::time::timeout_at(ends_at, &mut answer).await {
            return Ok(answer);
        }
        let seen = look(&progress);
        if seen.ends_at() <= Instant::now() {
            return Err(if seen.whole { Late::Server } else { Late::Caller });
        }
    }
}

/// A body that notes when something of it came.
struct Watched {
    body: Body,
    progress: Shared,
}

impl hyper::body::Body for Watched {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let frame = Pin::new(&mut self.body).poll_frame(context);
        if let Poll::Ready(frame) = &frame {
            let whole = frame.is_none() || self.body.is_end_stream();
            let mut progress = self.progress.lock().unwrap_or_else(PoisonError::into_inner);
            progress.moved = Instant::now();
            progress.whole |= whole;
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

#[cfg(test)]
mod tests {
    use axum::response::IntoResponse;
    use futures::stream;
    use http_body_util::BodyExt as _;

    use super::*;

    /// A body of as many pieces as there are pauses, each after its pause.
    fn body(pauses: Vec<u64>) -> Body {
        let pieces = stream::unfold(pauses.into_iter(), |mut pauses| async {
            tokio::time::sleep(Duration::from_secs(pauses.next()?)).await;
            Some((Ok::<_, std::io::Error>(Bytes::from_static(b"x")), pauses))
        });
        Body::from_stream(pieces)
    }

    /// What becomes of a request with such a body, whose answer takes `work` seconds once it is read; and after how many.
    async fn ask(body: Body, work: u64) -> (Result<usize, Late>, u64) {
        let began = Instant::now();
        let answered = answer(Request::new(body), |request| async move {
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

    #[tokio::test(start_paused = true)]
    async fn a_slow_line_has_its_time_and_a_silent_one_has_not() {
        assert_eq!(ask(body(vec![50, 50, 50]), 50).await, (Ok(3), 200), "something came every minute");
        assert_eq!(ask(body(vec![10, 90]), 0).await, (Err(Late::Caller), 70));
        assert_eq!(ask(body(vec![30; 100]), 0).await, (Err(Late::Caller), 900), "a trickle ends too");
        assert_eq!(ask(body(vec![10]), 90).await, (Err(Late::Server), 70));
        assert_eq!(ask(Body::empty(), 90).await, (Err(Late::Server), 60));
        assert_eq!(ask(Body::empty(), 59).await, (Ok(0), 59));
    }
}
