//! A registry that does not recognise a repeated call: what may have been done is left to an operator. Also shows that a second provider
//! needs nothing but itself.

use std::time::Duration;

use async_trait::async_trait;
use axum::body::Body;
use bytes::Bytes;
use contracts::documents::File;
use http::Request;
use kernel::FieldError;
use registry::Proxy;
use registry::providers::sandbox::{self, Sandbox};
use registry::providers::{Call, Capabilities, Main, Names, Provider, ProviderError, Registered};
use serde_json::{Map, Value};
use tokio::task::JoinSet;
use tower::ServiceExt;
use web::Web;

use crate::on_both_engines;
use crate::world::{API, BUGLIANO, SERVICE, World};

on_both_engines!(an_unknown_outcome_is_never_repeated, a_refusal_is_repeated);

const CAPABILITIES: Capabilities = Capabilities {
    names: Names {
        provider: "forgetful",
        role: "registry-proxy-forgetful",
        service: "forgetful-registry-proxy",
        base_path: "/registry-proxy/forgetful/v1",
        register_queue: "forgetful-registry-proxy.register",
        tree_queue: "forgetful-registry-proxy.tree",
    },
    unrepeatable: &["main", "attachment", "folder", "filing"],
    ..sandbox::CAPABILITIES
};

/// The sandbox, as if it kept no keys.
struct Forgetful(Sandbox);

#[async_trait]
impl Provider for Forgetful {
    fn capabilities(&self) -> &Capabilities {
        &CAPABILITIES
    }

    fn settings_form(&self) -> Value {
        self.0.settings_form()
    }

    fn check(&self, settings: &Map<String, Value>) -> Vec<FieldError> {
        self.0.check(settings)
    }

    async fn register(&self, call: Call<'_>, main: Main<'_>) -> Result<Registered, ProviderError> {
        self.0.register(call, main).await
    }

    async fn attach(&self, call: Call<'_>, document_id: &str, file: &File, content: &Bytes) -> Result<String, ProviderError> {
        self.0.attach(call, document_id, file, content).await
    }

    async fn open_folder(&self, call: Call<'_>) -> Result<String, ProviderError> {
        self.0.open_folder(call).await
    }

    async fn file(&self, call: Call<'_>, document_id: &str, folder: &str) -> Result<(), ProviderError> {
        self.0.file(call, document_id, folder).await
    }
}

/// Puts the forgetful registry in the place of the sandbox.
async fn forgetful(world: &World, timeout: Duration) -> JoinSet<()> {
    world.call("DELETE", &format!("{API}/services/{SERVICE}"), &Value::Null).await.expect(204);
    let provider = Forgetful(Sandbox::new(world.app.clone(), timeout));
    let role = Proxy::new(world.app.clone(), world.config.clone(), provider).role();
    let router = web::wrap(role.routes.clone(), Web::new(world.app.clone()));
    for (collection, config) in [("tenants", world.tenant_config()), ("services", world.service_config())] {
        let request = Request::post(format!("{}/{collection}", CAPABILITIES.names.base_path))
            .header("authorization", format!("Bearer {}", world.service_token(BUGLIANO)))
            .header("content-type", "application/json")
            .body(Body::from(config.to_string()));
        assert_eq!(router.clone().oneshot(request.unwrap()).await.unwrap().status(), 201);
    }
    runtime::supervise(&world.app, &[role]).await.unwrap()
}

async fn an_unknown_outcome_is_never_repeated(world: World) {
    let _running = forgetful(&world, Duration::from_millis(300)).await;
    let document = world.document();
    world.registry_is("timeout", Some(1)).await;
    world.publish("documents", &document).await;
    world.last_event("documents", &document, "REGISTRATION_PENDING").await;
    world.buried(1).await;
    assert_eq!(
        world.dead_letters().await,
        ["passo main: non si sa che cosa abbia fatto il protocollo (nessuna risposta entro 300ms)"]
    );
    world.wait_for_retry().await;
    world.idle().await;
    assert_eq!(world.events("retry_queue").await, Vec::<Value>::new());
    assert_eq!(world.ledger("accepted", "document").await.len() + world.ledger("repeated", "document").await.len(), 1);
}

async fn a_refusal_is_repeated(world: World) {
    let _running = forgetful(&world, Duration::from_secs(20)).await;
    let document = world.document();
    world.registry_is("refuse", Some(1)).await;
    world.publish("documents", &document).await;
    world.last_event("retry_queue", &document, "REGISTRATION_FAILED").await;
    world.wait_for_retry().await;
    let registered = world.registered(&document).await;
    assert_eq!(registered["app_id"], format!("forgetful-registry-proxy:{}", runtime::VERSION));
}
