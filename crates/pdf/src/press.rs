//! The threads that typeset: one for each processor, so that documents neither wait for the database nor for each other.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::LazyLock;
use std::thread;

use crossbeam_channel::{Receiver, Sender, unbounded};
use futures::channel::oneshot;

use crate::PdfError;

type Job = Box<dyn FnOnce() + Send>;

static JOBS: LazyLock<Sender<Job>> = LazyLock::new(|| {
    let (sender, jobs) = unbounded();
    for number in 0..presses() {
        let jobs = jobs.clone();
        let named = thread::Builder::new().name(format!("typesetter-{number}"));
        named.spawn(move || print(&jobs)).expect("the system starts a thread");
    }
    sender
});

/// How many documents are typeset at the same time: as many as there are processors.
pub fn presses() -> usize {
    thread::available_parallelism().map_or(2, usize::from)
}

/// Makes a document on a thread for typesetting: `work` calls one of this crate's functions.
///
/// # Errors
/// What `work` gives; [`PdfError::Typesetting`] when it panics.
pub async fn press<F>(work: F) -> Result<Vec<u8>, PdfError>
where
    F: FnOnce() -> Result<Vec<u8>, PdfError> + Send + 'static,
{
    let (answer, answered) = oneshot::channel();
    let job: Job = Box::new(move || {
        let made = catch_unwind(AssertUnwindSafe(work));
        // Nobody waits any more: the process stops.
        let _ = answer.send(made.unwrap_or_else(|_| Err(PdfError::Typesetting { detail: "the engine panicked".to_owned() })));
    });
    let _ = JOBS.send(job);
    answered.await.unwrap_or_else(|_| Err(PdfError::Typesetting { detail: "the threads for typesetting are gone".to_owned() }))
}

/// The engine divides a document among the threads of a pool. Where each processor has a document of its own that only makes them wait
/// for each other: the pool of this thread is the thread itself.
fn print(jobs: &Receiver<Job>) {
    let alone = rayon::ThreadPoolBuilder::new().num_threads(1).use_current_thread().build();
    let _alone = alone.expect("a pool of the current thread needs nothing of the system");
    jobs.iter().for_each(|job| job());
}

#[cfg(test)]
mod tests {
    use futures::executor::block_on;

    use super::*;

    #[test]
    fn a_panic_is_an_error_and_the_thread_goes_on() {
        for _ in 0..2 * presses() {
            let made = block_on(press(|| panic!("a template")));
            assert_eq!(made, Err(PdfError::Typesetting { detail: "the engine panicked".to_owned() }));
        }
        assert_eq!(block_on(press(|| Ok(vec![rayon::current_num_threads() as u8]))), Ok(vec![1]));
    }
}
