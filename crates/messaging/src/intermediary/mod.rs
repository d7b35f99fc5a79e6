//! The regional intermediary (`/ioservice`): bodies and their suppliers send lots of messages through the app's services of the body, and
//! are told what became of each row. It speaks to the app by HTTP only, through the published interface: this platform's own, or the
//! real one. `README.md` of this folder has the picture.

mod api;
pub mod demo;
mod engine;
mod errors;
mod files;
mod layout;
mod lot;
mod notices;
mod outcome;
mod people;
mod report;
mod rows;
mod service;
mod settings;
mod store;
mod template;
mod ticket;
mod upstream;
mod xlsx;

use runtime::Role;

use crate::context::Context;

/// The role.
pub const ROLE: &str = "ioservice";

/// The role: the interface, the worker that sends, and what comes round with time.
pub fn role(context: &Context) -> Role {
    let mut role = web::role(ROLE, "IOService: intermediario verso l'app IO", api::routes(context));
    role.workers = vec![engine::worker(context), runtime::mail_worker(&context.app, notices::EMAILS)];
    role.jobs = vec![files::job(context.clone()), engine::forget(context.clone())];
    role
}

/// The value of a word, among `all` that there are.
fn by_word<T: Copy>(all: &[T], word: fn(T) -> &'static str, text: &str) -> Result<T, ()> {
    all.iter().copied().find(|value| word(*value) == text).ok_or(())
}

/// `FromStr`, `Display` and JSON of an enumeration that has `ALL` and `word()`.
macro_rules! words {
    ($name:ty) => {
        impl std::str::FromStr for $name {
            type Err = String;

            fn from_str(text: &str) -> Result<Self, String> {
                crate::intermediary::by_word(Self::ALL, Self::word, text).map_err(|()| {
                    let known: Vec<_> = Self::ALL.iter().map(|value| value.word()).collect();
                    format!("usare uno fra {}", known.join(", "))
                })
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.word())
            }
        }

        crate::formats::json_text!($name);
    };
}
pub(crate) use words;
