//! What every role runs on: the [`App`] handle, configuration, telemetry, calls to other roles and to third parties, and the
//! supervisor of consumers, workers and jobs.

mod app;
mod config;
mod egress;
mod housekeeping;
mod kafka;
mod mail;
mod network;
mod peer;
mod role;
mod seal;
mod service_token;
mod settings;
mod supervisor;
mod telemetry;
mod worker;

pub use app::{App, Health};
pub use config::Config;
pub use egress::{Egress, EgressError, EgressPolicy, EgressResponse, EgressStream};
pub use housekeeping::foundation_jobs;
pub use kafka::BusConfig;
pub use mail::{Email, is_address, mail_worker};
pub use network::Network;
pub use peer::{Peer, PeerClient, PeerError, PeerRequest, PeerResponse};
pub use role::{Discovery, Job, Role};
pub use seal::Seal;
pub use service_token::ServiceToken;
pub use settings::{Setting, SettingError, Settings};
pub use supervisor::supervise;
pub use telemetry::{Telemetry, prometheus};
pub use worker::{Completed, Retry, Task, TaskError, Worker};

pub use bus::{Consumer, Event, Failure, Outcome, Stop, Stopper};

/// Version of the program, as events (`app_id`), logs and `/status` carry it.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");
