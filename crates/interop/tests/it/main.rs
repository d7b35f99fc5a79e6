//! The interoperability platform as others meet it, over SQLite and over PostgreSQL.

#![allow(clippy::unwrap_used)]

mod attacks;
mod bff;
mod deeds;
mod keys;
mod load;
mod m2m;
mod open_data;
mod properties;
mod standings;
mod vouchers;
mod world;

/// Runs each `async fn name(world: World)` of the module once on each engine.
macro_rules! on_both_engines {
    ($($name:ident),* $(,)?) => {
        mod sqlite {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $name() {
                super::$name($crate::world::World::on_sqlite().await).await;
            })*
        }
        mod postgres {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $name() {
                super::$name($crate::world::World::on_postgres().await).await;
            })*
        }
    };
}
pub(crate) use on_both_engines;
