//! Citizen messaging: messages and services as the public app's interface has them (`/io/api/v1`), remote content, Premium, and what the
//! citizen sees. README.md has the picture.

mod decode;
mod environment;
mod errors;
mod feed;
mod formats;
mod groups;
mod limits;
pub mod message;
mod precondition;
mod preferences;
mod premium;
mod reminders;
mod service;
mod submit;
mod ulid;

pub use errors::Error;
