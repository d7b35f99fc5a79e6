//! The interoperability platform as others meet it, over SQLite and over PostgreSQL.

#![allow(clippy::unwrap_used)]

mod attacks;
mod bff;
mod deeds;
mod keys;
mod load;
mod m2m;
mod open_data;
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

#[tokio::test(flavor = "multi_thread")]
async fn tmp_openapi() {
    fn merge(into: &mut serde_json::Value, other: &serde_json::Value) {
        let (serde_json::Value::Object(into), serde_json::Value::Object(other)) = (into, other) else { return };
        for (name, value) in other {
            merge(into.entry(name.as_str()).or_insert_with(|| serde_json::Value::Object(serde_json::Map::new())), value);
            if into[name].as_object().is_some_and(serde_json::Map::is_empty) {
                into.insert(name.clone(), value.clone());
            }
        }
    }
    let world = world::World::on_sqlite().await;
    let mut document = world.documents["interop-voucher"].clone();
    merge(&mut document, &world.documents["interop-m2m"]);
    merge(&mut document, &world.documents["interop-bff"]);
    std::fs::write("/tmp/iop-openapi.json", format!("{document:#}\n")).unwrap();
}
