//! S3: `s3s-fs` in this process. It checks signatures and honours conditional requests.

use std::io;
use std::net::Ipv4Addr;

use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder;
use s3s::auth::SimpleAuth;
use s3s::service::{S3Service, S3ServiceBuilder};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;

use crate::expect;

/// A bucket on a server of its own, which stops when this is dropped.
pub struct Bucket {
    /// Address of the server, for path-style requests: `http://127.0.0.1:<port>`.
    pub endpoint: String,
    /// Name of the bucket.
    pub name: &'static str,
    /// Region that clients must sign for.
    pub region: &'static str,
    /// Access key.
    pub access_key: &'static str,
    /// Secret key.
    pub secret_key: &'static str,
    runtime: Option<Runtime>,
    _directory: TempDir,
}

/// A fresh, empty bucket.
///
/// # Panics
/// When no server can be started.
pub fn s3() -> Bucket {
    expect("S3", start())
}

fn start() -> io::Result<Bucket> {
    const NAME: &str = "test";
    const ACCESS_KEY: &str = "sportello-test";
    const SECRET_KEY: &str = "not-a-secret-only-tests-use-it";
    let directory = tempfile::Builder::new().prefix("sportello-s3-").tempdir()?;
    std::fs::create_dir(directory.path().join(NAME))?;
    let files = s3s_fs::FileSystem::new(directory.path()).map_err(|error| io::Error::other(format!("{error:?}")))?;
    let mut service = S3ServiceBuilder::new(files);
    service.set_auth(SimpleAuth::from_single(ACCESS_KEY, SECRET_KEY));
    // Threads of its own: a test may block the only thread of its runtime while it waits for an object.
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    let listener = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    listener.set_nonblocking(true)?;
    let address = listener.local_addr()?;
    let listener = {
        let _inside = runtime.enter();
        TcpListener::from_std(listener)?
    };
    runtime.spawn(serve(listener, service.build()));
    Ok(Bucket {
        endpoint: format!("http://{address}"),
        name: NAME,
        region: "eu-south-1",
        access_key: ACCESS_KEY,
        secret_key: SECRET_KEY,
        runtime: Some(runtime),
        _directory: directory,
    })
}

async fn serve(listener: TcpListener, service: S3Service) {
    while let Ok((stream, _)) = listener.accept().await {
        let service = service.clone();
        tokio::spawn(async move {
            // A client that goes away is its own affair; the test notices what it misses.
            let _ = Builder::new(TokioExecutor::new()).serve_connection(TokioIo::new(stream), service).await;
        });
    }
}

impl Drop for Bucket {
    fn drop(&mut self) {
        // Not waiting: the test that drops this may run on an asynchronous thread, which must not block.
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}
