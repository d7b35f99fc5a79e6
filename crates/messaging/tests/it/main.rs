//! Messaging as senders, citizens and the body meet it, over SQLite and over PostgreSQL. The world is the demo's.

#![allow(clippy::unwrap_used)]

mod access;
mod authorisation;
mod citizens;
mod idempotency;
mod messages;
mod processing;
mod profiles;
mod refusals;
mod reminders;
mod remote;
mod services;
mod webhooks;
mod world;

/// Runs each `async fn name(world: World)` of the module once on each engine.
macro_rules! on_both_engines {
    ($($name:ident),* $(,)?) => {
        mod sqlite {
            $(#[tokio::test]
            async fn $name() {
                super::$name($crate::world::World::on_sqlite().await).await;
            })*
        }
        mod postgres {
            $(#[tokio::test]
            async fn $name() {
                super::$name($crate::world::World::on_postgres().await).await;
            })*
        }
    };
}
pub(crate) use on_both_engines;
