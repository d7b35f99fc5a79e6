//! Dispatcher and registry proxy as others meet them, over SQLite and over PostgreSQL, with the stand-in registry behind them.

#![allow(clippy::unwrap_used)]

mod authorisation;
mod configuration;
mod conformance;
mod dispatch;
mod docarea;
mod faults;
mod files;
mod forgetful;
mod frozen;
mod iride;
mod pitre;
mod retry;
mod sandbox;
mod tree;
mod turns;
mod workflow;
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
