//! Payments as others meet them, over SQLite and over PostgreSQL: the platform is a small router, the intermediary is the stand-in of
//! the demo.

#![allow(clippy::unwrap_used)]

mod authorisation;
mod checklist;
mod configuration;
mod conformance;
mod crash;
mod dispatch;
mod faults;
mod mypay;
mod numbers;
mod pagopa;
mod polling;
mod read_model;
mod sandbox;
mod served;
mod tree;
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
