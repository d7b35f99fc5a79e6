//! The platform role as others meet it, over SQLite and over PostgreSQL.

#![allow(clippy::unwrap_used)]

mod applications;
mod authorisation;
mod harness;
mod messages;
mod offices;
mod uploads;
mod users;

/// Runs each `async fn name(world: World)` of the module once on each engine.
macro_rules! on_both_engines {
    ($($name:ident),* $(,)?) => {
        mod sqlite {
            $(#[tokio::test]
            async fn $name() {
                super::$name($crate::harness::World::on_sqlite().await).await;
            })*
        }
        mod postgres {
            $(#[tokio::test]
            async fn $name() {
                super::$name($crate::harness::World::on_postgres().await).await;
            })*
        }
    };
}
pub(crate) use on_both_engines;
