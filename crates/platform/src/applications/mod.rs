//! Applications (pratiche): from the draft to the decision.

pub(crate) mod access;
mod answers;
pub mod api;
mod application;
mod certified;
mod change;
mod consume;
mod documents;
mod pay;
mod stamps;
pub mod state;
pub mod store;
mod tasks;
mod view;

pub use access::{Actor, legible, visible};
pub(crate) use api::COUNT_AGE;
pub use application::{Application, Integration, IntegrationStep};
pub use change::{Step, change};
pub use consume::registered_document;
pub use tasks::{closing_worker, compile_worker, integration_worker, outcome_worker};
pub use view::{ApiVersion, Data};
