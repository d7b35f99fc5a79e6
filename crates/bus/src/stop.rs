//! Asking everything to stop.

use tokio::sync::watch;

/// Tells [`Stop`] handles to stop; keep it as long as the work should go on.
#[derive(Debug)]
pub struct Stopper(watch::Sender<bool>);

/// Whether to stop; cheap to clone.
#[derive(Clone, Debug)]
pub struct Stop(watch::Receiver<bool>);

impl Stopper {
    /// A stopper and a handle to wait on.
    pub fn new() -> (Self, Stop) {
        let (sender, receiver) = watch::channel(false);
        (Self(sender), Stop(receiver))
    }

    /// Asks every handle to stop.
    pub fn stop(&self) {
        self.0.send_replace(true);
    }

    /// Another handle.
    pub fn handle(&self) -> Stop {
        Stop(self.0.subscribe())
    }
}

impl Stop {
    /// Whether it is time to stop.
    pub fn is_stopped(&self) -> bool {
        *self.0.borrow() || self.0.has_changed().is_err()
    }

    /// Waits until it is time to stop.
    pub async fn stopped(&self) {
        // The sender being gone means the same as being asked.
        let _ = self.0.clone().wait_for(|stop| *stop).await;
    }

    /// Sleeps for `duration`; false when it was time to stop before its end.
    pub async fn sleep(&self, duration: std::time::Duration) -> bool {
        tokio::select! {
            () = self.stopped() => false,
            () = tokio::time::sleep(duration) => true,
        }
    }
}
